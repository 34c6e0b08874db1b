#include "report/charts/plain_names.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

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
  struct Role {
    const char* name;
    std::vector<const char*> groups;
  };
  static const std::map<std::string, std::string, std::less<>> kRoles = [] {
    const std::vector<Role> roles = {
        {"global_buffer", {"global_buffers", "shared_memory", "activation_ram"}},
        {"local_memories",
         {"ring_buffers", "coefficient_buffers", "line_buffers", "output_banks", "scratchpads",
          "activation_rams", "weight_fifos", "weight_buffer", "unit_buffers", "accumulators",
          "pe_registers", "operand_registers", "sums"}},
        {"networks", {"network", "crossbars", "permute_networks"}},
        {"zero_matching", {"dilution", "inner_join"}}};
    std::map<std::string, std::string, std::less<>> role_of;
    for (const Role& role : roles) {
      for (const char* group : role.groups) role_of[group] = role.name;
    }
    return role_of;
  }();
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
