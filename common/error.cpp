#include "common/error.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/edit_distance.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

std::string one_line(const SourcePlace& place, std::string_view message) {
  std::string text = place.file;
  if (place.line > 0) text += ':' + std::to_string(place.line);
  if (!text.empty()) text += ": ";
  if (!place.key.empty()) text += place.key + ": ";
  text += message;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return visible(text);
}

}  // namespace

UserError::UserError(SourcePlace place, std::string_view message)
    : std::runtime_error(one_line(place, message)), place_(std::move(place)), message_(message) {}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_word(word, candidates);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

std::string system_failure(std::string_view action, int error_number) {
  return "cannot " + std::string(action) + " (" + std::generic_category().message(error_number) +
         ")";
}

}  // namespace escalate
