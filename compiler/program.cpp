#include "compiler/program.h"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <optional>

#include "common/atomic_file.h"
#include "common/config.h"
#include "common/error.h"
#include "common/json.h"
#include "compiler/network_json.h"

namespace escalate {
namespace {

constexpr std::string_view kMagic = "ESCPROG";
constexpr std::uint8_t kVersion = 1;
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
  place.node = json.at("node");
  const Json& shape = json.at("shape");
  place.shape = {shape.at(0), shape.at(1), shape.at(2)};
  place.resident = json.at("resident");
  fields_from_json(json.at("region"), place.region);
  place.image_stride = json.at("image_stride");
  fields_from_json(json.at("segments"), place.segments);
  place.dram_image_stride = json.at("dram_image_stride");
  place.directory_image_stride = json.at("directory_image_stride");
  return place;
}

Json layer_to_json(const LayerCode& layer) {
  return {{"name", layer.name},   {"kind", layer.kind}, {"node", layer.node},
          {"begin", layer.begin}, {"end", layer.end},   {"fused_add", layer.fused_add}};
}

LayerCode layer_from_json(const Json& json) {
  LayerCode layer;
  layer.name = json.at("name");
  layer.kind = json.at("kind");
  layer.node = json.at("node");
  layer.fused_add = json.at("fused_add");
  layer.begin = json.at("begin").get<std::array<int, kNumStreams>>();
  layer.end = json.at("end").get<std::array<int, kNumStreams>>();
  return layer;
}

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

Program program_from_json(const Json& json) {
  Program program;
  program.name = json.at("name");
  fields_from_json(json.at("machine"), program.machine);
  program.batch = json.at("batch");
  for (int s = 0; s < kNumStreams; ++s) {
    try {
      program.streams[s] = decode(json.at("code").at(s).get_binary());
    } catch (const UserError& error) {
      throw UserError(
          fmt::format("{} stream: {}", enum_name(static_cast<Stream>(s)), error.what()));
    }
  }
  for (const Json& layer : json.at("layers")) program.layers.push_back(layer_from_json(layer));
  for (const Json& place : json.at("tensors")) program.tensors.push_back(place_from_json(place));
  program.data = json.at("data").get_binary();
  program.data_address = json.at("data_address");
  program.dram_bytes = json.at("dram_bytes");
  program.network = network_from_json(json.at("network"));
  return program;
}

std::string region_text(const TensorPlace& place) {
  if (place.resident) {
    return fmt::format("global buffer {:#x}, row {}, position {}", place.region.base,
                       place.region.row_stride, place.region.position_stride);
  }
  return fmt::format("DRAM {:#x}, segments of {} columns x {} channels, {} bytes apart",
                     place.segments.dram, place.segments.segment_columns,
                     place.segments.segment_channels, place.segments.stride);
}

}  // namespace

const TensorPlace* Program::place_of(int node) const {
  for (const TensorPlace& place : tensors) {
    if (place.node == node) return &place;
  }
  return nullptr;
}

void save_program(const Program& program, const std::string& path) {
  std::string payload;
  Json::to_msgpack(program_to_json(program), payload);
  std::string text(kMagic);
  text += char(kVersion);
  append_number(text, payload.size());
  append_number(text, checksum(payload));
  AtomicFile file(path);
  file.write(text);
  file.write(payload);
  file.commit();
}

bool is_program_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UserError({path, 0, ""}, system_failure("open", errno));
  std::array<char, kMagic.size()> start{};
  file.read(start.data(), start.size());
  return file && std::string_view(start.data(), start.size()) == kMagic;
}

Program load_program(const std::string& path) {
  const std::string text = read_file(path);
  const auto fail = [&](const std::string& message) { throw UserError({path, 0, ""}, message); };
  if (text.compare(0, kMagic.size(), kMagic) != 0) fail("is not an escalate program");
  if (text.size() < kHeaderBytes) fail("is truncated: it ends within its header");
  if (std::uint8_t(text[kMagic.size()]) != kVersion) {
    fail(fmt::format("is a program of version {}; this program reads version {}",
                     int(std::uint8_t(text[kMagic.size()])), int(kVersion)));
  }
  const std::uint64_t length = number_at(text, 8);
  if (text.size() - kHeaderBytes != length) {
    fail(fmt::format("is truncated or damaged: {} bytes follow its header, not {}",
                     text.size() - kHeaderBytes, length));
  }
  const std::string_view payload = std::string_view(text).substr(kHeaderBytes);
  if (checksum(payload) != number_at(text, 16)) fail("is damaged: its checksum is wrong");
  try {
    return program_from_json(Json::from_msgpack(payload));
  } catch (const nlohmann::json::exception& error) {
    throw UserError({path, 0, ""}, fmt::format("is not a valid program: {}", error.what()));
  } catch (const UserError& error) {
    throw UserError({path, 0, ""}, error.what());
  }
}

std::string disassemble(const Program& program) {
  std::string text = fmt::format("# program {}: {} layers, batch {}, {} data bytes\n", program.name,
                                 program.layers.size(), program.batch, program.data.size());
  for (const TensorPlace& place : program.tensors) {
    text += fmt::format("# tensor {}: {}x{}x{}, {}\n", program.network.nodes[place.node].name,
                        place.shape.c, place.shape.h, place.shape.w, region_text(place));
  }
  for (const LayerCode& layer : program.layers) {
    text += fmt::format("\n# layer {} ({})\n", layer.name, layer.kind);
    for (int s = 0; s < kNumStreams; ++s) {
      if (layer.begin[s] == layer.end[s]) continue;
      text += fmt::format(".{}\n", enum_name(static_cast<Stream>(s)));
      for (int i = layer.begin[s]; i < layer.end[s]; ++i) {
        text += to_text(program.streams[s][i]) + "\n";
      }
    }
  }
  return text;
}

}  // namespace escalate
