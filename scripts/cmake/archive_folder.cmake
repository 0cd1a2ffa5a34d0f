# SPDX-License-Identifier: MIT
# CPack reads this once per generator: archives have a top-level folder, Debian packages do not.
if(CPACK_GENERATOR STREQUAL "TGZ")
  set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()
