// The bounded channel between two units of the cycle view: a queue behind registers whose pushes
// and pops take effect after all units have seen the cycle (docs/microarchitecture.md, section 1).
#pragma once

#include <functional>
#include <systemc>
#include <utility>

#include "interconnect/cycle/registered_fifo.h"
#include "interconnect/cycle/signal_list.h"

namespace escalate::cycle {

template <class T>
class FifoReaderIf : public virtual sc_core::sc_interface, public FifoReader<T> {};
template <class T>
class FifoWriterIf : public virtual sc_core::sc_interface, public FifoWriter<T> {};

template <class T>
class RegisteredChannel : public sc_core::sc_prim_channel,
                          public FifoReaderIf<T>,
                          public FifoWriterIf<T> {
 public:
  RegisteredChannel(const char* name, int depth) : sc_prim_channel(name), fifo_(depth) {}

  int size() const override { return fifo_.size(); }
  const T& front(int i) const override { return fifo_.front(i); }
  bool has_room(int count) const override { return fifo_.has_room(count); }
  void pop(int count) override {
    fifo_.pop(count);
    request_update();
  }
  void push(T item) override {
    fifo_.push(std::move(item));
    request_update();
  }

  void list_signals(SignalList& list) const {
    list.add(*this, "level", 16, [this] { return std::uint64_t(fifo_.size()); });
  }

 private:
  void update() override { fifo_.clock(); }

  RegisteredFifo<T> fifo_;
};

/// The clock edge of a core with registers of its own: what it is given runs after all units have
/// seen the cycle in which it was asked for.
class RegisterUpdate : public sc_core::sc_prim_channel {
 public:
  RegisterUpdate(const char* name, std::function<void()> clock)
      : sc_prim_channel(name), clock_(std::move(clock)) {}
  void request() { request_update(); }

 private:
  void update() override { clock_(); }

  std::function<void()> clock_;
};

}  // namespace escalate::cycle
