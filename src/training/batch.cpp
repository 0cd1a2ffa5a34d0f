// SPDX-License-Identifier: MIT
#include "newsclf/training/batch.hpp"

#include <algorithm>

namespace newsclf {

BatchBuilder::BatchBuilder(const LabelledRows& data, std::int64_t inputs, torch::Device device)
    : data_(data), device_(device), place_(static_cast<std::size_t>(inputs), -1) {}

Batch BatchBuilder::build(std::span<const std::int64_t> rows, Columns numbering) {
  const auto row_count = static_cast<std::int64_t>(rows.size());
  std::int64_t entries = 0;
  for (const std::int64_t r : rows)
    entries +=
        static_cast<std::int64_t>(data_.rows.row(static_cast<std::size_t>(r)).columns.size());

  Batch batch;
  batch.columns = torch::empty({entries}, torch::kInt32);
  batch.offsets = torch::empty({row_count}, torch::kInt32);
  batch.values = torch::empty({entries}, torch::kFloat32);
  batch.labels = torch::empty({row_count}, torch::kInt64);
  auto* const columns = batch.columns.mutable_data_ptr<std::int32_t>();
  auto* const offsets = batch.offsets.mutable_data_ptr<std::int32_t>();
  auto* const values = batch.values.mutable_data_ptr<float>();
  auto* const labels = batch.labels.mutable_data_ptr<std::int64_t>();

  std::int32_t next = 0;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const auto r = static_cast<std::size_t>(rows[b]);
    const SparseRow row = data_.rows.row(r);
    offsets[b] = next;
    labels[b] = data_.labels[r];
    std::copy(row.columns.begin(), row.columns.end(), columns + next);
    std::copy(row.values.begin(), row.values.end(), values + next);
    next += static_cast<std::int32_t>(row.columns.size());
  }

  if (numbering == Columns::kTouched) {
    std::vector<std::int64_t> touched;
    for (std::int32_t k = 0; k < next; ++k) {
      std::int32_t& place = place_[static_cast<std::size_t>(columns[k])];
      if (place < 0) {
        place = static_cast<std::int32_t>(touched.size());
        touched.push_back(columns[k]);
      }
      columns[k] = place;
    }
    for (const std::int64_t column : touched) place_[static_cast<std::size_t>(column)] = -1;
    batch.touched = torch::tensor(touched, torch::kInt64).to(device_);
  }
  batch.columns = batch.columns.to(device_);
  batch.offsets = batch.offsets.to(device_);
  batch.values = batch.values.to(device_);
  batch.labels = batch.labels.to(device_);
  return batch;
}

}  // namespace newsclf
