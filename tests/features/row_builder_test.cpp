// SPDX-License-Identifier: MIT
#include "features/row_builder.hpp"

#include <algorithm>
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

TEST_CASE("limiting the memory of a row does not change it") {
  Random random(2);
  RowBuilder limited, plain;
  SparseRows rows;
  for (const std::uint64_t columns : {3ull, 100'000ull, 1ull << 31}) {
    for (int block = 0; block < 20; ++block) {
      for (int e = 0; e < 20'000; ++e) {
        const auto column = static_cast<std::int32_t>(random.below(columns));
        const std::uint32_t count = random.below(1000) == 0 ? 4'000'000'000 : 1;
        limited.add(column, count);
        plain.add(column, count);
      }
      limited.limit_memory();
    }
    limited.finish(rows);
    plain.finish(rows);
    const std::size_t last = rows.size() - 1;
    REQUIRE(std::ranges::equal(rows.row(last).columns, rows.row(last - 1).columns));
    REQUIRE(std::ranges::equal(rows.row(last).values, rows.row(last - 1).values));
  }
}
