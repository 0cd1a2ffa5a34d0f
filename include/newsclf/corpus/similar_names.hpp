// SPDX-License-Identifier: MIT
// Names that look like several spellings of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace newsclf {

inline constexpr std::size_t kLongestComparedPart = 64;

/// Groups of names (their places, ascending) that look like spellings of one name, in the order of
/// their first. Two names are alike if they hold a letter and differ in case, in composed against
/// decomposed accents and in ` _-./` alone (but not in those between two digits: `v1.0`, `v10`); or
/// if one part of the name looks mistyped. Parts end at ` _-./`, before a capital letter behind a
/// small one, and between letters and digits. A part looks mistyped if both spellings are of
/// letters below U+2E80 alone (in Chinese one character makes another word), begin with the same
/// letter (few errors change the first one; another one is mostly another word: `internal`,
/// `external`), are apart by
///   - two neighbours swapped, of 4 letters or more, or
///   - one letter more, less or other, the longer one of 5 letters or more, or
///   - two of these, both of 8 letters or more, if one of the names is rare: used at most a tenth
///     as often as the other (`hypertension` and `hypotension` are both in use).
/// Parts of more than `kLongestComparedPart` letters never look mistyped: they would make the index
/// of parts too large, which spares comparing every two names.
/// @param names well-formed UTF-8, distinct
/// @param uses how often each name is used
std::vector<std::vector<std::size_t>> similar_names(std::span<const std::string> names,
                                                    std::span<const std::int64_t> uses);

}  // namespace newsclf
