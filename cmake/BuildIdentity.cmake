# What a build is: a digest of the sources below the programs, of the compiler and its flags. Points
# of a sweep are those of one build (docs/sweeps.md), whichever program or library of it ran them.
#   cmake -DOUTPUT=FILE.cpp -DROOT=FOLDER -DSOURCES=LIST.txt -DCOMPILER=TEXT -P cmake/BuildIdentity.cmake
# writes std::string_view escalate::build_identity().
file(STRINGS "${SOURCES}" sources)
set(all "${COMPILER}\n")
foreach(source IN LISTS sources)
  file(SHA256 "${ROOT}/${source}" digest)
  string(APPEND all "${digest} ${source}\n")
endforeach()
string(SHA256 identity "${all}")
string(SUBSTRING "${identity}" 0 16 identity)
file(WRITE "${OUTPUT}" "// Written by cmake/BuildIdentity.cmake.
#include <string_view>

namespace escalate {

std::string_view build_identity();
std::string_view build_identity() { return \"${identity}\"; }

}  // namespace escalate
")
