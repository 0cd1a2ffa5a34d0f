// SPDX-License-Identifier: MIT
#include "newsclf/features/sparse_rows.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("the part of a row is its entries in a range of columns") {
  const std::vector<std::int32_t> columns = {1, 3, 4, 8};
  const std::vector<float> values = {1, 2, 3, 4};
  const SparseRow row{columns, values};
  const auto require_part = [&](ColumnRange range, std::size_t first, std::size_t count) {
    INFO(range.first << " to " << range.last);
    const SparseRow part = part_of(row, range);
    CHECK(part.columns.size() == count);
    CHECK(part.values.size() == count);
    CHECK(part.columns.data() == columns.data() + first);  // a view
    CHECK(part.values.data() == values.data() + first);
  };
  require_part({0, 9}, 0, 4);
  require_part({1, 8}, 0, 3);
  require_part({3, 5}, 1, 2);
  require_part({4, 5}, 2, 1);
  require_part({5, 8}, 3, 0);
  require_part({9, 20}, 4, 0);
  require_part({3, 3}, 1, 0);
  CHECK(part_of({}, {0, 5}).columns.empty());
  CHECK(ColumnRange{3, 5}.size() == 2);
}
