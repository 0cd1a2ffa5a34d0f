// SPDX-License-Identifier: MIT
#include "learning/search_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/random.hpp"

namespace newsclf {
namespace {

template <typename T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<NetworkInput> inputs_in(std::string_view text) {
  std::vector<NetworkInput> inputs;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    inputs.push_back(*value_of(kNetworkInputs, word));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return inputs;
}

/// How a value of an option is found.
enum class Values {
  kTyped,    ///< it is in the table
  kFactors,  ///< the table has factors, of the value chosen for as many documents
};

struct TunableOption {
  std::string_view name;
  Values kind;
  std::vector<std::string_view> values;
  void (*set)(LearningOptions&, std::string_view value);
};

/// Pairs of words are given to networks by `inputs`, which leaves out pairs in a single document;
/// `word-ngrams` would keep them all. The weight decay comes last: its default depends on the
/// number of epochs and on the learning rate.
const std::vector<TunableOption>& table() {
  static const std::vector<TunableOption> options = {
      {"inputs",
       Values::kTyped,
       {"words,bigrams,characters", "words,bigrams", "bigrams", "words"},
       [](LearningOptions& o, std::string_view value) { o.training.inputs = inputs_in(value); }},
      {"linear",
       Values::kTyped,
       {"bigrams", "words", "none"},
       [](LearningOptions& o, std::string_view value) {
         o.training.linear = value_of(kLinearInputs, value);
       }},
      {"char-ngrams",
       Values::kTyped,
       {"none", "3-5"},
       [](LearningOptions& o, std::string_view value) {
         o.suit_char_ngrams = false;
         if (value != "none") add_char_ngrams(o.vectorizer.text);
       }},
      {"min-df",
       Values::kTyped,
       {"2", "3", "5"},
       [](LearningOptions& o, std::string_view value) {
         o.vectorizer.vocabulary.min_df = number<std::int64_t>(value);
       }},
      {"token-scale",
       Values::kTyped,
       {"nb", "none"},
       [](LearningOptions& o, std::string_view value) {
         o.vectorizer.weighting.token_scale = *value_of(kTokenScales, value);
       }},
      {"nb-smoothing",
       Values::kTyped,
       {"0.3", "1", "3", "10"},
       [](LearningOptions& o, std::string_view value) {
         o.suit_nb_smoothing = false;
         o.vectorizer.weighting.nb_smoothing = number<double>(value);
       }},
      {"members",
       Values::kTyped,
       {"1", "2", "3", "5"},
       [](LearningOptions& o, std::string_view value) {
         o.training.members = number<std::int64_t>(value);
       }},
      {"hidden",
       Values::kTyped,
       {"50,50", "100,100", "200,100", "300,100"},
       [](LearningOptions& o, std::string_view value) {
         o.training.hidden1 = number<std::int64_t>(value);
         o.training.hidden2 = number<std::int64_t>(value.substr(value.find(',') + 1));
       }},
      {"epochs",
       Values::kFactors,
       {"0.5", "0.7", "1.4", "2"},
       [](LearningOptions& o, std::string_view value) {
         o.training.epochs = number<std::int64_t>(value);
       }},
      {"lr",
       Values::kFactors,
       {"0.5", "0.7", "1.4", "2"},
       [](LearningOptions& o, std::string_view value) { o.training.lr = number<double>(value); }},
      {"weight-decay",
       Values::kFactors,
       {"0", "0.5", "2", "4"},
       [](LearningOptions& o, std::string_view value) {
         o.training.weight_decay = number<double>(value);
       }},
  };
  return options;
}

/// `factor` times the value of a resolved option, as it is typed.
std::string multiple(std::string_view option, double factor, const TrainingOptions& resolved) {
  if (option == "epochs")
    return fmt::format("{}", std::max<std::int64_t>(
                                 std::llround(factor * static_cast<double>(resolved.epochs)), 1));
  return fmt::format("{:.2g}", factor * (option == "lr" ? *resolved.lr : *resolved.weight_decay));
}

/// Whether two resolved options, which may differ only in tunable ones, train the same classifier.
bool are_equal(const LearningOptions& one, const LearningOptions& other) {
  const auto others = [](const LearningOptions& options) {
    const auto& [text, vocabulary, weighting] = options.vectorizer;
    const bool scales = weighting.token_scale != TokenScale::kNone;
    return std::tuple(text.min_char_ngram, text.max_char_ngram, vocabulary.min_df, scales,
                      scales ? weighting.nb_smoothing : 0);
  };
  return one.training == other.training && others(one) == others(other);
}

}  // namespace

std::vector<std::string_view> tunable_options() {
  std::vector<std::string_view> names;
  for (const TunableOption& option : table()) names.push_back(option.name);
  return names;
}

SearchSpace::SearchSpace(const LearningOptions& given, std::span<const std::string> fixed,
                         std::int64_t documents, std::int64_t labels, bool are_short)
    : given_(given), documents_(documents), labels_(labels), are_short_(are_short) {
  const std::vector<std::string_view> names = tunable_options();
  for (const std::string& name : fixed)
    if (std::ranges::count(names, name) == 0)
      throw Error("tuning", fmt::format("'{}' is not one of the options that are chosen", name));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (std::ranges::count(fixed, names[i]) == 0) open_.push_back(i);
  if (open_.empty())
    throw Error("tuning", "all options that are chosen have fixed values",
                "leave some of them open, or train without a search");
  candidates_.emplace_back(names.size(), 0);
}

bool SearchSpace::add(std::size_t from) {
  constexpr std::size_t kInputs = 0;
  constexpr int kMostDraws = 1000;
  constexpr std::uint64_t kOneIn = 4;  // of the options are changed
  if (candidates_.size() == 1 && open_.front() == kInputs) {
    Candidate best = candidates_.front();
    best[kInputs] = 1;
    if (add_if_new(best)) return true;
  }
  Random random(given_.training.seed ^ (static_cast<std::uint64_t>(candidates_.size()) << 32));
  Candidate candidate = candidates_[from];
  for (int draw = 0; draw < kMostDraws; ++draw) {
    for (const std::size_t i : open_)
      if (random.below(kOneIn) == 0) candidate[i] = random.below(table()[i].values.size() + 1);
    if (add_if_new(candidate)) return true;
  }
  return false;
}

bool SearchSpace::add_if_new(const Candidate& candidate) {
  candidates_.push_back(candidate);
  const auto of = [&](std::size_t c) { return resolved(options(c, documents_), documents_); };
  const std::size_t last = candidates_.size() - 1;
  const LearningOptions of_last = of(last);
  for (std::size_t c = 0; c < last; ++c)
    if (are_equal(of(c), of_last)) {
      candidates_.pop_back();
      return false;
    }
  // Values that change nothing are left out.
  for (const std::size_t i : open_) {
    const std::size_t value = std::exchange(candidates_[last][i], 0);
    if (!are_equal(of(last), of_last)) candidates_[last][i] = value;
  }
  return true;
}

std::vector<OptionValue> SearchSpace::values(std::size_t candidate, std::int64_t documents) const {
  std::vector<OptionValue> values;
  LearningOptions options = given_;
  for (std::size_t i = 0; i < table().size(); ++i) {
    const auto& [name, kind, choices, set] = table()[i];
    const std::size_t choice = candidates_[candidate][i];
    if (choice == 0) continue;
    const std::string_view text = choices[choice - 1];
    values.push_back({std::string(name), kind == Values::kTyped
                                             ? std::string(text)
                                             : multiple(name, number<double>(text),
                                                        resolved(options, documents).training)});
    set(options, values.back().value);
  }
  return values;
}

LearningOptions SearchSpace::options(std::size_t candidate, std::int64_t documents) const {
  LearningOptions options = given_;
  for (const OptionValue& value : values(candidate, documents))
    std::ranges::find(table(), value.option, &TunableOption::name)->set(options, value.value);
  return options;
}

LearningOptions SearchSpace::resolved(const LearningOptions& options,
                                      std::int64_t documents) const {
  return resolve_options(options, documents, labels_, are_short_);
}

}  // namespace newsclf
