// The value change dump of the cycle view: what it shows adds up to the counters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "common/atomic_file.h"
#include "common/child_process.h"
#include "machine/clock.h"
#include "tests/support/expect_user_error.h"
#include "tests/support/places.h"
#include "tests/support/simulated.h"
#include "tests/support/temporary_folder.h"
#include "workloads/quick_layer.h"

namespace escalate {
namespace {

using testing::HasSubstr;

/// For each variable, how many picoseconds it had which value.
class Dump {
 public:
  explicit Dump(const std::string& file) {
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) read(line);
  }

  /// Sums of value times cycles over all variables whose paths end so.
  std::int64_t total(const std::string& path_end, Picoseconds period) const {
    std::int64_t sum = 0;
    for (const auto& [path, id] : ids_) {
      if (path.ends_with(path_end)) sum += weighted_.at(id) / period;
    }
    return sum;
  }
  /// Paths, as in "accelerator.post.busy".
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& known : ids_) all.push_back(known.first);
    return all;
  }
  /// Bits of each signal that is called so, whichever module has it.
  std::set<int> widths(const std::string& name) const {
    std::set<int> found;
    for (const auto& [path, width] : widths_) {
      if (path.ends_with("." + name)) found.insert(width);
    }
    return found;
  }
  std::size_t variables() const { return ids_.size(); }
  std::size_t variables(const std::string& part) const {
    std::size_t count = 0;
    for (const auto& known : ids_) count += known.first.find(part) != std::string::npos ? 1 : 0;
    return count;
  }
  /// Values of the signal of this path after each change, by time.
  const std::map<Picoseconds, std::int64_t>& history(const std::string& path) const {
    return histories_.at(ids_.at(path));
  }
  Picoseconds first_time() const { return first_time_; }
  Picoseconds last_time() const { return time_; }

 private:
  void read(const std::string& line) {
    std::istringstream words(line);
    std::string first, kind, width, id, name;
    words >> first;
    if (first == "$scope") {
      words >> kind >> name;
      scopes_.push_back(name);
    } else if (first == "$upscope") {
      scopes_.pop_back();
    } else if (first == "$var") {
      words >> kind >> width >> id >> name;
      std::string path;
      for (const std::string& scope : scopes_) path += scope + ".";
      ids_[path + name] = id;
      widths_[path + name] = std::stoi(width);
      weighted_[id] = 0;
    } else if (first[0] == '#') {
      advance(std::stoll(first.substr(1)));
    } else if (first[0] == 'b') {
      words >> id;
      changed_[id] = values_[id] = std::int64_t(std::stoull(first.substr(1), nullptr, 2));
    } else if (first[0] == '0' || first[0] == '1') {
      changed_[first.substr(1)] = values_[first.substr(1)] = first[0] - '0';
    }
  }
  void advance(Picoseconds time) {
    if (first_time_ < 0) first_time_ = time;
    for (const auto& [id, value] : changed_) histories_[id][time_] = value;
    changed_.clear();
    for (const auto& [id, value] : values_) {
      weighted_[id] = std::int64_t(std::uint64_t(weighted_[id]) +
                                   std::uint64_t(value) * std::uint64_t(time - time_));
    }
    time_ = time;
  }

  std::vector<std::string> scopes_;
  std::map<std::string, std::string> ids_;
  std::map<std::string, int> widths_;
  std::map<std::string, std::int64_t> values_, changed_, weighted_;
  std::map<std::string, std::map<Picoseconds, std::int64_t>> histories_;
  Picoseconds time_ = 0, first_time_ = -1;
};

Program small_program() {
  MachineConfig machine;
  machine.blocks = 2;
  machine.slices = 2;
  machine.rows = 3;
  return compile(draw_network(parse_quick_layer("C=24,K=10,R=3,H=9,M=3,density=0.3,"
                                                "activation_density=0.5"),
                              {})
                     .network,
                 machine);
}

// SystemC's modules live as long as a process, so a traced run has one of its own.
LayerRun traced(const Program& program, const std::string& path, cycle::TraceOptions trace) {
  SimulationOptions options;
  options.view = View::kCycle;
  const std::string text = in_child_process([&] {
    AtomicFile file(path);
    trace.file = &file;
    options.trace = trace;
    const auto outcome = simulate(program, drawn_images(program.network, 1), options);
    file.commit();
    const LayerRun& run = outcome.layers.at(0);
    std::string numbers = std::to_string(run.cycles);
    const auto append = [&](const FieldDoc&, std::int64_t value) {
      numbers += " " + std::to_string(value);
    };
    MachineCounters::fields(run.counters, append);
    return numbers;
  });
  LayerRun run;
  std::istringstream numbers(text);
  numbers >> run.cycles;
  MachineCounters::fields(run.counters,
                          [&](const FieldDoc&, std::int64_t& value) { numbers >> value; });
  return run;
}

TEST(Trace, ShowsEveryStepPickAndBusyCycleThatIsCounted) {
  const TemporaryFolder folder;
  const Program program = small_program();
  const LayerRun run = traced(program, folder.file("run.vcd"), {});
  const Dump dump(folder.file("run.vcd"));
  const Picoseconds period = Clock(program.machine).period();
  EXPECT_GT(run.counters.concentrator_steps, 0);
  EXPECT_EQ(dump.total("concentrator.step", period), run.counters.concentrator_steps);
  EXPECT_EQ(dump.total("concentrator.picks", period), run.counters.ca_additions);
  EXPECT_EQ(dump.total("mac_unit.busy", period), run.counters.mac_busy_cycles);
  EXPECT_EQ(dump.variables("row_state"), 12U);
}

/// The value at `time` of a signal of this history.
std::int64_t value_at(const std::map<Picoseconds, std::int64_t>& history, Picoseconds time) {
  return std::prev(history.upper_bound(time))->second;
}

TEST(Trace, ShowsWhichElementsAMacUnitWorksOnAndInTheirOrder) {
  const TemporaryFolder folder;
  const Program program = small_program();
  traced(program, folder.file("run.vcd"), {});
  const Dump dump(folder.file("run.vcd"));
  const std::string row = "accelerator.compute.pe_block_0.slice_1.row_2.";
  const auto history = [&](const char* signal) { return dump.history(row + signal); };
  const auto pass = history("mac_unit.pass"), h = history("mac_unit.element_row"),
             w = history("mac_unit.element_column"), term = history("mac_unit.term"),
             channel = history("mac_unit.output_channel");
  std::vector<std::array<std::int64_t, 3>> elements;
  for (const auto& [time, busy] : history("mac_unit.busy")) {
    for (Picoseconds t = time; busy == 1 && value_at(history("mac_unit.busy"), t) == 1;
         t += Clock(program.machine).period()) {
      const std::array<std::int64_t, 3> element = {value_at(pass, t), value_at(h, t),
                                                   value_at(w, t)};
      if (elements.empty() || elements.back() != element) elements.push_back(element);
      EXPECT_EQ(value_at(term, t), 2);     // row 2 of three terms
      EXPECT_EQ(value_at(channel, t), 1);  // slice 1 of one output channel each
      if (t >= dump.last_time()) break;
    }
  }
  EXPECT_GT(elements.size(), 40U);
  EXPECT_TRUE(std::is_sorted(elements.begin(), elements.end()));
  EXPECT_LE(elements.back()[1], 8);
}

TEST(Trace, HasSignalsOfAsManyBitsAsTheyNeed) {
  const TemporaryFolder folder;
  traced(small_program(), folder.file("run.vcd"), {});
  const Dump dump(folder.file("run.vcd"));
  for (const char* flag : {"element_began", "entry_released", "row_merged", "line_finished",
                           "element_pushed", "blocked", "final_step"}) {
    EXPECT_EQ(dump.widths(flag), std::set<int>{1}) << flag;
  }
}

TEST(Trace, ShowsSignalsOfEveryModule) {
  const TemporaryFolder folder;
  traced(small_program(), folder.file("run.vcd"), {});
  std::set<std::string> modules;
  for (const std::string& path : Dump(folder.file("run.vcd")).paths()) {
    const std::string numbered = path.substr(0, path.rfind('.'));
    modules.insert(std::regex_replace(numbered, std::regex("_[0-9]+"), ""));
  }
  const std::string block = "accelerator.compute.pe_block.", row = block + "slice.row.";
  EXPECT_THAT(
      modules,
      testing::UnorderedElementsAre(
          "accelerator.compute.multicast_network", block + "controller", block + "output_banks",
          block + "ring_input_buffer", block + "slice.merge", row + "ca_unit.adder_tree",
          row + "ca_unit.concentrator", row + "ca_unit.dilution",
          row + "ca_unit.dilution.butterfly", row + "ca_unit.slot_queue", row + "direct_picker",
          row + "element_queue", row + "line_buffer", row + "mac_unit", row + "monitor",
          "accelerator.controller", "accelerator.global_buffer.compute",
          "accelerator.global_buffer.load", "accelerator.global_buffer.post",
          "accelerator.global_buffer.store", "accelerator.load", "accelerator.post",
          "accelerator.post.output_collector", "accelerator.store"));
}

/// One element of twelve activations on four lanes, whose matches are the `x` of `rows`.
Program program_of_element(const std::string& rows, const std::string& pattern) {
  MachineConfig machine;
  machine.blocks = machine.slices = machine.rows = 1;
  machine.ca.chunk = 16;
  machine.ca.lanes = 4;
  machine.ca.pattern = pattern;
  IntegerNetwork network =
      draw_network(parse_quick_layer("C=12,K=1,H=1,M=1,density=1,activation_density=1"), {})
          .network;
  for (IntegerNode& node : network.nodes) {
    if (node.op != IntegerOp::kConv) continue;
    node.coefficients.clear();
    for (const char c : rows) node.coefficients.push_back(c == 'x' ? 1 : 0);
  }
  return compile(network, machine);
}

TEST(Trace, ShowsTheElementThatTheMicroarchitecturePageCountsByHand) {
  const TemporaryFolder folder;
  const auto steps = [&](const std::string& pattern) {
    const Program program = program_of_element(".xx.x.x.xx.x", pattern);
    const LayerRun run = traced(program, folder.file("run.vcd"), {});
    const Dump dump(folder.file("run.vcd"));
    const Picoseconds period = Clock(program.machine).period();
    EXPECT_EQ(dump.total("concentrator.picks", period), 7);
    EXPECT_EQ(dump.total("concentrator.slot_rows_retired", period), 3);
    EXPECT_EQ(dump.total("concentrator.step", period), run.counters.concentrator_steps);
    return run.counters.concentrator_steps;
  };
  EXPECT_EQ(steps("L<0,0>"), 3);
  EXPECT_EQ(steps("L<1,1>"), 2);
  EXPECT_EQ(steps("(1,0),(1,-1)"), 2);
  EXPECT_EQ(steps("T<2,5>"), 2);
}

TEST(Trace, ShowsWhatControllerDmaEnginesAndPostProcessingDo) {
  const TemporaryFolder folder;
  const Program program = small_program();
  const LayerRun run = traced(program, folder.file("run.vcd"), {});
  const Dump dump(folder.file("run.vcd"));
  const Picoseconds period = Clock(program.machine).period();
  const auto total = [&](const std::string& signal) { return dump.total(signal, period); };
  EXPECT_EQ(total("controller.load_begins") + total("controller.compute_begins") +
                total("controller.post_begins") + total("controller.store_begins"),
            run.counters.instructions);
  for (std::size_t s = 0; s < kNumStreams; ++s) {
    const std::string stream(enum_name(static_cast<Stream>(s)));
    EXPECT_EQ(total("controller." + stream + "_begins"), std::int64_t(program.streams[s].size()));
  }
  EXPECT_EQ(total("accelerator.post.busy"), run.counters.post_busy_cycles);
  EXPECT_EQ(total("output_collector.sums_taken"), run.counters.output_words_drained);
  for (const std::string engine : {"accelerator.load", "accelerator.store"}) {
    EXPECT_GT(total(engine + ".request"), 0);
    EXPECT_EQ(total(engine + ".request"), total(engine + ".responses"));
    // Each is in flight for a cycle at least.
    EXPECT_GE(total(engine + ".requests_in_flight"), total(engine + ".request"));
  }
  EXPECT_GT(total("controller.compute_waits_for"), 0) << "it waits for the first load";
}

// What stands between backticks in the row of a unit in docs/cycle-view.md.
std::multimap<std::string, std::string> documented_signals() {
  std::istringstream page(read_file(source_folder() + "/docs/cycle-view.md"));
  const std::regex quoted("`([a-z_0-9]+)`");
  std::multimap<std::string, std::string> signals;
  for (std::string line; std::getline(page, line);) {
    const std::size_t second = line.find('|', 1);
    if (line.empty() || line[0] != '|' || second == std::string::npos) continue;
    const std::string units = line.substr(0, second), rest = line.substr(second);
    for (std::sregex_iterator unit(units.begin(), units.end(), quoted), end; unit != end; ++unit) {
      for (std::sregex_iterator name(rest.begin(), rest.end(), quoted); name != end; ++name) {
        signals.insert({(*unit)[1], (*name)[1]});
      }
    }
  }
  return signals;
}

// "pe_block_3" is a "pe block", and "output_banks" are each an "output bank".
bool is_in_glossary(std::string unit, const std::string& glossary) {
  unit = std::regex_replace(unit, std::regex("_[0-9]+$"), "");
  std::replace(unit.begin(), unit.end(), '_', ' ');
  if (unit.ends_with("s")) unit.pop_back();
  return glossary.find(unit) != std::string::npos;
}

TEST(Trace, HasTheNamesOfTheGlossaryAndOfItsPage) {
  const TemporaryFolder folder;
  for (const bool ideal : {false, true}) {
    Program program = small_program();
    program.machine.ideal.ca = ideal;
    traced(program, folder.file("run.vcd"), {});
    std::string glossary = read_file(source_folder() + "/docs/glossary.md");
    std::transform(glossary.begin(), glossary.end(), glossary.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    const auto documented = documented_signals();
    for (const std::string& path : Dump(folder.file("run.vcd")).paths()) {
      std::vector<std::string> names;
      std::istringstream parts(path);
      for (std::string name; std::getline(parts, name, '.');) names.push_back(name);
      std::string signal = names.back();
      names.pop_back();
      for (const std::string& unit : names) {
        EXPECT_TRUE(is_in_glossary(unit, glossary)) << unit << " in " << path;
      }
      signal = std::regex_replace(signal, std::regex("stage_[0-9]+"), "stage_0");
      const auto [begin, end] = documented.equal_range(names.back());
      EXPECT_TRUE(std::any_of(begin, end, [&](const auto& row) { return row.second == signal; }))
          << path << " is not in docs/cycle-view.md";
    }
  }
}

TEST(Trace, ShowsChosenUnitsInAChosenWindow) {
  const TemporaryFolder folder;
  const Program program = small_program();
  const Clock clock(program.machine);
  traced(program, folder.file("run.vcd"),
         {nullptr,
          {"pe_block_1.slice_0.row_2", "multicast_network.sending"},
          clock.edge(300),
          clock.edge(400)});
  const Dump dump(folder.file("run.vcd"));
  EXPECT_GT(dump.variables("pe_block_1.slice_0.row_2."), 10U);
  EXPECT_EQ(dump.variables("multicast_network.sending"), 1U);
  EXPECT_EQ(dump.variables(), dump.variables("pe_block_1.slice_0.row_2.") + 1);
  EXPECT_GE(dump.first_time(), clock.edge(300));
  EXPECT_LE(dump.last_time(), clock.edge(400));
}

TEST(Trace, RefusesAPatternThatNamesNothing) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(traced(small_program(), folder.file("run.vcd"), {nullptr, {"pe_block_7"}}),
                    HasSubstr("'pe_block_7' names no unit"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("run.vcd")));
}

}  // namespace
}  // namespace escalate
