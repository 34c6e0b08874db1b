#include "apps/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>

#include "common/error.h"

namespace escalate {
namespace {

struct Ending {
  std::string_view text;
  FileForm form;
};
/// The first one of a form is the one that errors name.
constexpr std::array<Ending, 16> kEndings = {{{".json", FileForm::kJson},
                                              {".html", FileForm::kHtml},
                                              {".htm", FileForm::kHtml},
                                              {".csv", FileForm::kCsv},
                                              {".md", FileForm::kMarkdown},
                                              {".markdown", FileForm::kMarkdown},
                                              {".yaml", FileForm::kYaml},
                                              {".yml", FileForm::kYaml},
                                              {".onnx", FileForm::kOnnx},
                                              {".program", FileForm::kProgram},
                                              {".asm", FileForm::kAssembly},
                                              {".txt", FileForm::kText},
                                              {".vcd", FileForm::kTrace},
                                              {".svg", FileForm::kSvg},
                                              {".pdf", FileForm::kPdf},
                                              {".png", FileForm::kPng}}};

std::string ending_of(FileForm form) {
  const auto* found = std::find_if(kEndings.begin(), kEndings.end(),
                                   [&](const Ending& ending) { return ending.form == form; });
  return std::string(found->text);
}

std::optional<FileForm> form_of_ending(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Ending& known : kEndings) {
    if (known.text == ending) return known.form;
  }
  return std::nullopt;
}

/// Pipes, and what the system keeps in place of files: /dev/stdout is itself, whatever it leads to.
bool has_no_form(const std::string& path) {
  const std::string target = resolved_path(path);
  const bool is_of_system = (target.starts_with("/dev/") && !target.starts_with("/dev/shm/")) ||
                            target.starts_with("/proc/");
  return is_of_system || is_stream(path);
}

/// ".json, .html or .md"
std::string endings_of(const FileForms& forms) {
  std::string text;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (i > 0) text += i + 1 == forms.size() ? " or " : ", ";
    text += ending_of(forms[i]);
  }
  return text;
}

}  // namespace

FileForm form_of_path(const std::string& option, const std::string& path, const FileForms& forms) {
  const std::optional<FileForm> form = form_of_ending(path);
  if (form && std::find(forms.begin(), forms.end(), *form) != forms.end()) return *form;
  if (!form && has_no_form(path)) return forms.front();
  throw UserError({"", 0, "--" + option}, fmt::format("expected a file that ends in {}, got '{}'",
                                                      endings_of(forms), path));
}

void Outputs::add(const std::string& option, const std::string& path, const FileForms& forms) {
  if (!path.empty()) open(option, path, form_of_path(option, path, forms));
}

void Outputs::add_as(const std::string& option, const std::string& path, FileForm asked) {
  if (path.empty()) return;
  const std::optional<FileForm> form = form_of_ending(path);
  if (form && *form != asked) {
    throw UserError(
        {"", 0, "--" + option},
        fmt::format("'{}' is not the name of a file of --format {}", path, enum_name(asked)));
  }
  open(option, path, asked);
}

void Outputs::open(const std::string& option, const std::string& path, FileForm form) {
  if (path == "-") {
    throw UserError({"", 0, "--" + option}, "expected a file's name; /dev/stdout is printed to");
  }
  check_apart(option, path);
  files_[option] = {form, std::make_unique<AtomicFile>(path)};
}

void Outputs::write(const std::string& option, const Documents& documents) {
  if (!has(option)) return;
  const auto document = documents.find(form(option));
  ensure(document != documents.end(), "a command lacks a form of file that it offers");
  file(option).write(document->second());
}

void Outputs::write(const std::string& option, const std::function<std::string()>& document) {
  if (has(option)) file(option).write(document());
}

void Outputs::write_file(const std::string& path, std::string_view text) {
  others_.push_back(std::make_unique<AtomicFile>(path));
  others_.back()->write(text);
}

void Outputs::commit() {
  std::vector<AtomicFile*> files;
  for (auto& [option, entry] : files_) files.push_back(entry.file.get());
  for (auto& file : others_) files.push_back(file.get());
  commit_all(files);
}

void Outputs::check_apart(const std::string& option, const std::string& path) const {
  if (has_no_form(path)) return;
  const std::string target = resolved_path(path);
  for (const CommandLine::File& other : line_.files()) {
    if (other.option == option || resolved_path(other.path) != target) continue;
    const std::string role = other.option.empty()
                                 ? "given to be read, too"
                                 : fmt::format("the file of --{}, too", other.option);
    throw UserError({"", 0, "--" + option}, fmt::format("'{}' is {}", path, role));
  }
}

FileForm open_output(Outputs& outputs, const std::string& path, const FileForms& forms,
                     std::optional<FileForm> asked) {
  if (!asked) {
    outputs.add("output", path, forms);
    return outputs.has("output") ? outputs.form("output") : FileForm::kText;
  }
  if (std::find(forms.begin(), forms.end(), *asked) == forms.end()) {
    std::vector<std::string> names;
    for (const FileForm form : forms) names.emplace_back(enum_name(form));
    throw UserError({"", 0, "--format"},
                    fmt::format("expected {}, got '{}'", one_of(names), enum_name(*asked)));
  }
  outputs.add_as("output", path, *asked);
  return *asked;
}

std::string json_document(const Json& json) { return json.dump(2) + "\n"; }

}  // namespace escalate
