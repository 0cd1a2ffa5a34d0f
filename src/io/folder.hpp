// SPDX-License-Identifier: MIT
// The entries of a folder. (The iterators of std::filesystem end the process if memory is short.)
#pragma once

#include <string>
#include <vector>

namespace newsclf {

struct FolderEntry {
  std::string name;
  unsigned char type;  ///< `DT_REG`, ... of readdir(3); `DT_UNKNOWN` on some file systems
};

/// Appends the entries of `folder` except `.` and `..` to `entries`, in the order of their bytes.
/// @returns 0, or an errno value if it cannot be listed
int list_folder(const std::string& folder, std::vector<FolderEntry>& entries);

}  // namespace newsclf
