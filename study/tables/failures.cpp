// Failures: why points of sweeps failed, and which.
#include <fmt/format.h>

#include "study/tables/study_table.h"
#include "sweep/summary.h"

namespace escalate {
namespace {

class Failures : public StudyTable {
 public:
  explicit Failures(const PartReader& reader) : sweeps_(reader.sweeps()) {}

  std::string markdown(const StudyPoints& points) const override {
    std::string text;
    for (const std::size_t sweep : sweeps_) {
      const StudySweep& of = points.sweeps().all[sweep];
      text += fmt::format("{}{}\n\n{}", text.empty() ? "" : "\n", markdown_text(of.name),
                          failures(of.spec, points.members(sweep)).markdown());
    }
    return text;
  }

 private:
  SweepIndices sweeps_;
};

}  // namespace

std::unique_ptr<StudyTable> read_failures_table(const PartReader& reader) {
  return std::make_unique<Failures>(reader);
}

}  // namespace escalate
