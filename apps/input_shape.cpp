#include "apps/input_shape.h"

#include <sstream>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace escalate {

void InputShapeOption::add_to(CommandLine& line) {
  line.option({"input-shape", "CxHxW", "size of an image, where an ONNX file leaves it open"},
              text);
  line.option({"outputs", "NAMES", "outputs of an ONNX file, as scores,boxes; else all of them"},
              outputs);
}

OnnxOptions InputShapeOption::onnx() const {
  OnnxOptions made;
  std::istringstream names(outputs);
  for (std::string name; std::getline(names, name, ',');) made.outputs.push_back(name);
  if (text.empty()) return made;
  std::vector<int> extents;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, 'x');) {
    try {
      extents.push_back(detail::parse_as<int>({"", "", "", "", 1, kMostExtent}, part));
    } catch (const UserError& error) {
      throw UserError({"", 0, "--input-shape"}, error.message());
    }
  }
  if (extents.size() != 3 || text.back() == 'x') {
    throw UserError({"", 0, "--input-shape"}, "expected CxHxW, as 3x224x224, got '" + text + "'");
  }
  made.input_shape = Shape{extents[0], extents[1], extents[2]};
  return made;
}

void InputShapeOption::expect_none(const std::string& path) const {
  if (!outputs.empty()) {
    throw UserError({"", 0, "--outputs"}, "expected an ONNX file; " + path + " has one output");
  }
  if (text.empty()) return;
  throw UserError({"", 0, "--input-shape"},
                  "expected an ONNX file; " + path + " says how large its images are");
}

}  // namespace escalate
