// SPDX-License-Identifier: MIT
// The manual page newsclf(1), written from the tree of commands and options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace newsclf {

/// The page of `app` in roff, for the man macros: every command with all its options, and the
/// examples of their help pages.
std::string manual_page(const CLI::App& app);

}  // namespace newsclf
