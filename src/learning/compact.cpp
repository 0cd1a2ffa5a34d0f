// SPDX-License-Identifier: MIT
#include "newsclf/learning/compact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

/// The ranks and shares were chosen on folds of training data. With n-grams of characters, many
/// columns of little weight matter together.
constexpr std::int64_t kRank = 40, kRankOfCharacters = 100;
constexpr double kKept = 0.9995, kKeptWithBigrams = 0.998, kKeptOfCharacters = 0.9999;
/// A vocabulary of so few tokens takes little space and stays whole.
constexpr std::int32_t kFewTokens = 20'000;

Compactness resolve(Compactness compactness, const Classifier& classifier) {
  const bool characters = classifier.vectorizer.options().text.max_char_ngram > 0;
  // Between the answers of C labels there are C - 1 directions; with fewer, probabilities suffer.
  if (compactness.rank == 0)
    compactness.rank = std::max<std::int64_t>(characters ? kRankOfCharacters : kRank,
                                              std::int64_t{2} * classifier.labels.size());
  const bool bigrams =
      classifier.vectorizer.columns(TokenKind::kLongNgram, TokenKind::kLongNgram).size() > 0;
  if (compactness.kept == 0)
    compactness.kept = classifier.vectorizer.vocabulary().size() <= kFewTokens ? 1
                       : characters                                            ? kKeptOfCharacters
                       : bigrams                                               ? kKeptWithBigrams
                                                                               : kKept;
  return compactness;
}

/// The documents of `documents` that contain a token, from `inverse_document_frequency`.
double document_frequency(float idf, double documents) {
  return (1 + documents) / std::exp(static_cast<double>(idf) - 1) - 1;
}

/// For each column, the square of its mean value in a row times the documents that contain it.
std::vector<float> squared_inputs(const Classifier& classifier) {
  constexpr double kDiscount = 0.9;
  const auto documents = static_cast<double>(documents_of_all_trainings(classifier.training));
  const auto& [idf, token_scale] = classifier.vectorizer.factors();
  std::vector<float> squares;
  for (std::size_t v = 0; v < static_cast<std::size_t>(classifier.vectorizer.vocabulary().size());
       ++v) {
    double square = 1;
    if (!idf.empty())
      square = (document_frequency(idf[v], documents) - kDiscount) * idf[v] * idf[v];
    if (!token_scale.empty()) square *= token_scale[v] * token_scale[v];
    squares.push_back(static_cast<float>(std::max(square, 0.0)));
  }
  return squares;
}

/// Adds the importance of each column in `network`; the importance of all columns adds up to 1.
void add_importance(const Network& network, std::span<const float> weights,
                    std::span<const float> squares, std::span<double> importance) {
  const auto width = static_cast<std::size_t>(network.shape.width());
  const auto first = static_cast<std::size_t>(network.first_column);
  std::vector<double> own;
  for (std::size_t v = 0; v < static_cast<std::size_t>(network.shape.inputs); ++v) {
    const auto row = weights.subspan(v * width, width);
    own.push_back(squares[first + v] *
                  std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
  }
  const double all = std::accumulate(own.begin(), own.end(), 0.0);
  if (!(all > 0)) {  // a network reads at least one column
    importance[first] += 1;
    return;
  }
  for (std::size_t v = 0; v < own.size(); ++v) importance[first + v] += own[v] / all;
}

/// The most important columns, in increasing order, until `budget` is spent.
/// @param cost of each column @param may_exceed whether the last one may cost more than is left
std::vector<std::int32_t> most_important(std::span<const double> importance, double budget,
                                         const auto& cost, bool may_exceed) {
  std::vector<std::int32_t> order(importance.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater(), [&](std::int32_t column) {
    return importance[static_cast<std::size_t>(column)];
  });
  std::size_t count = 0;
  for (; count < order.size() && budget > 0; ++count) {
    budget -= cost(order[count]);
    if (budget < 0 && !may_exceed) break;
  }
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

/// Arrays that a packed network refers to.
struct Owned {
  PackedArrays packed;
  std::vector<float> rows;    // of the first layer
  std::vector<float> others;  // biases, and weights of other layers
};

/// Copies all arrays of `network` except the weights of its first layer, which can be released
/// then.
void own_others(Network& network, std::vector<float>& others) {
  std::span<const float>* const arrays[] = {&network.first_bias, &network.hidden2_weight,
                                            &network.hidden2_bias, &network.output_weight,
                                            &network.output_bias};
  std::size_t size = 0;
  for (const auto* const array : arrays) size += array->size();
  others.reserve(size);
  for (auto* const array : arrays) {
    others.insert(others.end(), array->begin(), array->end());
    *array = std::span(others).last(array->size());
  }
}

/// The rows `columns` of a matrix, counted from `first`.
std::vector<float> gather(std::span<const float> matrix, std::size_t width,
                          std::span<const std::int32_t> columns, std::int32_t first) {
  std::vector<float> rows;
  rows.reserve(columns.size() * width);
  for (const std::int32_t column : columns) {
    const auto row = matrix.subspan(static_cast<std::size_t>(column - first) * width, width);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

class Compactor {
 public:
  Compactor(Classifier classifier, const Compactness& compactness, const Backend& backend,
            Workers& workers, const Vocabulary& kept = {})
      : classifier_(std::move(classifier)),
        compactness_(resolve(compactness, classifier_)),
        backend_(backend),
        workers_(workers),
        squares_(squared_inputs(classifier_)) {
    select_columns(kept);
  }

  /// The share of the importance of the tokens that `compact` keeps.
  double kept_share() const { return kept_share_; }
  bool keeps_a_token_per_label() const { return std::ssize(kept_) >= classifier_.labels.size(); }

  Classifier compact() {
    for (Network& network : classifier_.ensemble.networks) network = pack(network);
    if (std::ssize(kept_) < classifier_.vectorizer.vocabulary().size())
      classifier_.vectorizer = classifier_.vectorizer.select(kept_);
    return std::move(classifier_);
  }

 private:
  /// @param always tokens that are kept in any case
  void select_columns(const Vocabulary& always) {
    kept_.resize(squares_.size());
    std::iota(kept_.begin(), kept_.end(), 0);
    if (compactness_.weights != WeightForm::kLowRank ||
        (compactness_.kept == 1 && compactness_.bytes == 0))
      return;
    std::vector<double> importance(squares_.size());
    for (const Network& network : classifier_.ensemble.networks)
      add_importance(network, FirstWeight(network).floats(), squares_, importance);
    const auto of = [&](std::int32_t column) {
      return importance[static_cast<std::size_t>(column)];
    };
    const double all = std::accumulate(importance.begin(), importance.end(), 0.0);
    kept_ = compactness_.bytes > 0
                ? most_important(
                      importance, static_cast<double>(compactness_.bytes - fixed_bytes()),
                      [&](std::int32_t column) { return bytes_of(column); }, false)
                : most_important(importance, compactness_.kept * all, of, true);
    keep_all(always);
    keep_parts_of_ngrams();
    double kept = 0;
    for (const std::int32_t column : kept_) kept += of(column);
    kept_share_ = kept / all;
    std::vector<float> squares(squares_.size());
    for (const std::int32_t column : kept_)
      squares[static_cast<std::size_t>(column)] = squares_[static_cast<std::size_t>(column)];
    squares_ = std::move(squares);
  }

  void keep_all(const Vocabulary& tokens) {
    for (std::int32_t t = 0; t < tokens.size(); ++t)
      if (const std::int32_t column = classifier_.vectorizer.vocabulary().find(tokens.token(t));
          column != Vocabulary::kUnknown)
        kept_.push_back(column);
    std::ranges::sort(kept_);
    kept_.erase(std::unique(kept_.begin(), kept_.end()), kept_.end());
  }

  /// Adds the first words and the last word of all n-grams of words in `kept_`: with them, n-grams
  /// are found by the columns of their parts.
  void keep_parts_of_ngrams() {
    const Vectorizer& vectorizer = classifier_.vectorizer;
    const ColumnRange words = vectorizer.columns(TokenKind::kWord, TokenKind::kLongNgram);
    std::vector<char> is_kept(squares_.size(), 0);
    for (const std::int32_t column : kept_) is_kept[static_cast<std::size_t>(column)] = 1;
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      const std::string_view token = vectorizer.vocabulary().token(kept_[k]);
      const std::size_t space = token.rfind(' ');
      if (kept_[k] < words.first || space == std::string_view::npos) continue;
      for (const std::string_view part : {token.substr(0, space), token.substr(space + 1)})
        if (const std::int32_t column = vectorizer.vocabulary().find(part);
            column != Vocabulary::kUnknown &&
            std::exchange(is_kept[static_cast<std::size_t>(column)], 1) == 0)
          kept_.push_back(column);
    }
    std::ranges::sort(kept_);
  }

  bool reduces(const Network& network) const {
    return compactness_.weights == WeightForm::kLowRank &&
           compactness_.rank < network.shape.width();
  }
  std::int64_t rank_of(const Network& network) const {
    return reduces(network) ? compactness_.rank : network.shape.width();
  }

  /// The bytes that a column takes in a model file.
  double bytes_of(std::int32_t column) const {
    const auto& [idf, token_scale] = classifier_.vectorizer.factors();
    std::size_t bytes =
        classifier_.vectorizer.vocabulary().token(column).size() + sizeof(std::uint32_t) +
        sizeof(float) * static_cast<std::size_t>(!idf.empty() + !token_scale.empty());
    for (const Network& network : classifier_.ensemble.networks)
      if (const ColumnRange range = network.columns(); range.first <= column && column < range.last)
        bytes += static_cast<std::size_t>(rank_of(network)) + sizeof(float);
    return static_cast<double>(bytes);
  }
  /// The bytes of the arrays of all networks that do not depend on the columns.
  std::int64_t fixed_bytes() const {
    std::size_t numbers = 0;
    for (const Network& network : classifier_.ensemble.networks)
      numbers +=
          network.first_bias.size() + network.hidden2_weight.size() + network.hidden2_bias.size() +
          network.output_weight.size() + network.output_bias.size() +
          (reduces(network) ? static_cast<std::size_t>(rank_of(network) * network.shape.width())
                            : 0);
    return static_cast<std::int64_t>(sizeof(float) * numbers);
  }

  Network pack(const Network& network) const {
    const ColumnRange range = network.columns();
    const auto first = std::ranges::lower_bound(kept_, range.first);
    const std::span columns(first, std::ranges::lower_bound(kept_, range.last));
    const std::int64_t width = network.shape.width();
    const std::int64_t rank = rank_of(network);

    auto owned = std::make_shared<Owned>();
    PackedArrays& arrays = owned->packed;
    const FirstWeight weight(network);
    std::span<const float> rows = weight.floats();
    LowRank reduced;
    if (reduces(network)) {
      const std::span squares = std::span(squares_).subspan(static_cast<std::size_t>(range.first),
                                                            static_cast<std::size_t>(range.size()));
      reduced = backend_.reduce_rank(rows, width, squares, rank, workers_);
      rows = reduced.rows;
      arrays.basis = std::move(reduced.basis);
    }
    owned->rows = gather(rows, static_cast<std::size_t>(rank), columns, range.first);

    Network packed = network;
    own_others(packed, owned->others);
    packed.shape.inputs = std::ssize(columns);
    packed.first_column = static_cast<std::int32_t>(first - kept_.begin());
    packed.first_weight = {};
    packed.packed = {};
    if (compactness_.weights == WeightForm::kF32) {
      packed.first_weight = owned->rows;
    } else {
      if (compactness_.weights == WeightForm::kF16)
        arrays.halves = to_halves(owned->rows);
      else
        quantize(owned->rows, static_cast<std::size_t>(rank), arrays);
      owned->rows = {};
      packed.packed = {static_cast<std::size_t>(rank), arrays.halves, arrays.bytes, arrays.scale,
                       arrays.basis};
    }
    packed.owner = std::move(owned);
    return packed;
  }

  Classifier classifier_;
  Compactness compactness_;
  const Backend& backend_;
  Workers& workers_;
  std::vector<float> squares_;      // see `squared_inputs`; 0 for columns that are left out
  std::vector<std::int32_t> kept_;  // columns
  double kept_share_ = 1;
};

/// `classifier` without its linear member, or unchanged if it has none or nothing else.
Classifier without_linear(Classifier classifier) {
  Ensemble& ensemble = classifier.ensemble;
  if (ensemble.networks.size() < 2) return classifier;
  const std::vector<double> shares = ensemble.all_shares();
  ensemble.shares.clear();
  std::vector<Network> others;
  auto share = shares.begin();
  for (Network& network : ensemble.networks) {
    const auto end = share + network.shape.members;
    if (!network.shape.is_linear()) {
      ensemble.shares.insert(ensemble.shares.end(), share, end);
      others.push_back(std::move(network));
    }
    share = end;
  }
  const double sum = std::accumulate(ensemble.shares.begin(), ensemble.shares.end(), 0.0);
  for (double& of_member : ensemble.shares) of_member /= sum;
  ensemble.networks = std::move(others);
  return classifier;
}

}  // namespace

Classifier compact(Classifier classifier, const Compactness& compactness, const Backend& backend,
                   Workers& workers, const Vocabulary& kept) {
  return Compactor(std::move(classifier), compactness, backend, workers, kept).compact();
}

Classifier compact_to(const Classifier& classifier, std::int64_t max_bytes, const Backend& backend,
                      Workers& workers) {
  constexpr std::int64_t kLeastRank = 10;
  constexpr double kKeptWithLinear = 0.9;
  if (model_bytes(classifier) <= max_bytes) return classifier;
  Compactness compactness;
  compactness.rank = std::max<std::int64_t>(classifier.labels.size(), kLeastRank);
  compactness.bytes = max_bytes;
  while (true) {
    std::optional<Compactor> compactor(std::in_place, classifier, compactness, backend, workers);
    if (compactor->kept_share() < kKeptWithLinear)
      compactor.emplace(without_linear(classifier), compactness, backend, workers);
    if (compactness.bytes <= 0 || !compactor->keeps_a_token_per_label())
      throw Error(ErrorCode::kTooFewBytes, "model",
                  fmt::format("{} bytes are too few for its {} labels", max_bytes,
                              classifier.labels.size()));
    Classifier small = compactor->compact();
    const std::int64_t excess = model_bytes(small) - max_bytes;
    if (excess <= 0) return small;
    compactness.bytes -= excess;  // of labels and header
  }
}

}  // namespace newsclf
