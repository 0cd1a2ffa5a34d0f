# SPDX-License-Identifier: MIT
# What `cmake --install` puts where, in three components that are also the three packages:
#
#   newsclf        the program; it needs no LibTorch but to train
#   newsclf-train  the training library, which sees LibTorch
#   newsclf-dev    the core's headers, static library and CMake package
#
# The installed tree can be moved: the program finds the training library from where it stands
# itself, the CMake package its files from its own place. Installed files have no run path. LibTorch
# is found when it is needed (src/cli/libtorch_finder.cpp).

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME newsclf)
set_target_properties(newsclf newsclf_training PROPERTIES INSTALL_RPATH "")

install(TARGETS newsclf COMPONENT newsclf)
install(FILES README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT newsclf)
install(PROGRAMS scripts/predict_in_python.py
  DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT newsclf)

install(TARGETS newsclf_training LIBRARY DESTINATION "${NEWSCLF_LIBRARY_DIR}"
  COMPONENT newsclf-train)

# ---- newsclf-dev: find_package(newsclf), target newsclf::core ------------------------------------

set(NEWSCLF_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/newsclf")
target_include_directories(newsclf_core INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(newsclf_core PROPERTIES EXPORT_NAME core)
install(TARGETS newsclf_core EXPORT newsclf COMPONENT newsclf-dev)
# The layers of the core; the others are the program's own.
foreach(layer IN ITEMS error parallel text corpus features model evaluation)
  install(DIRECTORY "include/newsclf/${layer}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/newsclf" COMPONENT newsclf-dev)
endforeach()
install(EXPORT newsclf FILE newsclfTargets.cmake NAMESPACE newsclf::
  DESTINATION "${NEWSCLF_PACKAGE_DIR}" COMPONENT newsclf-dev)
include(CMakePackageConfigHelpers)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/newsclfConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES scripts/cmake/newsclfConfig.cmake "${PROJECT_BINARY_DIR}/newsclfConfigVersion.cmake"
  DESTINATION "${NEWSCLF_PACKAGE_DIR}" COMPONENT newsclf-dev)
install(FILES tests/package/example/CMakeLists.txt tests/package/example/main.cpp
  DESTINATION "${CMAKE_INSTALL_DOCDIR}-dev/examples" COMPONENT newsclf-dev)

# Debian wants the licence under this name, in a folder for each package.
foreach(component IN ITEMS newsclf newsclf-train newsclf-dev)
  install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${component}" RENAME copyright
    COMPONENT ${component})
endforeach()
