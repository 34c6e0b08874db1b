#include "report/labelled_result.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "common/error.h"
#include "report/work.h"

namespace escalate {
namespace {

/// The first result of each work, by its number.
std::map<std::size_t, const LabelledResult*> firsts(const std::vector<LabelledResult>& results) {
  std::map<std::size_t, const LabelledResult*> first;
  for (const LabelledResult& entry : results) first.emplace(entry.work, &entry);
  return first;
}

}  // namespace

std::vector<LabelledResult> labelled(std::vector<Result> results,
                                     const std::vector<std::string>& files) {
  ensure(results.size() == files.size(), "results without files");
  std::vector<const Result*> places;
  for (const Result& result : results) places.push_back(&result);
  std::vector<LabelledResult> all(results.size());
  const std::vector<Work> works = works_of(places, files);
  std::map<std::string, int> times;
  for (std::size_t number = 0; number < works.size(); ++number) {
    for (const std::size_t i : works[number].results) {
      all[i].work = number;
      all[i].title = works[number].title;
      all[i].label = results[i].accelerator + ", " + works[number].network;
      ++times[all[i].label];
    }
  }
  std::set<std::string> used;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::string label = all[i].label;
    if (times[label] > 1) label = std::filesystem::path(files[i]).stem().string();
    if (used.count(label) > 0) label = files[i];
    if (used.count(label) > 0) label += " (" + std::to_string(i + 1) + ")";
    used.insert(label);
    all[i].label = label;
    all[i].result = std::move(results[i]);
  }
  return all;
}

std::vector<std::string> remarks(const std::vector<LabelledResult>& results) {
  std::vector<std::string> lines;
  std::map<std::string, const LabelledResult*> of_name;  // the first result of a network's name
  const auto first = firsts(results);
  if (first.size() > 1) {
    lines.push_back(fmt::format(
        "{} kinds of work: a result is divided by the first that did the same", first.size()));
  }
  for (const LabelledResult& entry : results) {
    const LabelledResult& own = *first.at(entry.work);
    const LabelledResult& named = *of_name.emplace(entry.result.network, &entry).first->second;
    if (&own == &entry && named.work != entry.work) {
      lines.push_back(
          fmt::format("'{}' is not divided by '{}', being other work: {}", entry.label, named.label,
                      unequal_work(named.result, entry.result).value_or("its results")));
    }
    for (const std::string& term : other_terms(own.result, entry.result)) {
      lines.push_back(fmt::format("'{}' over '{}': {}", entry.label, own.label, term));
    }
  }
  return lines;
}

}  // namespace escalate
