#include "buffers/cycle/dma.h"

#include <algorithm>

#include "common/error.h"

namespace escalate {

DmaClocked::DmaClocked(const DmaConfig& config)
    : request_bytes_(std::uint64_t(config.request_bytes)), outstanding_(config.outstanding) {}

std::int64_t DmaClocked::begin(std::span<const Transfer> transfers) {
  ensure(is_free(), "a DMA engine issues the requests of one instruction at a time");
  offset_ = 0;
  Open& instruction = open_.emplace_back();
  for (const Transfer& transfer : transfers) {
    if (transfer.bytes == 0) continue;
    queue_.push_back(transfer);
    instruction.unissued_bytes += std::int64_t(transfer.bytes);
  }
  return first_ + std::int64_t(open_.size()) - 1;
}

std::optional<DmaClocked::Request> DmaClocked::issue() {
  if (queue_.empty() || !port_is_free_ || in_flight_ >= outstanding_) return std::nullopt;
  Transfer& transfer = queue_.front();
  const std::uint64_t boundary = (transfer.address / request_bytes_ + 1) * request_bytes_;
  Request request;
  request.instruction = first_ + std::int64_t(open_.size()) - 1;
  request.address = transfer.address;
  request.offset = offset_;
  request.bytes = std::min(transfer.bytes, boundary - transfer.address);
  transfer.address += request.bytes;
  transfer.bytes -= request.bytes;
  offset_ += request.bytes;
  if (transfer.bytes == 0) queue_.pop_front();
  open_.back().unissued_bytes -= std::int64_t(request.bytes);
  ++open_.back().unanswered;
  ++in_flight_;
  port_is_free_ = false;
  return request;
}

bool DmaClocked::complete() {
  if (open_.empty() || open_.front().unissued_bytes > 0 || open_.front().unanswered > 0) {
    return false;
  }
  open_.pop_front();
  ++first_;
  return true;
}

void DmaClocked::accept() {
  ensure(!port_is_free_ && !accepts_, "DRAM accepts a DMA request once");
  accepts_ = true;
}

void DmaClocked::answer(std::int64_t instruction) {
  ensure(instruction >= first_ && instruction < first_ + std::int64_t(open_.size()),
         "DRAM answers requests of instructions that are not complete");
  answers_.push_back(instruction);
}

void DmaClocked::tick() {
  if (accepts_) port_is_free_ = true;
  accepts_ = false;
  for (const std::int64_t instruction : answers_) {
    int& unanswered = open_[std::size_t(instruction - first_)].unanswered;
    ensure(unanswered > 0, "DRAM answers a DMA request once");
    --unanswered;
    --in_flight_;
  }
  answers_.clear();
}

}  // namespace escalate
