# libescalate.so: everything below apps/, of which it shows escalate/*.h alone.
set(folders common machine workloads interconnect buffers energy compress compiler pe baselines model
  report sweep escalate)
set(objects "")
foreach(folder IN LISTS folders)
  list(APPEND objects $<TARGET_OBJECTS:escalate_${folder}>)
endforeach()
# libsystemc wants an sc_main(), which a program that uses the library need not have.
add_library(libescalate SHARED ${objects} $<TARGET_OBJECTS:escalate_sc_main>)
set(symbols "${PROJECT_SOURCE_DIR}/cmake/libescalate.map")
set_target_properties(libescalate PROPERTIES
  OUTPUT_NAME escalate EXPORT_NAME escalate LINKER_LANGUAGE CXX LINK_DEPENDS "${symbols}"
  INSTALL_RPATH "$ORIGIN/escalate;$ORIGIN"
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_link_options(libescalate PRIVATE "-Wl,--version-script=${symbols}"
  $<$<NOT:$<BOOL:${ESCALATE_SANITIZE}>>:-Wl,--no-undefined>)
target_link_libraries(libescalate PRIVATE escalate_flags fmt::fmt nlohmann_json::nlohmann_json yaml-cpp
  Threads::Threads Eigen3::Eigen onnx_proto protobuf::libprotobuf PNG::PNG JPEG::JPEG SystemC::systemc
  SQLite::SQLite3 OpenSSL::Crypto ${CMAKE_DL_LIBS})
add_dependencies(libescalate escalate_nsga2)
target_compile_features(libescalate INTERFACE cxx_std_20)
target_include_directories(libescalate INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
add_library(escalate::escalate ALIAS libescalate)
# Of plug-ins, which link nothing.
add_library(escalate_accelerator INTERFACE)
set_target_properties(escalate_accelerator PROPERTIES EXPORT_NAME accelerator)
target_compile_features(escalate_accelerator INTERFACE cxx_std_20)
target_include_directories(escalate_accelerator INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
add_library(escalate::accelerator ALIAS escalate_accelerator)
