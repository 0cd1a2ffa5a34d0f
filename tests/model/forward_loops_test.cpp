// SPDX-License-Identifier: MIT
// The loops compiled for each generation of processors, which the program chooses when it starts,
// against sums whose products are rounded before they are added.
#include "model/forward_loops.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "newsclf/model/network.hpp"
#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;

namespace {

using Floats = std::vector<float>;

constexpr std::size_t kColumns = 40, kRank = 39;  // 39: stripes of 16, 4 and 1
constexpr std::int32_t kFirst = 5;
constexpr float kFactor = 0.7f;

/// Factors and inputs of the loops.
struct Inputs {
  std::vector<std::int8_t> bytes;
  std::vector<std::uint16_t> halves;
  Floats floats, scale, values;
  std::vector<std::int32_t> columns;

  Inputs() {
    Random random(7);
    for (std::size_t i = 0; i < kColumns * kRank; ++i) {
      bytes.push_back(static_cast<std::int8_t>(random.below(255)));
      floats.push_back(2 * random.uniform() - 1);
    }
    halves = to_halves(floats);
    for (std::size_t v = 0; v < kColumns; ++v) {
      scale.push_back(random.uniform());
      if (v % 3 == 0) continue;
      columns.push_back(kFirst + static_cast<std::int32_t>(v));
      values.push_back(random.uniform());
    }
  }
  SparseRow row() const { return {columns, values}; }
  loops::Matrix<std::int8_t> byte_matrix() const { return {bytes.data(), scale.data(), kRank}; }
  loops::Matrix<std::uint16_t> half_matrix() const { return {halves.data(), nullptr, kRank}; }
};

const Inputs kInputs;

/// a + b * c; the product is rounded first.
float add_product(float a, float b, float c) {
  const volatile float product = b * c;
  return a + product;
}
float add_fused(float a, float b, float c) { return std::fma(b, c, a); }

/// Where the results of each loop begin: `add_rows` of bytes and of halves, `add_floats`, `linear`.
constexpr std::size_t kHalves = kRank, kFloats = 2 * kRank, kLinear = 3 * kRank,
                      kAll = 3 * kRank + kColumns;

Floats part(const Floats& all, std::size_t begin, std::size_t end) {
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// The results of all loops, one number after the other. @param add computes a + b * c
Floats expected(float (*add)(float, float, float)) {
  const Inputs& in = kInputs;
  Floats all(kAll, 0.25f);
  for (std::size_t i = 0; i < in.columns.size(); ++i) {
    const auto v = static_cast<std::size_t>(in.columns[i] - kFirst);
    const float value = in.values[i] * kFactor;
    for (std::size_t k = 0; k < kRank; ++k) {
      all[k] = add(all[k], value * in.scale[v], in.bytes[v * kRank + k]);
      all[kHalves + k] = add(all[kHalves + k], value, of_half(in.halves[v * kRank + k]));
    }
  }
  for (std::size_t k = 0; k < kRank; ++k) all[kFloats + k] = add(0.25f, kFactor, in.floats[k]);
  for (std::size_t o = 0; o < kColumns; ++o) {
    float sums[8] = {}, sum = 0;
    const float* const weights = &in.floats[o * kRank];
    constexpr std::size_t kEights = kRank / 8 * 8;
    for (std::size_t i = 0; i < kEights; ++i)
      sums[i % 8] = add(sums[i % 8], weights[i], in.scale[i]);
    for (std::size_t i = kEights; i < kRank; ++i) sum = add(sum, weights[i], in.scale[i]);
    for (const float partial : sums) sum += partial;
    all[kLinear + o] = in.scale[o] + sum;
  }
  return all;
}

[[gnu::always_inline]] inline Floats run_loops() {
  const Inputs& in = kInputs;
  Floats all(kAll, 0.25f);
  loops::add_rows(in.byte_matrix(), in.row(), kFirst, kFactor, all.data());
  loops::add_rows(in.half_matrix(), in.row(), kFirst, kFactor, all.data() + kHalves);
  loops::add_floats(in.floats.data(), kFactor, all.data() + kFloats, kRank);
  loops::linear(in.floats, in.scale, std::span(in.scale).first(kRank),
                std::span(all).subspan(kLinear));
  return all;
}

Floats run_default() { return run_loops(); }
#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v3"))) Floats run_v3() { return run_loops(); }
__attribute__((target("arch=x86-64-v4"))) Floats run_v4() { return run_loops(); }
#endif

/// The logits of a network whose second hidden layer is `linear` of the inputs.
Floats logits_of_linear() {
  const Inputs& in = kInputs;
  const Floats zeros(kRank + kColumns);
  Floats identity(kColumns * kColumns);
  for (std::size_t o = 0; o < kColumns; ++o) identity[o * kColumns + o] = 1;
  Network network;
  network.shape = {1, kRank, kColumns, kColumns, 1};
  network.first_weight = std::span(zeros).first(kRank);
  network.first_bias = std::span(in.scale).first(kRank);
  network.hidden2_weight = in.floats;
  network.hidden2_bias = in.scale;
  network.output_weight = identity;
  network.output_bias = std::span(zeros).first(kColumns);
  SparseRows rows;
  rows.end_row();
  return native_logits(network, rows);
}

}  // namespace

TEST_CASE("the loops of the forward pass give the same bits on every processor") {
  const Floats exact = expected(add_product);
  CHECK(run_default() == exact);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) CHECK(run_v3() == exact);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    CHECK(run_v4() == exact);
#endif
}

TEST_CASE("the forward pass gives these bits too") {
  const Inputs& in = kInputs;
  const Floats exact = expected(add_product);
  const PackedRows bytes{kRank, {}, in.bytes, in.scale, {}}, halves{kRank, in.halves, {}, {}, {}};
  Floats sums(kRank, 0.25f);
  bytes.add(in.row(), kFirst, kFactor, sums);
  CHECK(sums == part(exact, 0, kHalves));
  sums.assign(kRank, 0.25f);
  halves.add(in.row(), kFirst, kFactor, sums);
  CHECK(sums == part(exact, kHalves, kFloats));
  sums.assign(kRank, 0.25f);
  const PackedRows of_rank_1{1, {}, in.bytes, in.scale, std::span(in.floats).first(kRank)};
  of_rank_1.expand(std::span(&kFactor, 1), sums);
  CHECK(sums == part(exact, kFloats, kLinear));

  Floats linear = part(exact, kLinear, kAll);
  for (float& value : linear) value = std::max(value, 0.0f);
  CHECK(logits_of_linear() == linear);
}

TEST_CASE("a fused multiply-add in any of these loops would change bits") {
  const Floats exact = expected(add_product), fused = expected(add_fused);
  for (const auto& [begin, end] : {std::pair(std::size_t{0}, kHalves),
                                   {kHalves, kFloats},
                                   {kFloats, kLinear},
                                   {kLinear, kAll}})
    CHECK(part(exact, begin, end) != part(fused, begin, end));
}
