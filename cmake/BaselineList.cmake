# escalate_baseline_list(TARGET FOLDER): defines escalate::builtin_baselines(), which enters every machine
# of the folder whose source has a function `void add_NAME(BaselineRegistry& registry)`. So a machine is
# its own files and nothing else.
function(escalate_baseline_list target folder)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  set(declarations "")
  set(calls "")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" lines REGEX "^void add_[a-z0-9_]+\\(BaselineRegistry& registry\\) {")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^void (add_[a-z0-9_]+).*" "\\1" name "${line}")
      string(APPEND declarations "void ${name}(BaselineRegistry& registry);\n")
      string(APPEND calls "  ${name}(registry);\n")
    endforeach()
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  endforeach()
  set(list "${PROJECT_BINARY_DIR}/embedded/builtin_baselines.cpp")
  file(CONFIGURE OUTPUT "${list}" @ONLY CONTENT "// Written by cmake/BaselineList.cmake.
#include \"baselines/registry.h\"

namespace escalate {

${declarations}
BaselineRegistry builtin_baselines() {
  BaselineRegistry registry;
${calls}  return registry;
}

}  // namespace escalate
")
  target_sources(${target} PRIVATE "${list}")
endfunction()
