#include "apps/rerun.h"

#include <fmt/format.h>

#include <filesystem>

#include "apps/energy_option.h"
#include "common/error.h"
#include "escalate/inside/run_source.h"
#include "workloads/zoo.h"

namespace escalate {
namespace {

bool is_option(const std::string& word) { return word.starts_with("-"); }

/// The result's network: where it lay, or else in the folder of the result.
std::string place_of_network(const std::string& path, const std::string& file) {
  if (std::filesystem::exists(path) || is_zoo_name(path)) return path;
  const auto folder = std::filesystem::path(file).parent_path();
  const std::string beside = (folder / std::filesystem::path(path).filename()).string();
  if (std::filesystem::exists(beside)) return beside;
  throw UserError(
      {path, 0, ""},
      fmt::format("the network of {} is not there; --network FILE says where it is", file));
}

/// What the result says of its network, or what can be taken from its name.
std::vector<std::string> arguments_of(const Result& result, const std::string& file,
                                      const std::string& network) {
  constexpr std::string_view kLayer = "--layer ";
  std::vector<std::string> arguments = result.source.arguments;
  if (arguments.empty() && result.source.file.starts_with(kLayer)) {
    arguments = {"--layer", result.source.file.substr(kLayer.size())};
  } else if (arguments.empty() && !(network.empty() && result.source.file.empty())) {
    arguments = {result.source.file};
  }
  if (arguments.empty()) {
    throw UserError({file, 0, "source"}, "does not say which network ran: expected --network FILE");
  }
  if (is_option(arguments.front())) {
    if (network.empty()) return arguments;
    throw UserError({"", 0, "--network"}, "has no effect here: the result is of one --layer");
  }
  arguments.front() = network.empty() ? place_of_network(arguments.front(), file) : network;
  return arguments;
}

void set_all(ConfigView& view, const Json& config, const std::string& prefix) {
  for (const auto& item : config.items()) {
    const Json& value = item.value();
    const std::string name = prefix + item.key();
    if (value.is_object()) {
      set_all(view, value, name + ".");
    } else {
      view.set(name + "=" + (value.is_string() ? value.get<std::string>() : value.dump()));
    }
  }
}

RunConfig config_of(const Result& result, const std::string& file) {
  RunConfig config;
  try {
    ConfigView view(config);
    set_all(view, result.config, "");
    config.validate();
  } catch (const UserError& error) {
    throw UserError({file, 0, "config"}, fmt::format("makes no machine: {}", error.what()));
  }
  return config;
}

void check_same(const RunSource& was, const RunSource& is, const std::string& file,
                const std::string& network) {
  if (!was.network.empty() && was.network != is.network) {
    throw UserError({network, 0, ""},
                    fmt::format("is not the network that {} ran: its SHA-256 is {}, not {}", file,
                                is.network.substr(0, 12), was.network.substr(0, 12)));
  }
  if (was.images != is.images) {
    throw UserError({file, 0, "source.images_sha256"}, "the images are not those that it ran");
  }
}

}  // namespace

Rerun load_rerun(const Result& result, const std::string& file, const std::string& network) {
  if (result.accelerator != "escalate") {
    throw UserError({file, 0, "accelerator"},
                    fmt::format("expected a result of escalate, got '{}'", result.accelerator));
  }
  Rerun rerun;
  NetworkOptions drawing;
  std::string table;
  CommandLine line("explain", "NETWORK", "");
  line.common(rerun.options, {CommonOption::kInput, CommonOption::kSeed});
  drawing.add_network_to(line);
  drawing.images.add_to(line);
  line.option({"energy", "FILE", ""}, table);
  const std::vector<std::string> arguments = arguments_of(result, file, network);
  line.parse(arguments, 0, 1);
  rerun.options.quiet = true;
  rerun.options.images = int(result.images);
  rerun.options.batch = int(std::max<std::int64_t>(1, result.batch));
  rerun.config = config_of(result, file);
  rerun.energy_table = read_energy_option(table);
  rerun.loaded = load_network(line, rerun.options, drawing);
  rerun.input = load_images(rerun.loaded, rerun.options, drawing);
  check_same(result.source, run_source(rerun.loaded, rerun.input.images), file, arguments.front());
  return rerun;
}

}  // namespace escalate
