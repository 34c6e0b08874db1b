// How long lines, cells of tables and sentences of a page may be, and a checker of it.
#pragma once

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace escalate {

constexpr std::size_t kMostLineCharacters = 120;
constexpr std::size_t kMostCellCharacters = 200;
constexpr std::size_t kMostSentenceWords = 40;

/// Characters of UTF-8.
inline std::size_t num_characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

inline std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The cells of a table's row; "\|" is no border.
inline std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells(1);
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '|' && (i == 0 || row[i - 1] != '\\')) {
      cells.emplace_back();
    } else {
      cells.back() += row[i];
    }
  }
  std::transform(cells.begin(), cells.end(), cells.begin(), trimmed);
  return cells;
}

/// What a paragraph says, each `code` as one word and each link as its text.
inline std::string without_markup(const std::string& paragraph) {
  static const std::regex kCode("`[^`]*`"), kLink(R"(!?\[([^\]]*)\]\([^)]*\))");
  return std::regex_replace(std::regex_replace(paragraph, kCode, "Code"), kLink, "$1");
}

/// A sentence ends with a full stop, "!" or "?" before a blank and anything but a small letter.
inline std::vector<std::string> sentences_of(const std::string& paragraph) {
  const std::string text = without_markup(paragraph);
  std::vector<std::string> sentences(1);
  std::istringstream words(text);
  std::string word;
  bool may_end = false;
  while (words >> word) {
    if (may_end && std::islower(static_cast<unsigned char>(word[0])) == 0) sentences.emplace_back();
    sentences.back() += (sentences.back().empty() ? "" : " ") + word;
    const std::size_t last = word.find_last_not_of("\"')*_");
    may_end = last != std::string::npos && std::string(".!?").find(word[last]) != std::string::npos;
  }
  return sentences;
}

inline std::size_t num_words(const std::string& sentence) {
  std::istringstream words(sentence);
  std::size_t count = 0;
  for (std::string word; words >> word;) {
    count +=
        std::any_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0; })
            ? 1
            : 0;
  }
  return count;
}

/// Goes through the lines of one page and gathers what is too long in it.
class ProseCheck {
 public:
  explicit ProseCheck(std::string path) : path_(std::move(path)) {}

  std::vector<std::string> faults(const std::string& page) && {
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
      ++number_;
      take(line);
    }
    end_paragraph();
    return std::move(faults_);
  }

 private:
  void take(const std::string& line) {
    const std::string text = trimmed(line);
    if (text.starts_with("```")) {
      end_paragraph();
      in_code_ = !in_code_;
    } else if (in_code_) {
      return;
    } else if (text.starts_with("<!-- ")) {
      end_paragraph();
      is_written_ = !text.starts_with("<!-- end of ");
    } else {
      check_line(line);
      take_text(line, text);
    }
  }

  void check_line(const std::string& line) {
    const std::size_t length = num_characters(line);
    if (!is_written_ && length > kMostLineCharacters) {
      fault(number_, "line of " + std::to_string(length) + " characters");
    }
  }

  void take_text(const std::string& line, const std::string& text) {
    static const std::regex kItem("^ *([-*]|[0-9]+\\.) ");
    if (text.empty() || text[0] == '#' || text[0] == '>') return end_paragraph();
    if (text[0] == '|') {
      end_paragraph();
      return check_cells(text);
    }
    // Four blanks at the beginning of a paragraph make it code.
    const bool is_item = std::regex_search(line, kItem);
    if (paragraph_.empty() && line.starts_with("    ") && !is_item) return;
    if (is_item) end_paragraph();
    if (paragraph_.empty()) paragraph_begin_ = number_;
    paragraph_ += line + "\n";
  }

  void check_cells(const std::string& row) {
    for (const std::string& cell : cells_of(row)) {
      const std::size_t length = num_characters(cell);
      if (length > kMostCellCharacters) {
        fault(number_, "cell of " + std::to_string(length) + " characters");
      }
    }
  }

  void end_paragraph() {
    for (const std::string& sentence : sentences_of(paragraph_)) {
      const std::size_t words = num_words(sentence);
      if (words > kMostSentenceWords) {
        fault(paragraph_begin_,
              "sentence of " + std::to_string(words) + " words: " + sentence.substr(0, 50));
      }
    }
    paragraph_.clear();
  }

  void fault(int line, const std::string& what) {
    faults_.push_back(path_ + ":" + std::to_string(line) + ": " + what);
  }

  std::string path_;
  int number_ = 0;
  bool in_code_ = false;
  bool is_written_ = false;  ///< by a script: between <!-- name --> and <!-- end of name -->
  std::string paragraph_;
  int paragraph_begin_ = 0;
  std::vector<std::string> faults_;
};

inline std::vector<std::string> prose_faults(const std::string& path, const std::string& page) {
  return ProseCheck(path).faults(page);
}

}  // namespace escalate
