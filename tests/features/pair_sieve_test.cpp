// SPDX-License-Identifier: MIT
#include "features/pair_sieve.hpp"

#include "support/support.hpp"

using namespace newsclf;

namespace {

constexpr std::int32_t kNumbers = 100;

/// Adds all pairs of numbers whose sum is divisible by `divisor`.
void add(PairSieve& sieve, std::int32_t divisor) {
  for (std::int32_t a = 0; a < kNumbers; ++a)
    for (std::int32_t b = 0; b < kNumbers; ++b)
      if ((a + b) % divisor == 0) sieve.add(make_pair_key(a, b));
}

/// Requires that all pairs pass whose sum is divisible by `divisor`, and few others.
void require_passes(const PairSieve& sieve, std::int32_t divisor) {
  int others = 0;
  for (std::int32_t a = 0; a < kNumbers; ++a)
    for (std::int32_t b = 0; b < kNumbers; ++b) {
      const bool passes = sieve.passes(make_pair_key(a, b));
      if ((a + b) % divisor == 0)
        REQUIRE(passes);
      else
        others += passes;
    }
  CHECK(others < kNumbers * kNumbers / 3);
}

}  // namespace

TEST_CASE("pairs that were added twice pass, most others do not") {
  PairSieve sieve(2 * kNumbers * kNumbers);
  add(sieve, 1);
  add(sieve, 5);
  require_passes(sieve, 5);
  add(sieve, 5);
  require_passes(sieve, 5);
}

TEST_CASE("merged sieves count a pair of either") {
  PairSieve sieve(3 * kNumbers * kNumbers), other(3 * kNumbers * kNumbers);
  add(sieve, 2);
  add(other, 3);
  sieve.merge(other);
  require_passes(sieve, 6);
  PairSieve twice(3 * kNumbers * kNumbers);
  add(twice, 7);
  add(twice, 7);
  sieve.merge(twice);
  for (std::int32_t a = 0; a < kNumbers; ++a)
    for (std::int32_t b = 0; b < kNumbers; ++b)
      if ((a + b) % 6 == 0 || (a + b) % 7 == 0) REQUIRE(sieve.passes(make_pair_key(a, b)));
}
