// Where the sources and the build lie. In one source, so that no other test is compiled with a path
// of this machine in its command line and a compiler cache serves every checkout.
#pragma once

#include <string>

namespace escalate {

std::string source_folder();  ///< the root of the project's sources, absolute
std::string build_folder();   ///< the root of this build, absolute

}  // namespace escalate
