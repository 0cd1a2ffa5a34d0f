// SPDX-License-Identifier: MIT
#include "newsclf/features/weighting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

float weight_of(float count, Weighting weighting) {
  if (count == 0 || weighting == Weighting::kCount) return count;
  return weighting == Weighting::kBinary || count == 1 ? 1 : 1 + std::log(count);
}

double sum_of_squares(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return sum;
}

/// A ratio of norms as a finite float; of values close to the smallest float it would overflow.
float finite_factor(double ratio) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::min(ratio, kLargest));
}

void scale_to_norm(std::span<float> values, float norm) {
  const double squares = sum_of_squares(values);
  if (squares == 0) return;
  const float factor = finite_factor(norm / std::sqrt(squares));
  for (float& value : values) value *= factor;
}

}  // namespace

std::vector<float> inverse_document_frequency(std::span<const std::int64_t> document_frequency,
                                              std::int64_t documents) {
  std::vector<float> idf;
  idf.reserve(document_frequency.size());
  for (const std::int64_t df : document_frequency)
    idf.push_back(static_cast<float>(
        std::log((1.0 + static_cast<double>(documents)) / (1.0 + static_cast<double>(df))) + 1.0));
  return idf;
}

std::vector<float> naive_bayes_scale(std::span<const RowsView> parts,
                                     std::span<const std::int32_t> labels, ColumnRange columns,
                                     double smoothing, Workers& workers, std::int32_t other_labels,
                                     std::size_t memory) {
  // With the label of each row and its columns in `wanted`.
  const auto visit_rows = [&](ColumnRange wanted, const auto& visit) {
    std::size_t before = 0;
    for (const RowsView& rows : parts) {
      for (std::size_t r = 0; r < rows.size(); ++r)
        if (const std::int32_t label = labels[before + r]; label >= 0)
          visit(part_of(rows.row(r), wanted).columns, label);
      before += rows.size();
    }
  };
  std::size_t row_count = 0;
  for (const RowsView& rows : parts) row_count += rows.size();
  std::int32_t lowest = std::numeric_limits<std::int32_t>::max(), highest = -1;
  for (const std::int32_t label : labels)
    if (label >= 0) {
      lowest = std::min(lowest, label);
      highest = std::max(highest, label);
    }
  if (labels.size() != row_count || highest < 0 || (lowest == highest && other_labels == 0))
    throw Error("naive-Bayes token scale", "it requires labelled documents of two or more labels",
                "label every document, or disable the token scale");

  const auto label_count = static_cast<std::size_t>(highest) + 1;
  // The labels of the documents that contain column c are at [begins[c], begins[c + 1]), of which
  // those of some columns are in memory together.
  const auto place_of = [&](std::int32_t c) { return static_cast<std::size_t>(c - columns.first); };
  std::vector<std::int64_t> begins(static_cast<std::size_t>(columns.size()) + 1, 0);
  // Sum of the smoothed counts over all columns, for each label.
  std::vector<double> total(label_count, smoothing * columns.size());
  visit_rows(columns, [&](std::span<const std::int32_t> row, std::int32_t label) {
    for (const std::int32_t c : row) ++begins[place_of(c) + 1];
    total[static_cast<std::size_t>(label)] += static_cast<double>(row.size());
  });
  if (other_labels > 0)
    total.resize(
        label_count + static_cast<std::size_t>(other_labels),
        std::accumulate(total.begin(), total.end(), 0.0) / static_cast<double>(label_count));
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<double> smallest_share;  // p(t|c) of a column that no document of c contains
  for (const double sum : total) smallest_share.push_back(smoothing / sum);
  std::vector<float> scale(static_cast<std::size_t>(columns.size()));
  std::vector<std::int32_t> holders;
  std::vector<std::int64_t> next;
  const auto room = static_cast<std::int64_t>(memory / sizeof holders[0]);
  for (std::int32_t first = columns.first, last = first; first < columns.last; first = last) {
    const std::int64_t before = begins[place_of(first)];
    do {
      ++last;
    } while (last < columns.last && begins[place_of(last) + 1] - before <= room);
    holders.resize(static_cast<std::size_t>(begins[place_of(last)] - before));
    next.assign(begins.begin() + static_cast<std::ptrdiff_t>(place_of(first)),
                begins.begin() + static_cast<std::ptrdiff_t>(place_of(last)));
    visit_rows({first, last}, [&](std::span<const std::int32_t> row, std::int32_t label) {
      for (const std::int32_t c : row)
        holders[static_cast<std::size_t>(next[static_cast<std::size_t>(c - first)]++ - before)] =
            label;
    });
    constexpr std::int64_t kPiece = 256;
    workers.share(last - first, kPiece, [&](std::int64_t begin, std::int64_t end) {
      std::vector<double> share = smallest_share;  // p(t|c) of the current column
      for (std::size_t t = place_of(first) + static_cast<std::size_t>(begin);
           t < place_of(first) + static_cast<std::size_t>(end); ++t) {
        const auto with_token =
            std::span(holders).subspan(static_cast<std::size_t>(begins[t] - before),
                                       static_cast<std::size_t>(begins[t + 1] - begins[t]));
        for (const std::int32_t label : with_token)
          share[static_cast<std::size_t>(label)] += 1 / total[static_cast<std::size_t>(label)];
        const double sum = std::accumulate(share.begin(), share.end(), 0.0);
        const auto [least, most] = std::ranges::minmax(share);
        // p / q increases with p, so |ln(p / q)| is largest at the smallest or the largest p.
        const auto strength = [&](double p) {
          return std::abs(std::log(p / ((sum - p) / static_cast<double>(total.size() - 1))));
        };
        scale[t] = static_cast<float>(std::max(strength(least), strength(most)));
        for (const std::int32_t label : with_token)
          share[static_cast<std::size_t>(label)] = smallest_share[static_cast<std::size_t>(label)];
      }
    });
  }
  return scale;
}

float norm_factor(const SparseRow& row, const SparseRow& part) {
  if (part.values.size() == row.values.size()) return 1;
  const double of_part = sum_of_squares(part.values);
  return of_part == 0 ? 1 : finite_factor(std::sqrt(sum_of_squares(row.values) / of_part));
}

void weigh_row(std::span<const std::int32_t> columns, std::span<float> values,
               const ColumnFactors& factors, const WeightingOptions& options) {
  for (float& value : values) value = weight_of(value, options.weighting);
  for (const std::span<const float> factor : {factors.idf, factors.token_scale})
    if (!factor.empty())
      for (std::size_t k = 0; k < values.size(); ++k)
        values[k] *= factor[static_cast<std::size_t>(columns[k])];
  if (options.norm == Norm::kL2) scale_to_norm(values, options.input_norm);
}

}  // namespace newsclf
