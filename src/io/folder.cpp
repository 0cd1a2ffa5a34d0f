// SPDX-License-Identifier: MIT
#include "io/folder.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace newsclf {
namespace {

struct Closer {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

int list_once(const std::string& path, std::vector<FolderEntry>& entries) {
  const std::unique_ptr<DIR, Closer> folder(::opendir(path.c_str()));
  if (!folder) return errno;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(folder.get());
    if (entry == nullptr) return errno;
    std::string name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({std::move(name), entry->d_type});
  }
}

}  // namespace

int list_folder(const std::string& folder, std::vector<FolderEntry>& entries) {
  int error = 0;
  do {
    entries.clear();
    error = list_once(folder, entries);
  } while (error == EINTR);
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return error;
}

}  // namespace newsclf
