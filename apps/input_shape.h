// --input-shape and --outputs: how an ONNX file is read that leaves it open.
#pragma once

#include <string>

#include "apps/common_options.h"
#include "workloads/onnx/reader.h"

namespace escalate {

struct InputShapeOption {
  std::string text;     ///< "CxHxW"; empty: not given
  std::string outputs;  ///< names, with commas between them; empty: all

  void add_to(CommandLine& line);
  /// How a file is read. UserError if the text is no shape.
  OnnxOptions onnx() const;
  /// UserError if one was given, for `path` is no ONNX file.
  void expect_none(const std::string& path) const;
};

}  // namespace escalate
