#include "report/labelled_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/distinct_names.h"
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

/// A name may come again in another work, whose title then tells them apart.
void give_names(std::vector<LabelledResult>& all, const std::vector<std::string>& names) {
  std::set<std::pair<std::size_t, std::string>> met;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!met.emplace(all[i].work, names[i]).second) {
      throw UserError(fmt::format("two results of {} are called '{}'", all[i].title, names[i]));
    }
    const bool is_alone = std::count(names.begin(), names.end(), names[i]) == 1;
    all[i].label = is_alone ? names[i] : names[i] + ", " + all[i].title;
  }
}

void make_different(std::vector<LabelledResult>& all) {
  std::set<std::string> used;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!used.insert(all[i].label).second) all[i].label += " (" + std::to_string(i + 1) + ")";
    used.insert(all[i].label);
  }
}

void name_contestants(std::vector<LabelledResult>& all, const std::vector<std::string>& names) {
  std::set<std::pair<std::size_t, std::string>> met;
  const bool are_accelerators = std::all_of(all.begin(), all.end(), [&](const auto& entry) {
    return met.emplace(entry.work, entry.result.accelerator).second;
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].contestant = !names.empty()     ? names[i]
                        : are_accelerators ? all[i].result.accelerator
                                           : all[i].label;
  }
}

}  // namespace

std::vector<LabelledResult> labelled(std::vector<Result> results,
                                     const std::vector<std::string>& files,
                                     const std::vector<std::string>& names) {
  ensure(results.size() == files.size(), "results without files");
  ensure(names.empty() || names.size() == results.size(), "results without names");
  std::vector<const Result*> places;
  for (const Result& result : results) places.push_back(&result);
  std::vector<LabelledResult> all(results.size());
  const std::vector<Work> works = works_of(places, files);
  const std::vector<std::string> of_files = distinct_names(files);
  for (std::size_t number = 0; number < works.size(); ++number) {
    for (const std::size_t i : works[number].results) {
      all[i].work = number;
      all[i].title = works[number].title;
      const bool is_by_file =
          results.size() > 1 && std::count(files.begin(), files.end(), files[i]) == 1;
      all[i].label =
          is_by_file ? of_files[i] : results[i].accelerator + ", " + works[number].network;
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i) all[i].result = std::move(results[i]);
  if (!names.empty()) give_names(all, names);
  make_different(all);
  name_contestants(all, names);
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
    if (const std::string other = other_machine(own.result, entry.result); !other.empty()) {
      lines.push_back(
          fmt::format("'{}' and '{}' are of other machines: {}", own.label, entry.label, other));
    }
    for (const std::string& term : other_terms(own.result, entry.result)) {
      lines.push_back(fmt::format("'{}' over '{}': {}", entry.label, own.label, term));
    }
  }
  return lines;
}

}  // namespace escalate
