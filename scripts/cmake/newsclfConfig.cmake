# SPDX-License-Identifier: MIT
# For C++ programs, with <newsclf/newsclf.hpp>. find_package(newsclf COMPONENTS core training) defines
#   newsclf::core      for programs that predict
#   newsclf::training  for programs that train: tells `open_backend` the path of the training library
#
# The static library links the following, as listed in CMakeLists.txt for newsclf_core.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt 9)
find_dependency(PkgConfig)
pkg_check_modules(utf8proc REQUIRED QUIET IMPORTED_TARGET libutf8proc>=2.5)
pkg_check_modules(xxhash REQUIRED QUIET IMPORTED_TARGET libxxhash>=0.8)
pkg_check_modules(zlib REQUIRED QUIET IMPORTED_TARGET zlib>=1.2.11)
pkg_check_modules(zstd REQUIRED QUIET IMPORTED_TARGET libzstd>=1.4)
include("${CMAKE_CURRENT_LIST_DIR}/newsclfTargets.cmake")

foreach(component IN LISTS newsclf_FIND_COMPONENTS)
  if(component STREQUAL core)
    continue()
  elseif(NOT component STREQUAL training)
    set(newsclf_FOUND FALSE)
    set(newsclf_NOT_FOUND_MESSAGE "unknown component ${component}; use core or training")
    return()
  endif()
  get_filename_component(library
    "${CMAKE_CURRENT_LIST_DIR}/../../newsclf/libnewsclf_training.so" ABSOLUTE)
  if(NOT EXISTS "${library}")
    set(newsclf_FOUND FALSE)
    set(newsclf_NOT_FOUND_MESSAGE "${library} does not exist; install the package newsclf-train")
    return()
  endif()
  add_library(newsclf::training INTERFACE IMPORTED)
  target_compile_definitions(newsclf::training INTERFACE "NEWSCLF_TRAINING_LIBRARY=\"${library}\"")
  target_link_libraries(newsclf::training INTERFACE newsclf::core)
endforeach()
