// The options that several commands share, and a command line on Boost.Program_options that throws
// UserError for everything wrong.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/enum_names.h"
#include "model/view.h"

namespace escalate {

/// Values of the common options; a command reads those it asked for.
struct CommonOptions {
  std::string arch;                   ///< YAML file of the machine; empty: its defaults
  std::vector<std::string> settings;  ///< "key=value", in the order given
  View view = View::kTransaction;
  std::string input;                ///< empty: not given
  int images = 1;                   ///< >= 1
  int batch = 1;                    ///< >= 1
  std::vector<std::string> layers;  ///< patterns; empty: all
  std::uint64_t seed = 1;
  bool seed_given = false;
  int jobs = 1;        ///< >= 1
  std::string output;  ///< empty: not given
  bool json = false;
  bool quiet = false;
};

enum class CommonOption {
  kArch,  ///< --arch and --set
  kView,
  kInput,
  kImages,
  kAllImages,  ///< --images of a command that takes all of them unless told
  kBatch,
  kLayers,
  kSeed,
  kImageSeed,  ///< --seed of a command on trained networks: only images are drawn
  kJobs,
  kOutput,
  kJson,
  kQuiet
};

/// One command's options and operands.
class CommandLine {
 public:
  /// `operands` is the usage text of what stands without an option name, as in "NETWORK".
  CommandLine(std::string command, std::string operands, std::string summary);

  /// Adds common options, whose values go to `values`.
  CommandLine& common(CommonOptions& values, std::initializer_list<CommonOption> options);

  /// Adds "--name VALUE" for a field type of common/config.h (range in `doc`); `doc.name` may carry
  /// a short form as in "output,o", `doc.unit` names the value in the help text.
  template <class T>
  CommandLine& option(const FieldDoc& doc, T& value) {
    return add_value(
        doc, [doc, &value](const std::string& text) { value = detail::parse_as<T>(doc, text); });
  }
  /// The same for an option that may be given several times.
  CommandLine& option(const FieldDoc& doc, std::vector<std::string>& values);
  /// Adds "--name" without a value.
  CommandLine& flag(const FieldDoc& doc, bool& value);

  /// Parses. False if --help was asked for and has been printed: the command has nothing to do.
  /// UserError names a wrong option, with the nearest known one, or a wrong value, or a number of
  /// operands outside min_operands..max_operands.
  bool parse(const std::vector<std::string>& all_args, int min_operands, int max_operands);

  const std::vector<std::string>& operands() const { return operands_; }
  /// Whether the option (long name) was given.
  bool given(const std::string& name) const;

  /// UserError that names the first of `options` (long names) that was given: it would have no
  /// effect on this run, for the reason `why`.
  void refuse(std::initializer_list<const char*> options, const std::string& why) const;

  /// The words that give the operands and those of `options` (long names) that were given; values
  /// stand behind their options.
  std::vector<std::string> words(const std::vector<std::string>& options) const;

  /// A file, or a folder, that the command line names.
  struct File {
    std::string option;  ///< long name; empty: an operand
    std::string path;
  };
  /// All of them: operands, and what options whose value is called FILE, FOLDER, NAME=FILE,
  /// [NAME=]FILE, or SPEC (KIND:FILE) were given.
  std::vector<File> files() const;

  std::string help() const;

 private:
  CommandLine& add_value(const FieldDoc& doc, std::function<void(const std::string&)> take);
  void add_common(CommonOptions& values, CommonOption option);
  void add_seed(CommonOptions& values, std::string_view meaning);
  void check_operands(int min_operands, int max_operands) const;
  [[noreturn]] void throw_unknown(const std::string& option) const;

  std::map<std::string, std::string> units_;  ///< what an option's value is called, by long name
  std::string command_;
  std::string operands_usage_;
  std::string summary_;
  boost::program_options::options_description description_;
  std::vector<std::string> operands_;
  boost::program_options::variables_map given_;
};

}  // namespace escalate
