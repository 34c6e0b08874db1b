# What `cmake --install` and the Debian package have: the program with its page and completion, the
# library with headers and CMake package, the zoo, and files to begin with.
include(CMakePackageConfigHelpers)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # tests need not be built to install
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/escalate")

set_target_properties(escalate PROPERTIES INSTALL_RPATH "${ESCALATE_PROGRAM_RPATH};$ORIGIN")
install(TARGETS escalate RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
install(TARGETS libescalate escalate_accelerator EXPORT escalateTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS escalate_nsga2 LIBRARY DESTINATION "${ESCALATE_MODULES}" COMPONENT library)
if(TARGET escalate-retrain)
  install(TARGETS escalate-retrain RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT retrain)
endif()

file(GLOB public_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/escalate/*.h")
install(FILES ${public_headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/escalate"
  COMPONENT development)
install(EXPORT escalateTargets NAMESPACE escalate:: DESTINATION "${package_folder}"
  COMPONENT development)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/escalateConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/escalateConfig.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/escalateConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/escalateConfig.cmake"
  "${PROJECT_BINARY_DIR}/escalateConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindSystemC.cmake"
  DESTINATION "${package_folder}" COMPONENT development)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/workloads/zoo" "${PROJECT_SOURCE_DIR}/workloads/samples"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/escalate/workloads" COMPONENT program
  FILES_MATCHING PATTERN "*.yaml" PATTERN "*.onnx")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/configs" DESTINATION "${CMAKE_INSTALL_DATADIR}/escalate"
  COMPONENT program)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/examples" DESTINATION "${CMAKE_INSTALL_DATADIR}/escalate"
  COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  RENAME copyright COMPONENT program)

# The manual page and the completion say what `--help` says.
set(manual "${PROJECT_BINARY_DIR}/manual")
add_custom_command(OUTPUT "${manual}/escalate.1" "${manual}/escalate.bash"
  COMMAND ${CMAKE_COMMAND} "-DPROGRAM=$<TARGET_FILE:escalate>" "-DVERSION=${PROJECT_VERSION}"
    "-DTEMPLATES=${PROJECT_SOURCE_DIR}/docs/man" "-DOUTPUT=${manual}"
    -P "${PROJECT_SOURCE_DIR}/cmake/Manual.cmake"
  DEPENDS escalate "${PROJECT_SOURCE_DIR}/cmake/Manual.cmake"
    "${PROJECT_SOURCE_DIR}/docs/man/escalate.1.in" "${PROJECT_SOURCE_DIR}/docs/man/escalate.bash.in"
  COMMENT "Manual page and completion" VERBATIM)
add_custom_target(escalate_manual ALL DEPENDS "${manual}/escalate.1")
install(FILES "${manual}/escalate.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT program)
install(FILES "${manual}/escalate.bash" RENAME escalate COMPONENT program
  DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")

# The Debian package (`cpack` in the build folder, once it is built): everything but what needs libtorch.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME escalate)
set(CPACK_PACKAGE_CONTACT "ESCALATE developers <escalate@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "simulator of the ESCALATE sparse CNN accelerator")
set(CPACK_PACKAGE_DESCRIPTION "Cycles, energy and outputs of convolutional networks on the ESCALATE
accelerator, beside models of other accelerators, as a program and a C++ library.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libsystemc-dev")
set(CPACK_STRIP_FILES ON)
include(CPack)
