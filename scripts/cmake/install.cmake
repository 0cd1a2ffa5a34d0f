# SPDX-License-Identifier: MIT
# Install rules in three components, which are also the three packages:
#
#   newsclf        the program, which needs LibTorch only for training, and libnewsclf.so
#   newsclf-train  the training library, which uses LibTorch
#   newsclf-dev    for C++: the core's headers, static library and CMake package; for C: newsclf.h
#
# The installed tree can be moved: the program finds the training library relative to its own path,
# and the CMake package finds its files the same way. Installed files have no run path. LibTorch is
# located at run time (src/training/backend.cpp).

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME newsclf)
set_target_properties(newsclf newsclf_c newsclf_training PROPERTIES INSTALL_RPATH "")

install(TARGETS newsclf COMPONENT newsclf)
install(TARGETS newsclf_c LIBRARY COMPONENT newsclf NAMELINK_COMPONENT newsclf-dev)
install(FILES README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT newsclf)

# Pages that newsclf prints, updated whenever it is linked: the file name, its destination, and the
# arguments of `newsclf` that print the page.
file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/pages")
function(newsclf_install_page file destination)
  add_custom_command(TARGET newsclf POST_BUILD VERBATIM
    COMMAND newsclf ${ARGN} > "${PROJECT_BINARY_DIR}/pages/${file}")
  install(FILES "${PROJECT_BINARY_DIR}/pages/${file}" DESTINATION "${destination}"
    COMPONENT newsclf)
endfunction()
newsclf_install_page(newsclf.1 "${CMAKE_INSTALL_MANDIR}/man1" manual)
newsclf_install_page(newsclf "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
  completion bash)
newsclf_install_page(_newsclf "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" completion zsh)
newsclf_install_page(newsclf.fish "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d"
  completion fish)

install(TARGETS newsclf_training LIBRARY DESTINATION "${NEWSCLF_LIBRARY_DIR}"
  COMPONENT newsclf-train)

# ---- newsclf-dev for C++: find_package(newsclf), targets core and training ------------------------

set(NEWSCLF_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/newsclf")
target_include_directories(newsclf_core INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(newsclf_core PROPERTIES EXPORT_NAME core)
install(TARGETS newsclf_core EXPORT newsclf COMPONENT newsclf-dev)
install(DIRECTORY include/newsclf DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT newsclf-dev)
install(EXPORT newsclf FILE newsclfTargets.cmake NAMESPACE newsclf::
  DESTINATION "${NEWSCLF_PACKAGE_DIR}" COMPONENT newsclf-dev)
include(CMakePackageConfigHelpers)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/newsclfConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES scripts/cmake/newsclfConfig.cmake "${PROJECT_BINARY_DIR}/newsclfConfigVersion.cmake"
  DESTINATION "${NEWSCLF_PACKAGE_DIR}" COMPONENT newsclf-dev)
install(FILES tests/package/example/CMakeLists.txt tests/package/example/main.cpp
    tests/package/example/predict.c
  DESTINATION "${CMAKE_INSTALL_DOCDIR}-dev/examples" COMPONENT newsclf-dev)

# ---- newsclf-dev for C: pkg-config newsclf --------------------------------------------------------

install(FILES include/newsclf.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT newsclf-dev)
set(NEWSCLF_PC_DIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH NEWSCLF_PREFIX_OF_PC "/${NEWSCLF_PC_DIR}" "/")
configure_file(scripts/cmake/newsclf.pc.in "${PROJECT_BINARY_DIR}/newsclf.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/newsclf.pc" DESTINATION "${NEWSCLF_PC_DIR}"
  COMPONENT newsclf-dev)

# Debian requires the license under this name, in one folder per package.
foreach(component IN ITEMS newsclf newsclf-train newsclf-dev)
  install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${component}" RENAME copyright
    COMPONENT ${component})
endforeach()
