#include "report/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "tests/report/example_result.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Result, TotalsAreTheSumsOfTheLayers) {
  const Result result = example_result();
  EXPECT_EQ(result.total.cycles, 1500);
  EXPECT_EQ(result.total.macs_dense, 70400);
  EXPECT_EQ(result.total.energy_by_component_pj,
            (NamedValues<double>{{"dram", 15360.5}, {"multipliers", 2400.25}, {"leakage", 15.0}}));
  EXPECT_EQ(result.total.energy_pj, 17775.75);
  EXPECT_DOUBLE_EQ(result.total.seconds, 1500 / 800e6);
  EXPECT_DOUBLE_EQ(result.power_w(), 17775.75e-12 / (1500 / 800e6));
}

TEST(Result, RefusesImagesThatDoNotSumToTheLayers) {
  Result result = example_result();
  result.total.cycles_by_image = {700, 801};
  EXPECT_THROW(sum_up(result, 800e6), InternalError);
}

TEST(Result, SurvivesItsJsonFile) {
  const TemporaryFolder folder;
  Result result = example_result();
  result.layers_left_out = 7;
  result.batch = 2;
  result.source = {"r.onnx", "a", "b", "c"};
  result.source.host = {{{"Div", 2}, {"Resize", 1}}, {{"Exp", 1}}};
  result.layers[0].shape = "8x4x4 to 8x4x4";
  write_result(folder.file("r.json"), result);
  EXPECT_EQ(read_result(folder.file("r.json")), result);
}

TEST(Result, HasTheKeysOfItsSchema) {
  const Json json = result_to_json(example_result());
  EXPECT_EQ(json.at("schema"), "escalate.result/1");
  EXPECT_EQ(json.at("layers").at(0).at("counters").at("macs"), 12000);
  EXPECT_EQ(json.at("layers").at(1).at("energy_pj").at("dram"), 10240.0);
  EXPECT_EQ(json.at("total").at("cycles_by_image"), Json({700, 800}));
  EXPECT_EQ(json.at("total").at("area_mm2"), 7.75);
  EXPECT_EQ(json.at("verification").at("checked_outputs"), 4096);
}

TEST(Result, SaysWhatTheHostComputesAndThatItIsNotCounted) {
  Result result = example_result();
  EXPECT_EQ(host_text(result.source.host), "");
  EXPECT_FALSE(result_to_json(result).contains("host"));
  result.source.host.tail = {{"Exp", 1}};
  EXPECT_EQ(host_text(result.source.host), "Exp behind the network");
  result.source.host.head = {{"Div", 2}, {"Resize", 1}};
  EXPECT_EQ(host_text(result.source.host), "2 Div, Resize in front of the network; Exp behind it");
  const Json json = result_to_json(result);
  EXPECT_EQ(json.at("host").at("head").at("Div"), 2);
  EXPECT_EQ(json.at("host").at("energy_pj"), 0);
  EXPECT_FALSE(json.contains("source"));
}

TEST(Result, ReadsThoseOfOlderProgramsThatDoNotSayWhatTheyAreOf) {
  Json json = result_to_json(example_result());
  EXPECT_FALSE(json.contains("source"));
  EXPECT_FALSE(json.contains("batch"));
  EXPECT_FALSE(json.at("layers").at(0).contains("shape"));
  EXPECT_EQ(result_from_json(json, "r.json").source, RunSource{});
}

TEST(Result, RefusesTotalsThatAreNotTheSumsOfTheLayers) {
  const auto broken = [](const char* key, const Json& value) {
    Json json = result_to_json(example_result());
    json["total"][key] = value;
    return user_error([&] { result_from_json(json, "r.json"); });
  };
  EXPECT_THAT(broken("cycles", 1501),
              AllOf(HasSubstr("r.json: total.cycles"), HasSubstr("1501"), HasSubstr("1500")));
  EXPECT_THAT(broken("macs_dense", 1), HasSubstr("total.macs_dense"));
  EXPECT_THAT(broken("cycles_by_image", {700, 801}), HasSubstr("total.cycles_by_image"));
  EXPECT_THAT(broken("seconds", 0), HasSubstr("total.seconds"));
}

TEST(Result, RefusesNumbersOfWhichSumsWouldOverflow) {
  const auto broken = [](auto change) {
    Json json = result_to_json(example_result());
    change(json);
    return user_error([&] { result_from_json(json, "r.json"); });
  };
  for (const Json& number :
       {Json(-1), Json(9007199254740993), Json(18446744073709551615u), Json(1e300)}) {
    EXPECT_THAT(broken([&](Json& j) { j["layers"][0]["cycles"] = number; }),
                AllOf(HasSubstr("layers[0].cycles"), HasSubstr("whole number")))
        << number;
  }
  EXPECT_THAT(broken([](Json& j) { j["layers"][0]["energy_pj"]["dram"] = 1e300; }),
              HasSubstr("layers[0].energy_pj.dram"));
  EXPECT_THAT(broken([](Json& j) { j["classes"][0] = 5000000000; }), HasSubstr("classes[0]"));
  EXPECT_THAT(broken([](Json& j) { j["images"] = 0; }), HasSubstr("images"));
}

TEST(Result, PassesOverKeysOfOthers) {
  Json json = result_to_json(example_result());
  json["note"] = "mine";
  EXPECT_EQ(result_from_json(json, "r.json"), example_result());
}

// Each of them is allowed; the 1,025 layers of a file together are not.
TEST(Result, RefusesLayersOfWhichSumsWouldOverflow) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  Json json = result_to_json(example_result());
  Json layer = json.at("layers").at(0);
  layer["cycles"] = kMost;
  json["layers"] = std::vector<Json>(1025, layer);
  EXPECT_USER_ERROR(result_from_json(json, "r.json"),
                    HasSubstr("r.json: layers: its counts sum to more than 2^62"));
  json = result_to_json(example_result());
  json["total"]["cycles_by_image"] = std::vector<std::int64_t>(1025, kMost);
  EXPECT_USER_ERROR(result_from_json(json, "r.json"),
                    HasSubstr("total.cycles_by_image: sum to more than 2^62"));
}

TEST(Result, NamesTheKeyThatIsWrong) {
  const auto broken = [](auto change) {
    Json json = result_to_json(example_result());
    change(json);
    return user_error([&] { result_from_json(json, "r.json"); });
  };
  EXPECT_THAT(broken([](Json& j) { j["layers"][1].erase("cycles"); }),
              AllOf(HasSubstr("r.json"), HasSubstr("layers[1].cycles"), HasSubstr("missing")));
  EXPECT_THAT(broken([](Json& j) { j["layers"][0]["counters"]["macs"] = 1.5; }),
              AllOf(HasSubstr("layers[0].counters.macs"), HasSubstr("whole number")));
  EXPECT_THAT(broken([](Json& j) { j["layers"][0]["energy_pj"]["dram"] = -1; }),
              HasSubstr("layers[0].energy_pj.dram"));
  EXPECT_THAT(broken([](Json& j) { j["images"] = -2; }), HasSubstr("images"));
  EXPECT_THAT(broken([](Json& j) { j["layers"] = 3; }), HasSubstr("expected a list"));
  EXPECT_THAT(broken([](Json& j) { j["total"] = "x"; }), HasSubstr("expected an object"));
  EXPECT_THAT(broken([](Json& j) { j["schema"] = "other/2"; }),
              AllOf(HasSubstr("schema"), HasSubstr("escalate.result/1"), HasSubstr("other/2")));
}

TEST(Result, HasADocumentForEveryKey) {
  const std::string page = read_file(source_folder() + "/docs/result-format.md");
  Result result = charged_example();
  result.top1 = 0.5;
  result.batch = 2;
  result.layers_left_out = 1;
  result.source = {"r.onnx", "a", "b", "c"};
  result.layers[0].shape = "8x4x4 to 8x4x4";
  const Json json = result_to_json(result);
  const auto is_there = [&](const std::string& key) {
    EXPECT_TRUE(page.find("`" + key + "`") != std::string::npos ||
                page.find("`" + key + "[]`") != std::string::npos ||
                page.find("." + key + "`") != std::string::npos)
        << key;
  };
  for (const auto& item : json.items()) {
    if (!item.value().is_object() || item.key() == "config") is_there(item.key());
  }
  for (const char* group : {"total", "verification"}) {
    for (const auto& item : json.at(group).items()) is_there(item.key());
  }
  for (const auto& item : json.at("source").items()) is_there(item.key());
  for (const auto& item : json.at("layers").at(0).items()) is_there(item.key());
  for (const auto& item : json.at("energy_table").at(0).items()) is_there(item.key());
  for (const auto& item : json.at("energy_sources").at(0).items()) is_there(item.key());
}

}  // namespace
}  // namespace escalate
