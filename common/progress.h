// Progress of a long run on standard error: a bar with rate and remaining time on a terminal, plain
// lines now and then otherwise.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

namespace escalate {

class Progress {
 public:
  enum class Style { kBar, kLines, kQuiet };

  /// Where the text goes and what the time is, in seconds from any origin; tests give their own.
  struct Surroundings {
    std::function<void(const std::string&)> write;
    std::function<double()> now;
  };

  /// `label` says what is counted, `total` (>= 0) how many there are. `quiet`: say nothing.
  Progress(std::string label, std::int64_t total, bool quiet = false);
  Progress(std::string label, std::int64_t total, Style style, Surroundings surroundings);
  /// Leaves the last bar standing on a line of its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` are finished; prints if enough time has gone by or all are done.
  void update(std::int64_t done);
  /// `done` were finished by an earlier run: they count, but not in rate and remaining time.
  void resume_at(std::int64_t done);
  /// What else to say in every line from now on, as the best so far.
  void note(std::string text);

 private:
  std::string line(double now) const;

  std::string label_;
  std::int64_t total_;
  Style style_;
  Surroundings surroundings_;
  double start_;
  double last_print_;
  std::int64_t resumed_ = 0;
  std::int64_t done_ = 0;
  std::string note_;
  bool bar_is_open_ = false;
};

}  // namespace escalate
