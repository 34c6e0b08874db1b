// Two places that are filled in turn, as the emitter fills them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace escalate {

/// The place not used for longest is filled again, as soon as the use before it has ended.
class DoubleBuffer {
 public:
  struct Found {
    int place = 0;
    bool is_new = false;  ///< it has to be filled
  };
  /// The place that holds `key`, which is not negative, from now on the one used last.
  Found find(std::int64_t key) {
    for (int i = 0; i < 2; ++i) {
      if (keys_[std::size_t(i)] == key) {
        youngest_ = i;
        return {i, false};
      }
    }
    youngest_ = 1 - youngest_;
    keys_[std::size_t(youngest_)] = key;
    return {youngest_, true};
  }
  double& ready(int place) { return ready_[std::size_t(place)]; }  ///< when its content is there
  double& free(int place) { return free_[std::size_t(place)]; }    ///< when its last use has ended

 private:
  std::array<std::int64_t, 2> keys_ = {-1, -1};
  std::array<double, 2> ready_ = {}, free_ = {};
  int youngest_ = 1;
};

}  // namespace escalate
