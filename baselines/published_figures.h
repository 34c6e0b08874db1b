// Figures that others print of their machines, as files: configs/validation/<machine>.yaml.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/enum_names.h"

namespace escalate {

/// How we know a figure.
enum class Knowledge {
  kText,         ///< the source's own text, or its files
  kTranscribed,  ///< somebody's transcription of its tables
  kNotes,        ///< somebody's reading notes
  kAbstract,     ///< its abstract
  kMeasured,     ///< another program, run by us
  kDerived,      ///< worked out from other figures
  kMemory        ///< remembered, and not checked
};

template <>
struct EnumNames<Knowledge> {
  static constexpr auto kNames = std::to_array<std::pair<Knowledge, std::string_view>>(
      {{Knowledge::kText, "text"},
       {Knowledge::kTranscribed, "transcribed"},
       {Knowledge::kNotes, "notes"},
       {Knowledge::kAbstract, "abstract"},
       {Knowledge::kMeasured, "measured"},
       {Knowledge::kDerived, "derived"},
       {Knowledge::kMemory, "memory"}});
};

struct PublishedFigure {
  double value = 0;
  std::string unit;       ///< empty: a plain number
  bool is_bound = false;  ///< "less than `value`"
  std::string source;
  Knowledge kind = Knowledge::kMemory;
};

/// Those of one machine, by name.
class PublishedFigures {
 public:
  /// Reads a list of groups, each with `source`, `kind` and `figures`: a name, and "16.5 ms",
  /// "0.85" or "< 20 %". UserError with file, line and key.
  explicit PublishedFigures(const std::string& path);

  /// UserError with the file and the nearest name if there is none.
  const PublishedFigure& at(const std::string& name) const;
  const std::map<std::string, PublishedFigure>& all() const { return figures_; }

 private:
  std::string path_;
  std::map<std::string, PublishedFigure> figures_;
};

}  // namespace escalate
