#include "baselines/published_figures.h"

#include <cstdlib>

#include "common/error.h"
#include "workloads/yaml_map.h"

namespace escalate {
namespace {

/// "16.5 ms", "0.85" or "< 20 %".
PublishedFigure parse_figure(const YamlMap& figures, const std::string& name) {
  const std::string text = figures.text(name);
  PublishedFigure figure;
  figure.is_bound = text.starts_with("< ");
  const char* begin = text.c_str() + (figure.is_bound ? 2 : 0);
  char* end = nullptr;
  figure.value = std::strtod(begin, &end);
  if (end == begin || (*end != '\0' && *end != ' ')) {
    figures.fail(name, "expected a number and its unit, such as '16.5 ms' or '< 20 %'");
  }
  figure.unit = *end == ' ' ? end + 1 : "";
  return figure;
}

Knowledge kind_of(const YamlMap& group) {
  try {
    return enum_from_name<Knowledge>(group.text("kind"));
  } catch (const UserError& error) {
    if (!error.place().file.empty()) throw;
    group.fail("kind", error.message());
  }
}

}  // namespace

PublishedFigures::PublishedFigures(const std::string& path) : path_(path) {
  const YAML::Node groups = load_yaml_file(path);
  if (!groups.IsSequence()) throw UserError({path, 1, ""}, "expected a list of groups of figures");
  for (const YAML::Node& node : groups) {
    const YamlMap group(path, node, "group");
    group.check_keys({"source", "kind", "figures"});
    const YamlMap figures(path, group.value("figures"), "figures");
    for (const std::string& name : figures.keys()) {
      PublishedFigure figure = parse_figure(figures, name);
      figure.source = group.text("source");
      figure.kind = kind_of(group);
      if (!figures_.emplace(name, std::move(figure)).second) {
        figures.fail(name, "this figure was given already");
      }
    }
  }
}

const PublishedFigure& PublishedFigures::at(const std::string& name) const {
  const auto found = figures_.find(name);
  if (found != figures_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, figure] : figures_) names.push_back(known);
  throw UserError({path_, 0, ""}, "no figure '" + name + "'" + did_you_mean(name, names));
}

}  // namespace escalate
