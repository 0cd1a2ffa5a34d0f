// SPDX-License-Identifier: MIT
#include "newsclf/names/edit_distance.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("the distance of names is counted in insertions, deletions and substitutions") {
  CHECK(edit_distance("space", "space") == 0);
  CHECK(edit_distance("space", "spaces") == 1);
  CHECK(edit_distance("space", "pace") == 1);
  CHECK(edit_distance("space", "spice") == 1);
  CHECK(edit_distance("space", "spcae") == 2);  // two adjacent letters swapped
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("Saturday", "Sunday") == 3);
  CHECK(edit_distance("abc", "xyz") == 3);
}

TEST_CASE("the distance to an empty name is the length of the other name") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
}

TEST_CASE("the distance is the same in both directions") {
  CHECK(edit_distance("intention", "execution") == 5);
  CHECK(edit_distance("execution", "intention") == 5);
}

TEST_CASE("the distance counts bytes of UTF-8 strings, or characters of UTF-32 strings") {
  CHECK(edit_distance("schön", "schon") == 2);
  CHECK(edit_distance(U"schön", U"schon") == 1);
  CHECK(edit_distance(U"", U"schön") == 5);
}

TEST_CASE("the nearest name is the one with the fewest edits") {
  const std::vector<std::string> names = {"comp.graphics", "sci.space", "sci.med"};
  CHECK(nearest_name("sci.spaec", names) == "sci.space");
  CHECK(nearest_name("sci.me", names) == "sci.med");
  CHECK(nearest_name("sci.space", names) == "sci.space");
}

TEST_CASE("the first of equally near names is returned") {
  CHECK(nearest_name("cat", std::vector<std::string>{"dog", "cut", "car"}) == "cut");
  CHECK(nearest_name("cat", std::vector<std::string>{"dog", "car", "cut"}) == "car");
}

TEST_CASE("a name is near if at most a third of its bytes differ") {
  const auto meant = [](const char* name, const char* other) {
    return !nearest_name(name, std::vector<std::string>{other}).empty();
  };
  // A third, rounded: 0 of 1 byte, 1 of 2 to 4 bytes, 2 of 5 to 7, 3 of 8.
  CHECK(meant("a", "a"));
  CHECK_FALSE(meant("a", "b"));
  CHECK(meant("ab", "ax"));
  CHECK_FALSE(meant("ab", "xy"));
  CHECK(meant("abcd", "abcx"));
  CHECK_FALSE(meant("abcd", "abxy"));
  CHECK(meant("abcde", "abcxy"));
  CHECK_FALSE(meant("abcde", "abxyz"));
  CHECK(meant("abcdefgh", "abcdexyz"));
  CHECK_FALSE(meant("abcdefgh", "abcdwxyz"));
}

TEST_CASE("there is no nearest name to an empty name or in an empty list") {
  CHECK(nearest_name("", std::vector<std::string>{"a", "bc"}).empty());
  CHECK(nearest_name("space", std::vector<std::string>{}).empty());
}
