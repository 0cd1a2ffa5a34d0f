# SPDX-License-Identifier: MIT
# Finds LibTorch, in a pip wheel or an unpacked archive, and defines the imported target
# LibTorch::LibTorch. The packaged TorchConfig.cmake is not used: for a CUDA build it requires an
# installed CUDA toolkit, which newsclf does not need.
#
# Search order: Torch_DIR and CMAKE_PREFIX_PATH (CMake or environment variables), the package torch
# of the active Python environment, the .venv of the project.
#
#   LibTorch_ROOT_DIR  the folder that holds include/ and lib/
#   LibTorch_VERSION   for example 2.13.0

set(_libtorch_hints)
foreach(_dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}")  # <root>/share/cmake/Torch
  if(_dir)
    get_filename_component(_root "${_dir}/../../.." ABSOLUTE)
    list(APPEND _libtorch_hints "${_root}")
  endif()
endforeach()
string(REPLACE ":" ";" _prefixes "$ENV{CMAKE_PREFIX_PATH}")
list(APPEND _libtorch_hints ${CMAKE_PREFIX_PATH} ${_prefixes})
foreach(_python IN ITEMS python3 "${CMAKE_CURRENT_SOURCE_DIR}/.venv/bin/python3")
  if(_python STREQUAL "python3" AND NOT DEFINED ENV{VIRTUAL_ENV} AND NOT DEFINED ENV{CONDA_PREFIX})
    continue()
  endif()
  # find_spec locates the package without importing it, which takes seconds.
  execute_process(
    COMMAND "${_python}" -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE _root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE _failed)
  if(NOT _failed)
    list(APPEND _libtorch_hints "${_root}")
  endif()
endforeach()

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
  HINTS ${_libtorch_hints} PATH_SUFFIXES include torch/include NO_DEFAULT_PATH)
if(LibTorch_INCLUDE_DIR)
  get_filename_component(LibTorch_ROOT_DIR "${LibTorch_INCLUDE_DIR}/.." ABSOLUTE)
  # Newer versions of LibTorch define the version in the second file, older ones in the first.
  foreach(_header IN ITEMS torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
    if(EXISTS "${LibTorch_INCLUDE_DIR}/${_header}")
      set(_version_header "${LibTorch_INCLUDE_DIR}/${_header}")
    endif()
  endforeach()
  file(STRINGS "${_version_header}" _version_lines
    REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" LibTorch_VERSION "${_version_lines}")
  string(REPLACE ";" "." LibTorch_VERSION "${LibTorch_VERSION}")
  foreach(_library IN ITEMS c10 torch_cpu torch)
    find_library(LibTorch_${_library}_LIBRARY ${_library}
      HINTS "${LibTorch_ROOT_DIR}/lib" NO_DEFAULT_PATH)
  endforeach()
  # Present only in CUDA builds.
  foreach(_library IN ITEMS c10_cuda torch_cuda)
    find_library(LibTorch_${_library}_LIBRARY ${_library}
      HINTS "${LibTorch_ROOT_DIR}/lib" NO_DEFAULT_PATH)
    mark_as_advanced(LibTorch_${_library}_LIBRARY)
  endforeach()
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_INCLUDE_DIR LibTorch_c10_LIBRARY LibTorch_torch_cpu_LIBRARY
    LibTorch_torch_LIBRARY
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run scripts/setup.sh, or set -DCMAKE_PREFIX_PATH=<folder of LibTorch ${LibTorch_FIND_VERSION} or newer>")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set(_link "${LibTorch_torch_LIBRARY}" "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  if(LibTorch_torch_cuda_LIBRARY)
    # No symbol of libtorch_cuda is referenced, but it registers itself when it is loaded.
    list(APPEND _link "-Wl,--no-as-needed" "${LibTorch_torch_cuda_LIBRARY}"
      "${LibTorch_c10_cuda_LIBRARY}" "-Wl,--as-needed")
  endif()
  set_target_properties(LibTorch::LibTorch PROPERTIES
    INTERFACE_LINK_LIBRARIES "${_link}"
    INTERFACE_COMPILE_DEFINITIONS "_GLIBCXX_USE_CXX11_ABI=1;FMT_HEADER_ONLY")
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    "${LibTorch_INCLUDE_DIR}" "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
endif()
