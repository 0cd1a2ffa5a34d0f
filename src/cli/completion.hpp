// SPDX-License-Identifier: MIT
// Shell completion scripts, generated from the tree of commands and options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class Shell { kBash, kZsh, kFish };
inline constexpr Choice<Shell> kShells[] = {
    {"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}};

/// The script that makes `shell` complete the commands of `app`, their options, the allowed words
/// of an option, and names of files and folders.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace newsclf
