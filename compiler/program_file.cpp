#include "compiler/program_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "common/atomic_file.h"
#include "common/error.h"
#include "compiler/network_json.h"
#include "compiler/verify.h"

namespace escalate {
namespace {

constexpr std::string_view kMagic = "ESCPROG";
constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kHeaderBytes = 8 + 8 + 8;  // magic and version, length, checksum

std::uint64_t checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

void append_number(std::string& text, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) text += char(number >> shift & 0xff);
}

std::uint64_t number_at(std::string_view text, std::size_t offset) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(text[offset + i])} << (8 * i);
  }
  return number;
}

/// `text` is the begin of a file of that many bytes.
void check_header(std::string_view text, std::uint64_t bytes, const std::string& name) {
  const auto fail = [&](const std::string& message) { throw UserError({name, 0, ""}, message); };
  if (!text.starts_with(kMagic)) fail("is not an escalate program");
  if (text.size() < kHeaderBytes) fail("is truncated: it ends within its header");
  if (std::uint8_t(text[kMagic.size()]) != kVersion) {
    fail(fmt::format("is a program of version {}; this program reads version {}",
                     int(std::uint8_t(text[kMagic.size()])), int(kVersion)));
  }
  const std::uint64_t length = number_at(text, 8);
  if (bytes - kHeaderBytes != length) {
    fail(fmt::format("is truncated or damaged: {} bytes follow its header, not {}",
                     bytes - kHeaderBytes, length));
  }
}

Json place_to_json(const TensorPlace& place) {
  return {{"node", place.node},
          {"shape", {place.shape.c, place.shape.h, place.shape.w}},
          {"resident", place.resident},
          {"region", fields_to_json(place.region)},
          {"image_stride", place.image_stride},
          {"segments", fields_to_json(place.segments)},
          {"dram_image_stride", place.dram_image_stride},
          {"directory_image_stride", place.directory_image_stride}};
}

TensorPlace place_from_json(const Json& json) {
  TensorPlace place;
  place.node = member_from_json<int>(json, "node");
  read_member(json, "shape", [&](const Json& shape) {
    if (!shape.is_array() || shape.size() != 3) throw UserError("expected a list of 3");
    std::size_t i = 0;
    for (int* extent : {&place.shape.c, &place.shape.h, &place.shape.w}) {
      *extent = value_from_json<int>(shape[i++]);
    }
  });
  place.resident = member_from_json<bool>(json, "resident");
  read_member(json, "region", [&](const Json& region) { fields_from_json(region, place.region); });
  place.image_stride = member_from_json<std::int32_t>(json, "image_stride");
  read_member(json, "segments",
              [&](const Json& segments) { fields_from_json(segments, place.segments); });
  place.dram_image_stride = member_from_json<std::int64_t>(json, "dram_image_stride");
  place.directory_image_stride = member_from_json<std::int32_t>(json, "directory_image_stride");
  return place;
}

Json layer_to_json(const LayerCode& layer) {
  return {{"name", layer.name},          {"kind", layer.kind}, {"node", layer.node},
          {"begin", layer.begin},        {"end", layer.end},   {"fused_table", layer.fused_table},
          {"fused_add", layer.fused_add}};
}

LayerCode layer_from_json(const Json& json) {
  LayerCode layer;
  layer.name = member_from_json<std::string>(json, "name");
  layer.kind = member_from_json<std::string>(json, "kind");
  layer.node = member_from_json<int>(json, "node");
  layer.fused_table = member_from_json<int>(json, "fused_table");
  layer.fused_add = member_from_json<int>(json, "fused_add");
  const auto by_stream = [&](const char* name, std::array<int, kNumStreams>& numbers) {
    read_member(json, name, [&](const Json& list) {
      if (!list.is_array() || list.size() != kNumStreams) {
        throw UserError(fmt::format("expected a list of {}", kNumStreams));
      }
      for (std::size_t s = 0; s < kNumStreams; ++s) numbers[s] = value_from_json<int>(list[s]);
    });
  };
  by_stream("begin", layer.begin);
  by_stream("end", layer.end);
  return layer;
}

const std::vector<std::uint8_t>& bytes_of(const Json& json) {
  if (!json.is_binary()) throw UserError("expected bytes");
  return json.get_binary();
}

template <class Read>
void read_list(const Json& object, const char* name, Read&& read) {
  read_member(object, name, [&](const Json& list) {
    if (!list.is_array()) throw UserError("expected a list");
    std::size_t i = 0;
    for (const Json& element : list) read_element(i++, [&] { read(element); });
  });
}

Program program_from_json(const Json& json) {
  Program program;
  program.name = member_from_json<std::string>(json, "name");
  read_member(json, "machine",
              [&](const Json& machine) { fields_from_json(machine, program.machine); });
  program.batch = member_from_json<int>(json, "batch");
  read_member(json, "code", [&](const Json& code) {
    if (!code.is_array() || code.size() != kNumStreams) {
      throw UserError(fmt::format("expected {} streams", kNumStreams));
    }
    for (std::size_t s = 0; s < kNumStreams; ++s) {
      read_element(s, [&] { program.streams[s] = decode(bytes_of(code[s])); });
    }
  });
  read_list(json, "layers",
            [&](const Json& layer) { program.layers.push_back(layer_from_json(layer)); });
  read_list(json, "tensors",
            [&](const Json& place) { program.tensors.push_back(place_from_json(place)); });
  program.data = read_member(json, "data", bytes_of);
  program.data_address = member_from_json<std::int64_t>(json, "data_address");
  program.dram_bytes = member_from_json<std::int64_t>(json, "dram_bytes");
  program.network = read_member(json, "network", network_from_json);
  return program;
}

}  // namespace

Json program_to_json(const Program& program) {
  Json json;
  json["name"] = program.name;
  json["machine"] = fields_to_json(program.machine);
  json["batch"] = program.batch;
  for (const auto& stream : program.streams) json["code"].push_back(Json::binary(encode(stream)));
  json["layers"] = Json::array();
  for (const LayerCode& layer : program.layers) json["layers"].push_back(layer_to_json(layer));
  json["tensors"] = Json::array();
  for (const TensorPlace& place : program.tensors) json["tensors"].push_back(place_to_json(place));
  json["data"] = Json::binary(program.data);
  json["data_address"] = program.data_address;
  json["dram_bytes"] = program.dram_bytes;
  json["network"] = network_to_json(program.network);
  return json;
}

std::string program_file(const Json& content) {
  std::string payload;
  Json::to_msgpack(content, payload);
  std::string text(kMagic);
  text += char(kVersion);
  append_number(text, payload.size());
  append_number(text, checksum(payload));
  return text + payload;
}

void save_program(const Program& program, const std::string& path) {
  write_file(path, program_file(program_to_json(program)));
}

bool is_program_file(const std::string& path) { return first_bytes(path, kMagic.size()) == kMagic; }

Program load_program(const std::string& path) {
  // A file that is no program, or has another length than it says, is not read further.
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (!error) check_header(first_bytes(path, kHeaderBytes), bytes, path);
  return parse_program(read_file(path), path);
}

Program parse_program(std::string_view text, const std::string& name) {
  const auto fail = [&](const std::string& message) { throw UserError({name, 0, ""}, message); };
  check_header(text, text.size(), name);
  const std::string_view payload = text.substr(kHeaderBytes);
  if (checksum(payload) != number_at(text, 16)) fail("is damaged: its checksum is wrong");
  const Json json = parse_msgpack(payload, name);
  try {
    Program program = program_from_json(json);
    verify(program);  // it may come from another compiler, or from an editor
    return program;
  } catch (const UserError& error) {
    throw UserError({name, 0, error.place().key}, error.message());
  }
}

}  // namespace escalate
