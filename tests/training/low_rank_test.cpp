// SPDX-License-Identifier: MIT
#include "training/low_rank.hpp"

#include "training/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Floats = std::vector<float>;

Floats product(const LowRank& reduced, std::size_t width) {
  const std::size_t rank = reduced.basis.size() / width;
  Floats out(reduced.rows.size() / rank * width);
  for (std::size_t i = 0; i < out.size(); ++i)
    for (std::size_t k = 0; k < rank; ++k)
      out[i] += reduced.rows[i / width * rank + k] * reduced.basis[k * width + i % width];
  return out;
}

Floats random_floats(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Floats floats(count);
  for (float& number : floats) number = 2 * random.uniform() - 1;
  return floats;
}

}  // namespace

TEST_CASE("a matrix of rank 2 is approximated exactly with rank 2") {
  const Floats rows = random_floats(50 * 2, 1), basis = random_floats(2 * 7, 2);
  const Floats matrix = product({rows, basis}, 7);
  Workers workers(2);
  const LowRank reduced = reduce_rank(matrix, 7, Floats(50, 1.0f), 2, workers);
  CHECK(reduced.rows.size() == 100);
  CHECK(reduced.basis.size() == 14);
  require_close(product(reduced, 7), matrix, 1e-5);
}

TEST_CASE("rows of more importance are approximated better, and rows of none do not count") {
  // Two rows in each of three directions; only one direction is kept.
  const Floats matrix = {3, 0, 0, 3, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1};
  Workers workers(1);
  const auto kept = [&](Floats importance) {
    return product(reduce_rank(matrix, 3, importance, 1, workers), 3);
  };
  require_close(kept({1, 1, 1, 1, 1, 1}),
                Floats{3, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1e-6);
  require_close(kept({0, 0, 1, 1, 1, 1}),
                Floats{0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, 1e-6);
  require_close(kept({1, 1, 1, 1, 10, 10}),
                Floats{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1}, 1e-6);
}

TEST_CASE("the approximation does not depend on the number of threads") {
  const Floats matrix = random_floats(10'000 * 30, 5), importance = [] {
    Floats numbers = random_floats(10'000, 6);
    for (float& number : numbers) number = std::max(number, 0.0f);
    return numbers;
  }();
  Workers one(1), three(3);
  const LowRank a = reduce_rank(matrix, 30, importance, 8, one);
  const LowRank b = reduce_rank(matrix, 30, importance, 8, three);
  CHECK(a.rows == b.rows);
  CHECK(a.basis == b.basis);
}
