// Nothing in a network is without effect on its digest: a member that its serialiser forgot would
// give two networks one key in a store.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "compiler/network_digest.h"
#include "compiler/network_json.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

IntegerNetwork network() {
  IntegerNetwork drawn = draw_network(parse_quick_layer("C=4,K=8,R=3,H=6,density=0.5"), {}).network;
  drawn.transform = {{0.5F}, {0.25F}, false};
  drawn.nodes.at(0).substitute = Activations{drawn.nodes[0].out, {}};
  drawn.nodes[0].substitute->values.assign(std::size_t(drawn.nodes[0].out.size()), 1);
  drawn.nodes.at(1).negative_requant.assign(8, {-3, 7});
  return drawn;
}

using Change = std::function<void(IntegerNetwork&)>;

// Every member by name: one more does not compile here until it is named, and changed below.
std::vector<Change> changes_of_window() {
  std::vector<Change> changes;
  for (int i = 0; i < 11; ++i) {
    changes.push_back([i](IntegerNetwork& network) {
      auto& [r, s, stride_h, stride_w, top, left, bottom, right, ceil_mode, dilation_h,
             dilation_w] = network.nodes[1].window;
      int* const members[] = {&r,    &s,      &stride_h, &stride_w,   &top,
                              &left, &bottom, &right,    &dilation_h, &dilation_w};
      i < 10 ? void(++*members[i]) : void(ceil_mode = !ceil_mode);
    });
  }
  return changes;
}

std::vector<Change> changes_of_node() {
  std::vector<Change> changes;
  const auto add = [&](auto change) {
    changes.push_back([change](IntegerNetwork& network) {
      auto& [name, op, inputs, out, is_output, scale, form, groups, window, transposed_positions,
             terms, coefficients, basis, weights, bias, requant, negative_requant, table, selection,
             add_multiplier, add_shift, clamp_low, clamp_high, count_include_pad, pad_before,
             pad_after, substitute] = network.nodes[1];
      change(std::tie(name, op, inputs, out, scale, form, groups, window, terms, coefficients,
                      basis, weights, bias, requant, add_multiplier, add_shift, clamp_low,
                      clamp_high, count_include_pad, pad_before, pad_after, substitute, is_output,
                      table, selection, transposed_positions, negative_requant));
    });
  };
  add([](auto m) { std::get<0>(m) += "x"; });
  add([](auto m) { std::get<1>(m) = IntegerOp::kRescale; });
  add([](auto m) { std::get<2>(m).push_back(0); });
  add([](auto m) { ++std::get<3>(m).c; });
  add([](auto m) { ++std::get<3>(m).h; });
  add([](auto m) { ++std::get<3>(m).w; });
  add([](auto m) { std::get<4>(m) *= 2; });
  add([](auto m) { std::get<5>(m) = WeightForm::kDirect; });
  add([](auto m) { ++std::get<6>(m); });
  add([](auto m) { ++std::get<8>(m); });
  add([](auto m) { std::get<9>(m).back() ^= 1; });
  add([](auto m) { std::get<10>(m).back() ^= 1; });
  add([](auto m) { std::get<11>(m).push_back(1); });
  add([](auto m) { std::get<12>(m).back() ^= 1; });
  add([](auto m) { ++std::get<13>(m).back().multiplier; });
  add([](auto m) { ++std::get<13>(m).back().shift; });
  add([](auto m) { ++std::get<14>(m)[0]; });
  add([](auto m) { ++std::get<14>(m)[1]; });
  add([](auto m) { ++std::get<15>(m); });
  add([](auto m) { ++std::get<16>(m); });
  add([](auto m) { --std::get<17>(m); });
  add([](auto m) { std::get<18>(m) = !std::get<18>(m); });
  add([](auto m) { ++std::get<19>(m); });
  add([](auto m) { ++std::get<20>(m); });
  add([](auto m) { std::get<21>(m) = Activations{{1, 1, 1}, {1}}; });
  add([](auto m) { std::get<22>(m) = !std::get<22>(m); });
  add([](auto m) { std::get<23>(m).push_back(1); });
  add([](auto m) { ++std::get<24>(m).axis; });
  add([](auto m) { std::get<24>(m).channels.push_back(1); });
  add([](auto m) { std::get<24>(m).rows.push_back(1); });
  add([](auto m) { std::get<24>(m).columns.push_back(1); });
  add([](auto m) { ++std::get<25>(m); });
  add([](auto m) { std::get<26>(m).clear(); });
  add([](auto m) { ++std::get<26>(m).back().multiplier; });
  add([](auto m) { ++std::get<26>(m).back().shift; });
  return changes;
}

std::vector<Change> changes_of_network() {
  std::vector<Change> changes;
  const auto add = [&](auto change) {
    changes.push_back([change](IntegerNetwork& network) {
      auto& [name, nodes, transform, input_scale, seed] = network;
      auto& [mean, deviation, bgr] = transform;
      change(std::tie(nodes, mean, deviation, bgr, input_scale, seed));
      static_cast<void>(name);  // what it is called does not change what it is
    });
  };
  add([](auto m) { std::get<0>(m).pop_back(); });
  add([](auto m) { std::get<0>(m)[0].substitute->values[3] = 0; });
  add([](auto m) { std::get<1>(m)[0] *= 2; });
  add([](auto m) { std::get<2>(m)[0] *= 2; });
  add([](auto m) { std::get<3>(m) = !std::get<3>(m); });
  add([](auto m) { std::get<4>(m) *= 2; });
  add([](auto m) { ++std::get<5>(m); });
  return changes;
}

TEST(NetworkMembers, EachOneChangesTheDigest) {
  std::set<std::string> digests = {network_digest(network())};
  std::size_t tried = 1;
  for (const auto& changes : {changes_of_network(), changes_of_node(), changes_of_window()}) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      IntegerNetwork changed = network();
      changes[i](changed);
      EXPECT_TRUE(digests.insert(network_digest(changed)).second) << "change " << i;
      ++tried;
    }
  }
  EXPECT_GT(tried, 40U);
}

// One by one in the form that is hashed: every leaf counts, whatever it stands for.
void change_each_leaf(Json& json, const std::function<void()>& check) {
  if (json.is_object() || json.is_array()) {
    for (auto& member : json) change_each_leaf(member, check);
    return;
  }
  const Json before = json;
  if (json.is_binary()) {
    if (json.get_binary().empty()) return;
    json.get_binary().back() ^= 1;
  } else if (json.is_string()) {
    json = json.get<std::string>() + "x";
  } else if (json.is_boolean()) {
    json = !json.get<bool>();
  } else if (json.is_number_float()) {
    json = json.get<double>() * 2 + 1;
  } else {
    json = json.get<std::int64_t>() + 1;
  }
  check();
  json = before;
}

TEST(NetworkMembers, EachLeafOfTheSerialisedFormGivesAnotherDigest) {
  Json json = network_to_json(network());
  json.erase("name");
  const auto form = [&] {
    const std::vector<std::uint8_t> bytes = Json::to_msgpack(json);
    return std::string(bytes.begin(), bytes.end());  // GCC 12 warns of comparing vectors of bytes
  };
  std::set<std::string> forms = {form()};
  int leaves = 0;
  change_each_leaf(json, [&] {
    ++leaves;
    EXPECT_TRUE(forms.insert(form()).second) << "leaf " << leaves;
  });
  EXPECT_GT(leaves, 60);
}

}  // namespace
}  // namespace escalate
