# SPDX-License-Identifier: MIT
# CPack reads this once a generator: archives have a folder at their top, Debian packages have not.
if(CPACK_GENERATOR STREQUAL "TGZ")
  set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
endif()
