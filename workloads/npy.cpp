#include "workloads/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <string_view>

#include "common/atomic_file.h"
#include "common/error.h"

namespace escalate {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor files are little endian");

constexpr std::string_view kMagic("\x93NUMPY", 6);

struct TypeName {
  NpyType type;
  std::string_view descr, name;
  int bytes;
};
constexpr std::array<TypeName, 4> kTypes{{{NpyType::kBool, "|b1", "bool", 1},
                                          {NpyType::kInt8, "|i1", "int8", 1},
                                          {NpyType::kUint8, "|u1", "uint8", 1},
                                          {NpyType::kFloat32, "<f4", "float32", 4}}};

const TypeName& type_name(NpyType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(),
                       [type](const TypeName& t) { return t.type == type; });
}

/// The header is a Python dictionary literal; only the three keys of the format may occur.
class HeaderParser {
 public:
  HeaderParser(const std::string& text, const std::string& path) : text_(text), path_(path) {}

  void expect(char c) {
    if (!accept(c)) fail();
  }
  bool accept(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string quoted() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail();
    const char quote = text_[at_++];
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string::npos) fail();
    std::string word = text_.substr(at_, end - at_);
    at_ = end + 1;
    return word;
  }
  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.compare(at_, word.size(), word) == 0) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail();
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> numbers;
    expect('(');
    while (!accept(')')) {
      numbers.push_back(number());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }
  void expect_end() {
    skip_space();
    if (at_ != text_.size()) fail();
  }
  [[noreturn]] void fail() const {
    throw UserError({path_}, "malformed .npy header at byte " + std::to_string(at_) + " of it");
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::int64_t number() {
    skip_space();
    const std::size_t begin = at_;
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (value > std::numeric_limits<std::int64_t>::max() / 10 - 10) fail();
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == begin) fail();
    return value;
  }

  const std::string& text_;
  const std::string& path_;
  std::size_t at_ = 0;
};

std::ifstream open_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw UserError({path}, "is a folder; expected an .npy file");
  }
  if (is_stream(path)) {
    throw UserError({path}, "is no file: elements of a tensor are read in any order");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError({path}, "cannot open this .npy file");
  return in;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t extent : shape) text += '[' + std::to_string(extent) + ']';
  return text.empty() ? "scalar" : text;
}

NpyFile::NpyFile(const std::string& path) : path_(path) {
  std::ifstream in = open_file(path);
  std::array<char, 12> start{};
  in.read(start.data(), 8);
  if (!in || std::string_view(start.data(), kMagic.size()) != kMagic) {
    throw UserError({path}, "is not an .npy file (its first bytes are not \\x93NUMPY)");
  }
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3) {
    throw UserError({path},
                    "has .npy format version " + std::to_string(version) + "; expected 1, 2 or 3");
  }
  const int length_bytes = version == 1 ? 2 : 4;
  in.read(start.data() + 8, length_bytes);
  std::int64_t header_bytes = 0;
  for (int i = 0; i < length_bytes; ++i) {
    header_bytes |= std::int64_t{static_cast<unsigned char>(start[8 + i])} << (8 * i);
  }
  data_offset_ = 8 + length_bytes + header_bytes;
  const auto file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  if (!in || data_offset_ > file_bytes) throw UserError({path}, "is truncated within its header");
  std::string header(static_cast<std::size_t>(header_bytes), '\0');
  in.read(header.data(), header_bytes);
  parse_header(header);
  const std::int64_t expected = data_offset_ + num_elements_ * type_name(type_).bytes;
  if (file_bytes != expected) {
    throw UserError({path}, (file_bytes < expected ? "is truncated: " : "is too long: ") +
                                std::to_string(file_bytes) + " bytes; expected " +
                                std::to_string(expected) + " for " + description());
  }
}

void NpyFile::parse_header(const std::string& header) {
  HeaderParser parser(header, path_);
  std::string descr;
  bool fortran = false;
  std::set<std::string> keys;
  parser.expect('{');
  while (!parser.accept('}')) {
    const std::string key = parser.quoted();
    if (!keys.insert(key).second) parser.fail();
    parser.expect(':');
    if (key == "descr") {
      descr = parser.quoted();
    } else if (key == "fortran_order") {
      fortran = parser.boolean();
    } else if (key == "shape") {
      shape_ = parser.tuple();
    } else {
      parser.fail();
    }
    parser.accept(',');
  }
  parser.expect_end();
  if (keys.size() != 3) {
    throw UserError({path_},
                    "malformed .npy header: expected the keys descr, fortran_order and shape");
  }
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const TypeName& t) { return t.descr == descr; });
  if (found == kTypes.end()) {
    throw UserError({path_},
                    "holds elements of type '" + descr +
                        "'; expected bool (|b1), int8 (|i1), uint8 (|u1) or float32 (<f4)");
  }
  type_ = found->type;
  if (fortran) throw UserError({path_}, "is in Fortran order; expected C order");
  for (const std::int64_t extent : shape_) {
    if (extent != 0 && num_elements_ > (std::int64_t{1} << 40) / extent) parser.fail();
    num_elements_ *= extent;
  }
}

std::string NpyFile::description() const {
  return std::string(type_name(type_).name) + ' ' + shape_text(shape_);
}

std::vector<char> NpyFile::read_bytes(std::int64_t first, std::int64_t count) const {
  ensure(first >= 0 && count >= 0 && first + count <= num_elements_,
         "elements outside an .npy tensor were asked for");
  const int bytes = type_name(type_).bytes;
  std::vector<char> data(static_cast<std::size_t>(count * bytes));
  std::ifstream in = open_file(path_);
  in.seekg(data_offset_ + first * bytes);
  in.read(data.data(), static_cast<std::streamsize>(data.size()));
  if (!in) throw UserError({path_}, "could not be read to its end");
  return data;
}

std::vector<float> NpyFile::read_floats(std::int64_t first, std::int64_t count) const {
  const std::vector<char> data = read_bytes(first, count);
  std::vector<float> values(static_cast<std::size_t>(count));
  switch (type_) {
    case NpyType::kFloat32:
      if (!data.empty()) std::memcpy(values.data(), data.data(), data.size());
      break;
    case NpyType::kUint8:
      std::transform(data.begin(), data.end(), values.begin(),
                     [](char c) { return static_cast<float>(static_cast<unsigned char>(c)); });
      break;
    case NpyType::kInt8:
      std::transform(data.begin(), data.end(), values.begin(),
                     [](char c) { return static_cast<float>(static_cast<signed char>(c)); });
      break;
    case NpyType::kBool:
      std::transform(data.begin(), data.end(), values.begin(),
                     [](char c) { return c != 0 ? 1.0f : 0.0f; });
      break;
  }
  return values;
}

std::vector<std::int8_t> NpyFile::read_int8(std::int64_t first, std::int64_t count) const {
  ensure(type_ == NpyType::kInt8 || type_ == NpyType::kBool,
         "only int8 and bool tensors are read as int8");
  const std::vector<char> data = read_bytes(first, count);
  std::vector<std::int8_t> values(data.size());
  const bool is_bool = type_ == NpyType::kBool;
  std::transform(data.begin(), data.end(), values.begin(), [is_bool](char c) {
    return is_bool ? static_cast<std::int8_t>(c != 0) : static_cast<std::int8_t>(c);
  });
  return values;
}

std::string npy_bytes(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  std::string extents;
  for (const std::int64_t extent : shape) extents += std::to_string(extent) + ", ";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + extents + "), }";
  constexpr std::size_t kPrefix = 10, kAlignment = 64;  // magic, version and length; of the data
  while ((kPrefix + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  std::string bytes(kMagic);
  bytes +=
      {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

}  // namespace escalate
