#include "report/charts/plain_names.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>

namespace escalate {
namespace {

/// Words that are written in another way in a text.
const std::string& in_text(const std::string& word) {
  static const std::map<std::string, std::string> kWords = {
      {"dram", "DRAM"},   {"dma", "DMA"}, {"ca", "CA"},   {"mac", "MAC"},
      {"macs", "MACs"},   {"pes", "PEs"}, {"pe", "PE"},   {"rams", "RAMs"},
      {"fifos", "FIFOs"}, {"edp", "EDP"}, {"ram", "RAM"}, {"fifo", "FIFO"}};
  const auto found = kWords.find(word);
  return found == kWords.end() ? word : found->second;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string plain_name(const std::string& name) {
  std::string text = name;
  std::replace(text.begin(), text.end(), '_', ' ');
  std::istringstream words(text);
  std::string plain;
  for (std::string word; words >> word;) {
    if (!plain.empty()) plain += ' ';
    plain += in_text(word);
    if (plain == "wait") plain += " for";
  }
  return plain;
}

std::string plain_unit(const std::string& title) {
  std::string text = title;
  replace_all(text, "[u", "[µ");
  replace_all(text, "mm2", "mm²");
  return text;
}

const std::map<std::string, std::string, std::less<>>& roles() {
  static const std::map<std::string, std::string, std::less<>> kRoles = {
      {"ring_buffers", "local_memories"}, {"coefficient_buffers", "local_memories"},
      {"line_buffers", "local_memories"}, {"output_banks", "local_memories"},
      {"scratchpads", "local_memories"},  {"activation_rams", "local_memories"},
      {"weight_fifos", "local_memories"}, {"weight_fifo", "local_memories"},
      {"unit_buffers", "local_memories"}, {"accumulators", "local_memories"},
      {"crossbars", "networks"},          {"permute_networks", "networks"},
      {"gather_networks", "networks"},    {"network", "networks"},
      {"inner_join", "zero_matching"},    {"dilution", "zero_matching"}};
  return kRoles;
}

NamedValues<double> by_role(const NamedValues<double>& values) {
  NamedValues<double> sums;
  for (const auto& [name, value] : values) {
    const auto role = roles().find(name);
    sums[role == roles().end() ? name : role->second] += value;
  }
  return sums;
}

}  // namespace escalate
