// SPDX-License-Identifier: MIT
#include "newsclf/io/same_file.hpp"

#include <sys/stat.h>

#include <system_error>

namespace newsclf {

FileIdentity identify_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return {status.st_dev, status.st_ino, {}};
  return {0, 0, canonical_path(path)};
}

std::filesystem::path canonical_path(const std::string& path) {
  namespace fs = std::filesystem;
  constexpr int kMaxLinks = 40;  // the limit that Linux uses
  std::error_code error;
  fs::path target = fs::absolute(path);
  for (int links = 0; links < kMaxLinks && fs::is_symlink(target, error); ++links)
    target = target.parent_path() / fs::read_symlink(target, error);
  const fs::path canonical = fs::weakly_canonical(target, error);
  return error ? target.lexically_normal() : canonical;
}

}  // namespace newsclf
