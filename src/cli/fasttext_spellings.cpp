// SPDX-License-Identifier: MIT
// Names and meanings as `fasttext supervised` of fastText 0.9.2 prints them.
#include "cli/fasttext_spellings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "cli/console.hpp"

namespace newsclf {
namespace {

struct Spelling {
  std::string_view theirs;
  std::string_view ours;     ///< empty: the value alone, an argument
  std::string_view warning;  ///< what differs; empty: nothing
};

constexpr Spelling kSame[] = {
    {"-input", "", ""},
    {"-output", "--output", ""},
    {"-epoch", "--epochs", ""},
    {"-wordNgrams", "--word-ngrams", ""},
    {"-label", "--label-prefix", ""},
    {"-thread", "--threads", ""},
    {"-seed", "--seed", ""},
    {"-lr", "--lr", "Adam's rates are about 0.001, a hundredth of fastText's"},
    {"-minCount", "--min-df", "it counts the documents of a token here, and not its occurrences"},
};

struct Refusal {
  std::string_view theirs;
  std::string_view reason;
};

constexpr std::string_view kVectors = "there are no word vectors here";
constexpr std::string_view kTuning = "nothing is tuned here";
constexpr std::string_view kQuantizing = "nothing is quantized here";
constexpr Refusal kRefused[] = {
    {"-dim", "--hidden sets the sizes of the layers"},
    {"-bucket", "tokens are not hashed; --max-features bounds how many there are"},
    {"-minCountLabel", "--labels says which labels count"},
    {"-lrUpdateRate", "--lr-schedule says how the rate changes"},
    {"-ws", kVectors},
    {"-neg", kVectors},
    {"-pretrainedVectors", kVectors},
    {"-saveOutput", kVectors},
    {"-autotune-validation", kTuning},
    {"-autotune-metric", kTuning},
    {"-autotune-predictions", kTuning},
    {"-autotune-duration", kTuning},
    {"-autotune-modelsize", kTuning},
    {"-cutoff", kQuantizing},
    {"-retrain", kQuantizing},
    {"-qnorm", kQuantizing},
    {"-qout", kQuantizing},
    {"-dsub", kQuantizing},
};

template <typename Row, std::size_t N>
const Row* find(const Row (&rows)[N], std::string_view theirs) {
  const auto* const row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& candidate) {
    return candidate.theirs == theirs;
  });
  return row == std::end(rows) ? nullptr : row;
}

[[noreturn]] void refuse(std::string_view theirs, std::string_view reason) {
  throw WrongCommandLine(
      fmt::format("fastText's {} has no equal: {}; see newsclf train --help", theirs, reason));
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The options of `fasttext supervised`.
class OptionTranslator {
 public:
  OptionTranslator(const std::vector<std::string>& words, std::vector<std::string>& warnings)
      : words_(words), warnings_(warnings) {}

  std::vector<std::string> translate() {
    std::vector<std::string> out = {"train"};
    for (place_ = 1; place_ < words_.size(); ++place_) {
      if (words_[place_] == "--") break;
      translate_word(out);
    }
    if (!longest_.empty() || !shortest_.empty()) {
      out.push_back("--char-ngrams");
      out.push_back(longest_.empty() || longest_ == "0"
                        ? "none"
                        : fmt::format("{}-{}",
                                      shortest_.empty() || shortest_ == "0" ? "1" : shortest_,
                                      longest_));
    }
    for (; place_ < words_.size(); ++place_) out.push_back(words_[place_]);
    return out;
  }

 private:
  void translate_word(std::vector<std::string>& out) {
    const std::string& word = words_[place_];
    if (const Spelling* const same = find(kSame, word)) {
      if (!same->ours.empty()) out.emplace_back(same->ours);
      if (!same->warning.empty())
        warnings_.push_back(fmt::format("{} is taken as {}: {}", word, same->ours, same->warning));
      out.push_back(value());
    } else if (const Refusal* const refused = find(kRefused, word)) {
      refuse(word, refused->reason);
    } else if (word == "-minn") {
      shortest_ = value();
    } else if (word == "-maxn") {
      longest_ = value();
    } else if (word == "-loss") {
      if (const std::string loss = value(); loss != "softmax")
        refuse("-loss " + loss, "the loss is that of softmax");
    } else if (word == "-verbose") {
      if (const std::string level = value(); level == "0") out.push_back("--quiet");
    } else {
      out.push_back(word);
    }
  }

  std::string value() {
    if (place_ + 1 >= words_.size())
      throw WrongCommandLine(
          fmt::format("{} needs a value; see newsclf train --help", words_[place_]));
    return words_[++place_];
  }

  const std::vector<std::string>& words_;
  std::vector<std::string>& warnings_;
  std::size_t place_ = 0;
  std::string shortest_, longest_;
};

/// `test MODEL DATA [K]`
std::vector<std::string> translate_test(std::vector<std::string> words) {
  words.front() = "eval";
  if (words.size() == 4 && is_number(words[3])) {
    if (words[3] != "1")
      throw WrongCommandLine(
          "fastText's K has no equal: eval shows the accuracy, and that of the first few labels, "
          "without it; see newsclf eval --help");
    words.pop_back();
  }
  return words;
}

/// `predict-prob MODEL FILE [K]`: the lines of a file, or of standard input for `-`, answered by
/// lines of `__label__x probability`.
std::vector<std::string> translate_predict(std::vector<std::string> words) {
  words.front() = "predict";
  std::vector<std::string> options = {"--output-format", "fasttext"};
  if (words.size() == 4 && is_number(words[3])) {
    options.insert(options.end(), {"-k", words[3]});
    words.pop_back();
  }
  if (words.size() == 3 && words[2] == "-")
    words.pop_back();
  else if (words.size() == 3 && !words[2].starts_with('-'))
    options.insert(options.end(), {"--format", "lines"});
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

}  // namespace

std::vector<std::string> translate_fasttext(std::vector<std::string> words,
                                            std::vector<std::string>& warnings) {
  if (words.empty()) return words;
  const std::string& command = words.front();
  if (command == "train" || command == "supervised")
    return OptionTranslator(words, warnings).translate();
  if (command == "test") return translate_test(std::move(words));
  if (command == "predict-prob") return translate_predict(std::move(words));
  return words;
}

}  // namespace newsclf
