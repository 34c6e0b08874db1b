#include "buffers/transaction/dma_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.h"

namespace escalate {

DmaEngine::DmaEngine(const DmaConfig& config)
    : request_bytes_(config.request_bytes), outstanding_(std::size_t(config.outstanding)) {}

std::int64_t DmaEngine::start(std::span<const DmaTransfer> transfers, Cycle now) {
  const std::int64_t number = num_started();
  std::int64_t requests = 0;
  for (const DmaTransfer& transfer : transfers) {
    if (transfer.bytes.empty()) continue;
    const std::uint64_t last_byte = transfer.address + (transfer.bytes.size() - 1);
    ensure(last_byte >= transfer.address, "a DMA transfer ends within the address space");
    requests += std::int64_t(last_byte / request_bytes_ - transfer.address / request_bytes_ + 1);
    transfers_.push_back(transfer);
    transfer_numbers_.push_back(number);
  }
  open_.push_back({requests, now});
  return number;
}

std::optional<Cycle> DmaEngine::next_issue(Cycle now) const {
  if (transfers_.empty() || !accepted_) return std::nullopt;
  const Cycle cycle = std::max(now, issue_from_);
  if (unanswered_ + seen_.size() < outstanding_ || (!seen_.empty() && seen_.top() <= cycle)) {
    return cycle;
  }
  if (seen_.empty()) return std::nullopt;
  return seen_.top();
}

DmaRequest DmaEngine::issue(Cycle now) {
  ensure(next_issue(now) == now, "a DMA request is issued in turn");
  while (!seen_.empty() && seen_.top() <= now) seen_.pop();
  DmaTransfer& rest = transfers_.front();
  const std::uint64_t left = request_bytes_ - rest.address % request_bytes_;
  const std::size_t size = std::min<std::uint64_t>(rest.bytes.size(), left);
  const DmaRequest request = {rest.address, rest.bytes.first(size), transfer_numbers_.front()};
  rest.address += size;
  rest.bytes = rest.bytes.subspan(size);
  if (rest.bytes.empty()) {
    transfers_.pop_front();
    transfer_numbers_.pop_front();
  }
  ++unanswered_;
  accepted_ = false;
  last_issue_ = now;
  return request;
}

void DmaEngine::accept(Cycle cycle) {
  ensure(!accepted_ && cycle >= last_issue_, "DRAM accepts a DMA request once it is issued");
  accepted_ = true;
  issue_from_ = cycle + 1;
}

void DmaEngine::respond(std::int64_t instruction, Cycle cycle) {
  ensure(instruction >= first_open_ && instruction < num_started() && unanswered_ > 0,
         "DRAM answers a DMA request after it was issued, and once");
  Instruction& answered = open_[std::size_t(instruction - first_open_)];
  ensure(answered.unanswered > 0, "DRAM answers a DMA request once");
  --answered.unanswered;
  answered.seen = std::max(answered.seen, cycle + 1);
  --unanswered_;
  seen_.push(cycle + 1);
}

void DmaEngine::advance(Cycle now) {
  while (!seen_.empty() && seen_.top() <= now) seen_.pop();
  while (!open_.empty() && open_.front().unanswered == 0 && open_.front().seen <= now) {
    open_.pop_front();
    ++first_open_;
  }
}

std::optional<Cycle> DmaEngine::next_event(Cycle now) const {
  std::optional<Cycle> next = next_issue(now + 1);
  const auto sooner = [&next](Cycle cycle) { next = next ? std::min(*next, cycle) : cycle; };
  if (!open_.empty() && open_.front().unanswered == 0) sooner(open_.front().seen);
  if (transfers_.empty() && last_issue_ == now) sooner(now + 1);
  return next;
}

bool DmaEngine::is_complete(std::int64_t instruction, Cycle now) const {
  ensure(instruction < num_started(), "only instructions that have started are complete");
  return std::all_of(
      open_.begin(), open_.begin() + std::max<std::int64_t>(instruction + 1 - first_open_, 0),
      [now](const Instruction& one) { return one.unanswered == 0 && one.seen <= now; });
}

std::string DmaEngine::describe() const {
  return fmt::format(
      "{} of {} instructions complete, {} requests in flight, {} transfers to issue{}",
      num_complete(), num_started(), unanswered_, transfers_.size(),
      accepted_ ? "" : ", the last request not accepted");
}

}  // namespace escalate
