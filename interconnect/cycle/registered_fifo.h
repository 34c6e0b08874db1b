// The channel between two units of the machine: a first-in first-out queue behind registers
// (docs/microarchitecture.md, section 1).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "common/error.h"

namespace escalate {

/// The end of a queue at which items are taken. Counts and items are those of the cycle's begin.
template <class T>
class FifoReader {
 public:
  virtual ~FifoReader() = default;
  virtual int size() const = 0;
  /// The i-th oldest item, popped in this cycle or not.
  virtual const T& front(int i) const = 0;
  const T& front() const { return front(0); }
  virtual void pop(int count) = 0;
  void pop() { pop(1); }
};

/// The end of a queue at which items are put.
template <class T>
class FifoWriter {
 public:
  virtual ~FifoWriter() = default;
  /// Whether `count` more items may be pushed in this cycle.
  virtual bool has_room(int count) const = 0;
  bool has_room() const { return has_room(1); }
  virtual void push(T item) = 0;
};

/// A queue of fixed depth of which everyone sees the state that the cycle began with. An item
/// pushed in a cycle shows in the next one, and a place popped is free in the next one. clock()
/// ends the cycle. Throws InternalError on a push without room and a pop of what is not there.
template <class T>
class RegisteredFifo final : public FifoReader<T>, public FifoWriter<T> {
 public:
  using FifoReader<T>::front;
  using FifoReader<T>::pop;
  using FifoWriter<T>::has_room;

  explicit RegisteredFifo(int depth) : places_(std::size_t(depth)) {
    ensure(depth >= 1, "a queue has at least one place");
  }

  int depth() const { return int(places_.size()); }
  int size() const override { return size_; }
  bool has_room(int count) const override { return size_ + pushed_ + count <= depth(); }

  const T& front(int i) const override {
    ensure(i >= 0 && i < size_, "only items that are there can be read");
    return places_[at(i)];
  }
  void pop(int count) override {
    ensure(popped_ + count <= size_, "only items that are there can be popped");
    popped_ += count;
  }
  void push(T item) override {
    ensure(has_room(), "nothing is pushed into a full queue");
    places_[at(size_ + pushed_)] = std::move(item);
    ++pushed_;
  }

  /// The clock edge: pushes and pops of the cycle take effect.
  void clock() {
    first_ = at(popped_);
    size_ += pushed_ - popped_;
    pushed_ = popped_ = 0;
  }

 private:
  std::size_t at(int i) const {
    const std::size_t place = first_ + std::size_t(i);
    return place < places_.size() ? place : place - places_.size();
  }

  std::vector<T> places_;
  std::size_t first_ = 0;
  int size_ = 0;
  int pushed_ = 0;
  int popped_ = 0;
};

}  // namespace escalate
