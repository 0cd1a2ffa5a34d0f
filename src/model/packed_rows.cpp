// SPDX-License-Identifier: MIT
#include "newsclf/model/packed_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "model/forward_loops.hpp"
#include "parallel/clones.hpp"

namespace newsclf {
namespace {

// See forward_loops.hpp for these loops, and CMakeLists.txt for how this file is compiled.
NEWSCLF_CLONES void add_rows(const loops::Matrix<std::int8_t>& matrix, const SparseRow& row,
                             std::int32_t first_row, float factor, float* sums) {
  loops::add_rows(matrix, row, first_row, factor, sums);
}

NEWSCLF_CLONES void add_rows(const loops::Matrix<std::uint16_t>& matrix, const SparseRow& row,
                             std::int32_t first_row, float factor, float* sums) {
  loops::add_rows(matrix, row, first_row, factor, sums);
}

NEWSCLF_CLONES void add_floats(const float* row, float value, float* sums, std::size_t width) {
  loops::add_floats(row, value, sums, width);
}

constexpr float kExponents = 0x1p112F;  // by which the exponents of float and half differ
constexpr int kMantissaBits = 13;       // that a half has fewer
constexpr std::uint32_t kSign = 0x8000;

}  // namespace

float of_half(std::uint16_t half) { return loops::to_float(half); }

std::vector<std::uint16_t> to_halves(std::span<const float> numbers) {
  std::vector<std::uint16_t> halves;
  halves.reserve(numbers.size());
  for (const float number : numbers) {
    const auto bits = std::bit_cast<std::uint32_t>(std::abs(number) / kExponents);
    const std::uint32_t to_even = (1U << (kMantissaBits - 1)) - 1 + (bits >> kMantissaBits & 1U);
    halves.push_back(static_cast<std::uint16_t>((bits + to_even) >> kMantissaBits |
                                                (std::signbit(number) ? kSign : 0)));
  }
  return halves;
}

void quantize(std::span<const float> numbers, std::size_t rank, PackedArrays& arrays) {
  constexpr float kMost = 127;
  arrays.bytes.clear();
  arrays.scale.clear();
  arrays.bytes.reserve(numbers.size());
  for (std::size_t begin = 0; begin < numbers.size(); begin += rank) {
    const auto row = numbers.subspan(begin, rank);
    float largest = 0;
    for (const float number : row) largest = std::max(largest, std::abs(number));
    // The bytes of a row of zeros, or of tiny numbers, are 0.
    const float scale = largest / kMost;
    const float factor = std::isnormal(scale) ? 1 / scale : 0;
    arrays.scale.push_back(factor == 0 ? 0 : scale);
    for (const float number : row)
      arrays.bytes.push_back(static_cast<std::int8_t>(std::lrint(number * factor)));
  }
}

WeightForm PackedRows::form() const {
  if (is_empty()) return WeightForm::kF32;
  if (!halves.empty()) return WeightForm::kF16;
  return basis.empty() ? WeightForm::kI8 : WeightForm::kLowRank;
}

void PackedRows::add(const SparseRow& row, std::int32_t first_row, float factor,
                     std::span<float> sums) const {
  if (!halves.empty())
    add_rows({halves.data(), nullptr, rank}, row, first_row, factor, sums.data());
  else
    add_rows({bytes.data(), scale.data(), rank}, row, first_row, factor, sums.data());
}

void PackedRows::expand(std::span<const float> sums, std::span<float> out) const {
  if (basis.empty()) {
    add_floats(sums.data(), 1, out.data(), out.size());
    return;
  }
  for (std::size_t k = 0; k < rank; ++k)
    add_floats(basis.data() + k * out.size(), sums[k], out.data(), out.size());
}

}  // namespace newsclf
