// A figure of a study, and the kinds that there are: each is a file of its own here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "report/charts/charts.h"
#include "report/charts/plot.h"
#include "study/part_reader.h"
#include "study/study_points.h"

namespace escalate {

/// What a figure shows. It has no title and no file.
class StudyFigure {
 public:
  StudyFigure() = default;
  StudyFigure(const StudyFigure&) = delete;
  StudyFigure& operator=(const StudyFigure&) = delete;
  virtual ~StudyFigure() = default;

  /// Workloads that it can show, by name; none: it is of something else.
  virtual std::vector<std::string> workloads() const = 0;
  /// How many series it has of so many workloads in one picture; 0: it shows one workload alone.
  virtual std::size_t num_series(std::size_t num_workloads) const = 0;
  /// The picture of these workloads. UserError, without a place, if no point is there for it.
  virtual PlaneChart chart(const StudyPoints& points,
                           const std::vector<std::string>& workloads) const = 0;
};

struct FigureKind {
  std::string_view name;
  std::string_view meaning;
  std::vector<std::string> keys;  ///< what it declares, besides what all figures do
  std::unique_ptr<StudyFigure> (*read)(const PartReader& reader);
};

/// All kinds, in the order in which they are listed.
const std::vector<FigureKind>& figure_kinds();

// One file each.
std::unique_ptr<StudyFigure> read_lines(const PartReader& reader);
std::unique_ptr<StudyFigure> read_front_figure(const PartReader& reader);
std::unique_ptr<StudyFigure> read_scatter(const PartReader& reader);
std::unique_ptr<StudyFigure> read_columns(const PartReader& reader);

/// A figure as a study declares it.
struct DeclaredFigure {
  std::string file;   ///< with "{workload}": a picture for each of them
  std::string title;  ///< may have it, too
  FigureWidth width = FigureWidth::kPage;
  SourcePlace place;
  std::unique_ptr<StudyFigure> figure;
};

/// A picture that a figure makes.
struct StudyPicture {
  std::string file;                    ///< its name, without folder
  std::vector<std::string> workloads;  ///< that it shows
  std::string title;
};
std::vector<StudyPicture> pictures_of(const DeclaredFigure& figure);

/// UserError that names the file, the line and what is unknown, missing or too much.
DeclaredFigure read_figure(const std::string& file, const YAML::Node& node,
                           const StudySweeps& sweeps);

/// The picture as SVG. UserError at the figure's place if no point is there for it.
std::string drawn(const DeclaredFigure& figure, const StudyPicture& picture,
                  const StudyPoints& points);

/// Gives an axis the title of the measure that it shows, and numbers a unit in which they are
/// short.
void scale_x(PlaneChart& chart, const Measure& measure);
void scale_y(PlaneChart& chart, const Measure& measure);

}  // namespace escalate
