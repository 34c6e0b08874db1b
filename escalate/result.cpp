#include "escalate/result.h"

#include "escalate/inside/handles.h"
#include "escalate/inside/write.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "report/terminal_table.h"

namespace esc {
namespace {

constexpr double kJoulesOfPj = 1e-12;

template <class Value>
std::map<std::string, Value> map_of(const escalate::NamedValues<Value>& values) {
  return {values.begin(), values.end()};
}

std::map<std::string, double> joules_of(const escalate::NamedValues<double>& picojoules) {
  std::map<std::string, double> joules;
  for (const auto& [name, pj] : picojoules) joules[name] = pj * kJoulesOfPj;
  return joules;
}

}  // namespace

Result Result::load(const std::string& path) {
  return translated([&] {
    return Access::make<Result>(Impl{escalate::read_result(path), {}, {}});
  });
}

const std::string& Result::accelerator() const { return impl_->result.accelerator; }
const std::string& Result::network() const { return impl_->result.network; }
std::int64_t Result::images() const { return impl_->result.images; }
std::int64_t Result::cycles() const { return impl_->result.total.cycles; }
double Result::seconds() const { return impl_->result.total.seconds; }
double Result::energy_j() const { return impl_->result.total.energy_pj * kJoulesOfPj; }
double Result::edp_js() const { return energy_j() * seconds(); }
double Result::power_w() const { return impl_->result.power_w(); }
double Result::area_mm2() const { return impl_->result.area_mm2.sum(); }

std::map<std::string, double> Result::area_by_unit_mm2() const {
  return map_of(impl_->result.area_mm2);
}

std::map<std::string, double> Result::energy_by_component_j() const {
  return joules_of(impl_->result.total.energy_by_component_pj);
}

std::vector<LayerResult> Result::layers() const {
  std::vector<LayerResult> layers;
  for (const escalate::LayerResult& from : impl_->result.layers) {
    LayerResult layer;
    layer.name = from.name;
    layer.kind = from.kind;
    layer.bound_by = from.bound_by;
    layer.cycles = from.cycles;
    layer.macs_dense = from.macs_dense;
    layer.energy_j = from.energy_pj.sum() * kJoulesOfPj;
    layer.counters = map_of(from.counters);
    layer.energy_by_component_j = joules_of(from.energy_pj);
    layer.limits = map_of(from.limits);
    layer.utilization = map_of(from.utilization);
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::map<std::string, std::int64_t> Result::counters() const {
  escalate::NamedCounts sums;
  for (const escalate::LayerResult& layer : impl_->result.layers) sums.add(layer.counters);
  return map_of(sums);
}

std::string Result::bound_by() const {
  std::map<std::string, std::int64_t> cycles;
  for (const escalate::LayerResult& layer : impl_->result.layers) {
    cycles[layer.bound_by] += layer.cycles;
  }
  std::string most;
  for (const auto& [resource, sum] : cycles) {
    if (most.empty() || sum > cycles[most]) most = resource;
  }
  return most;
}

const std::vector<Tensor>& Result::outputs() const { return impl_->outputs; }
std::vector<int> Result::classes() const { return impl_->result.classes; }
std::optional<double> Result::top1() const { return impl_->result.top1; }

std::int64_t Result::checked_outputs() const { return impl_->result.verification.checked_outputs; }

std::string Result::timeline() const {
  return translated([&] {
    if (!impl_->timeline.empty()) return impl_->timeline;
    throw escalate::UserError({"", 0, "timeline"}, "the run was not asked to keep it");
  });
}

std::string Result::to_json() const {
  return translated([&] { return escalate::result_to_json(impl_->result).dump(2) + "\n"; });
}

std::string Result::text() const {
  return translated([&] { return escalate::terminal_text(impl_->result, escalate::Screen{}); });
}

void Result::write(const std::string& path) const { esc::write({*this}, path); }

void write(const std::vector<Result>& results, const std::string& path) {
  translated([&] {
    if (results.empty()) throw escalate::UserError({path, 0, ""}, "expected a result to write");
    std::vector<escalate::Result> ours;
    for (const Result& result : results) ours.push_back(Access::of(result).result);
    const std::vector<std::string> files(ours.size(), path);
    escalate::WrittenForms forms;
    if (ours.size() == 1) {
      forms.push_back({".json", [&] { return results[0].to_json(); }});
    }
    const auto all = [&] { return escalate::labelled(ours, files); };
    forms.push_back({".html", [&] { return escalate::html_page(all()); }});
    forms.push_back({".csv", [&] { return escalate::csv_document(all()); }});
    forms.push_back({".md", [&] { return escalate::markdown_document(all()); }});
    escalate::write_by_ending(path, forms);
  });
}

}  // namespace esc
