#include "workloads/onnx/head_images.h"

#include <utility>

#include "common/error.h"
#include "workloads/onnx/host_part.h"

namespace escalate {
namespace {

class HeadImages : public InputSource {
 public:
  HeadImages(std::unique_ptr<InputSource> images, HostPart head, const Shape& made)
      : images_(std::move(images)), head_(std::move(head)), made_(made) {}
  std::int64_t size() const override { return images_->size(); }
  bool takes_transform() const override { return images_->takes_transform(); }
  InputImage image(std::int64_t index) const override {
    InputImage image = images_->image(index);
    if (image.is_int8_steps) {
      throw UserError(SourcePlace{image.name, 0, ""},
                      "holds int8 steps; expected real numbers, for the host works on the image in "
                      "front of the network");
    }
    image.values = run_head(head_, made_, image.values);
    return image;
  }

 private:
  std::unique_ptr<InputSource> images_;
  HostPart head_;
  Shape made_;
};

}  // namespace

std::unique_ptr<InputSource> behind_head(std::unique_ptr<InputSource> images, HostPart head,
                                         const Shape& network_input) {
  if (head.empty()) return images;
  return std::make_unique<HeadImages>(std::move(images), std::move(head), network_input);
}

std::unique_ptr<InputSource> open_images(const std::string& spec, const HostPart& head,
                                         const Shape& network_input,
                                         const InputTransform& transform, std::uint64_t seed) {
  return behind_head(open_input(spec, image_shape(head, network_input), transform, seed), head,
                     network_input);
}

std::unique_ptr<InputSource> open_images(const std::string& spec, const Graph& graph,
                                         const InputTransform& transform, std::uint64_t seed) {
  return open_images(spec, graph.head, graph.nodes.at(0).out, transform, seed);
}

}  // namespace escalate
