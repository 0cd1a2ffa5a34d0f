// SPDX-License-Identifier: MIT
// Stop words: tokens that are too common to be informative, such as articles and pronouns.
#pragma once

#include <string>
#include <vector>

#include "newsclf/text/tokenizer.hpp"

namespace newsclf {

/// Tokens excluded from the vocabulary. N-grams that contain one of them may still enter it.
struct StopWords {
  std::string source = "none";           ///< none, english or file; saved with the model
  std::vector<std::string> tokens = {};  ///< used only to fit the vocabulary, not saved
};

/// English function words and fragments of their contractions (`don't` is `don` and `t`): 217
/// tokens in lower case. Words that could be the topic of a text are not included.
StopWords english_stop_words();

/// Reads the tokens of the file at `path`, split as in documents; a line may contain several.
/// @throws Error if the file cannot be read, is not UTF-8 or contains no token
StopWords read_stop_words(const std::string& path, const TokenizerOptions& options);

}  // namespace newsclf
