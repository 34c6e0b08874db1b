#include "common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/console.h"
#include "common/table.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

constexpr double kBarPeriod = 0.1;   // s: smooth to the eye
constexpr double kLinesPeriod = 10;  // s: readable in a log
constexpr int kBarWidth = 30;

Progress::Style style_of_stderr(bool quiet) {
  if (quiet) return Progress::Style::kQuiet;
  return ::isatty(STDERR_FILENO) == 1 ? Progress::Style::kBar : Progress::Style::kLines;
}

Progress::Surroundings real_surroundings() {
  return {[](const std::string& text) { draw_on_stderr(text); },
          [] {
            const auto now = std::chrono::steady_clock::now().time_since_epoch();
            return std::chrono::duration<double>(now).count();
          }};
}

}  // namespace

Progress::Progress(std::string label, std::int64_t total, bool quiet)
    : Progress(std::move(label), total, style_of_stderr(quiet), real_surroundings()) {}

Progress::Progress(std::string label, std::int64_t total, Style style, Surroundings surroundings)
    : label_(visible(label)),
      total_(total),
      style_(style),
      surroundings_(std::move(surroundings)),
      start_(surroundings_.now()),
      last_print_(start_) {}

Progress::~Progress() {
  if (bar_is_open_) surroundings_.write("\n");
}

void Progress::resume_at(std::int64_t done) {
  resumed_ += done - done_;
  done_ = done;
}

void Progress::note(std::string text) { note_ = visible(text); }

void Progress::update(std::int64_t done) {
  done_ = done;
  if (style_ == Style::kQuiet) return;
  const double now = surroundings_.now();
  const double period = style_ == Style::kBar ? kBarPeriod : kLinesPeriod;
  if (done_ < total_ && now - last_print_ < period) return;
  last_print_ = now;
  if (style_ == Style::kLines) {
    surroundings_.write(line(now) + "\n");
    return;
  }
  const int filled = total_ > 0 ? static_cast<int>(kBarWidth * done_ / total_) : kBarWidth;
  const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  // Back to the line's start and clear to its end, so that a shorter line leaves nothing behind.
  surroundings_.write("\r[" + bar + "] " + line(now) + "\x1b[K");
  bar_is_open_ = true;
  if (done_ >= total_) {
    surroundings_.write("\n");
    bar_is_open_ = false;
  }
}

std::string Progress::line(double now) const {
  const double elapsed = now - start_;
  const double ratio = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1;
  std::string text = fmt::format("{} {}/{} {}", label_, done_, total_, format_percent(ratio));
  const auto fresh = static_cast<double>(done_ - resumed_);
  if (fresh > 0 && elapsed > 0) {
    text += fmt::format(", {:.3g}/s", fresh / elapsed);
    if (done_ < total_) {
      const double remaining = static_cast<double>(total_ - done_) * elapsed / fresh;
      text += ", " + format_duration(remaining) + " left";
    }
  }
  if (done_ >= total_) text += ", " + format_duration(elapsed) + " in all";
  return note_.empty() ? text : text + ", " + note_;
}

}  // namespace escalate
