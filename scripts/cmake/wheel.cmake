# SPDX-License-Identifier: MIT
# What the Python wheel holds beside the package of src/python, and how it differs from other
# builds; included when scikit-build-core builds it (pyproject.toml).
#
#   bin/newsclf                          the program
#   lib/newsclf/libnewsclf_training.so   where the program looks for it
#   site-packages/newsclf/libnewsclf.so  the C interface

# LibTorch's C++ interface is not stable between versions.
file(STRINGS pyproject.toml promised REGEX "torch==${LibTorch_VERSION}\"")
if(NOT promised)
  message(FATAL_ERROR "LibTorch ${LibTorch_VERSION} is not the one that pyproject.toml requires")
endif()

# The wheel brings its own copies of small libraries, linked statically: a program with libraries
# beside it would have to be started through Python.
set_property(TARGET fmt::fmt APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)
foreach(library IN ITEMS utf8proc xxhash zlib zstd)
  string(REGEX REPLACE "\\.so$" ".a" archive "${${library}_LINK_LIBRARIES}")
  set_target_properties(PkgConfig::${library} PROPERTIES INTERFACE_LINK_LIBRARIES "${archive}")
endforeach()
foreach(target IN ITEMS newsclf newsclf_c newsclf_training)
  target_link_options(${target} PRIVATE -Wl,--as-needed)
endforeach()

# No folder of the machine that builds the wheel is in it, such as those of LibTorch's headers in
# messages, or is searched.
target_compile_options(newsclf_settings INTERFACE
  "-ffile-prefix-map=${LibTorch_ROOT_DIR}=torch" "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=newsclf")
set_source_files_properties(src/training/backend.cpp PROPERTIES COMPILE_DEFINITIONS
  "NEWSCLF_LIBRARY_FOLDER=\"../lib/newsclf\";\
NEWSCLF_LIBRARY_INSTALLED=\"/usr/lib/newsclf\";\
NEWSCLF_BUILT_WITH_LIBTORCH=\"/usr/lib/libtorch\";\
NEWSCLF_LIBTORCH_VERSION=\"${LibTorch_VERSION}\"")

# A wheel cannot hold symbolic links.
set_property(TARGET newsclf_c PROPERTY VERSION)
set_property(TARGET newsclf_c PROPERTY SOVERSION)

install(TARGETS newsclf DESTINATION "${SKBUILD_SCRIPTS_DIR}" COMPONENT wheel)
install(TARGETS newsclf_training DESTINATION "${SKBUILD_DATA_DIR}/lib/newsclf" COMPONENT wheel)
install(TARGETS newsclf_c DESTINATION "${SKBUILD_PLATLIB_DIR}/newsclf" COMPONENT wheel)
