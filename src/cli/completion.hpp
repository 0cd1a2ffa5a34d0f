// SPDX-License-Identifier: MIT
// Completion scripts for shells, written from the tree of commands and options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "newsclf/names/choice.hpp"

namespace newsclf {

enum class Shell { kBash, kZsh, kFish };
inline constexpr Choice<Shell> kShells[] = {
    {"bash", Shell::kBash}, {"zsh", Shell::kZsh}, {"fish", Shell::kFish}};

/// The script that has `shell` complete the commands of `app`, their options, the words that an
/// option chooses from, and the names of files and folders.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace newsclf
