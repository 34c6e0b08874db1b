// Two DMA modules, a driver that starts their instructions in given cycles, and the same in a plain
// loop over cycles.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "buffers/dram_target.h"
#include "buffers/transaction/dma_module.h"
#include "interconnect/systemc_run.h"

namespace escalate {

struct TestTransfer {
  std::uint64_t address = 0;
  int bytes = 0;
};

struct TestInstruction {
  DmaDirection direction = DmaDirection::kLoad;
  Cycle start = 0;
  std::vector<TestTransfer> transfers;
};

/// When instructions, given in order of their start, are complete by docs/microarchitecture.md,
/// section 14.
inline std::vector<Cycle> completion_times(const MachineConfig& machine,
                                           const std::vector<TestInstruction>& instructions) {
  struct Request {
    std::size_t instruction;
    std::uint64_t address;
    int bytes;
  };
  const Clock clock(machine);
  DramTiming dram(machine.dram);
  std::vector<Cycle> complete(instructions.size());
  std::deque<Request> waiting[2];
  std::map<std::int64_t, std::size_t> unanswered[2];  // instructions, by numbers of requests
  std::vector<Cycle> answered[2];                     // when answers not yet seen are seen
  const auto advance = [&](Picoseconds now) {
    for (const DramTiming::Answer& answer : dram.advance(now)) {
      const int write = unanswered[1].contains(answer.request) ? 1 : 0;
      const std::size_t instruction = unanswered[write].extract(answer.request).mapped();
      answered[write].push_back(answer.done / clock.period() + 1);
      complete[instruction] = std::max(complete[instruction], answered[write].back());
    }
  };
  std::size_t next = 0;
  for (Cycle now = 0; next < instructions.size() || !waiting[0].empty() || !waiting[1].empty();
       ++now) {
    for (; next < instructions.size() && instructions[next].start == now; ++next) {
      const TestInstruction& instruction = instructions[next];
      complete[next] = now;
      for (const TestTransfer& transfer : instruction.transfers) {
        for (int done = 0; done < transfer.bytes;) {
          const std::uint64_t at = transfer.address + std::uint64_t(done);
          const int left = machine.dma.request_bytes - int(at % machine.dma.request_bytes);
          const int bytes = std::min(transfer.bytes - done, left);
          waiting[instruction.direction == DmaDirection::kStore].push_back({next, at, bytes});
          done += bytes;
        }
      }
    }
    advance(now * clock.period());
    for (int write = 0; write < 2; ++write) {
      std::erase_if(answered[write], [now](Cycle seen) { return seen <= now; });
      const std::size_t in_flight = unanswered[write].size() + answered[write].size();
      if (waiting[write].empty() || int(in_flight) == machine.dma.outstanding) continue;
      const Request request = waiting[write].front();
      waiting[write].pop_front();
      const std::int64_t number =
          dram.arrive(request.address, request.bytes, write == 1, now * clock.period());
      unanswered[write][number] = request.instruction;
    }
  }
  while (const auto answer = dram.next_answer()) advance(*answer);
  Cycle last[2] = {0, 0};  // an engine completes its instructions in order
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    const bool write = instructions[i].direction == DmaDirection::kStore;
    complete[i] = last[write] = std::max(last[write], complete[i]);
  }
  return complete;
}

/// Starts instructions in their cycles, counted from restart(), and asks at every clock edge which
/// are complete.
class DmaDriver : public sc_core::sc_module {
 public:
  DmaDriver(const sc_core::sc_module_name& name, const MachineConfig& machine, DmaModule& load,
            DmaModule& store)
      : sc_module(name), clock_(machine), load_(load), store_(store) {
    SC_HAS_PROCESS(DmaDriver);
    SC_METHOD(drive);
    sensitive << edge_;
    dont_initialize();
    SC_METHOD(check_events);
    sensitive << load_.completed() << store_.completed();
    dont_initialize();
  }

  /// Data of instruction i are `data[i]`, as long as all its transfers.
  void restart(const std::vector<TestInstruction>& instructions,
               std::vector<std::vector<std::uint8_t>>& data) {
    instructions_ = &instructions;
    data_ = &data;
    numbers_.clear();
    notified_ = 0;
    complete.assign(instructions.size(), -1);
    origin_ = clock_.cycle_of(simulated_time());
    edge_.notify(sc_core::SC_ZERO_TIME);
  }

  std::vector<Cycle> complete;  ///< by instruction; -1: not yet
  /// Instructions found complete in processes woken by completed().
  int notified() const { return notified_; }

 private:
  Cycle now() const { return clock_.cycle_of(simulated_time()) - origin_; }
  DmaModule& dma(std::size_t i) {
    return (*instructions_)[i].direction == DmaDirection::kLoad ? load_ : store_;
  }

  void drive() {
    std::size_t num_complete = 0;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      if (dma(i).is_complete(numbers_[i])) {
        ++num_complete;
        if (complete[i] < 0) complete[i] = now();
      }
    }
    for (std::size_t i = numbers_.size();
         i < instructions_->size() && (*instructions_)[i].start == now(); ++i) {
      start(i);
      if (dma(i).is_complete(numbers_[i])) complete[i] = now();
    }
    if (num_complete < instructions_->size()) edge_.notify(to_sc_time(clock_.period()));
  }

  void start(std::size_t i) {
    std::vector<DmaTransfer> transfers;
    std::size_t used = 0;
    for (const TestTransfer& transfer : (*instructions_)[i].transfers) {
      transfers.push_back(
          {transfer.address, std::span((*data_)[i]).subspan(used, std::size_t(transfer.bytes))});
      used += std::size_t(transfer.bytes);
    }
    numbers_.push_back(dma(i).start(transfers));
  }

  void check_events() {
    notified_ = 0;
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      notified_ += dma(i).is_complete(numbers_[i]) ? 1 : 0;
    }
  }

  Clock clock_;
  DmaModule& load_;
  DmaModule& store_;
  const std::vector<TestInstruction>* instructions_ = nullptr;
  std::vector<std::vector<std::uint8_t>>* data_ = nullptr;
  std::vector<std::int64_t> numbers_;
  int notified_ = 0;
  Cycle origin_ = 0;
  sc_core::sc_event edge_;
};

inline std::vector<std::vector<std::uint8_t>> data_of(
    const std::vector<TestInstruction>& instructions) {
  std::vector<std::vector<std::uint8_t>> data;
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    std::size_t bytes = 0;
    for (const TestTransfer& transfer : instructions[i].transfers) {
      bytes += std::size_t(transfer.bytes);
    }
    data.emplace_back(bytes);
    for (std::size_t k = 0; k < bytes; ++k) data[i][k] = std::uint8_t(1 + (i * 31 + k) % 255);
  }
  return data;
}

}  // namespace escalate
