// SPDX-License-Identifier: MIT
#include "training/batch.hpp"

#include "training/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Int32s = std::vector<std::int32_t>;
using Int64s = std::vector<std::int64_t>;
using Floats = std::vector<float>;

constexpr std::int64_t kInputs = 6;

Labelled five_documents() {
  return labelled({{1, {{0, 1}, {3, 0.5f}}},
                   {0, {}},
                   {2, {{1, 2}, {3, 4}, {5, 0.25f}}},
                   {0, {{3, 8}}},
                   {1, {{0, 16}, {4, 32}}}});
}

Batch build(const Labelled& documents, const Int64s& rows, Columns numbering) {
  return BatchBuilder(documents, all_of(kInputs), torch::kCPU).build(rows, numbering);
}

/// The batch as a matrix, [rows, inputs].
torch::Tensor dense(const Batch& batch, std::int64_t inputs) {
  const std::int64_t rows = batch.offsets.size(0);
  torch::Tensor matrix = torch::zeros({rows, inputs});
  const auto offsets = elements<std::int32_t>(batch.offsets);
  const auto columns = elements<std::int32_t>(batch.columns);
  const auto values = elements<float>(batch.values);
  for (std::size_t r = 0; r < offsets.size(); ++r) {
    const auto end =
        r + 1 < offsets.size() ? static_cast<std::size_t>(offsets[r + 1]) : columns.size();
    for (auto k = static_cast<std::size_t>(offsets[r]); k < end; ++k)
      matrix[static_cast<std::int64_t>(r)][columns[k]] = values[k];
  }
  return matrix;
}

}  // namespace

TEST_CASE("a batch contains the requested rows in order, each with its label") {
  const Batch batch = build(five_documents(), {2, 0, 3}, Columns::kVocabulary);
  CHECK(elements<std::int32_t>(batch.columns) == Int32s{1, 3, 5, 0, 3, 3});
  CHECK(elements<float>(batch.values) == Floats{2, 4, 0.25f, 1, 0.5f, 8});
  CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 3, 5});
  CHECK(elements<std::int64_t>(batch.labels) == Int64s{2, 1, 0});
  CHECK_FALSE(batch.touched.defined());
}

TEST_CASE("touched columns are numbered in order of first appearance") {
  const Batch batch = build(five_documents(), {2, 0, 3}, Columns::kTouched);
  CHECK(elements<std::int64_t>(batch.touched) == Int64s{1, 3, 5, 0});
  CHECK(elements<std::int32_t>(batch.columns) == Int32s{0, 1, 2, 3, 1, 1});
  CHECK(elements<float>(batch.values) == Floats{2, 4, 0.25f, 1, 0.5f, 8});
  CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 3, 5});
  CHECK(elements<std::int64_t>(batch.labels) == Int64s{2, 1, 0});
}

TEST_CASE("an empty row has the same offset as the next row") {
  for (const Columns numbering : {Columns::kVocabulary, Columns::kTouched}) {
    const Batch batch = build(five_documents(), {1, 3, 1, 4, 1}, numbering);
    CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 0, 1, 1, 3});
    CHECK(elements<std::int64_t>(batch.labels) == Int64s{0, 0, 0, 1, 0});
    CHECK(elements<float>(batch.values) == Floats{8, 16, 32});
  }
}

TEST_CASE("a batch of empty rows touches no column") {
  const Batch batch = build(five_documents(), {1, 1}, Columns::kTouched);
  CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 0});
  CHECK(batch.columns.numel() == 0);
  CHECK(batch.touched.scalar_type() == torch::kInt64);
  CHECK(batch.touched.numel() == 0);
}

TEST_CASE("a batch does not depend on earlier batches") {
  const Labelled documents = five_documents();
  BatchBuilder batches(documents, all_of(kInputs), torch::kCPU);
  batches.build(Int64s{0, 2}, Columns::kTouched);
  const Batch second = batches.build(Int64s{4, 2}, Columns::kTouched);
  CHECK(elements<std::int64_t>(second.touched) == Int64s{0, 4, 1, 3, 5});
  CHECK(elements<std::int32_t>(second.columns) == Int32s{0, 1, 2, 3, 4});
  const Batch third = batches.build(Int64s{4}, Columns::kVocabulary);
  CHECK(elements<std::int32_t>(third.columns) == Int32s{0, 4});
  CHECK_FALSE(third.touched.defined());
}

TEST_CASE("a batch with more tokens than 32 bits can count is refused, and its size is shown") {
  Labelled one;
  one.rows.columns.assign(1 << 20, 0);
  one.rows.values.assign(1 << 20, 1);
  one.rows.end_row();
  one.labels = {0};
  CHECK_THROWS_WITH(build(one, Int64s(1 << 11, 0), Columns::kVocabulary),
                    "training: a batch of 2048 documents holds 2147483648 tokens, more than "
                    "2^31 - 1; use a smaller batch size");
}

TEST_CASE("word dropout drops entries and scales up the others") {
  const Labelled documents = five_documents();
  BatchBuilder whole(documents, all_of(kInputs), torch::kCPU);
  BatchOptions dropping = all_of(kInputs);
  dropping.word_dropout = 0.75;
  dropping.seed = 7;
  BatchBuilder thinned(documents, dropping, torch::kCPU);
  BatchBuilder again(documents, dropping, torch::kCPU);
  const Int64s rows = {0, 1, 2, 3, 4};
  const torch::Tensor full = dense(whole.build(rows, Columns::kVocabulary), kInputs);
  torch::Tensor sum = torch::zeros_like(full);
  constexpr int kBatches = 2000;
  for (int b = 0; b < kBatches; ++b) {
    const torch::Tensor some = dense(thinned.build(rows, Columns::kVocabulary), kInputs);
    CHECK(some.equal(dense(again.build(rows, Columns::kVocabulary), kInputs)));
    CHECK((some.eq(0) | some.eq(4 * full)).all().item<bool>());
    sum += some;
  }
  // The standard error of the mean of an entry x is x sqrt(3 / 2000), 0.04 x.
  CHECK(((sum / kBatches - full).abs() <= 0.16 * full).all().item<bool>());
}

TEST_CASE("a batch has only the columns of its network, numbered from the first of them") {
  const Labelled documents = five_documents();
  BatchOptions options;
  options.columns = {1, 4};
  BatchBuilder batches(documents, options, torch::kCPU);
  const Batch batch = batches.build(Int64s{2, 4, 0, 3}, Columns::kVocabulary);
  CHECK(elements<std::int32_t>(batch.columns) == Int32s{0, 2, 2, 2});
  CHECK(elements<float>(batch.values) == Floats{2, 4, 0.5f, 8});
  CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 2, 2, 3});
  const Batch touched = batches.build(Int64s{0, 2}, Columns::kTouched);
  CHECK(elements<std::int64_t>(touched.touched) == Int64s{2, 0});
  CHECK(elements<std::int32_t>(touched.columns) == Int32s{0, 1, 0});
}

TEST_CASE("a batch with rescaling has the part of each row with the norm of the row") {
  const Labelled documents = labelled({{0, {{0, 3}, {1, 4}, {4, 12}}}, {1, {{5, 2}}}});
  BatchOptions options;
  options.columns = {0, 4};
  options.rescales = true;
  const Batch batch =
      BatchBuilder(documents, options, torch::kCPU).build(Int64s{0, 1}, Columns::kVocabulary);
  require_close(elements<float>(batch.values), Floats{3 * 2.6f, 4 * 2.6f}, 1e-6);
  CHECK(elements<std::int32_t>(batch.offsets) == Int32s{0, 2});
}

TEST_CASE("only the first member ignores the labels of left-out documents") {
  const Labelled documents = five_documents();
  const std::vector<char> left_out = {1, 0, 0, 0, 1};
  BatchOptions options = all_of(kInputs);
  options.left_out = left_out;
  options.members = 3;
  const Int64s rows = {4, 2, 0};
  const Batch three = BatchBuilder(documents, options, torch::kCPU).build(rows, Columns::kTouched);
  CHECK(three.labels.sizes() == torch::IntArrayRef{3, 3});
  CHECK(elements<std::int64_t>(three.labels) == Int64s{kIgnored, 2, kIgnored, 1, 2, 1, 1, 2, 1});
  options.members = 1;
  const Batch one = BatchBuilder(documents, options, torch::kCPU).build(rows, Columns::kTouched);
  CHECK(elements<std::int64_t>(one.labels) == Int64s{kIgnored, 2, kIgnored});
}
