#include "compiler/network_digest.h"

#include <gtest/gtest.h>

#include "common/sha256.h"
#include "compiler/network_json.h"
#include "workloads/draw.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

IntegerNetwork network() {
  return draw_network(parse_quick_layer("C=4,K=8,R=3,H=6,density=0.5"), {}).network;
}

TEST(NetworkDigest, DoesNotDependOnTheNetworksName) {
  IntegerNetwork other = network();
  other.name = "called otherwise";
  EXPECT_EQ(network_digest(other), network_digest(network()));
  EXPECT_EQ(network_digest(other).size(), 64u);
}

TEST(NetworkDigest, IsThatOfTheSerialisedNetworkWithDigestsForArrays) {
  const auto digest_of = [](const auto& bytes) {
    return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  const IntegerNetwork drawn = network();
  Json frame = frame_to_json(drawn);
  frame.erase("name");
  std::vector<std::uint8_t> all = Json::to_msgpack(frame);
  for (const IntegerNode& node : drawn.nodes) Json::to_msgpack(node_to_json(node, digest_of), all);
  EXPECT_EQ(network_digest(drawn), digest_of(all));
}

TEST(NetworkDigest, DependsOnEveryValue) {
  const std::string digest = network_digest(network());
  const auto changed = [&](auto change) {
    IntegerNetwork other = network();
    change(other.nodes.at(1));
    return network_digest(other) != digest;
  };
  EXPECT_TRUE(changed([](IntegerNode& node) { node.coefficients.back() ^= 1; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.basis.front() += 1; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.bias.front() += 1; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.requant.front().shift += 1; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.window.pad_right += 1; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.name = "x"; }));
  EXPECT_TRUE(changed([](IntegerNode& node) { node.clamp_low = 0; }));
}

}  // namespace
}  // namespace escalate
