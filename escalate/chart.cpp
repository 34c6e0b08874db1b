#include "escalate/chart.h"

#include "escalate/inside/handles.h"
#include "report/charts/charts.h"
#include "sweep/sweep_json.h"

namespace esc {
namespace {

std::string drawn(const std::string& name, const escalate::ChartData& data, ChartWidth width) {
  const escalate::Chart& chart = escalate::chart_named(name, "chart");
  return chart.draw(data, width == ChartWidth::kColumn ? escalate::FigureWidth::kColumn
                                                       : escalate::FigureWidth::kPage);
}

}  // namespace

std::vector<std::string> charts() {
  std::vector<std::string> names;
  for (const escalate::Chart& chart : escalate::charts()) names.emplace_back(chart.name);
  return names;
}

std::string chart(const std::string& name, const std::vector<Result>& results, ChartWidth width) {
  return translated([&] {
    std::vector<escalate::Result> ours;
    for (const Result& result : results) ours.push_back(Access::of(result).result);
    const std::vector<std::string> files(ours.size());
    return drawn(name, {escalate::labelled(std::move(ours), files), {}}, width);
  });
}

std::string chart(const std::string& name, const SweepResult& sweep, ChartWidth width) {
  return translated([&] {
    const SweepResult::Impl& impl = Access::of(sweep);
    const escalate::LabelledSweep labelled{
        impl.label, escalate::sweep_to_json(impl.sweep.spec, impl.sweep.members)};
    return drawn(name, {{}, {labelled}}, width);
  });
}

}  // namespace esc
