// What the documents say of the program is true of the program.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "apps/command_line.h"
#include "common/atomic_file.h"
#include "common/child_process.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace escalate {
namespace {

const std::filesystem::path kRoot = source_folder();

std::vector<std::filesystem::path> pages() {
  std::vector<std::filesystem::path> found = {kRoot / "README.md"};
  for (const auto& page : std::filesystem::directory_iterator(kRoot / "docs")) {
    if (page.path().extension() == ".md") found.push_back(page.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// A command at a prompt of a page, with the output shown below it.
struct Example {
  int line = 0;
  std::vector<std::string> args;  ///< behind the program's name
  std::vector<std::string> output;
  /// It stands for a file or folder of the reader's: only its options can be tried.
  bool has_placeholder = false;
};

/// A placeholder is a word in capitals (DIR, NETWORK), or a network of the reader's.
bool is_placeholder(const std::string& word) {
  static const std::regex kPlaceholder("(^|[:.])[A-Z]{3,}$|^(net|small)\\.onnx$");
  return std::regex_search(word, kPlaceholder);
}

Example example_of(int line, const std::string& command) {
  Example example{line, {}, {}, false};
  std::istringstream words(command.substr(0, command.find("  #")));
  std::string word;
  words >> word;  // the program
  while (words >> word) {
    example.args.push_back(word);
    example.has_placeholder |= is_placeholder(word);
  }
  return example;
}

/// Uses of the program in the blocks of a page that show a session (```console).
std::vector<Example> examples_in(const std::string& page) {
  static const std::regex kUse("^\\$ (\\S*/)?escalate( .*)?$");
  std::vector<Example> examples;
  bool in_session = false, is_use = false;
  int number = 0;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.rfind("```", 0) == 0) {
      in_session = line == "```console";
      is_use = false;
    } else if (in_session && line.rfind("$ ", 0) == 0) {
      is_use = std::regex_match(line, kUse);
      if (is_use) examples.push_back(example_of(number, line.substr(2)));
    } else if (is_use) {
      examples.back().output.push_back(line);
    }
  }
  return examples;
}

/// Files that a page shows: blocks of YAML whose first line is their name as a comment.
std::map<std::string, std::string> files_in(const std::string& page) {
  static const std::regex kFile("(^|\n)```yaml\n(# ([a-z0-9-]+\\.yaml)\n[^`]*)```");
  std::map<std::string, std::string> files;
  for (auto found = std::sregex_iterator(page.begin(), page.end(), kFile);
       found != std::sregex_iterator(); ++found) {
    files[(*found)[3]] = (*found)[2];
  }
  return files;
}

struct Outcome {
  int status = 0;
  std::string output;
};

/// Runs the program in `folder`; standard output comes before standard error.
Outcome run_in(const std::filesystem::path& folder, const std::vector<std::string>& args) {
  const std::string status = in_child_process([&] {
    std::filesystem::current_path(folder);
    const auto send = [](const char* file, std::FILE* stream) {
      const int to = ::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      ::dup2(to, ::fileno(stream));
      ::close(to);
    };
    send(".stdout", stdout);
    send(".stderr", stderr);
    const int result = run_command_line(args, all_commands());
    std::fflush(stdout);
    return std::to_string(result);
  });
  return {std::stoi(status),
          read_file((folder / ".stdout").string()) + read_file((folder / ".stderr").string())};
}

/// What a line says besides its numbers and the width of its columns.
std::string form_of(const std::string& line) {
  std::string form = std::regex_replace(line, std::regex("[0-9][0-9,.]*"), "#");
  form = std::regex_replace(form, std::regex("--+"), "--");
  form = std::regex_replace(form, std::regex(" +"), " ");
  return std::regex_replace(form, std::regex(" $"), "");
}

/// The first of `shown` that is not in `output` behind the ones before it; "..." and empty lines
/// stand for whatever there is.
std::string missing_line(const std::vector<std::string>& shown, const std::string& output) {
  std::istringstream lines(output);
  for (const std::string& line : shown) {
    if (line == "..." || line.empty()) continue;
    bool found = false;
    for (std::string actual; !found && std::getline(lines, actual);) {
      found = form_of(actual) == form_of(line);
    }
    if (!found) return line;
  }
  return "";
}

void try_examples_of(const std::filesystem::path& page) {
  const TemporaryFolder folder;
  std::filesystem::create_directory_symlink(kRoot / "workloads", folder.path() / "workloads");
  const std::string text = read_file(page.string());
  for (const auto& [name, contents] : files_in(text)) folder.write(name, contents);
  for (Example example : examples_in(text)) {
    const std::string place = page.filename().string() + ":" + std::to_string(example.line);
    if (example.has_placeholder) example.args.push_back("--help");
    const Outcome outcome = run_in(folder.path(), example.args);
    const bool is_refused =
        !example.output.empty() && example.output[0].rfind("escalate: ", 0) == 0;
    EXPECT_EQ(outcome.status, is_refused ? 2 : 0) << place << "\n" << outcome.output;
    if (example.has_placeholder) continue;
    EXPECT_EQ(missing_line(example.output, outcome.output), "") << place << "\n" << outcome.output;
  }
}

TEST(Documents, NameOnlyCommandsThatExist) {
  // In code: `escalate COMMAND`, or after a path at a prompt.
  const std::regex use("(`|^\\$ (?:\\S*/)?)escalate ([a-z]+)");
  int num_uses = 0;
  for (const auto& page : pages()) {
    std::istringstream lines(read_file(page));
    for (std::string line; std::getline(lines, line);) {
      for (auto found = std::sregex_iterator(line.begin(), line.end(), use);
           found != std::sregex_iterator(); ++found) {
        ++num_uses;
        const std::string name = (*found)[2];
        EXPECT_TRUE(std::any_of(all_commands().begin(), all_commands().end(),
                                [&](const Command& command) { return command.name == name; }))
            << page << ": escalate " << name;
      }
    }
  }
  EXPECT_GE(num_uses, 3);
}

TEST(Documents, ShowSessionsThatRunAsShown) {
  for (const auto& page : pages()) try_examples_of(page);
}

TEST(Documents, SessionsAreReadWithTheirOutput) {
  const std::string page =
      "$ escalate not in a block\n"
      "```console\n"
      "$ scripts/build\n"
      "ready\n"
      "$ build/release/escalate simulate a.yaml --set a.b=1   # why\n"
      "x  12\n"
      "...\n"
      "$ escalate evaluate net.onnx --input cifar10:DIR\n"
      "```\n"
      "```\n$ escalate energy\n```\n";
  const std::vector<Example> examples = examples_in(page);
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].line, 5);
  EXPECT_EQ(examples[0].args, (std::vector<std::string>{"simulate", "a.yaml", "--set", "a.b=1"}));
  EXPECT_EQ(examples[0].output, (std::vector<std::string>{"x  12", "..."}));
  EXPECT_FALSE(examples[0].has_placeholder);
  EXPECT_TRUE(examples[1].has_placeholder);
}

TEST(Documents, FilesAreReadFromBlocksThatNameThem) {
  const auto files = files_in("```yaml\n# a.yaml\nx: 1\n```\n```yaml\nno: name\n```\n");
  EXPECT_EQ(files, (std::map<std::string, std::string>{{"a.yaml", "# a.yaml\nx: 1\n"}}));
}

TEST(Documents, LinesThatTheProgramDoesNotPrintAreFound) {
  const std::string output = "a   1.5 mJ\n-----\nb 2,000\nlast\n";
  EXPECT_EQ(missing_line({"a 7 mJ", "...", "b 3"}, output), "");
  EXPECT_EQ(missing_line({"a 7 uJ"}, output), "a 7 uJ");
  EXPECT_EQ(missing_line({"b 3", "a 7 mJ"}, output), "a 7 mJ");  // order counts
}

TEST(Documents, CommandsThatFailAreFound) {
  const TemporaryFolder folder;
  EXPECT_EQ(run_in(folder.path(), {"simulate", "missing.yaml"}).status, 2);
  EXPECT_EQ(run_in(folder.path(), {"simulate", "net.onnx", "--no-such-option", "--help"}).status,
            2);
}

}  // namespace
}  // namespace escalate
