// SPDX-License-Identifier: MIT
#include "newsclf/parallel/workers.hpp"

#include <numeric>

#include "support/support.hpp"

using namespace newsclf;

TEST_CASE("every item of a loop is done once, whatever the pieces and the threads") {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    CHECK(workers.threads() == threads);
    for (const std::int64_t count : {0, 1, 7, 1000}) {
      for (const std::int64_t piece : {1, 3, 1000}) {
        std::vector<int> times(static_cast<std::size_t>(count), 0);
        workers.share(count, piece, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++times[static_cast<std::size_t>(i)];
        });
        CHECK(std::accumulate(times.begin(), times.end(), std::int64_t{0}) == count);
        CHECK(std::find_if(times.begin(), times.end(), [](int n) { return n != 1; }) ==
              times.end());
      }
    }
  }
}

TEST_CASE("many short loops in a row all end") {
  Workers workers(4);
  std::atomic<std::int64_t> sum = 0;
  for (int round = 0; round < 20000; ++round)
    workers.share(8, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
  CHECK(sum == 20000 * 28);
}

TEST_CASE("of the pieces that throw, the first one's exception ends the loop") {
  for (const int threads : {1, 4}) {
    Workers workers(threads);
    for (int round = 0; round < 200; ++round) {
      try {
        workers.share(100, 1, [](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            if (i % 10 == 3) throw i;
        });
        FAIL("nothing was thrown");
      } catch (const std::int64_t piece) {
        CHECK(piece == 3);
      }
    }
    std::atomic<int> done = 0;
    workers.share(100, 1, [&](std::int64_t begin, std::int64_t end) {
      done += static_cast<int>(end - begin);
    });
    CHECK(done == 100);
  }
}
