// `escalate retrain`: compression by retraining.
#pragma once

#include <string>
#include <vector>

namespace escalate {

/// Starts escalate-retrain, the program beside this one, in its place. It is linked with libtorch,
/// whose loading would slow down every other command. A UserError says how to get it where it was
/// not built.
int run_retrain(const std::vector<std::string>& args);

}  // namespace escalate
