// SPDX-License-Identifier: MIT
#include "newsclf/parallel/random.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "support/support.hpp"

using namespace newsclf;

namespace {

// All expected values come from a Python port of the authors' C code for SplitMix64 and
// xoshiro256++, which gives their published values for the seed 42 and the state {1, 2, 3, 4}.

std::vector<int> shuffled(std::uint64_t seed, int size) {
  std::vector<int> items(static_cast<std::size_t>(size));
  std::iota(items.begin(), items.end(), 0);
  Random(seed).shuffle(std::span(items));
  return items;
}

}  // namespace

TEST_CASE("the generator is xoshiro256++ seeded by SplitMix64") {
  Random random(42);
  for (const std::uint64_t expected :
       {0xd0764d4f4476689fu, 0x519e4174576f3791u, 0xfbe07cfb0c24ed8cu, 0xb37d9f600cd835b8u,
        0xcb231c3874846a73u})
    CHECK(random.next() == expected);
}

TEST_CASE("the seed 0 works like any other") {
  Random random(0);
  for (const std::uint64_t expected :
       {0x53175d61490b23dfu, 0x61da6f3dc380d507u, 0x5c0fdf91ec9a7bfcu})
    CHECK(random.next() == expected);
}

TEST_CASE("uniform numbers are the upper 24 bits as a fraction") {
  Random random(42);
  for (const float expected : {13661773.0f, 5348929.0f, 16507004.0f, 11763103.0f})
    CHECK(random.uniform() == expected / 16777216.0f);
}

TEST_CASE("uniform numbers are evenly distributed from 0 to below 1") {
  Random random(1);
  std::array<int, 10> tenths{};
  for (int i = 0; i < 20'000; ++i) {
    const float x = random.uniform();
    REQUIRE(x >= 0);
    REQUIRE(x < 1);
    ++tenths[static_cast<std::size_t>(x * 10)];
  }
  for (const int count : tenths) CHECK(count == Approx(2000).margin(250));
}

TEST_CASE("numbers below a bound follow Lemire's method") {
  Random random(42);
  for (const std::uint64_t expected : {8u, 3u, 9u, 7u, 7u, 5u, 1u, 6u, 2u, 9u, 5u, 8u})
    CHECK(random.below(10) == expected);
}

TEST_CASE("numbers below a bound are evenly distributed") {
  Random random(2);
  std::array<int, 7> sevenths{};
  for (int i = 0; i < 14'000; ++i) {
    const std::uint64_t number = random.below(7);
    REQUIRE(number < 7);
    ++sevenths[number];
  }
  for (const int count : sevenths) CHECK(count == Approx(2000).margin(250));
}

TEST_CASE("numbers below a bound near 2^64 have no bias") {
  // Without rejection every second draw below 3 * 2^62 would be a multiple of 3.
  Random random(3);
  int multiples = 0;
  for (int i = 0; i < 30'000; ++i) multiples += random.below(3ull << 62) % 3 == 0;
  CHECK(multiples == Approx(10'000).margin(500));
}

TEST_CASE("the only number below 1 is 0") {
  Random random(4);
  for (int i = 0; i < 100; ++i) CHECK(random.below(1) == 0);
}

TEST_CASE("a shuffle is the same for the same seed, on every machine") {
  CHECK(shuffled(7, 10) == std::vector<int>{3, 8, 9, 4, 6, 7, 2, 5, 1, 0});
}

TEST_CASE("a shuffle is a permutation that depends on the seed") {
  std::vector<int> items = shuffled(1, 1000);
  CHECK((items != shuffled(2, 1000)));
  std::sort(items.begin(), items.end());
  for (int i = 0; i < 1000; ++i) REQUIRE(items[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("all orders of three items are about equally frequent") {
  Random random(5);
  std::array<int, 27> orders{};
  for (int i = 0; i < 12'000; ++i) {
    std::array<std::size_t, 3> items = {0, 1, 2};
    random.shuffle(std::span<std::size_t>(items));
    ++orders[items[0] * 9 + items[1] * 3 + items[2]];
  }
  for (const int count : orders) {
    if (count > 0) CHECK(count == Approx(2000).margin(250));
  }
  CHECK(std::count(orders.begin(), orders.end(), 0) == 21);
}

TEST_CASE("an empty range and a single item can be shuffled") {
  CHECK(shuffled(1, 0).empty());
  CHECK(shuffled(1, 1) == std::vector<int>{0});
}
