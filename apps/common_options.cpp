#include "apps/common_options.h"

#include <fmt/format.h>

#include <utility>

#include "common/console.h"
#include "common/error.h"
#include "report/terms.h"

namespace escalate {
namespace {

namespace po = boost::program_options;

constexpr const char* kOperands = "operands";

/// "output" of "output,o"
std::string long_name(std::string_view name) { return std::string(name.substr(0, name.find(','))); }

/// Tells a value's UserError which option it belongs to.
template <class Take>
void take_value(const std::string& option, const std::string& text, Take&& take) {
  try {
    if (text.empty()) throw UserError("expected a value, got nothing");
    take(text);
  } catch (const UserError& error) {
    throw UserError({"", 0, "--" + option}, error.message());
  }
}

FieldDoc at_least_one(std::string_view name, std::string_view unit, std::string_view text) {
  return {name, unit, text, "", 1};
}

/// `--json -` says the same as `--json`: JSON goes to standard output.
std::vector<std::string> without_dash_of_json(const std::vector<std::string>& args) {
  std::vector<std::string> kept;
  for (const std::string& arg : args) {
    if (arg == "-" && !kept.empty() && kept.back() == "--json") continue;
    kept.push_back(arg);
  }
  return kept;
}

}  // namespace

CommandLine::CommandLine(std::string command, std::string operands, std::string summary)
    : command_(std::move(command)),
      operands_usage_(std::move(operands)),
      summary_(std::move(summary)),
      description_("options") {
  description_.add_options()("help,h", "print this help");
}

CommandLine& CommandLine::common(CommonOptions& values,
                                 std::initializer_list<CommonOption> options) {
  for (const CommonOption option : options) add_common(values, option);
  return *this;
}

void CommandLine::add_common(CommonOptions& values, CommonOption which) {
  switch (which) {
    case CommonOption::kArch:
      option({"arch", "FILE", "YAML file of the machine (default: built-in values)"}, values.arch);
      option({"set", "KEY=VALUE", "set one parameter of the machine; may be repeated"},
             values.settings);
      break;
    case CommonOption::kView:
      option({"view", "NAME", "transaction (default) or cycle"}, values.view);
      break;
    case CommonOption::kInput:
      option(
          {"input", "SPEC", "cifar10:DIR, image:FILE or folder, npy:FILE, patterns, or synthetic"},
          values.input);
      break;
    case CommonOption::kImages:
      option(at_least_one("images", "N", "how many images (default 1)"), values.images);
      break;
    case CommonOption::kAllImages:
      option(at_least_one("images", "N", "how many images (default: all)"), values.images);
      break;
    case CommonOption::kBatch:
      option(at_least_one("batch", "N", "images for one load of coefficients (default 1)"),
             values.batch);
      break;
    case CommonOption::kLayers:
      option({"layers", "PATTERN", "only layers whose name matches (* and ?); may be repeated"},
             values.layers);
      break;
    case CommonOption::kSeed:
      add_seed(values, "seed of everything drawn at random (default: the workload's)");
      break;
    case CommonOption::kImageSeed:
      add_seed(values, "seed of synthetic images (default 1)");
      break;
    case CommonOption::kJobs:
      option(at_least_one("jobs", "N", "processes at a time (default 1)"), values.jobs);
      break;
    case CommonOption::kOutput:
      add_value({"output,o", "FILE", "file to write"}, [&values](const std::string& text) {
        if (text == "-") throw UserError("expected a file's name; without it, output is printed");
        values.output = text;
      });
      break;
    case CommonOption::kJson:
      flag({"json", "", "print JSON instead of a table (also: --json -)"}, values.json);
      break;
    case CommonOption::kQuiet:
      flag({"quiet,q", "", "print nothing but errors"}, values.quiet);
      break;
  }
}

void CommandLine::add_seed(CommonOptions& values, std::string_view meaning) {
  add_value({"seed", "N", meaning}, [&values](const std::string& text) {
    values.seed = detail::parse_as<std::uint64_t>({}, text);
    values.seed_given = true;
  });
}

CommandLine& CommandLine::option(const FieldDoc& doc, std::vector<std::string>& values) {
  const std::string name = long_name(doc.name);
  units_[name] = doc.unit;
  description_.add_options()(std::string(doc.name).c_str(),
                             po::value<std::vector<std::string>>(&values)
                                 ->composing()
                                 ->value_name(std::string(doc.unit))
                                 ->notifier([name](const std::vector<std::string>& texts) {
                                   for (const std::string& text : texts)
                                     take_value(name, text, [](const auto&) {});
                                 }),
                             std::string(doc.description).c_str());
  return *this;
}

CommandLine& CommandLine::flag(const FieldDoc& doc, bool& value) {
  description_.add_options()(std::string(doc.name).c_str(), po::bool_switch(&value),
                             std::string(doc.description).c_str());
  return *this;
}

CommandLine& CommandLine::add_value(const FieldDoc& doc,
                                    std::function<void(const std::string&)> take) {
  const std::string name = long_name(doc.name);
  units_[name] = doc.unit;
  description_.add_options()(
      std::string(doc.name).c_str(),
      po::value<std::string>()
          ->value_name(std::string(doc.unit))
          ->notifier([name, take = std::move(take)](const std::string& text) {
            take_value(name, text, take);
          }),
      std::string(doc.description).c_str());
  return *this;
}

bool CommandLine::parse(const std::vector<std::string>& all_args, int min_operands,
                        int max_operands) {
  const std::vector<std::string> args = without_dash_of_json(all_args);
  po::options_description all = po::options_description().add(description_);
  all.add_options()(kOperands, po::value<std::vector<std::string>>(&operands_));
  // Names in full: an abbreviation that works today would be ambiguous after the next option.
  constexpr int kStyle =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  try {
    po::store(po::command_line_parser(args)
                  .options(all)
                  .positional(po::positional_options_description().add(kOperands, -1))
                  .style(kStyle)
                  .run(),
              given_);
    if (given_.count("help") > 0) {
      put_text(help());
      return false;
    }
    po::notify(given_);
  } catch (const po::unknown_option& error) {
    throw_unknown(error.get_option_name());
  } catch (const po::error& error) {
    throw UserError("escalate " + command_ + ": " + error.what());
  }
  check_operands(min_operands, max_operands);
  return true;
}

bool CommandLine::given(const std::string& name) const {
  return given_.count(name) > 0 && !given_[name].defaulted();
}

void CommandLine::refuse(std::initializer_list<const char*> options, const std::string& why) const {
  for (const char* option : options) {
    if (given(option)) {
      throw UserError({"", 0, std::string("--") + option}, "has no effect here: " + why);
    }
  }
}

std::vector<std::string> CommandLine::words(const std::vector<std::string>& options) const {
  std::vector<std::string> words = operands_;
  for (const std::string& option : options) {
    if (!given(option)) continue;
    const boost::any& value = given_[option].value();
    if (const auto* text = boost::any_cast<std::string>(&value)) {
      words.push_back("--" + option);
      words.push_back(*text);
    } else if (const auto* texts = boost::any_cast<std::vector<std::string>>(&value)) {
      for (const std::string& each : *texts) {
        words.push_back("--" + option);
        words.push_back(each);
      }
    }
  }
  return words;
}

std::vector<CommandLine::File> CommandLine::files() const {
  std::vector<File> files;
  for (const std::string& operand : operands_) files.push_back({"", operand});
  const auto add = [&](const std::string& option, const std::string& unit,
                       const std::string& text) {
    const bool has_name = unit == "NAME=FILE" || unit == "[NAME=]FILE";
    const bool is_part = has_name || unit == "SPEC" || unit == "INPUT";
    const std::size_t mark = is_part ? text.find(has_name ? '=' : ':') : text.npos;
    if (is_part && mark != text.npos) files.push_back({option, text.substr(mark + 1)});
    const bool is_whole = unit == "[NAME=]FILE" && mark == text.npos;
    if (is_whole || unit == "FILE" || unit == "FOLDER") files.push_back({option, text});
  };
  for (const auto& [option, unit] : units_) {
    if (!given(option)) continue;
    const boost::any& value = given_[option].value();
    if (const auto* text = boost::any_cast<std::string>(&value)) {
      add(option, unit, *text);
    } else if (const auto* texts = boost::any_cast<std::vector<std::string>>(&value)) {
      for (const std::string& each : *texts) add(option, unit, each);
    }
  }
  return files;
}

void CommandLine::check_operands(int min_operands, int max_operands) const {
  const int count = static_cast<int>(operands_.size());
  if (count >= min_operands && count <= max_operands) return;
  if (count > max_operands) {
    throw UserError("escalate " + command_ + ": unexpected argument '" + operands_[max_operands] +
                    "'; `escalate " + command_ + " --help` shows the usage");
  }
  throw UserError("escalate " + command_ + ": expected " + operands_usage_ + "; `escalate " +
                  command_ + " --help` shows the usage");
}

void CommandLine::throw_unknown(const std::string& option) const {
  std::vector<std::string> names;
  for (const auto& known : description_.options()) names.push_back("--" + known->long_name());
  throw UserError("escalate " + command_ + ": unknown option '" + option + "'" +
                  did_you_mean(option, names));
}

std::string CommandLine::help() const {
  std::ostringstream text;
  text << "usage: escalate " << command_ << (operands_usage_.empty() ? "" : " ") << operands_usage_
       << " [OPTION...]\n"
       << summary_ << "\n\n"
       << description_;
  const std::string terms = terms_text(command_);
  if (!terms.empty()) text << "\nheadings of the tables:\n" << terms;
  return text.str();
}

}  // namespace escalate
