#include "report/labelled_result.h"

#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "common/error.h"

namespace escalate {

std::vector<LabelledResult> labelled(std::vector<Result> results,
                                     const std::vector<std::string>& files) {
  ensure(results.size() == files.size(), "results without files");
  std::map<std::string, int> times;
  const auto plain = [](const Result& result) {
    return result.accelerator + ", " + result.network;
  };
  for (const Result& result : results) ++times[plain(result)];
  std::vector<LabelledResult> all;
  std::set<std::string> used;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::string label = plain(results[i]);
    if (times[label] > 1) label = std::filesystem::path(files[i]).stem().string();
    if (used.count(label) > 0) label = files[i];
    if (used.count(label) > 0) label += " (" + std::to_string(i + 1) + ")";
    used.insert(label);
    all.push_back({label, std::move(results[i])});
  }
  return all;
}

}  // namespace escalate
