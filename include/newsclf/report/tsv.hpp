// SPDX-License-Identifier: MIT
// Fields of tab-separated output.
#pragma once

#include <string>
#include <string_view>

namespace newsclf {

/// `text` with tab, newline, carriage return and backslash written `\t`, `\n`, `\r`, `\\`: what
/// would break a line of TSV, or could not be told from it.
std::string escape_tsv(std::string_view text);

/// A probability in as many digits as give back the same float; one too small for a normal float in
/// nine digits, so that it does not become 0.
std::string probability_tsv(double probability);

}  // namespace newsclf
