// SPDX-License-Identifier: MIT
// Edit distance between names, for "did you mean".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace newsclf {

/// Levenshtein distance: the smallest number of single-byte insertions, deletions and substitutions
/// that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// The same, counted in characters.
std::size_t edit_distance(std::u32string_view a, std::u32string_view b);

/// Returns the name with the smallest edit distance in bytes to `name`, the first one of a tie;
/// empty if every distance is more than a third of the bytes of `name`, rounded.
std::string nearest_name(std::string_view name, std::span<const std::string> names);
/// Returns "did you mean 'NEAREST'?", or `otherwise` if no name is near enough.
std::string did_you_mean(std::string_view name, std::span<const std::string> names,
                         std::string otherwise);

}  // namespace newsclf
