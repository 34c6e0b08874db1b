// Tensors and images.
#include "workloads/inputs.h"

#include <zlib.h>

#include "common/error.h"
#include "fuzz/memory_file.h"
#include "fuzz/mutations.h"
#include "fuzz/targets.h"
#include "workloads/image_file.h"
#include "workloads/npy.h"

namespace escalate {
namespace {

constexpr std::int64_t kMostPixels = 1 << 16;  // that are scaled
constexpr std::uint64_t kSlowPixels = 1 << 20;
constexpr std::uint64_t kMostDeclaredPixels = 200'000'000;

void read_npy(const std::string& bytes) {
  const MemoryFile memory(bytes);
  const NpyFile file(memory.path());
  file.description();
  const auto count = std::min<std::int64_t>(file.num_elements(), 4096);
  ensure(std::int64_t(file.read_floats(0, count).size()) == count, "all elements are read");
  file.read_floats(file.num_elements() - count, count);
  if (file.type() == NpyType::kBool || file.type() == NpyType::kInt8) file.read_int8(0, count);
}

std::uint32_t big_endian_at(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

// As many as a PNG or JPEG says it has; 0 where it does not get so far.
std::uint64_t declared_pixels(const std::string& bytes) {
  constexpr std::size_t kPngSize = 16, kPngEnd = 24;  // of the width, then the height
  if (bytes.starts_with("\x89PNG")) {
    if (bytes.size() < kPngEnd) return 0;
    return std::uint64_t{big_endian_at(bytes, kPngSize)} * big_endian_at(bytes, kPngSize + 4);
  }
  constexpr std::size_t kFrameSize = 5, kFrameEnd = 9;  // height and width, of 16 bits each
  for (std::size_t at = 0; at + kFrameEnd <= bytes.size(); ++at) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (bytes[at] != '\xff' || marker < 0xc0 || marker > 0xc2) continue;
    const std::uint32_t size = big_endian_at(bytes, at + kFrameSize);
    return std::uint64_t{size >> 16} * (size & 0xffff);
  }
  return 0;
}

void read_image(const std::string& bytes) {
  // Those that the reader refuses for their size are given to it, those that are merely slow not.
  const std::uint64_t declared = declared_pixels(bytes);
  if (declared > kSlowPixels && declared <= kMostDeclaredPixels) return;
  const MemoryFile memory(bytes);
  const RgbImage image = read_image_file(memory.path());
  ensure(std::int64_t(image.pixels.size()) == std::int64_t{image.height} * image.width * 3,
         "an image has all its pixels");
  if (std::int64_t{image.height} * image.width > kMostPixels) return;
  ensure(resize_and_crop(image, 8, 8).pixels.size() == std::size_t{8 * 8 * 3},
         "an image is as large as asked for");
}

void read_cifar(const std::string& bytes) {
  const MemoryFile memory(bytes);
  const InputTransform transform{{0, 0, 0}, {1, 1, 1}, false};
  const auto input = open_input("cifar10:" + memory.path(), {3, 32, 32}, transform);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(input->size(), 4); ++i) input->image(i);
}

// One to three bytes of chunks are changed, then the chunks' checksums made right.
std::string mutated_png(const std::string& bytes, std::uint64_t seed) {
  constexpr std::size_t kSignature = 8;
  constexpr std::size_t kFrame = 12;  // length, type, checksum
  std::string png = bytes;
  if (png.size() <= kSignature) return png;
  Random random(seed);
  for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
    const std::size_t at = kSignature + random.below(png.size() - kSignature);
    png[at] = random.below(2) == 0 ? char(random.below(256)) : char(png[at] ^ 1 << random.below(8));
  }
  for (std::size_t at = kSignature; at + kFrame <= png.size();) {
    const std::size_t length = big_endian_at(png, at);
    if (length > png.size() - at - kFrame) break;
    const auto* chunk = reinterpret_cast<const unsigned char*>(png.data()) + at + 4;
    const auto checksum = std::uint32_t(::crc32(0, chunk, uInt(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) {
      png[at + 8 + length + i] = char(checksum >> (24 - 8 * i) & 0xff);
    }
    at += kFrame + length;
  }
  return png;
}

}  // namespace

FuzzTarget npy_target() { return {"npy", "a tensor in an .npy file", run<read_npy>, mutated_text}; }

FuzzTarget png_target() { return {"png", "a PNG image, scaled", run<read_image>, mutated_png}; }

FuzzTarget jpeg_target() { return {"jpeg", "a JPEG image, scaled", run<read_image>, nullptr}; }

FuzzTarget cifar_target() { return {"cifar", "a batch of CIFAR-10", run<read_cifar>, nullptr}; }

}  // namespace escalate
