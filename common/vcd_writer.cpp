#include "common/vcd_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "common/error.h"

namespace escalate {
namespace {

// Short names of printable characters, '!' to '~', as the format wants them.
std::string identifier(std::size_t number) {
  constexpr std::size_t kDigits = '~' - '!' + 1;
  std::string text;
  do {
    text += char('!' + number % kDigits);
    number /= kDigits;
  } while (number > 0);
  return text;
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    parts.push_back(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(path.substr(begin));
  return parts;
}

}  // namespace

VcdWriter::VcdWriter(AtomicFile& file, std::span<const Variable> variables)
    : file_(file), last_(variables.size(), 0) {
  for (const Variable& variable : variables) {
    ensure(variable.width >= 1 && variable.width <= 64, "a traced value has 1 to 64 bits");
    widths_.push_back(variable.width);
  }
  write_header(variables);
}

void VcdWriter::enter_scopes(std::vector<std::string>& open,
                             const std::vector<std::string>& scopes) {
  const auto differ = std::mismatch(open.begin(), open.end(), scopes.begin(), scopes.end());
  const auto common = std::size_t(differ.first - open.begin());
  for (; open.size() > common; open.pop_back()) file_.write("$upscope $end\n");
  for (; open.size() < scopes.size(); open.push_back(scopes[open.size()])) {
    file_.write(fmt::format("$scope module {} $end\n", scopes[open.size()]));
  }
}

// Variables of one scope stand together, in the order in which they were given.
void VcdWriter::write_header(std::span<const Variable> variables) {
  file_.write("$timescale 1ps $end\n");
  std::vector<std::vector<std::string>> paths;
  for (const Variable& variable : variables) paths.push_back(split_path(variable.path));
  std::vector<std::size_t> order(variables.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto scopes_of = [&](std::size_t i) {
    return std::span<const std::string>(paths[i]).first(paths[i].size() - 1);
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto left = scopes_of(a);
    const auto right = scopes_of(b);
    return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
  });
  std::vector<std::string> open;
  for (const std::size_t i : order) {
    const auto scopes = scopes_of(i);
    enter_scopes(open, {scopes.begin(), scopes.end()});
    const std::string range = widths_[i] > 1 ? fmt::format(" [{}:0]", widths_[i] - 1) : "";
    file_.write(fmt::format("$var wire {} {} {}{} $end\n", widths_[i], identifier(i),
                            paths[i].back(), range));
  }
  enter_scopes(open, {});
  file_.write("$enddefinitions $end\n");
}

void VcdWriter::write_value(std::size_t variable, std::uint64_t value) {
  if (widths_[variable] == 1) {
    file_.write(fmt::format("{}{}\n", value & 1, identifier(variable)));
  } else {
    file_.write(fmt::format("b{:b} {}\n", value, identifier(variable)));
  }
}

void VcdWriter::sample(std::int64_t time, std::span<const std::uint64_t> values) {
  ensure(values.size() == last_.size(), "a sample has a value for each variable");
  bool stamped = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (sampled_ && values[i] == last_[i]) continue;
    if (!stamped) file_.write(fmt::format("#{}\n", time));
    stamped = true;
    write_value(i, values[i]);
    last_[i] = values[i];
  }
  sampled_ = true;
}

void VcdWriter::end(std::int64_t time) { file_.write(fmt::format("#{}\n", time)); }

}  // namespace escalate
