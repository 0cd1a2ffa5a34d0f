// SPDX-License-Identifier: MIT
#include "newsclf/features/stop_words.hpp"

#include <sstream>

#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr const char* kEnglish =
    // articles, demonstratives, quantities
    "a an the this that these those each every either neither both all any some such no none much "
    "many more most few fewer less least several other others another same own "
    // pronouns
    "i me my mine myself you your yours yourself yourselves he him his himself she her hers "
    "herself it its itself we us our ours ourselves they them their theirs themselves one who "
    "whom whose which what whoever whatever whichever someone somebody something anyone anybody "
    "anything everyone everybody everything nobody nothing "
    // prepositions
    "about above across after against along among around as at before behind below beneath beside "
    "between beyond by despite down during except for from in inside into like near of off on onto "
    "out outside over past per since than through throughout to toward towards under until up upon "
    "via with within without "
    // conjunctions and particles
    "and but or nor if then else because while although though unless whether so not very too also "
    "just only even still yet ever never when where why how here there "
    // auxiliary verbs
    "am is are was were be been being do does did doing done have has had having can could will "
    "would shall should may might must ought "
    // fragments of contractions
    "s t d ll m re ve don doesn didn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn "
    "mustn ain";

}  // namespace

StopWords english_stop_words() {
  StopWords words{"english", {}};
  std::istringstream tokens(kEnglish);
  for (std::string token; tokens >> token;) words.tokens.push_back(token);
  return words;
}

StopWords read_stop_words(const std::string& path, const TokenizerOptions& options) {
  std::string text = open_bytes(path)->read_all();
  repair_utf8(text, InvalidUtf8::kError, path);
  StopWords words{"file", {}};
  Tokenizer tokenizer(options);
  std::string_view last;
  for (const std::string_view token : tokenizer.tokenize(text)) {
    // In a script without spaces, a stop word is a run of characters: an n-gram of the documents.
    if (!words.tokens.empty() && continues_run(last, token))
      words.tokens.back() += token;
    else
      words.tokens.emplace_back(token);
    last = token;
  }
  if (words.tokens.empty())
    throw Error(path, "this file contains no token", "write one stop word per line");
  return words;
}

}  // namespace newsclf
