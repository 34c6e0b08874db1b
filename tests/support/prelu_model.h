// A convolution with a batch norm and a PReLU by channel behind it, as exporters write one.
#pragma once

#include "tests/support/onnx_model.h"

namespace escalate {

enum class PreluForm {
  kOperator,    ///< PRelu
  kKeras,       ///< relu(x) - a relu(-x)
  kTensorFlow,  ///< relu(x) + 0.5 a (x - |x|)
};

/// Slopes 0.25 and -0.5. The output is that of another convolution, 'last'.
inline OnnxModel prelu_model(PreluForm form) {
  OnnxModel model(13, {1, 3, 8, 8});
  model.floats("w", {2, 3, 3, 3}, {0.5f, -0.25f, 1, 0.125f, -1, 0.75f, 0.5f, -0.5f, 0.25f});
  model.add("Conv", {"in", "w"}, {"conv"});
  model.floats("ones", {2}, {1, 1});
  model.floats("shift", {2}, {-200, 100});
  model.add("BatchNormalization", {"conv", "ones", "shift", "shift", "ones"}, {"x"});
  model.floats("a", {2, 1, 1}, {0.25f, -0.5f});
  if (form == PreluForm::kOperator) {
    model.add("PRelu", {"x", "a"}, {"prelu"});
  } else {
    model.add("Relu", {"x"}, {"above"});
    if (form == PreluForm::kKeras) {
      model.add("Neg", {"x"}, {"turned"});
      model.add("Relu", {"turned"}, {"below"});
      model.add("Mul", {"below", "a"}, {"times"});
      model.add("Sub", {"above", "times"}, {"prelu"});
    } else {
      model.floats("half", {}, {0.5f});
      model.add("Abs", {"x"}, {"magnitude"});
      model.add("Sub", {"x", "magnitude"}, {"twice"});
      model.add("Mul", {"a", "twice"}, {"times"});
      model.add("Mul", {"times", "half"}, {"below"});
      model.add("Add", {"above", "below"}, {"prelu"});
    }
  }
  model.floats("v", {1, 2, 1, 1}, {1, -1});
  model.add("Conv", {"prelu", "v"}, {"last"});
  return model.output("last");
}

}  // namespace escalate
