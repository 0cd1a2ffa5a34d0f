// SPDX-License-Identifier: MIT
#include "newsclf/features/weighting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "newsclf/parallel/random.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

constexpr double kSmoothing = 0.3;

using Floats = std::vector<float>;

/// The weights of counts in the columns 0, 2 and 3 of 4.
Floats weigh(Floats counts, const WeightingOptions& options) {
  const std::vector<std::int32_t> columns = {0, 2, 3};
  const Floats idf = {1, 100, 1.5f, 2};
  ColumnFactors factors;
  if (options.weighting == Weighting::kTfidf) factors.idf = idf;
  weigh_row(std::span(columns).first(counts.size()), counts, factors, options);
  return counts;
}

Floats scale_of(const RowsView& rows, std::span<const std::int32_t> labels, std::int32_t columns,
                double smoothing = kSmoothing, int threads = 1) {
  Workers workers(threads);
  return naive_bayes_scale({&rows, 1}, labels, {0, columns}, smoothing, workers);
}

/// The formula applied directly: computes the logarithm for every label and column.
Floats plain_scale(const SparseRows& rows, const std::vector<std::int32_t>& labels,
                   std::size_t columns, std::size_t label_count) {
  std::vector<double> total(label_count, kSmoothing * static_cast<double>(columns));
  std::vector<std::vector<std::int32_t>> holders(columns);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (const std::int32_t c : rows.row(r).columns) {
      holders[static_cast<std::size_t>(c)].push_back(labels[r]);
      ++total[static_cast<std::size_t>(labels[r])];
    }
  Floats scale;
  for (std::size_t t = 0; t < columns; ++t) {
    std::vector<double> share;
    for (const double of_label : total) share.push_back(kSmoothing / of_label);
    for (const std::int32_t label : holders[t])
      share[static_cast<std::size_t>(label)] += 1 / total[static_cast<std::size_t>(label)];
    const double sum = std::accumulate(share.begin(), share.end(), 0.0);
    double strongest = 0;
    for (const double p : share)
      strongest = std::max(
          strongest, std::abs(std::log(p / ((sum - p) / static_cast<double>(label_count - 1)))));
    scale.push_back(static_cast<float>(strongest));
  }
  return scale;
}

}  // namespace

TEST_CASE("count keeps the counts") {
  CHECK(weigh({1, 2, 5}, {Weighting::kCount, Norm::kNone, 30}) == Floats{1, 2, 5});
}

TEST_CASE("binary is 1 for every token") {
  CHECK(weigh({1, 2, 5}, {Weighting::kBinary, Norm::kNone, 30}) == Floats{1, 1, 1});
}

TEST_CASE("log is 1 + ln tf") {
  // ln 2 = 0.6931472, ln 5 = 1.6094379
  require_close(weigh({1, 2, 5}, {Weighting::kLog, Norm::kNone, 30}),
                Floats{1, 1.6931472f, 2.6094379f}, 1e-6);
}

TEST_CASE("tfidf is 1 + ln tf times the token's idf") {
  require_close(weigh({1, 2, 5}, {Weighting::kTfidf, Norm::kNone, 30}),
                Floats{1, 1.6931472f * 1.5f, 2.6094379f * 2}, 1e-6);
}

TEST_CASE("l2 scales a row to the input norm") {
  // 2, 3 and 6 have the norm 7.
  require_close(weigh({2, 3, 6}, {Weighting::kCount, Norm::kL2, 30}),
                Floats{60.0f / 7, 90.0f / 7, 180.0f / 7}, 1e-6);
  require_close(weigh({2, 3, 6}, {Weighting::kCount, Norm::kL2, 1}),
                Floats{2.0f / 7, 3.0f / 7, 6.0f / 7}, 1e-6);
}

TEST_CASE("the norm is computed from the weights, not from the counts") {
  require_close(weigh({4, 9}, {Weighting::kBinary, Norm::kL2, 2}), Floats{1.4142136f, 1.4142136f},
                1e-6);
}

TEST_CASE("the input norm has no effect without a norm") {
  CHECK(weigh({2, 3, 6}, {Weighting::kCount, Norm::kNone, 1}) == Floats{2, 3, 6});
}

TEST_CASE("idf is used only for tfidf") {
  const std::vector<std::int32_t> columns = {7};
  for (const Weighting weighting : {Weighting::kCount, Weighting::kBinary, Weighting::kLog}) {
    Floats values = {1};
    weigh_row(columns, values, {}, {weighting, Norm::kNone, 30});
    CHECK(values == Floats{1});
  }
}

TEST_CASE("a row without entries is unchanged") {
  for (const auto& choice : kWeightings) CHECK(weigh({}, {choice.value, Norm::kL2, 30}).empty());
}

TEST_CASE("a row of zeros is unchanged with every weighting") {
  for (const auto& choice : kWeightings) {
    INFO(choice.name);
    CHECK(weigh({0, 0}, {choice.value, Norm::kL2, 30}) == Floats{0, 0});
  }
}

TEST_CASE("a row of huge counts does not overflow its norm") {
  require_close(weigh({3e30f, 4e30f}, {Weighting::kCount, Norm::kL2, 5}), Floats{3, 4}, 1e-6);
}

TEST_CASE("a row of the smallest weights does not overflow when it is scaled to a norm") {
  const std::vector<std::int32_t> columns = {0, 1};
  const Floats idf(2, std::numeric_limits<float>::denorm_min());
  Floats values = {1, 3};
  weigh_row(columns, values, {idf, {}}, {Weighting::kTfidf, Norm::kL2, 30});
  for (const float value : values) {
    CHECK(value > 0);
    CHECK(value <= 30);
  }
}

TEST_CASE("idf is ln((1 + n) / (1 + df)) + 1") {
  // For 3 documents: ln(4/4) + 1, ln(4/3) + 1, ln(4/2) + 1, ln(4/1) + 1.
  const std::vector<std::int64_t> document_frequency = {3, 2, 1, 0};
  require_close(inverse_document_frequency(document_frequency, 3),
                Floats{1, 1.2876821f, 1.6931472f, 2.3862944f}, 1e-6);
  CHECK(inverse_document_frequency({}, 3).empty());
}

TEST_CASE("the naive-Bayes scale of two labels is the log ratio of their shares") {
  // Counts plus 1: label 0 has 3 and 2 (sum 5), label 1 has 1 and 2 (sum 3).
  SparseRows rows;
  for (const std::vector<std::int32_t>& columns :
       std::vector<std::vector<std::int32_t>>{{0}, {0, 1}, {1}})
    rows.append({columns, Floats(columns.size(), 1)});
  const std::vector<std::int32_t> labels = {0, 0, 1};
  newsclf::testing::require_close(scale_of(rows, labels, 2, 1),
                                  Floats{std::log(1.8f), std::log(5 / 3.0f)}, 1e-6);
}

TEST_CASE("the naive-Bayes scale adds 0.3 to every count by default") {
  // Label 0 has 2.3 and 1.3 (sum 3.6), label 1 has 0.3 and 1.3 (sum 1.6).
  SparseRows rows;
  for (const std::vector<std::int32_t>& columns :
       std::vector<std::vector<std::int32_t>>{{0}, {0, 1}, {1}})
    rows.append({columns, Floats(columns.size(), 1)});
  const std::vector<std::int32_t> labels = {0, 0, 1};
  newsclf::testing::require_close(scale_of(rows, labels, 2),
                                  Floats{std::log(92 / 27.0f), std::log(2.25f)}, 1e-6);
}

TEST_CASE("the naive-Bayes scale of several labels is the largest over the labels") {
  SparseRows rows;
  for (const std::vector<std::int32_t>& columns :
       std::vector<std::vector<std::int32_t>>{{0}, {0, 1}, {1}, {2}})
    rows.append({columns, Floats(columns.size(), 1)});
  const std::vector<std::int32_t> labels = {0, 0, 1, 2};
  newsclf::testing::require_close(scale_of(rows, labels, 3, 1),
                                  Floats{std::log(2.0f), 0.5389965f, 0.8754687f}, 1e-6);
}

TEST_CASE("the naive-Bayes scale equals its formula exactly for any threads and parts") {
  Random random(5);
  for (const std::uint64_t label_count : {2u, 3u, 20u, 500u}) {
    constexpr std::uint64_t kColumns = 700;
    SparseRows rows;
    std::vector<std::int32_t> labels;
    for (std::uint64_t d = 0; d < 1000; ++d) {
      std::vector<std::int32_t> columns;
      for (std::int32_t c = 0; c < static_cast<std::int32_t>(kColumns); ++c)
        if (random.below(kColumns) < 1 + random.below(20)) columns.push_back(c);
      rows.append({columns, Floats(columns.size(), 1)});
      labels.push_back(static_cast<std::int32_t>(d < label_count ? d : random.below(label_count)));
    }
    const Floats expected = plain_scale(rows, labels, kColumns, label_count);
    for (const int threads : {1, 3})
      CHECK(scale_of(rows, labels, kColumns, kSmoothing, threads) == expected);
    const RowsView view = rows;
    const RowsView parts[] = {view.rows(0, 1), view.rows(1, 1), view.rows(1, 400),
                              view.rows(400, 1000)};
    Workers alone(1);
    CHECK(naive_bayes_scale(parts, labels, {0, kColumns}, kSmoothing, alone) == expected);
  }
}

TEST_CASE("the naive-Bayes scale of a range of columns ignores the other columns") {
  SparseRows rows;
  rows.columns = {0, 2, 4, 1, 2, 3, 0, 3, 4};
  rows.values.assign(9, 1);
  rows.offsets = {0, 3, 5, 6, 9};
  SparseRows inner;  // the columns from 1 to 3, from 0
  inner.columns = {1, 0, 1, 2, 2};
  inner.values.assign(5, 1);
  inner.offsets = {0, 1, 3, 4, 5};
  const std::vector<std::int32_t> labels = {0, 1, 2, 1};
  const RowsView view = rows;
  Workers alone(1);
  const Floats scale = naive_bayes_scale({&view, 1}, labels, {1, 4}, kSmoothing, alone);
  CHECK(scale == scale_of(inner, labels, 3));
  CHECK(naive_bayes_scale({&view, 1}, labels, {2, 2}, kSmoothing, alone).empty());
}

TEST_CASE("rows with the label -1 have no influence on the naive-Bayes scale") {
  SparseRows rows, labelled;
  rows.columns = {0, 1, 0, 2, 1, 2, 0, 1};
  rows.values.assign(8, 1);
  rows.offsets = {0, 2, 4, 6, 8};
  labelled.columns = {0, 1, 1, 2};
  labelled.values.assign(4, 1);
  labelled.offsets = {0, 2, 4};
  CHECK(scale_of(rows, std::vector{0, -1, 1, -1}, 3) == scale_of(labelled, std::vector{0, 1}, 3));
  CHECK_THAT(error_of([&] { scale_of(rows, std::vector{0, -1, 0, -1}, 3); }),
             Catch::Matchers::Contains("two or more labels"));
}

TEST_CASE("the norm factor gives a part the norm of the whole row") {
  const std::vector<std::int32_t> columns = {0, 1, 2, 3};
  const Floats values = {3, 0, 4, 12};  // of norm 13
  const SparseRow row{columns, values};
  const auto factor = [&](std::int32_t first, std::int32_t last) {
    return norm_factor(row, part_of(row, {first, last}));
  };
  CHECK(factor(0, 4) == 1);
  CHECK(factor(0, 3) == 2.6f);
  CHECK(factor(3, 4) == Approx(13.0 / 12));
  CHECK(factor(1, 2) == 1);  // all values are 0
  CHECK(factor(2, 2) == 1);  // no values
}

TEST_CASE("the norm factor of a part of the smallest floats is finite") {
  const std::vector<std::int32_t> columns = {0, 1};
  const Floats values = {std::numeric_limits<float>::denorm_min(), 30};
  const SparseRow row{columns, values};
  const float factor = norm_factor(row, part_of(row, {0, 1}));
  CHECK(std::isfinite(factor));
  CHECK(factor * values[0] <= 30);
}
