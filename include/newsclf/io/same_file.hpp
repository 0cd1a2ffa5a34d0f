// SPDX-License-Identifier: MIT
// Whether two paths are one file.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>

namespace newsclf {

/// Equal for two paths exactly if they are one file, which need not be there yet.
struct FileIdentity {
  std::uint64_t device = 0;    ///< of what stands at the path, links followed
  std::uint64_t inode = 0;     ///< 0: nothing stands there
  std::filesystem::path path;  ///< canonical, where nothing stands there; empty otherwise

  auto operator<=>(const FileIdentity&) const = default;
};

FileIdentity identify_file(const std::string& path);

/// `path` as an absolute one without links, also where the last of them points to nothing.
std::filesystem::path canonical_path(const std::string& path);

}  // namespace newsclf
