// SPDX-License-Identifier: MIT
#include "training/libtorch_finder.hpp"

#include <cstdlib>
#include <fstream>
#include <vector>

namespace newsclf {
namespace {

namespace fs = std::filesystem;

/// A pip wheel says its version in version.py, an unpacked archive in build-version.
std::string version_of(const fs::path& root) {
  std::string line;
  if (std::ifstream archive(root / "build-version"); std::getline(archive, line)) return line;
  for (std::ifstream wheel(root / "version.py"); std::getline(wheel, line);) {
    const std::size_t open = line.find('\'');
    if (line.starts_with("__version__") && open != std::string::npos)
      return line.substr(open + 1, line.rfind('\'') - open - 1);
  }
  return {};
}

/// The absolute folders to look in, in order.
std::vector<fs::path> candidates() {
  std::vector<fs::path> folders;
  if (const char* given = std::getenv("NEWSCLF_LIBTORCH"); given != nullptr && *given != '\0')
    return {fs::absolute(given)};
  folders.emplace_back(NEWSCLF_BUILT_WITH_LIBTORCH);
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const char* environment = std::getenv(variable);
    if (environment == nullptr) continue;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::path(environment) / "lib", ignored))
      if (entry.path().is_absolute()) folders.push_back(entry.path() / "site-packages" / "torch");
  }
  return folders;
}

}  // namespace

std::optional<FoundLibTorch> find_libtorch() {
  for (const fs::path& root : candidates()) {
    std::error_code ignored;
    if (fs::exists(root / "lib" / "libtorch_cpu.so", ignored))
      return FoundLibTorch{root, version_of(root)};
  }
  return std::nullopt;
}

}  // namespace newsclf
