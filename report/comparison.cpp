#include "report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/error.h"
#include "common/math.h"
#include "report/work.h"

namespace escalate {
namespace {

/// Behind the name of a line that has the layers, too, that not all accelerators have.
constexpr const char* kAllLayers = ", all layers";

double seconds_of(const Result& result, const LayerResult& layer) {
  return ratio(result.total.seconds, double(result.total.cycles)) * double(layer.cycles);
}

/// Names of layers with how many of `results` have them, in the order of the first that does.
std::vector<std::pair<std::string, std::size_t>> layer_names(const std::vector<Result>& results) {
  std::vector<std::pair<std::string, std::size_t>> names;
  std::map<std::string, std::size_t> places;
  for (const Result& result : results) {
    for (const LayerResult& layer : result.layers) {
      const auto [place, is_new] = places.emplace(layer.name, names.size());
      if (is_new) names.emplace_back(layer.name, 0);
      ++names[place->second].second;
    }
  }
  return names;
}

void keep_layers(Result& result, const std::vector<std::string>& names) {
  std::map<std::string, LayerResult> by_name;
  for (LayerResult& layer : result.layers) by_name[layer.name] = std::move(layer);
  result.layers_left_out += std::int64_t(result.layers.size()) - std::int64_t(names.size());
  result.layers.clear();
  for (const std::string& name : names) result.layers.push_back(std::move(by_name.at(name)));
  const double clock_hz = ratio(double(result.total.cycles), result.total.seconds);
  result.total.cycles_by_image.clear();
  sum_up(result, clock_hz > 0 ? clock_hz : 1);
}

Advantage geometric_mean_of(const std::vector<Advantage>& advantages) {
  ensure(!advantages.empty(), "a geometric mean of nothing");
  std::vector<double> speedups, energies;
  for (const Advantage& advantage : advantages) {
    speedups.push_back(advantage.speedup);
    energies.push_back(advantage.energy);
  }
  return {geometric_mean(speedups), geometric_mean(energies)};
}

std::string factor(double value) { return fmt::format("{:.2f}x", value); }

Json to_json(const Advantage& advantage) {
  return {{"speedup", advantage.speedup}, {"energy", advantage.energy}};
}

Json to_json(const Contestant& contestant) {
  const RanNetwork& ran = contestant.ran;
  Json network = {{"name", ran.name}, {"density", ran.density}};
  if (ran.accuracy) {
    network["right"] = ran.accuracy->right;
    network["images"] = ran.accuracy->images;
  }
  return {{"multipliers", contestant.size.multipliers},
          {"memory_bytes", contestant.size.memory_bytes},
          {"clock_mhz", contestant.terms.clock_mhz},
          {"word_bits", contestant.terms.word_bits},
          {"dram_bytes_per_ns", contestant.terms.dram_bytes_per_ns},
          {"batch", contestant.terms.batch},
          {"ran", network}};
}

std::string accuracy_text(const std::optional<Accuracy>& accuracy) {
  if (!accuracy) return "not known";
  return fmt::format("{} of {}",
                     format_percent(ratio(double(accuracy->right), double(accuracy->images))),
                     format_count(accuracy->images));
}

/// For each accelerator but the reference.
void add_advantage_columns(std::vector<Table::Column>& columns,
                           const std::vector<Result>& results) {
  for (std::size_t i = 1; i < results.size(); ++i) {
    columns.push_back({"over " + results[i].accelerator, Align::kRight, "speed-up", 1});
    columns.push_back({"over " + results[i].accelerator, Align::kRight, "efficiency", 3});
  }
}

template <class AdvantageOf>
void add_row(Table& table, std::vector<Table::Cell> row, std::size_t num_results,
             AdvantageOf&& advantage_of) {
  for (std::size_t i = 1; i < num_results; ++i) {
    const Advantage advantage = advantage_of(i);
    row.emplace_back(factor(advantage.speedup));
    row.emplace_back(factor(advantage.energy));
  }
  table.add_row(std::move(row));
}

/// What the machine's layers of these names take; none if there are none, or one is not its own.
std::optional<Comparison::Rest> rest_of(const std::vector<Result>& results,
                                        const std::vector<std::string>& names) {
  const auto machine = std::find_if(results.begin(), results.end(), [](const Result& result) {
    return result.accelerator == "escalate";
  });
  if (names.empty() || machine == results.end()) return std::nullopt;
  Comparison::Rest rest;
  for (const std::string& name : names) {
    const auto layer = std::find_if(machine->layers.begin(), machine->layers.end(),
                                    [&](const LayerResult& one) { return one.name == name; });
    if (layer == machine->layers.end()) return std::nullopt;
    rest.seconds += seconds_of(*machine, *layer);
    rest.energy_pj += layer->energy_pj.sum();
  }
  return rest;
}

double area_of(const Result& result) { return result.area_mm2.sum(); }

double counter_of(const Result& result, const std::string& name) {
  std::int64_t sum = 0;
  for (const LayerResult& layer : result.layers) sum += layer.counters.value_of(name);
  return double(sum);
}

}  // namespace

Comparison::Comparison(std::vector<Result> results, std::vector<Contestant> contestants,
                       OtherChannels other_channels)
    : results_(std::move(results)), contestants_(std::move(contestants)) {
  ensure(results_.size() >= 2, "a comparison of fewer than two results");
  ensure(contestants_.empty() || contestants_.size() == results_.size(),
         "as many contestants as results");
  std::vector<std::string> common;
  for (const auto& [name, count] : layer_names(results_)) {
    (count == results_.size() ? common : left_out_).push_back(name);
  }
  if (common.empty()) throw UserError("the results to compare have no layer in common");
  rest_ = rest_of(results_, left_out_);
  for (Result& result : results_) {
    keep_layers(result, common);
    if (rest_) {
      result.rest = {std::int64_t(left_out_.size()), rest_->seconds, rest_->energy_pj};
    }
    const auto difference = unequal_work(results_.front(), result);
    if (!difference) continue;
    const std::string text =
        fmt::format("{} and {} do not do the same work: {}", results_.front().accelerator,
                    result.accelerator, *difference);
    if (other_channels == OtherChannels::kRefused || result.images != results_.front().images) {
      throw UserError(text);
    }
    unequal_.push_back(text);
  }
}

Advantage Comparison::total(std::size_t i) const {
  const TotalResult& own = results_.front().total;
  const TotalResult& other = results_.at(i).total;
  return {ratio(other.seconds, own.seconds), ratio(other.energy_pj, own.energy_pj)};
}

Advantage Comparison::total_of_all(std::size_t i) const {
  const TotalResult& own = results_.front().total;
  const TotalResult& other = results_.at(i).total;
  const Rest rest = rest_.value_or(Rest{});
  return {ratio(other.seconds + rest.seconds, own.seconds + rest.seconds),
          ratio(other.energy_pj + rest.energy_pj, own.energy_pj + rest.energy_pj)};
}

Advantage Comparison::layer(std::size_t i, std::size_t layer) const {
  const Result& reference = results_.front();
  const LayerResult& own = reference.layers.at(layer);
  const LayerResult& other = results_.at(i).layers.at(layer);
  return {ratio(seconds_of(results_[i], other), seconds_of(reference, own)),
          ratio(other.energy_pj.sum(), own.energy_pj.sum())};
}

Advantage Comparison::mean_of_layers(std::size_t i) const {
  std::vector<Advantage> layers;
  for (std::size_t j = 0; j < results_.front().layers.size(); ++j) layers.push_back(layer(i, j));
  return geometric_mean_of(layers);
}

std::string Comparison::title() const {
  return "speed-up and energy efficiency of " + results_.front().accelerator + " over each";
}

Table Comparison::layer_table() const {
  std::vector<Table::Column> columns = {{"layer"},
                                        {"kind", Align::kLeft, "", 2},
                                        {results_.front().accelerator, Align::kRight, "cycles"}};
  add_advantage_columns(columns, results_);
  Table table(columns);
  for (std::size_t j = 0; j < results_.front().layers.size(); ++j) {
    const LayerResult& first = results_.front().layers[j];
    add_row(table, {first.name, first.kind, format_count(first.cycles)}, results_.size(),
            [&](std::size_t i) { return layer(i, j); });
  }
  table.add_rule();
  add_row(table, {"total", "", format_count(results_.front().total.cycles)}, results_.size(),
          [&](std::size_t i) { return total(i); });
  add_row(table, {"geometric mean", "", ""}, results_.size(),
          [&](std::size_t i) { return mean_of_layers(i); });
  return table;
}

Table Comparison::total_table() const {
  const std::string over_it = " of " + results_.front().accelerator + " over it";
  Table table({{"accelerator"},
               {"cycles", Align::kRight, "", 1},
               {"time", Align::kRight},
               {"energy", Align::kRight},
               {"EDP", Align::kRight, "", 2},
               {"MACs used", Align::kRight, "", 4},
               {"DRAM", Align::kRight, "", 4},
               {"area", Align::kRight, "mm2", 3},
               {"speed-up" + over_it, Align::kRight},
               {"energy efficiency" + over_it, Align::kRight}});
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const Result& result = results_[i];
    const double peak = result.peak_per_cycle.value_of("mac") * double(result.total.cycles);
    const double energy_j = result.total.energy_pj * 1e-12;
    const Advantage advantage = total(i);
    table.add_row(
        {result.accelerator, format_count(result.total.cycles),
         format_si(result.total.seconds, "s"), format_si(energy_j, "J"),
         format_si(energy_j * result.total.seconds, "J s"),
         peak > 0 ? format_percent(counter_of(result, "macs") / peak) : "-",
         format_si(counter_of(result, "dram_read_bytes") + counter_of(result, "dram_written_bytes"),
                   "B"),
         fmt::format("{:.2f}", area_of(result)), factor(advantage.speedup),
         factor(advantage.energy)});
  }
  if (!rest_) return table;
  table.add_rule();
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const TotalResult& total = results_[i].total;
    const double seconds = total.seconds + rest_->seconds;
    const double energy_j = (total.energy_pj + rest_->energy_pj) * 1e-12;
    const Advantage advantage = total_of_all(i);
    table.add_row({results_[i].accelerator + kAllLayers, "", format_si(seconds, "s"),
                   format_si(energy_j, "J"), format_si(energy_j * seconds, "J s"), "", "", "",
                   factor(advantage.speedup), factor(advantage.energy)});
  }
  return table;
}

NamedValues<double> Comparison::bound_by(std::size_t i) const {
  NamedValues<double> shares;
  const Result& result = results_.at(i);
  for (const LayerResult& layer : result.layers) {
    shares[layer.bound_by] += ratio(double(layer.cycles), double(result.total.cycles));
  }
  return shares;
}

std::string Comparison::largest_loss(std::size_t i) const {
  NamedCounts states;
  for (const LayerResult& layer : results_.at(i).layers) states.add(layer.row_states);
  std::string largest;
  for (const std::string& name : states.names()) {
    const bool is_work = name == "macs" || name == "work";
    if (is_work || states.value_of(name) <= states.value_of(largest)) continue;
    largest = name;
  }
  if (largest.empty()) return "";
  return largest + " " +
         format_percent(ratio(double(states.value_of(largest)), double(states.sum())));
}

Json Comparison::to_json() const {
  Json json = {{"network", network()}, {"images", results_.front().images}};
  json["left_out"] = left_out_;
  if (!unequal_.empty()) json["unequal_work"] = unequal_;
  json["layers"] = Json::array();
  for (std::size_t j = 0; j < results_.front().layers.size(); ++j) {
    Json of_layer = {{"name", results_.front().layers[j].name}};
    for (std::size_t i = 0; i < results_.size(); ++i) {
      Json entry = {{"cycles", results_[i].layers[j].cycles},
                    {"energy_pj", results_[i].layers[j].energy_pj.sum()}};
      if (i > 0) entry.update(escalate::to_json(layer(i, j)));
      of_layer[results_[i].accelerator] = std::move(entry);
    }
    json["layers"].push_back(std::move(of_layer));
  }
  json["total"] = Json::object();
  json["geometric_mean_of_layers"] = Json::object();
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const Result& result = results_[i];
    json["total"][result.accelerator] = {{"cycles", result.total.cycles},
                                         {"seconds", result.total.seconds},
                                         {"energy_pj", result.total.energy_pj},
                                         {"area_mm2", area_of(result)}};
    if (!contestants_.empty()) {
      json["total"][result.accelerator].update(escalate::to_json(contestants_[i]));
      json["total"][result.accelerator]["arrangement"] = result.arrangement;
    }
    if (rest_) {
      json["total_of_all_layers"][result.accelerator] = {
          {"seconds", result.total.seconds + rest_->seconds},
          {"energy_pj", result.total.energy_pj + rest_->energy_pj}};
    }
    if (i == 0) continue;
    if (rest_) {
      json["total_of_all_layers"][result.accelerator].update(escalate::to_json(total_of_all(i)));
    }
    json["total"][result.accelerator].update(escalate::to_json(total(i)));
    json["geometric_mean_of_layers"][result.accelerator] = escalate::to_json(mean_of_layers(i));
  }
  json["results"] = Json::array();
  for (const Result& result : results_) json["results"].push_back(result_to_json(result));
  return json;
}

Advantage mean_of_networks(const std::vector<Comparison>& comparisons, std::size_t i,
                           TotalOf total) {
  std::vector<Advantage> networks;
  for (const Comparison& comparison : comparisons) {
    ensure(
        comparison.results().at(i).accelerator == comparisons.front().results().at(i).accelerator,
        "comparisons of different accelerators");
    networks.push_back(total == TotalOf::kShared ? comparison.total(i)
                                                 : comparison.total_of_all(i));
  }
  return geometric_mean_of(networks);
}

Table network_table(const std::vector<Comparison>& comparisons) {
  const std::vector<Result>& results = comparisons.at(0).results();
  std::vector<Table::Column> columns = {{"network"},
                                        {results.front().accelerator, Align::kRight, "cycles"}};
  add_advantage_columns(columns, results);
  Table table(columns);
  for (const Comparison& comparison : comparisons) {
    add_row(table, {comparison.network(), format_count(comparison.results().front().total.cycles)},
            results.size(), [&](std::size_t i) { return comparison.total(i); });
    if (!comparison.rest()) continue;
    add_row(table, {comparison.network() + kAllLayers, ""}, results.size(),
            [&](std::size_t i) { return comparison.total_of_all(i); });
  }
  table.add_rule();
  add_row(table, {"geometric mean", ""}, results.size(),
          [&](std::size_t i) { return mean_of_networks(comparisons, i); });
  const bool has_rest = std::any_of(comparisons.begin(), comparisons.end(),
                                    [](const Comparison& one) { return one.rest().has_value(); });
  if (!has_rest) return table;
  add_row(table, {std::string("geometric mean") + kAllLayers, ""}, results.size(),
          [&](std::size_t i) { return mean_of_networks(comparisons, i, TotalOf::kAll); });
  return table;
}

Table bound_table(const std::vector<Comparison>& comparisons) {
  NamedValues<double> all;
  for (const Comparison& comparison : comparisons) {
    for (std::size_t i = 0; i < comparison.results().size(); ++i) all.add(comparison.bound_by(i));
  }
  std::vector<Table::Column> columns = {{"cycles bound by"}, {"accelerator"}};
  for (const std::string& name : all.names()) columns.push_back({name, Align::kRight});
  columns.push_back({"besides work, most go to"});
  Table table(columns);
  for (const Comparison& comparison : comparisons) {
    for (std::size_t i = 0; i < comparison.results().size(); ++i) {
      std::vector<Table::Cell> row = {comparison.network(), comparison.results()[i].accelerator};
      for (const std::string& name : all.names()) {
        row.emplace_back(format_percent(comparison.bound_by(i).value_of(name)));
      }
      row.emplace_back(comparison.largest_loss(i));
      table.add_row(std::move(row));
    }
  }
  return table;
}

std::string common_terms_text(const std::vector<Comparison>& comparisons) {
  const std::vector<Contestant>& first = comparisons.at(0).contestants();
  if (first.empty()) return "";
  const Terms& terms = first.front().terms;
  for (const Comparison& comparison : comparisons) {
    for (const Contestant& contestant : comparison.contestants()) {
      if (contestant.terms != terms) return "";
    }
  }
  return fmt::format("all at {:.6g} MHz, with words of {} bits, DRAM of {:.4g} GB/s, batch {}\n",
                     terms.clock_mhz, terms.word_bits, terms.dram_bytes_per_ns, terms.batch);
}

Table contestants_table(const std::vector<Comparison>& comparisons) {
  const bool show_terms = common_terms_text(comparisons).empty();
  std::vector<Table::Column> columns = {
      {"network"},     {"accelerator"},           {"multipliers", Align::kRight},
      {"arrangement"}, {"memory", Align::kRight}, {"area", Align::kRight, "mm2"}};
  if (show_terms) {
    columns.push_back({"clock", Align::kRight, "MHz"});
    columns.push_back({"words", Align::kRight, "bits"});
    columns.push_back({"DRAM", Align::kRight, "GB/s"});
    columns.push_back({"batch", Align::kRight});
  }
  columns.push_back({"runs"});
  columns.push_back({"weights not zero", Align::kRight});
  columns.push_back({"images right", Align::kRight});
  Table table(columns);
  for (const Comparison& comparison : comparisons) {
    for (std::size_t i = 0; i < comparison.contestants().size(); ++i) {
      const auto& [size, ran, terms] = comparison.contestants()[i];
      const Result& result = comparison.results()[i];
      std::vector<Table::Cell> row = {comparison.network(),
                                      result.accelerator,
                                      format_count(size.multipliers),
                                      result.arrangement,
                                      format_si(size.memory_bytes, "B"),
                                      fmt::format("{:.2f}", size.area_mm2)};
      if (show_terms) {
        row.emplace_back(fmt::format("{:.6g}", terms.clock_mhz));
        row.emplace_back(std::to_string(terms.word_bits));
        row.emplace_back(fmt::format("{:.4g}", terms.dram_bytes_per_ns));
        row.emplace_back(std::to_string(terms.batch));
      }
      row.emplace_back(ran.name);
      row.emplace_back(format_percent(ran.density));
      row.emplace_back(accuracy_text(ran.accuracy));
      table.add_row(std::move(row));
    }
  }
  return table;
}

std::string comparison_document(const std::vector<Comparison>& comparisons) {
  const std::string title = comparisons.front().title();
  std::string text = "S" + title.substr(1) + ":\n\n" + network_table(comparisons).markdown() +
                     "\n" + bound_table(comparisons).markdown();
  if (!comparisons.front().contestants().empty()) {
    text += "\n" + contestants_table(comparisons).markdown();
    const std::string terms = common_terms_text(comparisons);
    if (!terms.empty()) text += "\n" + terms;
  }
  for (const Comparison& comparison : comparisons) {
    for (const std::string& line : comparison.unequal()) {
      text += fmt::format("\n{}: {}\n", comparison.network(), line);
    }
  }
  return text;
}

Json comparisons_to_json(const std::vector<Comparison>& comparisons) {
  Json json = {{"schema", kComparisonSchema}};
  const std::vector<Result>& results = comparisons.at(0).results();
  json["reference"] = results.front().accelerator;
  json["networks"] = Json::array();
  for (const Comparison& comparison : comparisons) json["networks"].push_back(comparison.to_json());
  json["geometric_mean"] = Json::object();
  for (std::size_t i = 1; i < results.size(); ++i) {
    const std::string& name = results[i].accelerator;
    json["geometric_mean"][name] = to_json(mean_of_networks(comparisons, i));
    json["geometric_mean_of_all_layers"][name] =
        to_json(mean_of_networks(comparisons, i, TotalOf::kAll));
  }
  return json;
}

}  // namespace escalate
