// SPDX-License-Identifier: MIT
#include "corpus/libarchive.hpp"

#include <dlfcn.h>

#include <type_traits>

#include "newsclf/error/error.hpp"

namespace newsclf {

LibArchive::LibArchive(const char* library) {
  constexpr const char* kInstall = "install libarchive 3.6 or later (Debian package libarchive13)";
  void* const handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw Error("tar archives", ::dlerror(), kInstall);
  const auto find = [&](auto& function, const char* name) {
    void* const symbol = ::dlsym(handle, name);
    if (symbol == nullptr) throw Error("tar archives", ::dlerror(), kInstall);
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  find(read_new, "archive_read_new");
  find(read_free, "archive_read_free");
  find(read_support_format_tar, "archive_read_support_format_tar");
  find(read_support_format_gnutar, "archive_read_support_format_gnutar");
  find(read_open, "archive_read_open");
  find(read_next_header, "archive_read_next_header");
  find(read_data, "archive_read_data");
  find(error_string, "archive_error_string");
  find(entry_pathname, "archive_entry_pathname");
  find(entry_pathname_utf8, "archive_entry_pathname_utf8");
  find(entry_filetype, "archive_entry_filetype");
  find(entry_hardlink, "archive_entry_hardlink");
}

const LibArchive& libarchive() {
  static const LibArchive library;
  return library;
}

}  // namespace newsclf
