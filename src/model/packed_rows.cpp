// SPDX-License-Identifier: MIT
#include "newsclf/model/packed_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "parallel/clones.hpp"

namespace newsclf {
namespace {

// Multiplications and additions stay apart (see CMakeLists.txt), so that all clones give the same
// bits.
NEWSCLF_CLONES void add_bytes(const std::int8_t* row, float value, float* sums, std::size_t rank) {
  for (std::size_t k = 0; k < rank; ++k) sums[k] += value * static_cast<float>(row[k]);
}

NEWSCLF_CLONES void add_halves(const std::uint16_t* row, float value, float* sums,
                               std::size_t rank) {
  for (std::size_t k = 0; k < rank; ++k) sums[k] += value * of_half(row[k]);
}

NEWSCLF_CLONES void add_floats(const float* row, float value, float* sums, std::size_t width) {
  for (std::size_t k = 0; k < width; ++k) sums[k] += value * row[k];
}

// The exponents of float and half differ by this; a multiplication by it also converts subnormal
// halves.
constexpr float kExponents = 0x1p112F;
constexpr int kMantissaBits = 13;  // that a half has fewer
constexpr std::uint32_t kSign = 0x8000;

}  // namespace

float of_half(std::uint16_t half) {
  const std::uint32_t size = (half & (kSign - 1)) << kMantissaBits;
  const std::uint32_t sign = (half & kSign) << 16;
  return std::bit_cast<float>(
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) * kExponents) | sign);
}

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

void PackedRows::add(std::size_t v, float value, std::span<float> sums) const {
  if (!halves.empty())
    add_halves(halves.data() + v * rank, value, sums.data(), rank);
  else
    add_bytes(bytes.data() + v * rank, value * scale[v], sums.data(), rank);
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
