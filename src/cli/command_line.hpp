// SPDX-License-Identifier: MIT
// What is wrong with a command line, in one line that helps.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// "must be count, binary, log or tfidf, got 'tfdf'; did you mean 'tfidf'?"
std::string must_be_one_of(std::string_view word, std::span<const std::string> words);

/// "what is wrong; see newsclf X --help". @param first the first word typed
/// @param error what the parsing of `app` threw
std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& app,
                          const std::string& first);

}  // namespace newsclf
