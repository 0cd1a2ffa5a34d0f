# SPDX-License-Identifier: MIT
# CPack: a .deb and a .tar.gz of each component of install.cmake, made by
# `cmake --build build/release --target package`. Needs dpkg-dev.

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_COMPONENTS_ALL newsclf newsclf-train newsclf-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)  # one package per component
set(CPACK_PACKAGE_NAME newsclf)
set(CPACK_PACKAGE_CONTACT "newsclf authors")
set(CPACK_PACKAGE_VENDOR "newsclf authors")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# The first line of each is its summary; otherwise CPack would prepend the project's summary.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_COMPONENT_NEWSCLF_DESCRIPTION "text classifier: labels texts, scores models
A command-line program that labels texts with a model file written by
newsclf train. It also scores and compares models, shows what is in them, and
checks data before training. The library libnewsclf.so labels texts in other
programs.
To train models, also install newsclf-train.")
set(CPACK_COMPONENT_NEWSCLF-TRAIN_DESCRIPTION "training of text classifiers for newsclf
The library that newsclf train uses to train a model.

It needs LibTorch ${LibTorch_VERSION}, which is not a Debian package. Install it with
pip install torch==${LibTorch_VERSION}
and run newsclf in that Python environment, or set NEWSCLF_LIBTORCH to the
folder of the torch package.")
set(CPACK_COMPONENT_NEWSCLF-DEV_DESCRIPTION "text classification from C and C++ with newsclf
Headers of newsclf for programs that label texts. In C, include newsclf.h and
compile with pkg-config newsclf. In C++, use find_package(newsclf) and link
newsclf::core, a static library.
To train from C++, also install newsclf-train and link newsclf::training.")

# ---- .tar.gz: each with the top-level folder newsclf-VERSION-linux-PROCESSOR ---------------------

set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_PROJECT_CONFIG_FILE "${PROJECT_SOURCE_DIR}/scripts/cmake/archive_folder.cmake")
set(CPACK_PACKAGE_FILE_NAME "newsclf-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} name)
  set(CPACK_ARCHIVE_${name}_FILE_NAME
    "${component}-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
endforeach()

# ---- .deb ----------------------------------------------------------------------------------------

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} name)
  set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${component})
endforeach()

set(CPACK_DEBIAN_NEWSCLF_PACKAGE_SHLIBDEPS ON)
# dpkg-shlibdeps does not see the library that the program loads to read archives. The package has
# another name where time_t has 64 bits on all processors.
set(CPACK_DEBIAN_NEWSCLF_PACKAGE_DEPENDS "libarchive13t64 (>= 3.6) | libarchive13 (>= 3.6)")
set(CPACK_DEBIAN_NEWSCLF_PACKAGE_SUGGESTS newsclf-train)
# dpkg-shlibdeps would require a package of LibTorch. The program has all other dependencies of the
# library; tests/package/install_test.sh checks this.
set(CPACK_DEBIAN_NEWSCLF-TRAIN_PACKAGE_DEPENDS "newsclf (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_NEWSCLF-DEV_PACKAGE_SECTION libdevel)
string(JOIN ", " CPACK_DEBIAN_NEWSCLF-DEV_PACKAGE_DEPENDS
  "newsclf (= ${PROJECT_VERSION})"
  # Required by newsclfConfig.cmake.
  pkg-config libfmt-dev libutf8proc-dev libxxhash-dev libzstd-dev zlib1g-dev)

include(CPack)
