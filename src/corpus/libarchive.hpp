// SPDX-License-Identifier: MIT
// The functions of libarchive, which is loaded with the first archive that is read: it and the
// libraries that it needs would take half of the time in which the program starts.
#pragma once

#include <archive.h>
#include <archive_entry.h>

namespace newsclf {

/// Functions of the library by their names without `archive_`.
struct LibArchive {
  /// Loads the library. @throws Error if it is not installed
  explicit LibArchive(const char* library = "libarchive.so.13");  // the version of libarchive 3

  decltype(&::archive_read_new) read_new;
  decltype(&::archive_read_free) read_free;
  decltype(&::archive_read_support_format_tar) read_support_format_tar;
  decltype(&::archive_read_support_format_gnutar) read_support_format_gnutar;
  decltype(&::archive_read_open) read_open;
  decltype(&::archive_read_next_header) read_next_header;
  decltype(&::archive_read_data) read_data;
  decltype(&::archive_error_string) error_string;
  decltype(&::archive_entry_pathname) entry_pathname;
  decltype(&::archive_entry_pathname_utf8) entry_pathname_utf8;
  decltype(&::archive_entry_filetype) entry_filetype;
  decltype(&::archive_entry_hardlink) entry_hardlink;
};

/// The library, which stays loaded. @throws Error as `LibArchive`
const LibArchive& libarchive();

}  // namespace newsclf
