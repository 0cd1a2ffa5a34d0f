// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include <chrono>
#include <set>

#include "newsclf/parallel/random.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Groups = std::vector<std::vector<std::size_t>>;

/// Groups of similar names, if all names are used equally often.
Groups similar(const std::vector<std::string>& names) {
  return similar_names(names, std::vector<std::int64_t>(names.size(), 100));
}

bool are_alike(const std::string& a, const std::string& b) { return !similar({a, b}).empty(); }

bool are_alike(const std::string& a, std::int64_t uses_a, const std::string& b,
               std::int64_t uses_b) {
  const std::vector<std::string> names = {a, b};
  return !similar_names(names, std::vector<std::int64_t>{uses_a, uses_b}).empty();
}

std::string random_word(Random& random, std::size_t size, std::uint64_t letters) {
  std::string word = "s";
  while (word.size() < size) word.push_back(static_cast<char>('a' + random.below(letters)));
  return word;
}

}  // namespace

TEST_CASE("names that differ only in case and separators are similar") {
  CHECK(are_alike("sport", "Sport"));
  CHECK(are_alike("rec.autos", "rec_autos"));
  CHECK(are_alike("rec autos", "RecAutos"));
  CHECK(are_alike("rec-autos", "rec/autos "));
  CHECK(are_alike("Ökonomie", "ökonomie"));
  CHECK(are_alike("caf\u00e9", "cafe\u0301"));
  CHECK(are_alike("class-1", "class 1"));
}

TEST_CASE("names with one mistyped part are similar") {
  CHECK(are_alike("hockey", "hocky"));
  CHECK(are_alike("hockey", "hokcey"));
  CHECK(are_alike("hockey", "hocket"));
  CHECK(are_alike("sport", "sports"));
  CHECK(are_alike("spam", "spma"));
  CHECK(are_alike("rec.sport.hockey", "rec.sprot.hockey"));
  CHECK(are_alike("rec.sport.hockey", "rec sport Hocky"));
  CHECK(are_alike("schön", "schon"));
  CHECK(are_alike("космос", "космас"));
}

TEST_CASE("names that differ in numbers are not similar") {
  CHECK_FALSE(are_alike("version1", "version2"));
  CHECK_FALSE(are_alike("version1", "version12"));
  CHECK_FALSE(are_alike("v1.0", "v10"));
  CHECK_FALSE(are_alike("windows95", "windows98"));
  CHECK_FALSE(are_alike("1", "-1"));
  CHECK_FALSE(are_alike("10000", "10001"));
  CHECK_FALSE(are_alike("1.0", "10"));
}

TEST_CASE("different words are not similar") {
  CHECK_FALSE(are_alike("book", "boot"));
  CHECK_FALSE(are_alike("internal", "external"));
  CHECK_FALSE(are_alike("typical", "atypical"));
  CHECK_FALSE(are_alike("relevant", "irrelevant"));
  CHECK_FALSE(are_alike("male", "female"));
  CHECK_FALSE(are_alike("group A", "group B"));
  CHECK_FALSE(are_alike("typeA", "typeB"));
  CHECK_FALSE(are_alike("part I", "part II"));
  CHECK_FALSE(are_alike("news-uk", "news-us"));
  CHECK_FALSE(are_alike("c", "c++"));
  CHECK_FALSE(are_alike("国际新闻", "国内新闻"));
  CHECK_FALSE(are_alike("体育", "体操"));
}

TEST_CASE("long names with two typing errors are similar only if one of them is rare") {
  CHECK_FALSE(are_alike("hypertension", 300, "hypotension", 200));
  CHECK(are_alike("astronomy", 300, "asttronmy", 30));
  CHECK(are_alike("astronomy", 30, "asttronmy", 300));
  CHECK_FALSE(are_alike("astronomy", 300, "asttronmy", 31));
  CHECK_FALSE(are_alike("hockey", 300, "hokkei", 1));
}

TEST_CASE("the labels of 20 Newsgroups are not similar") {
  CHECK(similar({"alt.atheism",
                 "comp.graphics",
                 "comp.os.ms-windows.misc",
                 "comp.sys.ibm.pc.hardware",
                 "comp.sys.mac.hardware",
                 "comp.windows.x",
                 "misc.forsale",
                 "rec.autos",
                 "rec.motorcycles",
                 "rec.sport.baseball",
                 "rec.sport.hockey",
                 "sci.crypt",
                 "sci.electronics",
                 "sci.med",
                 "sci.space",
                 "soc.religion.christian",
                 "talk.politics.guns",
                 "talk.politics.mideast",
                 "talk.politics.misc",
                 "talk.religion.misc"})
            .empty());
}

TEST_CASE("a chain of similar names is one group, and groups are ordered by their first name") {
  CHECK(similar({"space", "hockey", "Space", "ball", "hocky", "SPACE_", "spaces"}) ==
        Groups{{0, 2, 5, 6}, {1, 4}});
}

TEST_CASE("names without letters are not similar to any name") {
  CHECK(similar({}).empty());
  CHECK(similar({"", " ", "-", "--", "+", "+ +"}).empty());
}

TEST_CASE("groups of many names agree with pairwise comparison") {
  Random random(7);
  std::set<std::string> distinct;
  while (distinct.size() < 150) distinct.insert(random_word(random, 4 + random.below(8), 3));
  const std::vector<std::string> names(distinct.begin(), distinct.end());
  std::vector<std::int64_t> uses;
  for (std::size_t n = 0; n < names.size(); ++n)
    uses.push_back(std::vector<std::int64_t>{1, 5, 20, 100}[random.below(4)]);

  std::vector<std::size_t> group(names.size());
  for (std::size_t n = 0; n < names.size(); ++n) group[n] = n;
  for (std::size_t b = 0; b < names.size(); ++b)
    for (std::size_t a = 0; a < b; ++a)
      if (group[a] != group[b] && are_alike(names[a], uses[a], names[b], uses[b])) {
        const auto [first, second] = std::minmax(group[a], group[b]);
        std::replace(group.begin(), group.end(), std::size_t{second}, std::size_t{first});
      }
  Groups expected;
  for (std::size_t n = 0; n < names.size(); ++n) {
    std::vector<std::size_t> members;
    for (std::size_t m = 0; m < names.size(); ++m)
      if (group[m] == n) members.push_back(m);
    if (members.size() > 1) expected.push_back(members);
  }
  CHECK(expected.size() > 1);
  CHECK(similar_names(names, uses) == expected);
}

TEST_CASE("five thousand names are compared within 10 s") {
  Random random(9);
  std::vector<std::string> names;
  std::vector<std::int64_t> uses;
  for (int n = 0; n < 5000; ++n) {
    names.push_back(random_word(random, 12, 26));
    uses.push_back(1 + static_cast<std::int64_t>(random.below(100)));
  }
  names.push_back(names[17] + "s");
  uses.push_back(3);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(similar_names(names, uses) == Groups{{17, 5000}});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("typing errors are detected in parts of up to 64 letters") {
  const std::string longest(kLongestComparedPart - 1, 'e');
  CHECK(are_alike("s" + longest, "s" + longest.substr(1)));
  CHECK_FALSE(are_alike("s" + longest, "s" + longest + "e"));
  CHECK(are_alike("s" + longest + "e", "S" + longest + "e"));
}
