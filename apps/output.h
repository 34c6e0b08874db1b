// The files that a command writes: opened before its work, in the form that their endings say, and
// all there at its end or none.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/common_options.h"
#include "common/atomic_file.h"

namespace escalate {

/// A form of file, known by the ending of its name.
enum class FileForm {
  kText,
  kJson,
  kHtml,
  kCsv,
  kMarkdown,
  kYaml,
  kOnnx,
  kProgram,
  kAssembly,
  kTrace,
  kSvg,
  kPdf,
  kPng
};

/// Those that --format can ask for.
template <>
struct EnumNames<FileForm> {
  static constexpr auto kNames =
      std::to_array<std::pair<FileForm, std::string_view>>({{FileForm::kText, "table"},
                                                            {FileForm::kJson, "json"},
                                                            {FileForm::kHtml, "html"},
                                                            {FileForm::kCsv, "csv"},
                                                            {FileForm::kMarkdown, "markdown"},
                                                            {FileForm::kYaml, "yaml"}});
};

/// Forms that a command can write, the one of files whose names say nothing (pipes) first.
using FileForms = std::vector<FileForm>;

/// The form that the ending of `path` says, of upper or lower case; UserError that names `option`
/// and what is expected if it is none of `forms`.
FileForm form_of_path(const std::string& option, const std::string& path, const FileForms& forms);

/// The same content in each form that it has.
using Documents = std::map<FileForm, std::function<std::string()>>;

class Outputs {
 public:
  explicit Outputs(const CommandLine& line) : line_(line) {}

  /// Opens the file of `--option`, where `path` is given (not empty). UserError that names the
  /// option if the ending is of none of `forms`, if the file cannot be written, or if it is the
  /// file of another option or operand, however that is spelt.
  void add(const std::string& option, const std::string& path, const FileForms& forms);
  /// The same where --format has `asked` for a form: the ending may say nothing, but nothing else.
  void add_as(const std::string& option, const std::string& path, FileForm asked);

  bool has(const std::string& option) const { return files_.count(option) > 0; }
  FileForm form(const std::string& option) const { return files_.at(option).form; }
  AtomicFile& file(const std::string& option) { return *files_.at(option).file; }

  /// Fills the file of `--option`; nothing where there is none.
  void write(const std::string& option, const Documents& documents);
  /// The same of a file that has one form.
  void write(const std::string& option, const std::function<std::string()>& document);

  /// One more file, which no option names by itself.
  void write_file(const std::string& path, std::string_view text);

  /// Gives all files their names.
  void commit();

 private:
  struct Entry {
    FileForm form;
    std::unique_ptr<AtomicFile> file;
  };
  void open(const std::string& option, const std::string& path, FileForm form);
  void check_apart(const std::string& option, const std::string& path) const;

  const CommandLine& line_;
  std::map<std::string, Entry> files_;  ///< by option
  std::vector<std::unique_ptr<AtomicFile>> others_;
};

/// The form of what a command prints or writes to `path`. It is what --format `asked` for
/// (UserError unless it is one of `forms`), or what the ending of `path` says, or a table. Adds the
/// output.
FileForm open_output(Outputs& outputs, const std::string& path, const FileForms& forms,
                     std::optional<FileForm> asked);

/// The text of a file: `json` with two spaces a level and a last newline.
std::string json_document(const Json& json);

}  // namespace escalate
