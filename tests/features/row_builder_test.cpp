// SPDX-License-Identifier: MIT
#include "features/row_builder.hpp"

#include <map>

#include "newsclf/parallel/random.hpp"
#include "support/support.hpp"

using namespace newsclf;

TEST_CASE("columns of a row are sorted and equal columns are added up, whatever their size") {
  Random random(1);
  RowBuilder builder;
  SparseRows rows;
  std::vector<std::map<std::int32_t, std::uint64_t>> expected;
  for (const std::uint64_t columns : {1ull, 40ull, 256ull, 65'536ull, 1ull << 24, 1ull << 31})
    for (const int entries : {0, 1, 47, 48, 3000}) {
      auto& row = expected.emplace_back();
      for (int e = 0; e < entries; ++e) {
        const auto column = static_cast<std::int32_t>(random.below(columns));
        const auto count = static_cast<std::uint32_t>(random.below(5) == 0 ? 4'000'000'000 : e);
        builder.add(column, count);
        row[column] += count;
      }
      builder.finish(rows);
    }
  REQUIRE(rows.size() == expected.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    REQUIRE(rows.row(r).columns.size() == expected[r].size());
    std::size_t k = 0;
    for (const auto& [column, sum] : expected[r]) {
      REQUIRE(rows.row(r).columns[k] == column);
      REQUIRE(rows.row(r).values[k] == static_cast<float>(sum));
      ++k;
    }
  }
}
