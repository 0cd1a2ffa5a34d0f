// SPDX-License-Identifier: MIT
#include "training/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "newsclf/error/error.hpp"
#include "newsclf/features/weighting.hpp"

namespace newsclf {
namespace {

constexpr bool kNonBlocking = true;

std::shared_ptr<const EntriesByColumn> transpose(const Batch& batch) {
  const auto entries = static_cast<std::size_t>(batch.columns.size(0));
  const auto rows = static_cast<std::size_t>(batch.offsets.size(0));
  const auto* const columns = batch.columns.const_data_ptr<std::int32_t>();
  const auto* const offsets = batch.offsets.const_data_ptr<std::int32_t>();
  const auto* const values = batch.values.const_data_ptr<float>();
  const auto result = std::make_shared<EntriesByColumn>();
  std::vector<std::int32_t>& begins = result->begins;
  begins.assign(static_cast<std::size_t>(batch.touched.size(0)) + 1, 0);
  result->rows.resize(entries);
  result->values.resize(entries);
  for (std::size_t k = 0; k < entries; ++k) ++begins[static_cast<std::size_t>(columns[k]) + 1];
  for (std::size_t t = 1; t < begins.size(); ++t) begins[t] += begins[t - 1];
  // Filling moves every begin to the next one; the shift below restores them.
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t stop = r + 1 < rows ? static_cast<std::size_t>(offsets[r + 1]) : entries;
    for (auto k = static_cast<std::size_t>(offsets[r]); k < stop; ++k) {
      const auto place = static_cast<std::size_t>(begins[static_cast<std::size_t>(columns[k])]++);
      result->rows[place] = static_cast<std::int32_t>(r);
      result->values[place] = values[k];
    }
  }
  std::copy_backward(begins.begin(), begins.end() - 1, begins.end());
  begins.front() = 0;
  return result;
}

}  // namespace

BatchBuilder::BatchBuilder(const LabelledRows& data, const BatchOptions& options,
                           torch::Device device)
    : data_(data), options_(options), device_(device), random_(options.seed) {}

float BatchBuilder::factor_of(std::size_t document, const SparseRow& row, const SparseRow& part) {
  if (!options_.rescales) return 1;
  if (factors_.empty()) factors_.assign(data_.rows.size(), 0);
  float& factor = factors_[document];
  if (factor == 0) factor = norm_factor(row, part);
  return factor;
}

Batch BatchBuilder::build(std::span<const std::int64_t> rows, Columns numbering) {
  const auto row_count = static_cast<std::int64_t>(rows.size());
  const auto part_of_row = [&](const SparseRow& row) { return part_of(row, options_.columns); };
  std::int64_t most = 0;
  for (const std::int64_t r : rows)
    most += std::ssize(part_of_row(data_.rows.row(static_cast<std::size_t>(r))).columns);
  if (most > std::numeric_limits<std::int32_t>::max())
    throw Error(
        "training",
        fmt::format("a batch of {} documents holds {} tokens, more than 2^31 - 1", row_count, most),
        "use a smaller batch size");

  // With pinned memory, a copy to the GPU runs while the next batch is built.
  const auto host = [&](torch::Dtype dtype) {
    return torch::TensorOptions().dtype(dtype).pinned_memory(device_.is_cuda());
  };
  Batch batch;
  batch.columns = torch::empty({most}, host(torch::kInt32));
  batch.offsets = torch::empty({row_count}, host(torch::kInt32));
  batch.values = torch::empty({most}, host(torch::kFloat32));
  auto* const columns = batch.columns.mutable_data_ptr<std::int32_t>();
  auto* const offsets = batch.offsets.mutable_data_ptr<std::int32_t>();
  auto* const values = batch.values.mutable_data_ptr<float>();
  const auto larger = static_cast<float>(1 / (1 - options_.word_dropout));
  const bool is_shared = options_.share.processes > 1;
  std::int64_t entries = 0;
  for (std::int64_t i = 0; i < row_count; ++i) {
    const auto document = static_cast<std::size_t>(rows[static_cast<std::size_t>(i)]);
    const SparseRow row = data_.rows.row(document), part = part_of_row(row);
    const float factor = factor_of(document, row, part) * larger;
    offsets[i] = static_cast<std::int32_t>(entries);
    for (std::size_t k = 0; k < part.columns.size(); ++k) {
      if (options_.word_dropout > 0 && random_.uniform() < options_.word_dropout) continue;
      std::int32_t column = part.columns[k] - options_.columns.first;
      if (is_shared) {  // otherwise the divisions would be a part of the time of a step
        if (!options_.share.contains(column)) continue;
        column = options_.share.place_of(column);
      }
      columns[entries] = column;
      values[entries++] = part.values[k] * factor;
    }
  }
  if (entries < most) {
    batch.columns = batch.columns.narrow(0, 0, entries);
    batch.values = batch.values.narrow(0, 0, entries);
  }

  const bool all_learn = options_.left_out.empty();
  batch.labels = torch::empty({all_learn ? 1 : options_.members, row_count}, host(torch::kInt64));
  auto* const labels = batch.labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < batch.labels.numel(); ++i) {
    const auto document = static_cast<std::size_t>(rows[static_cast<std::size_t>(i % row_count)]);
    const bool ignored = i < row_count && !all_learn && options_.left_out[document] != 0;
    labels[i] = ignored ? kIgnored : data_.labels[document];
  }
  if (all_learn) batch.labels = batch.labels.squeeze(0);

  if (numbering == Columns::kTouched) {
    const std::vector<std::int64_t> touched =
        number_touched({columns, static_cast<std::size_t>(entries)});
    batch.touched = torch::empty({static_cast<std::int64_t>(touched.size())}, host(torch::kInt64));
    std::ranges::copy(touched, batch.touched.mutable_data_ptr<std::int64_t>());
    if (device_.is_cpu()) batch.by_column = transpose(batch);
    batch.touched = batch.touched.to(device_, kNonBlocking);
  }
  for (torch::Tensor* const part : {&batch.columns, &batch.offsets, &batch.values, &batch.labels})
    *part = part->to(device_, kNonBlocking);
  return batch;
}

std::vector<std::int64_t> BatchBuilder::number_touched(std::span<std::int32_t> columns) {
  if (place_.empty())
    place_.assign(static_cast<std::size_t>(options_.share.count(options_.columns.size())), -1);
  std::vector<std::int64_t> touched;
  for (std::int32_t& column : columns) {
    std::int32_t& place = place_[static_cast<std::size_t>(column)];
    if (place < 0) {
      place = static_cast<std::int32_t>(touched.size());
      touched.push_back(column);
    }
    column = place;
  }
  for (const std::int64_t column : touched) place_[static_cast<std::size_t>(column)] = -1;
  return touched;
}

std::vector<std::int64_t> all_rows(const RowsView& rows) {
  std::vector<std::int64_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

}  // namespace newsclf
