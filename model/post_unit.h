// The post stream's unit: the post-processing unit with its time.
#pragma once

#include <systemc>

#include "model/completion_queue.h"
#include "model/execution_unit.h"
#include "model/post_processor.h"

namespace escalate {

class PostUnit : public sc_core::sc_module, public ExecutionUnit {
 public:
  PostUnit(const sc_core::sc_module_name& name, const LayerClock& clock, PostProcessor& processor,
           OutputObserver& observer);

  void begin(const Instruction& instruction) override;
  void retire() override { completions_.pop(); }
  std::string describe() const override;

 private:
  const LayerClock& clock_;
  PostProcessor& processor_;
  OutputObserver& observer_;
  CompletionQueue completions_;
};

}  // namespace escalate
