// SPDX-License-Identifier: MIT
// Tokens too common to tell anything: articles, pronouns, prepositions and their like.
#pragma once

#include <string>
#include <vector>

#include "newsclf/text/tokenizer.hpp"

namespace newsclf {

/// Tokens that are kept out of the vocabulary. A run of tokens that holds one of them may enter it.
struct StopWords {
  std::string source = "none";           ///< none, english or file; saved with the model
  std::vector<std::string> tokens = {};  ///< of no use once the vocabulary is fitted, and not saved
};

/// Function words of English, and what an apostrophe leaves of them (`don't` is `don` and `t`): 217
/// tokens, in lower case. No word that could be what a text is about is among them.
StopWords english_stop_words();

/// The tokens in the file at `path`, found as in documents; a line may hold several.
/// @throws Error if it cannot be read, is not UTF-8 or holds no token
StopWords read_stop_words(const std::string& path, const TokenizerOptions& options);

}  // namespace newsclf
