// SPDX-License-Identifier: MIT
// Whether two paths refer to the same file.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>

namespace newsclf {

/// Two paths have equal identities exactly if they refer to the same file, existing or not.
struct FileIdentity {
  std::uint64_t device = 0;    ///< of the file, links followed
  std::uint64_t inode = 0;     ///< 0 if the file does not exist
  std::filesystem::path path;  ///< canonical path if the file does not exist, otherwise empty

  auto operator<=>(const FileIdentity&) const = default;
};

FileIdentity identify_file(const std::string& path);

/// Returns `path` as an absolute path without links, even if the last link is dangling.
std::filesystem::path canonical_path(const std::string& path);

}  // namespace newsclf
