// What the headings of tables mean, by the command that prints them; "page" is the report's page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace escalate {

/// A heading without its unit. Words in capitals stand for a name: "speed-up of A over B".
struct Term {
  std::string_view heading;
  std::string_view meaning;
};

/// The headings of all tables that `command` prints; empty if it prints none.
std::vector<Term> terms_of(std::string_view command);

/// The same as lines of at most 80 characters, each meaning beside its heading.
std::string terms_text(std::string_view command);

}  // namespace escalate
