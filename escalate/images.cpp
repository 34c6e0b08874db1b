#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "escalate/inside/handles.h"
#include "escalate/network.h"
#include "workloads/inputs.h"
#include "workloads/onnx/head_images.h"
#include "workloads/onnx/host_part.h"

namespace esc {
namespace {

/// An array of the caller's, or the first of a longer source.
class FirstOf : public escalate::InputSource {
 public:
  FirstOf(std::unique_ptr<escalate::InputSource> source, std::int64_t count)
      : source_(std::move(source)), count_(count) {
    if (source_->size() >= count_) return;
    throw escalate::UserError(
        {"", 0, "images"},
        fmt::format("{} images were asked for, the input has {}", count_, source_->size()));
  }
  std::int64_t size() const override { return count_; }
  bool takes_transform() const override { return source_->takes_transform(); }
  escalate::InputImage image(std::int64_t index) const override { return source_->image(index); }

 private:
  std::unique_ptr<escalate::InputSource> source_;
  std::int64_t count_;
};

template <class Impl>
class ArraySource : public escalate::InputSource {
 public:
  explicit ArraySource(const Impl& array)
      : array_(array), shape_{array.shape->c, array.shape->h, array.shape->w} {}
  std::int64_t size() const override { return array_.count; }
  bool takes_transform() const override { return false; }
  escalate::InputImage image(std::int64_t index) const override {
    escalate::InputImage image;
    image.name = fmt::format("image {}", index);
    image.is_int8_steps = array_.reals.empty();
    image.values.shape = shape_;
    image.values.values =
        image.is_int8_steps ? part(array_.steps, index) : part(array_.reals, index);
    if (!array_.labels.empty()) image.label = array_.labels[std::size_t(index)];
    return image;
  }

 private:
  template <class Value>
  std::vector<float> part(const std::vector<Value>& values, std::int64_t index) const {
    const auto first = values.begin() + std::ptrdiff_t(index * shape_.size());
    return {first, first + std::ptrdiff_t(shape_.size())};
  }
  const Impl& array_;
  escalate::Shape shape_;
};

void check_array(std::size_t values, int n, const Shape& shape) {
  const auto expected = std::int64_t{n} * shape.size();
  if (n >= 1 && shape.c >= 1 && shape.h >= 1 && shape.w >= 1 && expected == std::int64_t(values)) {
    return;
  }
  throw escalate::UserError(
      {"", 0, "images"},
      fmt::format("expected {} x {} x {} x {} values of at least one image, got {}", n, shape.c,
                  shape.h, shape.w, values));
}

/// `impl` outlives what is returned.
template <class Impl>
std::unique_ptr<escalate::InputSource> open(const Impl& impl, const escalate::Shape& shape,
                                            const escalate::InputTransform& transform) {
  if (impl.shape) {
    const escalate::Shape own{impl.shape->c, impl.shape->h, impl.shape->w};
    if (!(own == shape)) {
      throw escalate::UserError({"", 0, "images"},
                                fmt::format("expected images of {}x{}x{}, got {}x{}x{}", shape.c,
                                            shape.h, shape.w, own.c, own.h, own.w));
    }
    return std::make_unique<ArraySource<Impl>>(impl);
  }
  const std::string spec = impl.spec.empty() ? "synthetic" : impl.spec;
  auto source = escalate::open_input(spec, shape, transform);
  if (impl.count == 0) return source;
  return std::make_unique<FirstOf>(std::move(source), impl.count);
}

}  // namespace

Images::Images() : impl_(std::make_shared<const Impl>()) {}

Images Images::drawn(int count) {
  return translated([&] {
    if (count < 0) throw escalate::UserError({"", 0, "count"}, "expected 0 or more images");
    Impl impl;
    impl.count = count;
    return Access::make<Images>(std::move(impl));
  });
}

Images Images::from_int8(std::vector<std::int8_t> values, int n, Shape shape) {
  return translated([&] {
    check_array(values.size(), n, shape);
    Impl impl;
    impl.count = n;
    impl.shape = shape;
    impl.steps = std::move(values);
    return Access::make<Images>(std::move(impl));
  });
}

Images Images::from_float(std::vector<float> values, int n, Shape shape) {
  return translated([&] {
    check_array(values.size(), n, shape);
    Impl impl;
    impl.count = n;
    impl.shape = shape;
    impl.reals = std::move(values);
    return Access::make<Images>(std::move(impl));
  });
}

Images Images::from_files(const std::string& what, int count) {
  return translated([&] {
    if (count < 0) throw escalate::UserError({"", 0, "count"}, "expected 0 or more images");
    if (what.empty())
      throw escalate::UserError("expected image:PATH, cifar10:DIR or another input");
    Impl impl;
    impl.count = count;
    impl.spec = what;
    return Access::make<Images>(std::move(impl));
  });
}

Images Images::with_labels(std::vector<int> labels) const {
  return translated([&] {
    if (!impl_->shape || std::int64_t(labels.size()) != impl_->count) {
      throw escalate::UserError(
          {"", 0, "labels"},
          fmt::format("expected one for each image of an array, got {}", labels.size()));
    }
    Impl impl = *impl_;
    impl.labels = std::move(labels);
    return Access::make<Images>(std::move(impl));
  });
}

escalate::InputBatch input_batch(const Images& images, const escalate::LoadedNetwork& network,
                                 int batch) {
  const auto& impl = Access::of(images);
  if (impl.is_drawn()) {
    return escalate::drawn_input(network.network, impl.count == 0 ? batch : impl.count);
  }
  const escalate::IntegerNode& input = network.network.nodes.at(0);
  if (input.substitute) {
    throw escalate::UserError(
        {"", 0, "images"}, "have no effect here: what the layers of a drawn network read is drawn");
  }
  const auto source = escalate::behind_head(
      open(impl, escalate::image_shape(network.head, input.out), network.network.transform),
      network.head, input.out);
  std::int64_t count = source->size();
  if (count == escalate::InputSource::kEndless) count = batch;
  if (count > std::numeric_limits<int>::max()) {
    throw escalate::UserError({"", 0, "images"}, "are too many");
  }
  return escalate::read_images(*source, network.network, int(count));
}

std::unique_ptr<escalate::InputSource> input_source(const Images& images,
                                                    const escalate::Graph& graph) {
  return escalate::behind_head(
      open(Access::of(images), escalate::image_shape(graph), graph.transform), graph.head,
      graph.nodes.at(0).out);
}

}  // namespace esc
