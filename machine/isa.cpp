#include "machine/isa.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <sstream>
#include <type_traits>

#include "common/config.h"
#include "common/error.h"

namespace escalate {
namespace {

constexpr int kMostOperandWords = 0xffff;

template <std::size_t I = 0, class Visit>
void for_each_operation(Visit&& visit) {
  if constexpr (I < std::variant_size_v<Operation>) {
    visit(std::variant_alternative_t<I, Operation>{}, int(I));
    for_each_operation<I + 1>(visit);
  }
}

class WordWriter {
 public:
  explicit WordWriter(std::vector<std::uint32_t>& words) : words_(words) {}
  void operator()(const std::string&, const FieldDoc&, const std::vector<PassGroup>& groups) {
    words_.push_back(std::uint32_t(groups.size()));
    for (const PassGroup& group : groups) for_each_field(group, *this);
  }
  template <class T>
  void operator()(const std::string&, const FieldDoc&, const T& value) {
    words_.push_back(std::uint32_t(value));
  }

 private:
  std::vector<std::uint32_t>& words_;
};

class WordReader {
 public:
  explicit WordReader(std::span<const std::uint32_t> words) : words_(words) {}
  void operator()(const std::string& name, const FieldDoc&, std::vector<PassGroup>& groups) {
    const std::uint32_t count = take(name);
    if (count * std::size_t{6} > words_.size()) {
      throw UserError(
          fmt::format("operand {} counts {} groups, more than there are words", name, count));
    }
    groups.resize(count);
    for (PassGroup& group : groups) for_each_field(group, *this);
  }
  template <class T>
  void operator()(const std::string& name, const FieldDoc&, T& value) {
    value = T(take(name));
  }
  bool at_end() const { return words_.empty(); }

 private:
  std::uint32_t take(const std::string& name) {
    if (words_.empty()) throw UserError("operand " + name + " is missing");
    const std::uint32_t word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }
  std::span<const std::uint32_t> words_;
};

void append_word(std::vector<std::uint8_t>& bytes, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(std::uint8_t(word >> shift));
}

std::uint32_t word_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word |= std::uint32_t{bytes[offset + i]} << (8 * i);
  return word;
}

Operation operation_of(unsigned opcode, std::span<const std::uint32_t> words) {
  std::optional<Operation> result;
  for_each_operation([&](auto operation, int index) {
    if (unsigned(index) != opcode) return;
    WordReader reader(words);
    for_each_field(operation, reader);
    if (!reader.at_end()) {
      throw UserError(fmt::format("too many operands for {}", operation.kName));
    }
    result = operation;
  });
  if (!result) throw UserError(fmt::format("{} is not an opcode", opcode));
  return *result;
}

std::string stream_list(std::uint8_t mask) {
  std::string text;
  for (int s = 0; s < kNumStreams; ++s) {
    if ((mask >> s & 1) == 0) continue;
    if (!text.empty()) text += ',';
    text += enum_name(static_cast<Stream>(s));
  }
  return text;
}

std::uint8_t stream_mask(const std::string& list) {
  std::uint8_t mask = 0;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    mask |= std::uint8_t(1u << int(enum_from_name<Stream>(name)));
  }
  return mask;
}

std::string group_text(const PassGroup& group) {
  std::string text;
  for_each_field(group, [&](const std::string&, const FieldDoc&, const auto& value) {
    if (!text.empty()) text += ':';
    text += std::to_string(value);
  });
  return text;
}

class TextWriter {
 public:
  void operator()(const std::string& name, const FieldDoc&, const std::vector<PassGroup>& groups) {
    text += " " + name + "=";
    for (std::size_t i = 0; i < groups.size(); ++i) {
      text += (i == 0 ? "" : ",") + group_text(groups[i]);
    }
  }
  template <class T>
  void operator()(const std::string& name, const FieldDoc&, const T& value) {
    text += fmt::format(" {}={}", name, value);
  }
  std::string text;
};

PassGroup group_from_text(const std::string& text) {
  std::istringstream parts(text);
  PassGroup group;
  for_each_field(group, [&](const std::string& name, const FieldDoc& doc, std::int32_t& value) {
    std::string part;
    if (!std::getline(parts, part, ':')) throw UserError("a group has no " + name);
    value = detail::parse_as<std::int32_t>(doc, part);
  });
  std::string rest;
  if (std::getline(parts, rest)) throw UserError("a group has six numbers, not more");
  return group;
}

class TextReader {
 public:
  explicit TextReader(std::map<std::string, std::string>& operands) : operands_(operands) {}
  void operator()(const std::string& name, const FieldDoc&, std::vector<PassGroup>& groups) {
    std::istringstream list(take(name));
    for (std::string text; std::getline(list, text, ',');) groups.push_back(group_from_text(text));
  }
  template <class T>
  void operator()(const std::string& name, const FieldDoc& doc, T& value) {
    value = detail::parse_as<T>(doc, take(name));
  }

 private:
  std::string take(const std::string& name) {
    const auto node = operands_.extract(name);
    if (node.empty()) throw UserError({"", 0, name}, "operand is missing");
    return node.mapped();
  }
  std::map<std::string, std::string>& operands_;
};

}  // namespace

Stream Instruction::stream() const {
  return std::visit([](const auto& op) { return std::decay_t<decltype(op)>::kStream; }, operation);
}

std::string_view Instruction::name() const {
  return std::visit([](const auto& op) { return std::decay_t<decltype(op)>::kName; }, operation);
}

std::vector<std::uint8_t> encode(std::span<const Instruction> instructions) {
  std::vector<std::uint8_t> code;
  std::vector<std::uint32_t> words;
  for (const Instruction& instruction : instructions) {
    words.clear();
    std::visit([&](const auto& operation) { for_each_field(operation, WordWriter(words)); },
               instruction.operation);
    ensure(words.size() <= kMostOperandWords, "an instruction has at most 65535 operand words");
    append_word(
        code, std::uint32_t(instruction.operation.index()) | std::uint32_t{instruction.waits} << 8 |
                  std::uint32_t{instruction.signals} << 12 | std::uint32_t(words.size()) << 16);
    for (const std::uint32_t word : words) append_word(code, word);
  }
  return code;
}

std::vector<Instruction> decode(std::span<const std::uint8_t> code) {
  std::vector<Instruction> instructions;
  std::vector<std::uint32_t> words;
  for (std::size_t offset = 0; offset < code.size();) {
    try {
      if (code.size() - offset < 4) throw UserError("the code ends within an instruction");
      const std::uint32_t header = word_at(code, offset);
      const std::size_t count = header >> 16;
      if (code.size() - offset < 4 * (1 + count)) {
        throw UserError("the code ends within an instruction");
      }
      words.clear();
      for (std::size_t i = 1; i <= count; ++i) words.push_back(word_at(code, offset + 4 * i));
      Instruction instruction{operation_of(header & 0xff, words), std::uint8_t(header >> 8 & 0xf),
                              std::uint8_t(header >> 12 & 0xf)};
      instructions.push_back(std::move(instruction));
      offset += 4 * (1 + count);
    } catch (const UserError& error) {
      throw UserError(fmt::format("instruction at byte {}: {}", offset, error.what()));
    }
  }
  return instructions;
}

std::string to_text(const Instruction& instruction) {
  TextWriter writer;
  std::visit([&](const auto& operation) { for_each_field(operation, writer); },
             instruction.operation);
  std::string text = std::string(instruction.name()) + writer.text;
  if (instruction.waits != 0) text += " wait=" + stream_list(instruction.waits);
  if (instruction.signals != 0) text += " signal=" + stream_list(instruction.signals);
  return text;
}

Instruction instruction_from_text(std::string_view line) {
  std::istringstream parts{std::string(line)};
  std::string name;
  parts >> name;
  std::map<std::string, std::string> operands;
  for (std::string part; parts >> part;) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) {
      throw UserError("expected name=value, not '" + part + "'");
    }
    if (!operands.emplace(part.substr(0, equals), part.substr(equals + 1)).second) {
      throw UserError({"", 0, part.substr(0, equals)}, "operand is given twice");
    }
  }
  Instruction instruction;
  if (const auto wait = operands.extract("wait"); !wait.empty()) {
    instruction.waits = stream_mask(wait.mapped());
  }
  if (const auto signal = operands.extract("signal"); !signal.empty()) {
    instruction.signals = stream_mask(signal.mapped());
  }
  bool known = false;
  std::vector<std::string> names;
  for_each_operation([&](auto operation, int) {
    names.emplace_back(operation.kName);
    if (operation.kName != name) return;
    known = true;
    for_each_field(operation, TextReader(operands));
    instruction.operation = operation;
  });
  if (!known) throw UserError("unknown instruction '" + name + "'" + did_you_mean(name, names));
  if (!operands.empty()) {
    throw UserError({"", 0, operands.begin()->first}, "unknown operand of " + name);
  }
  return instruction;
}

}  // namespace escalate
