// SPDX-License-Identifier: MIT
// Formats numbers for people, and fields of TSV and CSV output.
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

/// `text` with tab, newline, carriage return and backslash written as `\t`, `\n`, `\r`, `\\`: they
/// would break a line of TSV or be ambiguous.
std::string escape_tsv(std::string_view text);

/// `text` as a field of CSV (RFC 4180): in quotes, with quotes inside doubled, if it contains a
/// comma, a quote, a line end or another control character.
std::string quote_csv(std::string_view text);

/// A probability with as many digits as are needed to read back the same float, or with nine digits
/// if it is too small for a normal float, so that it does not become 0.
std::string probability_tsv(double probability);

}  // namespace newsclf
