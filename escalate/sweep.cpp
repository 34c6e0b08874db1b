#include "escalate/sweep.h"

#include <algorithm>
#include <filesystem>

#include "escalate/inside/handles.h"
#include "escalate/inside/sweep_evaluator.h"
#include "escalate/inside/write.h"
#include "report/documents.h"
#include "report/html_page.h"
#include "sweep/runner.h"
#include "sweep/summary.h"
#include "sweep/sweep_json.h"

namespace esc {
namespace {

constexpr int kBestPoints = 3;

escalate::LabelledSweep labelled(const SweepResult::Impl& impl) {
  return {impl.label, escalate::sweep_to_json(impl.sweep.spec, impl.sweep.members)};
}

}  // namespace

std::vector<SweepPoint> SweepResult::points() const {
  return translated([&] {
    const escalate::SweepSpec& spec = impl_->sweep.spec;
    std::vector<std::int64_t> front;
    for (const escalate::SweepMember& member : escalate::all_fronts(spec, impl_->sweep.members)) {
      front.push_back(member.number);
    }
    std::vector<SweepPoint> points;
    for (const escalate::SweepMember& member : impl_->sweep.members) {
      SweepPoint point;
      point.number = member.number;
      point.workload = member.workload;
      for (std::size_t i = 0; i < spec.axes.size(); ++i) {
        point.choice[spec.axes[i].key] = member.choice[i];
      }
      point.status = member.record ? member.record->status : "to do";
      if (member.record) {
        point.reason = member.record->reason;
        point.values = {member.record->values.begin(), member.record->values.end()};
      }
      point.on_front = std::find(front.begin(), front.end(), member.number) != front.end();
      points.push_back(std::move(point));
    }
    return points;
  });
}

std::string SweepResult::text() const {
  return translated([&] {
    const escalate::Screen screen{};
    const auto& [spec, members] = impl_->sweep;
    return "best points\n" + escalate::best_points(spec, members, kBestPoints).text(screen) +
           "\nPareto front\n" + escalate::front_table(spec, members).text(screen) +
           "\nsensitivity: geometric means by value of an axis, relative to its best one\n" +
           escalate::sensitivity(spec, members).text(screen);
  });
}

std::string SweepResult::to_json() const {
  return translated([&] { return labelled(*impl_).sweep.dump(2) + "\n"; });
}

void SweepResult::write(const std::string& path) const {
  translated([&] {
    const auto& [spec, members] = impl_->sweep;
    escalate::write_by_ending(
        path, {{".json", [&] { return to_json(); }},
               {".html", [&] { return escalate::html_page({}, {labelled(*impl_)}); }},
               {".csv", [&] { return escalate::all_points(spec, members).csv(); }},
               {".md", [&] { return escalate::markdown_document(labelled(*impl_)); }}});
  });
}

SweepResult sweep(const std::string& specification, const SweepOptions& options) {
  return translated([&] {
    if (options.jobs < 1) throw escalate::UserError({"", 0, "jobs"}, "expected 1 or more");
    const escalate::SweepSpec spec = escalate::read_sweep_spec(specification);
    const std::filesystem::path path(specification);
    escalate::SweepStore store(
        options.store.empty() ? std::filesystem::path(path).replace_extension(".sqlite").string()
                              : options.store);
    escalate::NetworkEvaluator evaluator;
    escalate::LocalEngine engine(evaluator, options.jobs, {spec.timeout_s, spec.memory_mb});
    escalate::SweepOptions ours;
    ours.quiet = true;
    ours.retry_failed = options.retry_failed;
    ours.progress = options.progress;
    const escalate::SweepCounts counts = escalate::run_sweep(spec, store, evaluator, engine, ours);
    SweepResult::Impl impl;
    impl.sweep = {spec, store.members(counts.sweep)};
    impl.label = path.stem().string();
    return Access::make<SweepResult>(std::move(impl));
  });
}

}  // namespace esc
