// SPDX-License-Identifier: MIT
// Numbers as people read them, and fields of tab-separated output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace newsclf {

/// "1,774"
std::string with_commas(std::int64_t number);
/// `number` and its noun: "1 document", "1,774 documents"
std::string counted(std::int64_t number, std::string_view noun);
/// "97.63"
std::string percent(double share);
/// "14.6 MB"
std::string file_size(std::int64_t bytes);
/// "0:42" or "1:02:03"
std::string duration(double seconds);

/// `text` with tab, newline, carriage return and backslash written `\t`, `\n`, `\r`, `\\`: what
/// would break a line of TSV, or could not be told from it.
std::string escape_tsv(std::string_view text);

/// A probability in as many digits as give back the same float; one too small for a normal float in
/// nine digits, so that it does not become 0.
std::string probability_tsv(double probability);

}  // namespace newsclf
