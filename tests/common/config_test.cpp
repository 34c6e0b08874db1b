#include "common/config.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

enum class Port { kShared, kReplicated };

}  // namespace

template <>
struct EnumNames<Port> {
  static constexpr auto kNames = std::to_array<std::pair<Port, std::string_view>>(
      {{Port::kShared, "shared"}, {Port::kReplicated, "replicated"}});
};

namespace {

struct Ring {
  int chunks = 64;
  Port port = Port::kReplicated;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"chunks", "chunks", "Capacity", "assumption", 1, 4096}, self.chunks);
    visit(FieldDoc{"port", "", "Read ports", "assumption"}, self.port);
  }
};

struct Block {
  int rows = 6;
  Ring ring;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"rows", "rows", "PE rows", "assumption", 1}, self.rows);
    visit(FieldDoc{"ring", "", "Ring input buffer", ""}, self.ring);
  }
};

struct Machine {
  std::string name = "escalate";
  double clock_hz = 8e8;
  bool ideal = false;
  std::int64_t dram_bytes = std::int64_t{1} << 33;
  std::uint64_t seed = 1;
  Block block;
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit(FieldDoc{"name", "", "Name", ""}, self.name);
    visit(FieldDoc{"clock_hz", "Hz", "Clock", "SparTen", 0.5}, self.clock_hz);
    visit(FieldDoc{"ideal", "", "What if", ""}, self.ideal);
    visit(FieldDoc{"dram_bytes", "bytes", "Size", ""}, self.dram_bytes);
    visit(FieldDoc{"seed", "", "Seed", ""}, self.seed);
    visit(FieldDoc{"block", "", "PE block", ""}, self.block);
  }
  void validate() const {
    if (block.ring.chunks < block.rows) {
      throw UserError({"", 0, "ring.chunks"}, "expected at least one chunk a row");
    }
  }
};

std::string error_of_yaml(const std::string& text) {
  Machine machine;
  ConfigView view(machine);
  try {
    view.read_yaml_text(text, "m.yaml");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

std::string error_of_set(const std::string& assignment) {
  Machine machine;
  ConfigView view(machine);
  try {
    view.set(assignment);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Config, ReadsEveryTypeFromYaml) {
  Machine machine;
  ConfigView(machine).read_yaml_text(
      "# a comment\n"
      "name: \"my machine\"\n"
      "clock_hz: 1e9\n"
      "ideal: true\n"
      "dram_bytes: -5\n"
      "seed: 18446744073709551615\n"
      "block:\n"
      "  rows: 3\n"
      "  ring: {chunks: 128, port: shared}\n",
      "m.yaml");
  EXPECT_EQ(
      fields_to_json(machine).dump(),
      R"({"name":"my machine","clock_hz":1000000000.0,"ideal":true,"dram_bytes":-5,)"
      R"("seed":18446744073709551615,"block":{"rows":3,"ring":{"chunks":128,"port":"shared"}}})");
}

TEST(Config, KeepsTheDefaultsOfKeysNotGiven) {
  Machine machine;
  ConfigView view(machine);
  view.read_yaml_text("# nothing\n", "m.yaml");
  view.read_yaml_text("block: {ring: {chunks: 8}}\n", "m.yaml");
  EXPECT_EQ(machine.block.ring.chunks, 8);
  EXPECT_EQ(machine.block.rows, 6);
  EXPECT_EQ(machine.block.ring.port, Port::kReplicated);
}

TEST(Config, TakesItsOwnEchoBack) {
  EXPECT_TRUE(rc::check([] {
    Machine machine;
    machine.clock_hz = *rc::gen::inRange(1, 2000000000) / 3.0 + 1;
    machine.dram_bytes = *rc::gen::arbitrary<std::int64_t>();
    machine.seed = *rc::gen::arbitrary<std::uint64_t>();
    machine.ideal = *rc::gen::arbitrary<bool>();
    machine.block.rows = *rc::gen::inRange(1, 1000);
    machine.name = "a: \"#\n" + std::to_string(machine.block.rows);
    Machine from_json;
    ConfigView(from_json).read_yaml_text(fields_to_json(machine).dump(2), "echo.json");
    RC_ASSERT(equal_fields(machine, from_json));
    Machine from_yaml;
    ConfigView(from_yaml).read_yaml_text(ConfigView(machine).yaml(), "echo.yaml");
    RC_ASSERT(equal_fields(machine, from_yaml));
  }));
}

TEST(Config, NamesAnUnknownKeyItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(error_of_yaml("name: a\nblok:\n  rows: 1\n"),
            "m.yaml:2: blok: unknown key; did you mean 'block'?");
  EXPECT_EQ(error_of_yaml("block:\n  rosw: 1\n"),
            "m.yaml:2: block.rosw: unknown key; did you mean 'block.rows'?");
  EXPECT_EQ(error_of_yaml("chunks: 1\n"),
            "m.yaml:1: chunks: unknown key; did you mean 'block.ring.chunks'?");
  EXPECT_EQ(error_of_yaml("zzzzzzzz: 1\n"), "m.yaml:1: zzzzzzzz: unknown key");
}

TEST(Config, NamesAWrongTypeAndItsLine) {
  EXPECT_EQ(error_of_yaml("\nblock:\n  rows: six\n"),
            "m.yaml:3: block.rows: expected a whole number, got 'six'");
  EXPECT_EQ(error_of_yaml("block: {rows: 1.5}\n"),
            "m.yaml:1: block.rows: expected a whole number, got '1.5'");
  EXPECT_EQ(error_of_yaml("seed: -1\n"),
            "m.yaml:1: seed: expected a whole number of 0 or more, got '-1'");
  EXPECT_EQ(error_of_yaml("ideal: yes\n"), "m.yaml:1: ideal: expected true or false, got 'yes'");
  EXPECT_EQ(error_of_yaml("clock_hz: 1 GHz\n"),
            "m.yaml:1: clock_hz: expected a number, got '1 GHz'");
  EXPECT_EQ(error_of_yaml("clock_hz: nan\n"), "m.yaml:1: clock_hz: expected a number, got 'nan'");
  EXPECT_EQ(error_of_yaml("block: {ring: {port: sharde}}\n"),
            "m.yaml:1: block.ring.port: expected shared or replicated, got 'sharde'; did you mean "
            "'shared'?");
}

TEST(Config, NamesAValueOutOfRange) {
  EXPECT_EQ(error_of_yaml("block: {ring: {chunks: 0}}\n"),
            "m.yaml:1: block.ring.chunks: expected 1 to 4096, got '0'");
  EXPECT_EQ(error_of_yaml("block: {rows: 0}\n"),
            "m.yaml:1: block.rows: expected 1 or more, got '0'");
  EXPECT_EQ(error_of_yaml("clock_hz: 0.25\n"),
            "m.yaml:1: clock_hz: expected 0.5 or more, got '0.25'");
  EXPECT_EQ(error_of_yaml("block: {rows: 3000000000}\n"),
            "m.yaml:1: block.rows: expected -2147483648 to 2147483647, got '3000000000'");
}

TEST(Config, NamesAValueOfTheWrongShape) {
  EXPECT_EQ(error_of_yaml("block: 3\n"), "m.yaml:1: block: expected a group of keys, not a value");
  EXPECT_EQ(error_of_yaml("name: [a, b]\n"),
            "m.yaml:1: name: expected a single value, got a list or a group");
  EXPECT_EQ(error_of_yaml("name:\n"), "m.yaml:1: name: expected a value, got nothing");
  EXPECT_EQ(error_of_yaml("- a\n"), "m.yaml:1: expected `key: value` lines");
  EXPECT_EQ(error_of_yaml("[a]: 1\n"), "m.yaml:1: expected the name of a parameter as key");
  EXPECT_EQ(error_of_yaml("seed: 1\nname: a\nseed: 2\n"), "m.yaml:3: seed: is given twice");
}

TEST(Config, NamesTheLineOfMalformedYaml) {
  const std::string error = error_of_yaml("name: a\nblock: {rows: 1\n");
  EXPECT_TRUE(error.starts_with("m.yaml:")) << error;
  EXPECT_NE(error.find("malformed YAML"), std::string::npos) << error;
}

TEST(Config, RefusesYamlThatIsNestedTooDeep) {
  for (const char* opening : {"[", "{", "- ", "? "}) {
    std::string yaml;
    for (int i = 0; i < 100'000; ++i) yaml += opening;
    EXPECT_NE(error_of_yaml(yaml).find("malformed YAML"), std::string::npos) << opening;
  }
}

TEST(Config, NamesAMissingFile) {
  Machine machine;
  EXPECT_THROW(ConfigView(machine).read_yaml("missing.yaml"), UserError);
}

TEST(Config, SetOverridesAValueByItsDottedName) {
  const Machine machine =
      load_config<Machine>("", {"block.ring.chunks=9", "name=a=b", "ideal=true"});
  EXPECT_EQ(machine.block.ring.chunks, 9);
  EXPECT_EQ(machine.name, "a=b");
  EXPECT_TRUE(machine.ideal);
}

TEST(Config, SetComesAfterTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.write("m.yaml", "block: {rows: 2}\nseed: 7\n");
  const Machine machine = load_config<Machine>(path, {"block.rows=4"});
  EXPECT_EQ(machine.block.rows, 4);
  EXPECT_EQ(machine.seed, 7u);
}

TEST(Config, SetNamesWhatIsWrong) {
  EXPECT_EQ(error_of_set("block.rings.chunks=3"),
            "--set: block.rings.chunks: unknown key; did you mean 'block.ring.chunks'?");
  EXPECT_EQ(error_of_set("block.rows=x"), "--set: block.rows: expected a whole number, got 'x'");
  EXPECT_EQ(error_of_set("block.rows"), "--set: block.rows: expected key=value");
  EXPECT_EQ(error_of_set("=3"), "--set: =3: expected key=value");
  EXPECT_EQ(error_of_set("block=3"), "--set: block: expected the key of a value, not of a group");
}

TEST(Config, ReadsSizesTimesAndClocksWithUnits) {
  EXPECT_EQ(detail::in_unit("64KiB", "bytes"), "65536");
  EXPECT_EQ(detail::in_unit("4 MB", "bytes"), "4000000");
  EXPECT_EQ(detail::in_unit("0.5GiB", "bytes"), "536870912");
  EXPECT_EQ(detail::in_unit("1.2GHz", "MHz"), "1200");
  EXPECT_EQ(detail::in_unit("7.8us", "ns"), "7800");
  for (const char* plain : {"65536", "1e9", "-3", "nan", "", "big"}) {
    EXPECT_EQ(detail::in_unit(plain, "bytes"), plain);
  }
  EXPECT_EQ(detail::in_unit("3rows", "rows"), "3rows") << "no unit that has multiples";
  Machine machine;
  ConfigView view(machine);
  view.set("dram_bytes=2GiB");
  EXPECT_EQ(machine.dram_bytes, std::int64_t{1} << 31);
  view.read_yaml_text("dram_bytes: 12 kB\n", "m.yaml");
  EXPECT_EQ(machine.dram_bytes, 12000);
}

TEST(Config, RefusesUnitsOfOtherThingsAndPartsOfABit) {
  EXPECT_EQ(error_of_set("dram_bytes=3MHz"),
            "--set: dram_bytes: expected a number, of bytes or with the unit B, kB, MB, GB, KiB, "
            "MiB or GiB, got '3MHz'");
  EXPECT_EQ(error_of_set("dram_bytes=1.5kiB").substr(0, 40),
            std::string("--set: dram_bytes: expected a number, of").substr(0, 40));
  EXPECT_EQ(error_of_set("dram_bytes=1.0001KiB"),
            "--set: dram_bytes: expected a whole number, got '1024.1024'");
  EXPECT_EQ(error_of_set("block.rows=4KiB"),
            "--set: block.rows: expected a whole number, got '4KiB'");
}

TEST(Config, ABrokenConstraintIsReportedWhereItsKeyWasGiven) {
  const TemporaryFolder folder;
  const std::string path = folder.write("m.yaml", "seed: 7\nblock:\n  ring:\n    chunks: 2\n");
  try {
    load_config<Machine>(path, {});
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_EQ(std::string(error.what()),
              path + ":4: block.ring.chunks: expected at least one chunk a row");
  }
  try {
    load_config<Machine>("", {"block.rows=100"});
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "block.ring.chunks: expected at least one chunk a row");
  }
}

TEST(Config, WritesItselfAsCommentedYaml) {
  Machine machine;
  const std::string yaml = ConfigView(machine).yaml();
  EXPECT_TRUE(
      yaml.ends_with("seed: 1  # Seed\n"
                     "block:\n"
                     "  rows: 6  # PE rows [rows]; assumption\n"
                     "  ring:\n"
                     "    chunks: 64  # Capacity [chunks]; assumption\n"
                     "    port: \"replicated\"  # Read ports; assumption\n"))
      << yaml;
}

TEST(Config, HasAReferenceOfAllParameters) {
  Machine machine;
  ConfigView view(machine);
  view.set("block.rows=7");
  const std::string csv = view.reference().csv();
  EXPECT_TRUE(
      csv.starts_with("parameter,value,unit,constraint,meaning,source\nname,escalate,,,Name,\n"))
      << csv;
  EXPECT_NE(csv.find("\nblock.rows,7,rows,1 or more,PE rows,assumption\n"), std::string::npos)
      << csv;
  EXPECT_NE(csv.find("\nblock.ring.port,replicated,,"), std::string::npos);
  EXPECT_NE(csv.find("\nideal,false,,true or false,What if,\n"), std::string::npos) << csv;
  const std::string shown =
      view.reference([](const std::string& name) { return name == "seed"; }).csv();
  EXPECT_EQ(shown, "parameter,value,unit,constraint,meaning,source\nseed,1,,,Seed,\n");
  EXPECT_NE(view.reference().text(true).find("\x1b[1m"), std::string::npos) << "7 stands out";
}

}  // namespace
}  // namespace escalate
