// Programs edited field by field, their checksums made right: each is refused by one line, or runs.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/child_process.h"
#include "common/random.h"
#include "compiler/compile.h"
#include "compiler/program_file.h"
#include "model/simulation.h"
#include "tests/support/function_network.h"
#include "tests/support/temporary_folder.h"
#include "workloads/draw.h"
#include "workloads/yaml_reader.h"

namespace escalate {
namespace {

constexpr const char* kOneConvolution = R"(name: micro
input: [1, 2, 2]
layers:
  - {conv: c, K: 1, kernel: 1, coefficient_density: 1, weight_density: 1, activation_density: 1}
)";

// One of everything that a program can have; tensors on chip and in DRAM.
constexpr const char* kEveryLayer = R"(name: every
input: [3, 6, 5]
defaults: {coefficient_density: 0.5, weight_density: 0.5, activation_density: 0.5, terms: 2}
layers:
  - {conv: stem, K: 4, kernel: 3, form: direct, then: relu}
  - {conv: left, K: 4, kernel: 3}
  - {add: sum, from: [stem, left], then: relu}
  - {conv: deep, K: 4, kernel: [1, 3], pad: [0, 1], groups: 4, from: sum}
  - {add: other, from: [deep, deep]}
  - {concat: both, from: [other, sum]}
  - {channel_pad: padded, before: 1, after: 2}
  - {maxpool: pool, kernel: 2, stride: 1}
  - {avgpool: mean, kernel: 3, pad: 1, stride: 2}
  - {fc: last, K: 3}
)";

MachineConfig small_machine() {
  MachineConfig machine;
  machine.blocks = 2;
  machine.slices = 2;
  machine.rows = 3;
  machine.output_bank_words = 64;
  machine.global_buffer_bytes = 1024;
  machine.dma.directory_entries = 256;
  return machine;
}

// What no workload can say.
constexpr const char* kFunctions = "";

Program program_of(const char* workload, int batch) {
  if (workload == kFunctions) return compile(function_network(), small_machine(), batch);
  const TemporaryFolder folder;
  const Graph graph = read_yaml_workload(folder.write("net.yaml", workload));
  return compile(draw_network(graph, {}).network, small_machine(), batch);
}

/// A value somewhere in a program's content, and what it is replaced by; by its number among all.
class Edits {
 public:
  explicit Edits(Json content) : content_(std::move(content)) {
    find_fields(content_, Json::json_pointer());
  }

  std::size_t count() const { return count_; }

  /// The content after edit `number`; `what` says which it was.
  Json edited(std::size_t number, std::string& what) const {
    Json content = content_;
    apply(content, number, what);
    return content;
  }
  /// The content after two edits; a second that the first made impossible is left out.
  Json edited_twice(std::size_t first, std::size_t second, std::string& what) const {
    Json content = edited(first, what);
    apply(content, second, what);
    return content;
  }

 private:
  struct Field {
    Json::json_pointer place;
    std::size_t first_edit;
  };

  void find_fields(const Json& json, const Json::json_pointer& place) {
    fields_.push_back({place, count_});
    each_replacement(json, [this](auto&&) { ++count_; });
    if (!json.is_structured()) return;
    for (const auto& [key, child] : json.items()) {
      find_fields(child, json.is_array() ? place / std::stoul(key) : place / key);
    }
  }

  void apply(Json& content, std::size_t number, std::string& what) const {
    const auto after = std::upper_bound(
        fields_.begin(), fields_.end(), number,
        [](std::size_t edit, const Field& field) { return edit < field.first_edit; });
    const Field& field = *std::prev(after);
    if (!content.contains(field.place)) return;
    Json& target = content[field.place];
    std::optional<Json> replacement;
    std::size_t edit = field.first_edit;
    each_replacement(target, [&](auto&& make) {
      if (edit++ == number) replacement = make();
    });
    if (!replacement) return;
    what += (what.empty() ? "" : "; ") + field.place.to_string() + " = " +
            (replacement->is_binary() ? "other bytes" : replacement->dump().substr(0, 60));
    target = std::move(*replacement);
  }

  // Calls visit(a function that makes it) for each replacement of a value.
  template <class Visit>
  static void each_replacement(const Json& json, const Visit& visit) {
    const auto give = [&](Json value) { visit([&] { return value; }); };
    if (json.is_boolean()) {
      give(!json.get<bool>());
      give(nullptr);
    } else if (json.is_number_float()) {
      const auto value = json.get<double>();
      for (const double number :
           {0.0, -1.0, 2 * value, 1e-300, 1e18, std::numeric_limits<double>::max()}) {
        give(number);
      }
      give("text");
    } else if (json.is_number()) {
      const auto bits = json.get<std::uint64_t>();  // whose sums may wrap around
      const auto value = std::int64_t(bits);
      for (const std::int64_t number :
           {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t(bits + 1),
            std::int64_t(bits - 1), std::int64_t(2 * bits), std::int64_t{-128},
            std::int64_t{1} << 20, std::int64_t{INT32_MAX}, std::int64_t{INT32_MIN},
            std::int64_t((std::uint64_t{1} << 32) + bits), INT64_MAX}) {
        if (number != value) give(number);
      }
      give(0.5);
    } else if (json.is_string()) {
      give("");
      give(json.get<std::string>() + "\n");
      give("(1,-2147483648)");
      give(1);
    } else if (json.is_binary()) {
      each_replacement_of_bytes(json.get_binary(), visit);
    } else if (json.is_structured()) {
      give(nullptr);
      give(Json::array());
      give(Json::object());
      if (json.empty()) return;
      visit([&] {
        Json shorter = json;
        shorter.erase(std::prev(shorter.end()));
        return shorter;
      });
      if (!json.is_array()) return;
      visit([&] {
        Json longer = json;
        longer.push_back(json.back());
        return longer;
      });
    }
  }

  // Shorter, longer, and every 32-bit word (operands of instructions among them) and byte changed.
  template <class Visit>
  static void each_replacement_of_bytes(const Json::binary_t& bytes, const Visit& visit) {
    const auto give = [&](auto&& change) {
      visit([&] {
        Json::binary_t changed = bytes;
        change(changed);
        return Json::binary(std::move(changed));
      });
    };
    give([](Json::binary_t& changed) { changed.clear(); });
    give([](Json::binary_t& changed) { changed.push_back(7); });
    if (bytes.empty()) return;
    give([](Json::binary_t& changed) { changed.pop_back(); });
    for (std::size_t word = 0; word + 4 <= bytes.size(); word += 4) {
      std::uint32_t value = 0;
      for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes[word + i]} << (8 * i);
      for (const std::uint32_t number :
           {0u, 1u, ~0u, value + 1, value - 1, 2 * value, 0x80u, 1u << 20, 0x7fffffffu, 1u << 31}) {
        if (number == value) continue;
        give([&](Json::binary_t& changed) {
          for (std::size_t i = 0; i < 4; ++i) {
            changed[word + i] = std::uint8_t(number >> (8 * i));
          }
        });
      }
    }
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
      give([&](Json::binary_t& changed) { changed[i] = std::uint8_t(changed[i] ^ 0x81); });
    }
  }

  Json content_;
  std::vector<Field> fields_;  ///< in the order of their edits
  std::size_t count_ = 0;
};

// Machines that only take long or much to build are not run.
bool can_be_tried(const Program& program) {
  const MachineConfig& machine = program.machine;
  return machine.multipliers() <= 5000 && machine.global_buffer_bytes <= 1 << 22 &&
         machine.output_bank_words <= 1 << 21 && machine.dma.directory_entries <= 1 << 21 &&
         program.batch <= 100;
}

enum class Fate { kRefused, kBroken, kRan, kNotTried };

/// Throws what is neither: whatever is no UserError of one line that names the file.
Fate fate_of(const Json& content, View view) {
  bool was_read = false;
  try {
    const Program program = parse_program(program_file(content), "edited.program");
    was_read = true;
    disassemble(program);
    if (!can_be_tried(program)) return Fate::kNotTried;
    std::vector<Activations> images;
    for (int i = 0; i < program.batch; ++i) images.push_back(synthetic_input(program.network, i));
    SimulationOptions options;
    options.view = view;
    options.verify = Verify::kAll;
    options.program_file = "edited.program";
    simulate(program, images, options);
    return Fate::kRan;
  } catch (const UserError& error) {
    const std::string line = error.what();
    ensure(line.starts_with("edited.program: ") && line.find('\n') == std::string::npos,
           [&] { return "not one line that names the file: " + line; });
    return was_read ? Fate::kBroken : Fate::kRefused;
  }
}

void limit_process() {
  const rlimit cpu{60, 60};
  ::setrlimit(RLIMIT_CPU, &cpu);
#if !defined(__SANITIZE_ADDRESS__)  // which reserves more address space than any bound
  const rlimit memory{rlim_t{2} << 30, rlim_t{2} << 30};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
}

struct Fates {
  std::array<int, 4> of{};
  int count(Fate fate) const { return of[std::size_t(fate)]; }
  int all() const { return of[0] + of[1] + of[2] + of[3]; }
};

using MakeEdit = std::function<Json(std::size_t number, std::string& what)>;

// Edits `numbers` in a process of their own; of one that dies, the edit at fault by trying each in
// a process of its own.
void try_edits(const std::vector<std::size_t>& numbers, const MakeEdit& make, View view,
               Fates& fates) {
  const auto run = [&](const std::vector<std::size_t>& some) {
    return in_child_process([&] {
      limit_process();
      std::string letters;
      for (const std::size_t number : some) {
        std::string what;
        const Json content = make(number, what);
        try {
          letters += char('0' + int(fate_of(content, view)));
        } catch (const std::exception& error) {
          throw InternalError(what + ": " + error.what());
        }
      }
      return letters;
    });
  };
  try {
    for (const char letter : run(numbers)) ++fates.of[std::size_t(letter - '0')];
  } catch (const std::exception& fault) {
    std::string first = fault.what();
    for (const std::size_t number : numbers) {
      try {
        run({number});
      } catch (const std::exception& error) {
        std::string what;
        make(number, what);
        ADD_FAILURE() << what << ": " << error.what();
        return;
      }
    }
    ADD_FAILURE() << "only together with others: " << first;
  }
}

Fates try_all(std::size_t count, const MakeEdit& make, View view) {
  constexpr std::size_t kAtOnce = 100;
  Fates fates;
  for (std::size_t first = 0; first < count; first += kAtOnce) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = first; i < std::min(count, first + kAtOnce); ++i) numbers.push_back(i);
    try_edits(numbers, make, view, fates);
  }
  return fates;
}

void expect_some_of_each(const Fates& fates) {
  EXPECT_GT(fates.count(Fate::kRefused), fates.all() / 5);
  EXPECT_GT(fates.count(Fate::kRan), fates.all() / 100) << "what harms nothing runs";
  testing::Test::RecordProperty("refused", fates.count(Fate::kRefused));
  testing::Test::RecordProperty("broke_off", fates.count(Fate::kBroken));
  testing::Test::RecordProperty("ran", fates.count(Fate::kRan));
}

/// Every `stride`-th edit of one field.
void expect_single_edits_are_survived(const char* workload, int batch, std::size_t stride,
                                      View view) {
  const Edits edits(program_to_json(program_of(workload, batch)));
  ASSERT_GT(edits.count(), 1000u);
  expect_some_of_each(try_all(
      edits.count() / stride,
      [&](std::size_t i, std::string& what) { return edits.edited(i * stride, what); }, view));
}

/// `tries` random pairs of edits.
void expect_double_edits_are_survived(const char* workload, int batch, std::size_t tries,
                                      View view) {
  const Edits edits(program_to_json(program_of(workload, batch)));
  const RandomStream numbers(5);
  expect_some_of_each(try_all(
      tries,
      [&](std::size_t i, std::string& what) {
        return edits.edited_twice(numbers.at(2 * i) % edits.count(),
                                  numbers.at(2 * i + 1) % edits.count(), what);
      },
      view));
}

TEST(ProgramEdits, OfOneFieldAreRefusedByOneLineOrRun) {
  expect_single_edits_are_survived(kOneConvolution, 1, 11, View::kTransaction);
  expect_single_edits_are_survived(kEveryLayer, 2, 401, View::kTransaction);
  expect_single_edits_are_survived(kFunctions, 2, 101, View::kTransaction);
}

TEST(ProgramEdits, OfOneFieldAreRefusedByOneLineOrRunInTheCycleView) {
  expect_single_edits_are_survived(kOneConvolution, 1, 25, View::kCycle);
}

TEST(ProgramEdits, OfTwoFieldsAreRefusedByOneLineOrRun) {
  expect_double_edits_are_survived(kOneConvolution, 1, 100, View::kTransaction);
  expect_double_edits_are_survived(kEveryLayer, 2, 50, View::kTransaction);
  expect_double_edits_are_survived(kFunctions, 2, 50, View::kTransaction);
}

// A load that was known to be bad counted as complete, and the PE blocks worked on what it had not
// brought.
TEST(ProgramEdits, OfCoefficientsAreRefusedByOneLineInBothViews) {
  Program program = program_of(kEveryLayer, 2);
  for (const std::uint8_t byte : {0x00, 0xff}) {
    for (const Instruction& instruction : program.streams[std::size_t(Stream::kLoad)]) {
      const auto* load = std::get_if<LoadCoefficients>(&instruction.operation);
      if (load == nullptr) continue;
      const auto first = program.data.begin() + (load->dram - program.data_address);
      std::fill(first, first + load->bytes, byte);
    }
    for (const View view : {View::kTransaction, View::kCycle}) {
      const std::string fate = in_child_process([&] {
        limit_process();
        return std::string(1, char('0' + int(fate_of(program_to_json(program), view))));
      });
      EXPECT_EQ(fate, std::string(1, char('0' + int(Fate::kBroken)))) << int(byte);
    }
  }
}

TEST(LongProgramEdits, OfOneFieldAreRefusedByOneLineOrRun) {
  expect_single_edits_are_survived(kOneConvolution, 1, 1, View::kTransaction);
  expect_single_edits_are_survived(kEveryLayer, 2, 1, View::kTransaction);
  expect_single_edits_are_survived(kFunctions, 2, 1, View::kTransaction);
  expect_single_edits_are_survived(kOneConvolution, 1, 1, View::kCycle);
  expect_single_edits_are_survived(kEveryLayer, 2, 7, View::kCycle);
  expect_single_edits_are_survived(kFunctions, 2, 7, View::kCycle);
}

TEST(LongProgramEdits, OfTwoFieldsAreRefusedByOneLineOrRun) {
  expect_double_edits_are_survived(kOneConvolution, 1, 20'000, View::kTransaction);
  expect_double_edits_are_survived(kEveryLayer, 2, 20'000, View::kTransaction);
  expect_double_edits_are_survived(kFunctions, 2, 20'000, View::kTransaction);
  expect_double_edits_are_survived(kEveryLayer, 2, 5'000, View::kCycle);
}

}  // namespace
}  // namespace escalate
