// SPDX-License-Identifier: MIT
#include "training/row_rmsprop.hpp"

#include <cmath>

#include "training/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Rows = std::vector<std::int64_t>;

torch::Tensor rows_of(const Rows& rows) { return torch::tensor(rows, torch::kInt64); }

/// Random numbers in [-1, 1).
torch::Tensor drawn(std::int64_t rows, std::int64_t units, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(rows * units));
  for (float& value : values) value = 2 * random.uniform() - 1;
  return torch::tensor(values).reshape({rows, units});
}

}  // namespace

TEST_CASE("the first step follows the formula") {
  // With this beta the step size is sqrt(1 - 0.75) = 0.5 of the rate, and v a quarter of the mean
  // square: (4 + 1 + 4) / 3 / 4, the root of which is sqrt(3) / 2.
  const torch::Tensor weight = torch::zeros({2, 3});
  RowRmsprop optimizer(weight, {.beta = 0.75, .eps = 0.5, .sharing = 3});
  optimizer.step(rows_of({1}), torch::tensor({{2.0f, -1.0f, 2.0f}}), 4.0);
  const float unit = 2 / (std::sqrt(3.0f) / 2 + 0.5f);
  require_close(elements<float>(weight), std::vector<float>{0, 0, 0, -2 * unit, unit, -2 * unit},
                1e-6);
}

TEST_CASE("with default options the first step equals the learning rate in float precision") {
  const torch::Tensor gradient = torch::tensor({{5.0f, -2.0f, 1000.0f, -1.0f}});
  const std::vector<float> expected{-1, 1, -1, 1};
  const torch::Tensor weight = torch::zeros({1, 4});
  RowRmsprop(weight, {.sharing = 1}).step(rows_of({0}), gradient, 1.0);
  require_close(elements<float>(weight), expected, 1e-6);
}

TEST_CASE("rows that a step does not touch are unchanged") {
  Random random(1);
  const torch::Tensor weight = drawn(6, 5, random);
  const torch::Tensor before = weight.clone();
  RowRmsprop optimizer(weight, {.sharing = 5});
  optimizer.step(rows_of({0, 2, 5}), drawn(3, 5, random), 0.1);
  const torch::Tensor after_one = weight.clone();
  optimizer.step(rows_of({5}), drawn(1, 5, random), 0.1);
  for (const std::int64_t row : {1, 3, 4}) CHECK(torch::equal(weight[row], before[row]));
  for (const std::int64_t row : {0, 2}) CHECK(torch::equal(weight[row], after_one[row]));
  CHECK_FALSE(weight[5].eq(after_one[5]).any().item<bool>());
}

TEST_CASE("the mean square of an untouched row is unchanged while the step count increases") {
  // Row 0 is touched by step 1 with the gradient 2 and by step 4 with -1.
  const double v = 0.999 * (0.001 * 4) + 0.001 * 1;
  const double size = 0.5 * std::sqrt(1 - std::pow(0.999, 4));
  const torch::Tensor weight = torch::zeros({2, 1});
  RowRmsprop optimizer(weight, {.sharing = 1});
  optimizer.step(rows_of({0}), torch::tensor({{2.0f}}), 0.5);
  for (int i = 0; i < 2; ++i) optimizer.step(rows_of({1}), torch::tensor({{7.0f}}), 0.5);
  const float rested = weight[0].item<float>();
  optimizer.step(rows_of({0}), torch::tensor({{-1.0f}}), 0.5);
  CHECK(weight[0].item<float>() - rested == Approx(size / std::sqrt(v)).epsilon(1e-5));
}

TEST_CASE("a row that is first touched late uses the step count of the optimizer") {
  const double size = 0.5 * std::sqrt(1 - std::pow(0.999, 3));
  const torch::Tensor weight = torch::zeros({2, 1});
  RowRmsprop optimizer(weight, {.sharing = 1});
  for (int i = 0; i < 2; ++i) optimizer.step(rows_of({0}), torch::tensor({{1.0f}}), 0.5);
  optimizer.step(rows_of({1}), torch::tensor({{4.0f}}), 0.5);
  CHECK(weight[1].item<float>() == Approx(-size / std::sqrt(0.001)).epsilon(1e-5));
}

TEST_CASE("a column-major gradient is read by rows") {
  const torch::Tensor by_columns = torch::tensor({{1.0f, -1.0f}, {1.0f, 0.0f}}).t();
  const torch::Tensor weight = torch::zeros({2, 2});
  RowRmsprop optimizer(weight, {.sharing = 1});
  optimizer.step(rows_of({0, 1}), by_columns, 0.25);
  require_close(elements<float>(weight), std::vector<float>{-0.25f, -0.25f, 0.25f, 0}, 1e-5);
}

TEST_CASE("the learning rate may change between steps") {
  const torch::Tensor weight = torch::zeros({1, 1});
  RowRmsprop optimizer(weight, {.sharing = 1});
  optimizer.step(rows_of({0}), torch::tensor({{1.0f}}), 0.5);
  optimizer.step(rows_of({0}), torch::tensor({{1.0f}}), 0.25);
  // With a constant gradient the corrected mean square is 1, so a step equals its learning rate.
  CHECK(weight[0].item<float>() == Approx(-0.75).epsilon(1e-5));
}

TEST_CASE("a step decays a row, including its earlier moves, before it moves the row") {
  // With lr = 1 every step of a constant gradient has length 1.
  const torch::Tensor weight = torch::tensor({{8.0f}, {8.0f}});
  RowRmsprop optimizer(weight, {.beta = 0.75, .eps = 0, .weight_decay = 0.5, .sharing = 1});
  optimizer.step(rows_of({0}), torch::tensor({{3.0f}}), 1.0);
  CHECK(weight[0].item<float>() == Approx(8 * 0.5 - 1));
  CHECK(weight[1].item<float>() == 8);  // still owes its decay
  optimizer.step(rows_of({0}), torch::tensor({{3.0f}}), 1.0);
  CHECK(weight[0].item<float>() == Approx((8 * 0.5 - 1) * 0.5 - 1));
  optimizer.catch_up(rows_of({1}));
  CHECK(weight[1].item<float>() == Approx(8 * 0.5 * 0.5));
  optimizer.step(rows_of({}), torch::empty({0, 1}), 1.0);
  optimizer.catch_up();
  CHECK(weight[1].item<float>() == Approx(8 * 0.5 * 0.5 * 0.5));
  CHECK(weight[0].item<float>() == Approx(((8 * 0.5 - 1) * 0.5 - 1) * 0.5));
}

TEST_CASE("neighbouring weights share the mean of their squared gradients") {
  // The corrected mean square is 12.5 for 3 and 4, 18 for 6 and 0.
  const torch::Tensor weight = torch::zeros({1, 4});
  RowRmsprop optimizer(weight, {.beta = 0.75, .eps = 0, .sharing = 2});
  optimizer.step(rows_of({0}), torch::tensor({{3.0f, -4.0f, 6.0f, 0.0f}}), 1.0);
  const float first = std::sqrt(12.5f), second = std::sqrt(18.0f);
  require_close(elements<float>(weight), std::vector<float>{-3 / first, 4 / first, -6 / second, 0},
                1e-6);
}
