// The MAC unit of rtl/ beside its clocked core, clock edge by clock edge.
#include "pe/cycle/mac_unit.h"

#include <Vmac_unit_default.h>
#include <Vmac_unit_single.h>
#include <gtest/gtest.h>

#include "tests/rtl/row_environment.h"

namespace escalate::rtl {
namespace {

// A row's elements, made up rather than computed: entries in, an element of random value out.
class ElementSource {
 public:
  ElementSource(const MacSizes& sizes, Random& random)
      : limit_((1 << (sizes.value_bits - 1)) - 1), random_(&random) {
    rate_ = 0.05 + 0.95 * random.uniform();
    density_ = random.uniform();
  }

  void begin(const RunningPass& pass, const std::vector<std::shared_ptr<const Entry>>& entries) {
    for (const auto& entry : entries) {
      Element element;
      element.tag = {&pass, entry->h, entry->w, entry->line_end};
      if (random_->chance(density_)) {
        element.value = std::int32_t(random_->between(-limit_ - 1, limit_));
      }
      if (element.value != 0 || entry->line_end) to_come_.push_back(element);
    }
  }
  bool empty() const { return to_come_.empty(); }
  void tick(ElementQueue& queue) {
    if (to_come_.empty() || !queue.has_room() || !random_->chance(rate_)) return;
    queue.push(to_come_.front());
    to_come_.pop_front();
  }

 private:
  int limit_;
  Random* random_;
  double rate_ = 1;
  double density_ = 1;
  std::deque<Element> to_come_;
};

template <class Unit>
class MacUnitLockstep {
 public:
  MacUnitLockstep(const scenario::Scenario& run, const MacSizes& sizes, int row, Random random)
      : sizes_(sizes),
        random_(random),
        feeder_(run, row),
        source_(sizes, random_),
        queue_(run.machine.ca.element_queue),
        model_(run.machine, 0, row),
        line_buffer_(run.machine),
        memory_(sizes),
        merge_rate_(0.02 + 0.98 * random_.uniform()) {
    reset(unit_);
    set_layer(unit_, run.tiles.front());
  }

  void run() {
    for (std::int64_t cycle = 0; !is_done(); ++cycle) {
      tick(cycle);
      RC_ASSERT(cycle < 1000000);
    }
  }

 private:
  bool is_done() const {
    return feeder_.all_begun() && source_.empty() && queue_.size() == 0 && line_buffer_.is_idle();
  }

  void begin_cycle() {
    const auto event = feeder_.tick(source_.empty(), memory_.unread());
    set_weight(unit_, event.weight, sizes_);
    if (event.begins == nullptr || !feeder_.is_active(*event.begins)) return;
    if (event.begins->pass.fresh) line_buffer_.open(*event.begins);
    memory_.begin(*event.begins);
    source_.begin(*event.begins, feeder_.entries(*event.begins));
  }

  void tick(std::int64_t cycle) {
    begin_cycle();
    const bool valid = queue_.size() > 0;
    unit_.element_valid = valid;
    if (valid) {
      const Element& element = queue_.front();
      set_bits(unit_.element_value, 0, sizes_.value_bits, std::uint64_t(element.value));
      unit_.element_line_end = element.tag.line_end;
      set_window(unit_.element_window, *element.tag.pass, element.tag.h, element.tag.w, 0, sizes_);
    }
    set_bits(unit_.unread, 0, sizes_.number_bits, std::uint64_t(memory_.unread()));
    unit_.eval();
    const std::int64_t added = line_buffer_.counters().line_buffer_updates;
    const int queued = queue_.size();
    const MacUnitClocked::Status status = model_.tick(queue_, line_buffer_);
    same("busy", cycle, unit_.busy, status.busy);
    same("waits_for_line", cycle, unit_.waits_for_line, status.waits_line);
    same("additions", cycle, memory_.add(unit_),
         line_buffer_.counters().line_buffer_updates - added);
    memory_.tick(line_buffer_, random_.chance(merge_rate_), unit_.line_end_done, cycle);
    queue_.clock();
    same("element_valid and ready", cycle, valid && unit_.element_ready, queued - queue_.size());
    source_.tick(queue_);
    queue_.clock();
    line_buffer_.clock();
    clock(unit_);
  }

  Unit unit_;
  MacSizes sizes_;
  Random random_;
  PassFeeder feeder_;
  ElementSource source_;
  ElementQueue queue_;
  MacUnitClocked model_;
  LineBufferClocked line_buffer_;
  LineMemory memory_;
  double merge_rate_;
};

template <class Unit>
void expect_multiplies_as_the_model(const MacSizes& sizes) {
  EXPECT_TRUE(rc::check([&] {
    MachineConfig machine;
    machine.slices = 1;
    machine.rows = 3;
    machine.mac.multipliers = sizes.multipliers;
    machine.ca.chunk = 8;
    machine.ring.entry_channels = 8;
    const scenario::Scenario run = arbitrary_row_run(machine, false);
    MacUnitLockstep<Unit>(run, sizes, uniform_in(0, machine.rows), arbitrary_random()).run();
  }));
}

TEST(MacUnitRtl, EqualsTheModelAtEveryEdge) {
  expect_multiplies_as_the_model<Vmac_unit_default>(
      {MAC_UNIT_DEFAULT_VALUE_BITS, MAC_UNIT_DEFAULT_MULTIPLIERS, MAC_UNIT_DEFAULT_KERNEL,
       MAC_UNIT_DEFAULT_LINE_BITS, MAC_UNIT_DEFAULT_COLUMN_BITS, MAC_UNIT_DEFAULT_NUMBER_BITS,
       MAC_UNIT_DEFAULT_TILE_BITS, MAC_UNIT_DEFAULT_CHANNEL_BITS, MAC_UNIT_DEFAULT_WEIGHT_PORT});
}

TEST(MacUnitRtl, EqualsTheModelWithOneMultiplierAndOtherWidths) {
  expect_multiplies_as_the_model<Vmac_unit_single>(
      {MAC_UNIT_SINGLE_VALUE_BITS, MAC_UNIT_SINGLE_MULTIPLIERS, MAC_UNIT_SINGLE_KERNEL,
       MAC_UNIT_SINGLE_LINE_BITS, MAC_UNIT_SINGLE_COLUMN_BITS, MAC_UNIT_SINGLE_NUMBER_BITS,
       MAC_UNIT_SINGLE_TILE_BITS, MAC_UNIT_SINGLE_CHANNEL_BITS, MAC_UNIT_SINGLE_WEIGHT_PORT});
}

}  // namespace
}  // namespace escalate::rtl
