#include "common/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/visible_text.h"

namespace escalate {
namespace {

constexpr std::size_t kBeginBytes = 256;
constexpr std::int64_t kMostJsonBytes = std::int64_t{1} << 30;

/// Builds a Json from what a parser of nlohmann's meets, and refuses what its own builder takes.
class Builder : public Json::json_sax_t {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override {
    if (!std::isfinite(value)) fail_here("expected a number that is finite");
    return put(value);
  }
  bool string(string_t& value) override {
    if (!is_utf8(value)) fail_here("expected a text in UTF-8");
    return put(std::move(value));
  }
  bool binary(binary_t& value) override { return put(std::move(value)); }

  bool start_object(std::size_t) override {
    open(Json::object());
    keys_.emplace_back();
    return true;
  }
  bool key(string_t& value) override {
    if (!is_utf8(value)) fail_here("expected keys in UTF-8");
    if (!keys_.back().insert(value).second) {
      open_.back().key = value;
      fail_here("is given twice");
    }
    open_.back().key = std::move(value);
    return true;
  }
  bool end_object() override {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    open(Json::array());
    return true;
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(position, text_.size()));
    const int line = 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
    if (error.id == kNumberOverflow) {
      throw UserError({name_, line, ""}, "expected a number that a double can hold");
    }
    throw UserError({name_, line, ""}, "expected JSON, but it is malformed or cut off here");
  }

 private:
  struct Open {
    Json* json;
    std::string key;  // the member in hand of an object
  };

  // Values go to the end of what is open: no key is looked for, so that none costs more than the
  // one before it.
  template <class Value>
  Json& add(Value&& value) {
    if (open_.empty()) return root_ = Json(std::forward<Value>(value));
    Json& parent = *open_.back().json;
    if (parent.is_array()) {
      parent.get_ref<Json::array_t&>().emplace_back(std::forward<Value>(value));
      return parent.back();
    }
    std::vector<Json::object_t::value_type, Json::object_t::allocator_type>& members =
        parent.get_ref<Json::object_t&>();
    members.emplace_back(open_.back().key, std::forward<Value>(value));
    return members.back().second;
  }
  template <class Value>
  bool put(Value&& value) {
    add(std::forward<Value>(value));
    return true;
  }
  void open(Json container) {
    if (open_.size() >= std::size_t{kMostJsonDepth}) {
      throw UserError({name_, 0, ""}, fmt::format("lists and objects are nested more than {} deep",
                                                  kMostJsonDepth));
    }
    open_.push_back({&add(std::move(container)), ""});
  }

  [[noreturn]] void fail_here(std::string_view message) const {
    std::string place;
    for (const Open& open : open_) {
      if (open.json->is_array()) {
        // The value in hand is not in the list yet, but a container that is open is.
        place += fmt::format("[{}]", open.json->size() - (&open == &open_.back() ? 0 : 1));
      } else {
        place += (place.empty() ? "" : ".") + open.key;
      }
    }
    throw UserError({name_, 0, is_utf8(place) ? place : ""}, message);
  }

  std::string_view text_;
  const std::string& name_;
  Json root_;
  std::vector<Open> open_;
  std::vector<std::unordered_set<std::string>> keys_;  // keys of each open object
};

std::string shortened(std::string text) {
  constexpr std::size_t kMost = 40;
  if (text.size() <= kMost) return text;
  text.resize(kMost);
  while (!is_utf8(text)) text.pop_back();
  return text + "...";
}

[[noreturn]] void throw_expected(const std::string& expected, const Json& json) {
  const std::string got = json.is_binary()   ? "bytes"
                          : json.is_object() ? "an object"
                          : json.is_array()  ? "a list"
                                             : shortened(json.dump());
  throw UserError("expected " + expected + ", got " + got);
}

}  // namespace

namespace detail {

void read_value(const Json& json, bool& value) {
  if (!json.is_boolean()) throw_expected("true or false", json);
  value = json.get<bool>();
}

void read_value(const Json& json, double& value) {
  if (!json.is_number()) throw_expected("a number", json);
  value = json.get<double>();
}

void read_value(const Json& json, std::string& value) {
  if (!json.is_string()) throw_expected("a text", json);
  value = json.get<std::string>();
}

std::uint64_t whole_number(const Json& json, std::int64_t low, std::uint64_t high) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<std::uint64_t>();
    if (value <= high && (low <= 0 || value >= std::uint64_t(low))) return value;
  } else if (json.is_number_integer()) {
    const auto value = json.get<std::int64_t>();
    if (value >= low && (value < 0 || std::uint64_t(value) <= high)) return std::uint64_t(value);
  }
  throw_expected(fmt::format("a whole number from {} to {}", low, high), json);
}

const Json& json_member(const Json& json, std::string_view name) {
  if (!json.is_object()) throw_expected("an object", json);
  const auto found = json.find(std::string(name));
  if (found == json.end()) throw UserError({"", 0, std::string(name)}, "is missing");
  return *found;
}

void throw_at_member(std::string_view name, const UserError& error) {
  SourcePlace place = error.place();
  if (place.key.empty()) {
    place.key = name;
  } else {
    place.key = std::string(name) + (place.key.starts_with('[') ? "" : ".") + place.key;
  }
  throw UserError(place, error.message());
}

void check_members(const Json& json, std::size_t known) {
  if (json.size() == known) return;
  throw UserError(fmt::format("expected {} members, got {}", known, json.size()));
}

}  // namespace detail

void write_json(const std::string& path, const Json& json) {
  write_file(path, json.dump(2) + "\n");
}

Json parse_json(std::string_view text, const std::string& name) {
  Builder builder(text, name);
  Json::sax_parse(text, &builder);
  return builder.take();
}

Json parse_msgpack(std::string_view bytes, const std::string& name) {
  Builder builder({}, name);
  try {
    Json::sax_parse(bytes, &builder, Json::input_format_t::msgpack);
  } catch (const UserError& error) {
    if (error.place().line == 0) throw;
    throw UserError({name, 0, ""}, "is not valid MessagePack");
  }
  return builder.take();
}

Json read_json(const std::string& path) {
  // What is none is said before a large file is read.
  const std::string begin = first_bytes(path, kBeginBytes);
  const std::size_t first = begin.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && begin[first] != '{' && begin[first] != '[') {
    throw UserError({path, 0, ""}, "is not JSON: it begins with neither { nor [");
  }
  return parse_json(read_file(path, kMostJsonBytes), path);
}

}  // namespace escalate
