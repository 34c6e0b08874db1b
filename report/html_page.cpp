#include "report/html_page.h"

#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "common/config.h"
#include "common/error.h"
#include "energy/run_config.h"
#include "report/charts/plain_names.h"
#include "report/layer_limits.h"
#include "report/ratios.h"
#include "report/terms.h"
#include "report/work.h"

namespace escalate {

std::string_view embedded_report_asset(std::string_view name);  // made by cmake/EmbedFiles.cmake

namespace {

using Docs = std::map<std::string, FieldDoc>;

/// What is known of the parameters of our own machine, by their full names.
const Docs& known_parameters() {
  static const Docs kDocs = [] {
    Docs docs;
    const auto take = [&](const std::string& name, const FieldDoc& doc, const auto&) {
      docs.emplace(name, doc);
    };
    const RunConfig config;
    for_each_field(config, take);
    return docs;
  }();
  return kDocs;
}

/// The parameter's documentation; groups around its full name ("machine.ca.lanes") do not matter.
const FieldDoc* documentation(std::string name) {
  while (true) {
    const auto found = known_parameters().find(name);
    if (found != known_parameters().end()) return &found->second;
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return nullptr;
    name.erase(0, dot + 1);
  }
}

void add_parameters(const Json& config, const std::string& prefix, Json& list) {
  for (const auto& item : config.items()) {
    const std::string name = prefix + item.key();
    const Json& value = item.value();
    if (value.is_object()) {
      add_parameters(value, name + ".", list);
      continue;
    }
    const FieldDoc* doc = documentation(name);
    list.push_back({{"name", name},
                    {"value", value.is_string() ? value.get<std::string>() : value.dump()},
                    {"unit", doc == nullptr ? "" : doc->unit},
                    {"meaning", doc == nullptr ? "" : doc->description},
                    {"source", doc == nullptr ? "" : doc->source}});
  }
}

/// What the page shows of what binds each layer, in words.
void add_limits(const Result& result, Json& layers) {
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const LayerResult& layer = result.layers[i];
    layers[i]["binding"] = binding_text(layer);
    layers[i]["because_of"] = reason_of_bound(result, layer);
    layers[i]["limits_text"] = limits_text(layer.limits);
  }
}

/// What would make the run faster, in words.
void add_explanation(const Result& result, Json& json) {
  if (!result.explanation) return;
  json["explanation"]["text"] = Json::array();
  std::istringstream lines(what_if_text(*result.explanation));
  for (std::string line; std::getline(lines, line);) json["explanation"]["text"].push_back(line);
}

/// Which ratios the page shows, and their means.
void add_ratios(const std::vector<LabelledResult>& results, Json& data) {
  const RatioDirection direction = direction_of(results);
  data["ratios"] = {{"of_first", direction.of_first},
                    {"speedup", direction.title("speed-up")},
                    {"efficiency", direction.title("energy efficiency")},
                    {"all", direction.title_of_all("speed-up and energy efficiency")},
                    {"means", Json::array()}};
  for (const MeanRatio& mean : mean_ratios(results)) {
    data["ratios"]["means"].push_back({{"contestant", mean.contestant},
                                       {"name", mean.name()},
                                       {"of_all_layers", mean.of_all_layers},
                                       {"speedup", mean.speedup},
                                       {"efficiency", mean.efficiency}});
  }
}

/// JSON that may stand in a <script>: without "<", which could end it.
std::string for_script(const Json& json) {
  // Names may hold bytes that are no UTF-8.
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  for (const char c : text) safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return safe;
}

/// A script or licence as it may stand inside a page.
std::string asset(const std::string& name) {
  std::string text(embedded_report_asset(name));
  ensure(!text.empty(), [&] { return "the program lacks its asset " + name; });
  for (std::size_t end = text.find("</script"); end != std::string::npos;
       end = text.find("</script", end)) {
    text.replace(end, 2, "<\\/");
  }
  // Maps of minified sources are not shipped; a browser would look for them beside the page.
  const std::string_view map_comment = "//# sourceMappingURL=";
  for (std::size_t at = text.find(map_comment); at != std::string::npos;
       at = text.find(map_comment, at)) {
    text.erase(at, text.find('\n', at) - at);
  }
  return text;
}

/// A module of the page as a part of the one script that holds them all: without its imports, and
/// with what it exports as plain names.
std::string module_part(const std::string& name) {
  std::string part;
  bool is_import = false;
  std::istringstream lines(asset(name));
  for (std::string line; std::getline(lines, line);) {
    is_import = is_import || line.starts_with("import ");
    constexpr std::string_view kExport = "export ";
    if (!is_import) part += line.substr(line.starts_with(kExport) ? kExport.size() : 0) + '\n';
    if (line.ends_with(';')) is_import = false;
  }
  return part;
}

/// What stands in the frame as {{place}}.
std::string part_of_page(const std::string& place, const Json& data) {
  constexpr std::string_view kModule = "module ";
  if (place == "data") return for_script(data);
  return place.starts_with(kModule) ? module_part(place.substr(kModule.size())) : asset(place);
}

}  // namespace

std::string html_page(const std::vector<LabelledResult>& results,
                      const std::vector<LabelledSweep>& sweeps) {
  ensure(!results.empty() || !sweeps.empty(), "a report of nothing");
  Json data = {
      {"results", Json::array()}, {"remarks", remarks(results)}, {"sweeps", Json::array()}};
  for (const Term& term : terms_of("page")) data["terms"][std::string(term.heading)] = term.meaning;
  for (const auto& [name, role] : roles()) data["roles"][name] = role;
  add_ratios(results, data);
  for (const LabelledResult& labelled_result : results) {
    Json json = result_to_json(labelled_result.result);
    json["label"] = labelled_result.label;
    json["work"] = labelled_result.work;
    json["title"] = labelled_result.title;
    json["contestant"] = labelled_result.contestant;
    json["heading"] = network_title(labelled_result.result);
    add_limits(labelled_result.result, json["layers"]);
    add_explanation(labelled_result.result, json);
    json["parameters"] = Json::array();
    add_parameters(labelled_result.result.config, "", json["parameters"]);
    data["results"].push_back(std::move(json));
  }
  for (const LabelledSweep& labelled_sweep : sweeps) {
    data["sweeps"].push_back(labelled_sweep.sweep);
    data["sweeps"].back()["label"] = labelled_sweep.label;
  }
  const std::string frame(embedded_report_asset("page.html"));
  std::string page;
  std::size_t at = 0;
  for (std::size_t open = frame.find("{{"); open != std::string::npos;
       open = frame.find("{{", at)) {
    const std::size_t close = frame.find("}}", open);
    const std::string name = frame.substr(open + 2, close - open - 2);
    page += frame.substr(at, open - at);
    page += part_of_page(name, data);
    at = close + 2;
  }
  return page + frame.substr(at);
}

}  // namespace escalate
