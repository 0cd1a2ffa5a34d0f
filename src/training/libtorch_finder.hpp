// SPDX-License-Identifier: MIT
// Where LibTorch is, and which version, found out without loading it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace newsclf {

struct FoundLibTorch {
  std::filesystem::path root;  ///< the folder that holds lib/
  std::string version;         ///< for example 2.13.0+cpu; empty where nothing says it
};

/// The first that exists of the folders that `find_backend` names.
std::optional<FoundLibTorch> find_libtorch();

}  // namespace newsclf
