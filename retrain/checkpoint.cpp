#include "retrain/checkpoint.h"

#include <cstring>
#include <utility>

#include "common/atomic_file.h"
#include "common/error.h"

namespace escalate {
namespace {

const std::string kFirstLine = "escalate checkpoint 1\n";

std::size_t num_bytes(const at::Tensor& tensor) {
  return std::size_t(tensor.numel()) * tensor.element_size();
}

/// Whether a tensor of that shape has at most `most` elements.
bool has_at_most(const std::vector<std::int64_t>& shape, std::int64_t most) {
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && elements > most / extent)) return false;
    elements *= extent;
  }
  return true;
}

}  // namespace

void write_checkpoint(const Checkpoint& checkpoint, const std::string& path) {
  Json header;
  header["info"] = checkpoint.info;
  header["network_bytes"] = checkpoint.network.size();
  header["tensors"] = Json::array();
  std::string values;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const at::Tensor flat = tensor.detach().to(at::kCPU).contiguous(at::MemoryFormat::Contiguous);
    const bool is_double = flat.scalar_type() == at::kDouble;
    ensure(is_double || flat.scalar_type() == at::kFloat, "a checkpoint holds floats and doubles");
    header["tensors"].push_back(
        {{"name", name}, {"double", is_double}, {"shape", flat.sizes().vec()}});
    values.append(static_cast<const char*>(flat.data_ptr()), num_bytes(flat));
  }
  write_file(path, kFirstLine + header.dump() + "\n" + checkpoint.network + values);
}

Checkpoint read_checkpoint(const std::string& path) {
  const std::string text = read_file(path);
  const auto broken = [&] { return UserError({path}, "is not a whole checkpoint of a training"); };
  const std::size_t line_end = text.find('\n', kFirstLine.size());
  if (!text.starts_with(kFirstLine) || line_end == std::string::npos) throw broken();
  Checkpoint made;
  try {
    const Json header =
        parse_json(text.substr(kFirstLine.size(), line_end - kFirstLine.size()), path);
    made.info = header.at("info");
    const auto network_bytes = header.at("network_bytes").get<std::size_t>();
    std::size_t at = line_end + 1;
    if (network_bytes > text.size() - at) throw broken();
    made.network = text.substr(at, network_bytes);
    at += network_bytes;
    for (const Json& entry : header.at("tensors")) {
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      if (!has_at_most(shape, std::int64_t(text.size() - at))) throw broken();
      const at::Tensor tensor =
          at::empty(shape, entry.at("double").get<bool>() ? at::kDouble : at::kFloat);
      const std::size_t bytes = num_bytes(tensor);
      if (bytes > text.size() - at) throw broken();
      std::memcpy(tensor.data_ptr(), text.data() + at, bytes);
      at += bytes;
      made.tensors[entry.at("name").get<std::string>()] = tensor;
    }
    if (at != text.size()) throw broken();
  } catch (const Json::exception&) {
    throw broken();
  } catch (const UserError&) {
    throw broken();
  }
  return made;
}

}  // namespace escalate
