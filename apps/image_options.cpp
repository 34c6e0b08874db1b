#include "apps/image_options.h"

#include <sstream>
#include <utility>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace escalate {
namespace {

std::vector<float> floats_of(const std::string& option, const std::string& text) {
  std::vector<float> values;
  std::istringstream items(text);
  try {
    for (std::string item; std::getline(items, item, ',');) {
      values.push_back(float(detail::parse_as<double>({}, item)));
    }
  } catch (const UserError& error) {
    throw UserError({"", 0, option}, error.message());
  }
  return values;
}

}  // namespace

void ImageOptions::add_to(CommandLine& line) {
  line.option({"mean", "R,G,B", "taken from pixel/255, in place of what the network says"}, mean)
      .option({"std", "R,G,B", "that what is left is divided by"}, std)
      .option({"channels", "ORDER", "rgb or bgr: the order in which the network takes them"},
              channels);
}

void ImageOptions::refuse(const std::string& why) const {
  const std::pair<const char*, const std::string*> all[] = {
      {"--mean", &mean}, {"--std", &std}, {"--channels", &channels}};
  for (const auto& [option, text] : all) {
    if (!text->empty()) throw UserError({"", 0, option}, "has no effect here: " + why);
  }
}

InputTransform ImageOptions::transform(InputTransform of_network) const {
  if (!mean.empty()) of_network.mean = floats_of("--mean", mean);
  if (!std.empty()) of_network.std = floats_of("--std", std);
  if (!channels.empty()) {
    if (channels != "rgb" && channels != "bgr") {
      throw UserError({"", 0, "--channels"}, "expected rgb or bgr, got '" + channels + "'");
    }
    of_network.bgr = channels == "bgr";
  }
  return of_network;
}

}  // namespace escalate
