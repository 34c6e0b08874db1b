# libtorch of `escalate retrain`, as the target `torch`: Debian's, or that of -DESCALATE_TORCH=FOLDER, the
# folder `torch` of an installed PyTorch 2 or of an unpacked libtorch. PyTorch's own CMake package asks for
# the whole CUDA toolkit where its libraries know CUDA, which building this program does not need.
set(ESCALATE_TORCH "" CACHE PATH "Folder of a libtorch in place of Debian's (empty: Debian's, if there)")

if(NOT ESCALATE_TORCH)
  find_package(Torch QUIET)
  return()
endif()

get_filename_component(folder "${ESCALATE_TORCH}" ABSOLUTE)
set(library "${folder}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}")
foreach(file IN ITEMS "${folder}/include/ATen/ATen.h" "${library}torch_cpu${CMAKE_SHARED_LIBRARY_SUFFIX}")
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "ESCALATE_TORCH: there is no ${file}; expected the folder `torch` of a PyTorch 2")
  endif()
endforeach()

# Only its own headers: beside them lie other versions of fmt and of Protocol Buffers.
set(headers "${PROJECT_BINARY_DIR}/torch")
file(REMOVE_RECURSE "${headers}")
file(MAKE_DIRECTORY "${headers}")
foreach(part IN ITEMS ATen c10 caffe2 torch)
  if(EXISTS "${folder}/include/${part}")
    file(CREATE_LINK "${folder}/include/${part}" "${headers}/${part}" SYMBOLIC)
  endif()
endforeach()

add_library(torch INTERFACE IMPORTED)
target_include_directories(torch SYSTEM INTERFACE "${headers}" "${headers}/torch/csrc/api/include")
foreach(part IN ITEMS torch torch_cpu c10)
  target_link_libraries(torch INTERFACE "${library}${part}${CMAKE_SHARED_LIBRARY_SUFFIX}")
endforeach()
# What runs on the device makes itself known when it is loaded; nothing calls it by name.
foreach(part IN ITEMS torch_cuda c10_cuda)
  if(EXISTS "${library}${part}${CMAKE_SHARED_LIBRARY_SUFFIX}")
    target_link_options(torch INTERFACE
      "LINKER:--push-state,--no-as-needed,${library}${part}${CMAKE_SHARED_LIBRARY_SUFFIX},--pop-state")
  endif()
endforeach()
set(Torch_FOUND TRUE)
