// DRAM of the standards in configs/dram beside DRAMsim3 and Ramulator 2 on streams of requests.
//
// The references were measured as DDR4-3200 22-22-22, first ready and first come, two channels,
// consecutive bursts in alternate bank groups, each driven by this project's DMA engines: 256 bytes
// a request (64 in two streams), 16 in flight for each engine.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "buffers/dram_timing.h"
#include "common/atomic_file.h"
#include "common/config.h"
#include "machine/config.h"
#include "tests/support/places.h"

namespace escalate {
namespace {

constexpr Picoseconds kPeriod = 1250;  // 800 MHz
constexpr int kRequests = 8000;

DramConfig standard(const std::string& name) {
  MachineConfig machine;
  std::string type, model;  // how energy is charged: nothing that buffers know
  ConfigView view(machine);
  view.add("energy.dram_type", FieldDoc{"dram_type", "", ""}, type);
  view.add("energy.dram_model", FieldDoc{"dram_model", "", ""}, model);
  view.read_yaml(source_folder() + "/configs/dram/" + name + ".yaml");
  machine.validate();
  return machine.dram;
}

/// An engine's requests: one a cycle at most, answers seen at the next clock edge.
struct Engine {
  std::function<std::uint64_t(int)> address;
  int bytes = 256;
  bool is_write = false;
  bool follows = false;  ///< a request waits for the answer to that of the engine before it
  int outstanding = 16;

  int issued = 0;
  Picoseconds next = 0, end = 0, waited = 0;
  int unanswered = 0;
  std::multiset<Picoseconds> seen = {};    ///< of those that still count as in flight
  std::vector<Picoseconds> answered = {};  ///< by request: when it is seen

  /// When the next request can go, as far as is known.
  std::optional<Picoseconds> due(const Engine* before) const {
    if (issued == kRequests) return std::nullopt;
    Picoseconds time = next;
    if (unanswered + int(seen.size()) >= outstanding) {
      if (seen.empty()) return std::nullopt;
      time = std::max(time, *seen.begin());
    }
    if (!follows) return time;
    const Picoseconds loaded = before->answered[std::size_t(issued)];
    if (loaded < 0) return std::nullopt;
    return std::max(time, loaded);
  }
};

struct Measured {
  double gb_per_s = 0;
  double read_ns = 0;  ///< mean latency of the first engine's requests
};

/// Runs engines beside each other until all their requests are answered.
class Streams {
 public:
  Streams(const DramConfig& config, std::vector<Engine> engines)
      : dram_(config), engines_(std::move(engines)) {
    for (Engine& engine : engines_) engine.answered.assign(kRequests, -1);
  }

  Measured run() {
    while (true) {
      std::optional<Picoseconds> issue;
      std::size_t issuer = 0;
      for (std::size_t i = 0; i < engines_.size(); ++i) {
        const auto due = engines_[i].due(i > 0 ? &engines_[i - 1] : nullptr);
        if (due && (!issue || *due < *issue)) {
          issue = due;
          issuer = i;
        }
      }
      const std::optional<Picoseconds> answer = dram_.next_answer();
      if (!issue && !answer) break;
      if (!issue || (answer && *answer < *issue)) {
        advance(*answer);
      } else {
        advance(*issue);
        send(engines_[issuer], issuer, *issue);
      }
    }
    double bytes = 0;
    Picoseconds end = 0;
    for (const Engine& engine : engines_) {
      bytes += double(engine.bytes) * kRequests;
      end = std::max(end, engine.end);
    }
    return {bytes / (double(end) * 1e-3), double(engines_[0].waited) * 1e-3 / kRequests};
  }

 private:
  struct Sent {
    std::size_t engine;
    int number;
    Picoseconds time;
  };

  void send(Engine& engine, std::size_t number, Picoseconds now) {
    engine.seen.erase(engine.seen.begin(), engine.seen.upper_bound(now));
    const std::int64_t request =
        dram_.arrive(engine.address(engine.issued), engine.bytes, engine.is_write, now);
    sent_[request] = {number, engine.issued, now};
    ++engine.issued;
    ++engine.unanswered;
    engine.next = now + kPeriod;
  }

  void advance(Picoseconds now) {
    for (const DramTiming::Answer& answer : dram_.advance(now)) {
      const Sent sent = sent_.extract(answer.request).mapped();
      Engine& engine = engines_[sent.engine];
      const Picoseconds seen = (answer.done / kPeriod + 1) * kPeriod;
      --engine.unanswered;
      engine.seen.insert(seen);
      engine.answered[std::size_t(sent.number)] = seen;
      engine.end = std::max(engine.end, answer.done);
      engine.waited += answer.done - sent.time;
    }
  }

  DramTiming dram_;
  std::vector<Engine> engines_;
  std::map<std::int64_t, Sent> sent_;
};

constexpr std::uint64_t kFar = std::uint64_t{1} << 28;  // a whole number of turns through the banks

std::uint64_t row_of_all(const DramConfig& dram) {
  return std::uint64_t(dram.row_bytes) * std::uint64_t(dram.channels);
}

Engine strided(std::uint64_t from, std::uint64_t stride, bool is_write = false) {
  Engine engine;
  engine.address = [=](int i) { return from + std::uint64_t(i) * stride; };
  engine.is_write = is_write;
  return engine;
}

Engine drawn(int bytes) {
  std::vector<std::uint64_t> addresses;
  std::mt19937_64 random(1);
  for (int i = 0; i < kRequests; ++i) addresses.push_back(random() % kFar / bytes * bytes);
  Engine engine;
  engine.address = [=](int i) { return addresses[std::size_t(i)]; };
  engine.bytes = bytes;
  return engine;
}

/// Stores follow their loads, `rows` rows away in the turn through the banks.
std::vector<Engine> copy(const DramConfig& dram, int rows) {
  Engine store = strided(kFar + std::uint64_t(rows) * row_of_all(dram), 256, true);
  store.follows = true;
  return {strided(0, 256), store};
}

/// What a reference found; 0: it was not measured.
struct Reference {
  double gb_per_s, read_ns;
};

/// "48.6, 83", or one of the two.
std::string cell(const Reference& found) {
  if (found.read_ns == 0) return fmt::format("{:.1f}", found.gb_per_s);
  if (found.gb_per_s == 0) return fmt::format("{:.0f} ns", found.read_ns);
  return fmt::format("{:.1f}, {:.0f}", found.gb_per_s, found.read_ns);
}

/// Within a tenth of each reference, or between them. A reference of 0 was not measured.
void expect_near(double ours, std::vector<double> references, const std::string& row) {
  std::erase(references, 0);
  if (references.empty()) return;
  const auto [least, most] = std::minmax_element(references.begin(), references.end());
  if (ours >= *least && ours <= *most) return;
  for (const double theirs : references) EXPECT_NEAR(ours / theirs, 1, 0.1) << row;
}

/// That, and as docs/validation.md has it in a row of that title.
void expect_near(const std::string& title, const DramConfig& dram,
                 const std::vector<Engine>& engines, const std::vector<Reference>& references) {
  static const std::string document = read_text_file(source_folder() + "/docs/validation.md");
  const Measured ours = Streams(dram, engines).run();
  std::string row = fmt::format("| {} | {} |", title, cell({ours.gb_per_s, ours.read_ns}));
  std::vector<double> gb_per_s, read_ns;
  for (const Reference& theirs : references) {
    row += fmt::format(" {} |", cell(theirs));
    gb_per_s.push_back(theirs.gb_per_s);
    read_ns.push_back(theirs.read_ns);
  }
  expect_near(ours.gb_per_s, gb_per_s, row);
  expect_near(ours.read_ns, read_ns, row);
  EXPECT_TRUE(document.find(row) != std::string::npos) << row;
}

class Ddr4 : public testing::Test {
 protected:
  const DramConfig dram_ = standard("ddr4-3200");
};

TEST_F(Ddr4, ReadsInSequence) {
  expect_near("reads in sequence", dram_, {strided(0, 256)}, {{48.6, 83}, {48.7, 83}});
}
TEST_F(Ddr4, WritesInSequence) {
  expect_near("writes in sequence", dram_, {strided(0, 256, true)}, {{48.5, 0}, {48.6, 83}});
}
TEST_F(Ddr4, ReadsAtRandom) {
  expect_near("random reads of 256 bytes", dram_, {drawn(256)}, {{22.7, 179}, {22.4, 182}});
}
TEST_F(Ddr4, CopiesWithinABank) {
  expect_near("copy within a bank", dram_, copy(dram_, 0), {{38.5, 212}, {31.6, 258}});
}
TEST_F(Ddr4, CopiesToTheNextRow) {
  expect_near("copy one row of all channels away", dram_, copy(dram_, 1),
              {{37.8, 216}, {32.9, 248}});
}
TEST_F(Ddr4, CopiesHalfATurnAway) {
  expect_near("copy eight rows away", dram_, copy(dram_, 8), {{46.2, 176}, {42.8, 190}});
}
TEST_F(Ddr4, LoadsTwoStreams) {
  expect_near("two streams of reads", dram_,
              {strided(0, 256), strided(kFar + 8 * row_of_all(dram_), 256)},
              {{47.7, 170}, {48.7, 167}});
}
TEST_F(Ddr4, ReadsARowAfterTheOther) {
  expect_near("reads, a row apart", dram_, {strided(0, row_of_all(dram_))},
              {{44.1, 92}, {46.0, 88}});
}
TEST_F(Ddr4, ReadsRowsOfOneBank) {
  expect_near("reads, a turn through the banks apart", dram_,
              {strided(0, row_of_all(dram_) * std::uint64_t(dram_.banks))},
              {{5.3, 774}, {5.3, 773}});
}
TEST_F(Ddr4, ReadsSingleBurstsAtRandom) {
  expect_near("random reads of 64 bytes", dram_, {drawn(64)}, {{15.7, 64}, {15.9, 63}});
}
TEST_F(Ddr4, ReadsOneBurstAtATime) {
  Engine engine = drawn(64);
  engine.outstanding = 1;
  expect_near("the same, one in flight", dram_, {engine}, {{0, 44}, {0, 43}});
}

TEST_F(Ddr4, IsAsSlowAsTheReferencesWhereBurstsFillARow) {
  DramConfig rows = dram_;
  rows.interleaved_groups = 1;
  expect_near("reads in sequence, row by row", rows, {strided(0, 256)}, {{30.1, 0}, {30.1, 0}});
  expect_near("reads, a row apart, row by row", rows, {strided(0, row_of_all(rows))},
              {{45.4, 0}, {44.4, 0}});
  expect_near("random reads of 64 bytes, row by row", rows, {drawn(64)}, {{15.8, 0}, {15.9, 0}});
}

TEST(Lpddr4, StreamsAndActivatesLikeTheReference) {
  const DramConfig dram = standard("lpddr4-3200");
  expect_near("LPDDR4, reads in sequence", dram, {strided(0, 256)}, {{46.9, 0}});
  expect_near("LPDDR4, reads, a row apart", dram, {strided(0, row_of_all(dram))}, {{23.3, 0}});
}

TEST(Standards, StreamAtTheirPeakButForRefresh) {
  for (const char* name : {"ddr4-3200", "lpddr4-3200", "lpddr5-6400", "hbm2-2000"}) {
    const DramConfig dram = standard(name);
    Engine wide = strided(0, 4096);
    wide.bytes = 4096;
    const double busy = 1 - dram.refresh_ns / dram.refresh_interval_ns;
    const double peak = dram.bytes_per_ns() * busy;
    EXPECT_NEAR(Streams(dram, {wide}).run().gb_per_s / peak, 1, 0.05) << name;
  }
}

}  // namespace
}  // namespace escalate
