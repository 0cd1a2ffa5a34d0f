# SPDX-License-Identifier: MIT
# For programs that label texts: find_package(newsclf) defines newsclf::core, to be linked, with
# Classifier::load and Classifier::predict in <newsclf/model/classifier.hpp>.
#
# Below, what the static library is linked with: the list in CMakeLists.txt beside newsclf_core.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt 9)
find_dependency(PkgConfig)
pkg_check_modules(utf8proc REQUIRED QUIET IMPORTED_TARGET libutf8proc>=2.5)
pkg_check_modules(xxhash REQUIRED QUIET IMPORTED_TARGET libxxhash>=0.8)
pkg_check_modules(archive REQUIRED QUIET IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(zlib REQUIRED QUIET IMPORTED_TARGET zlib>=1.2.11)
pkg_check_modules(zstd REQUIRED QUIET IMPORTED_TARGET libzstd>=1.4)
include("${CMAKE_CURRENT_LIST_DIR}/newsclfTargets.cmake")
