// SPDX-License-Identifier: MIT
// How alike two names are, for "did you mean".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// The fewest single-byte insertions, deletions and substitutions that turn `a` into `b`
/// (Levenshtein's distance).
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The same of characters.
std::size_t edit_distance(std::u32string_view a, std::u32string_view b);

/// The one of `names` that is nearest to `name` in bytes, of equally near ones the first; empty
/// where none is near enough to be meant: within a third of the bytes of `name`, rounded.
std::string nearest_name(std::string_view name, std::span<const std::string> names);
/// "did you mean 'NEAREST'?", or `otherwise` where none is near enough.
std::string did_you_mean(std::string_view name, std::span<const std::string> names,
                         std::string otherwise);

}  // namespace newsclf
