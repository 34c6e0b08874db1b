#include "compiler/synchronize.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"
#include "compiler/accesses.h"

namespace escalate {
namespace {

struct Issued {
  Progress begin;  // complete when it begins
  std::vector<Access> accesses;
};

bool any_conflict(const std::vector<Access>& left, const std::vector<Access>& right) {
  for (const Access& a : left) {
    for (const Access& b : right) {
      if (a.conflicts(b)) return true;
    }
  }
  return false;
}

void join(Progress& into, const Progress& other) {
  for (int s = 0; s < kNumStreams; ++s) into[s] = std::max(into[s], other[s]);
}

}  // namespace

std::array<std::vector<Instruction>, kNumStreams> synchronize(
    std::span<const Instruction> instructions) {
  std::array<std::vector<Instruction>, kNumStreams> streams;
  std::array<std::vector<Issued>, kNumStreams> issued;
  for (const Instruction& given : instructions) {
    const int own = int(given.stream());
    Instruction instruction{given.operation, 0, 0};
    Issued next{{}, accesses_of(instruction)};
    if (!issued[own].empty()) next.begin = issued[own].back().begin;
    for (int other = 0; other < kNumStreams; ++other) {
      if (other == own) continue;
      // The youngest conflict that is not known to be complete; older ones are then, too.
      for (int i = int(issued[other].size()) - 1; i >= next.begin[other]; --i) {
        if (!any_conflict(next.accesses, issued[other][i].accesses)) continue;
        instruction.waits |= std::uint8_t(1u << other);
        streams[other][i].signals |= std::uint8_t(1u << own);
        Progress complete = issued[other][i].begin;
        complete[other] = i + 1;
        join(next.begin, complete);
        break;
      }
    }
    streams[own].push_back(std::move(instruction));
    issued[own].push_back(std::move(next));
  }
  return streams;
}

std::array<std::vector<Progress>, kNumStreams> progress_at_begin(
    const std::array<std::span<const Instruction>, kNumStreams>& streams) {
  std::array<std::vector<Progress>, kNumStreams> result;
  // signalled[from][to]: indices in stream `from`, in order; taken: how many were waited for.
  std::array<std::array<std::vector<int>, kNumStreams>, kNumStreams> signalled;
  std::array<std::array<std::size_t, kNumStreams>, kNumStreams> taken{};
  std::array<std::size_t, kNumStreams> at{};
  for (bool moved = true; moved;) {
    moved = false;
    for (int s = 0; s < kNumStreams; ++s) {
      for (; at[s] < streams[s].size(); ++at[s], moved = true) {
        const Instruction& instruction = streams[s][at[s]];
        Progress begin = at[s] == 0 ? Progress{} : result[s].back();
        bool ready = true;
        for (int from = 0; from < kNumStreams; ++from) {
          if ((instruction.waits >> from & 1) == 0) continue;
          if (taken[from][s] >= signalled[from][s].size()) {
            ready = false;
            break;
          }
          const int index = signalled[from][s][taken[from][s]];
          Progress complete = result[from][index];
          complete[from] = index + 1;
          join(begin, complete);
        }
        if (!ready) break;
        for (int other = 0; other < kNumStreams; ++other) {
          if ((instruction.waits >> other & 1) != 0) ++taken[other][s];
          if ((instruction.signals >> other & 1) != 0) {
            signalled[s][other].push_back(int(at[s]));
          }
        }
        result[s].push_back(begin);
      }
    }
  }
  for (int s = 0; s < kNumStreams; ++s) {
    const auto name = [](int stream) { return enum_name(static_cast<Stream>(stream)); };
    if (at[s] < streams[s].size()) {
      throw UserError(
          fmt::format("{} instruction {} waits for a signal that never comes", name(s), at[s]));
    }
    for (int to = 0; to < kNumStreams; ++to) {
      if (taken[s][to] != signalled[s][to].size()) {
        throw UserError(fmt::format("a signal from {} to {} is left over", name(s), name(to)));
      }
    }
  }
  return result;
}

}  // namespace escalate
