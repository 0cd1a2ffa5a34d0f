// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include "newsclf/names/edit_distance.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

TEST_CASE("labels are unique and numbered in byte order") {
  const LabelSet labels({"sci.space", "Zoo", "été", "rec.autos", "sci.space", "rec"});
  CHECK(labels.labels() == std::vector<std::string>{"Zoo", "rec", "rec.autos", "sci.space", "été"});
  CHECK(labels.size() == 5);
}

TEST_CASE("a label's id is its index") {
  const LabelSet labels({"space", "baseball", "graphics"});
  CHECK(labels.to_id("baseball") == 0);
  CHECK(labels.to_id("graphics") == 1);
  CHECK(labels.to_id("space") == 2);
  for (std::int32_t id = 0; id < labels.size(); ++id)
    CHECK(labels.to_id(labels.to_label(id)) == id);
}

TEST_CASE("a label that is not in the set is unknown") {
  const LabelSet labels({"baseball", "space"});
  for (const char* label : {"", "a", "bas", "basebal", "baseballs", "Space", "zoo"})
    CHECK(labels.to_id(label) == LabelSet::kUnknown);
  CHECK(LabelSet().to_id("space") == LabelSet::kUnknown);
}

TEST_CASE("the labels of documents are unique and sorted, whatever the order of documents") {
  const LabelSet labels =
      LabelSet::of(corpus({{"space", ""}, {"baseball", ""}, {"space", ""}, {"graphics", ""}}));
  CHECK(labels.labels() == std::vector<std::string>{"baseball", "graphics", "space"});
  CHECK(LabelSet::of({}).size() == 0);
}

TEST_CASE("the nearest label to a misspelled label is the intended one") {
  const LabelSet labels({"comp.graphics", "rec.sport.baseball", "rec.sport.hockey", "sci.space"});
  CHECK(nearest_name("sci.spce", labels.labels()) == "sci.space");
  CHECK(nearest_name("sci.sspace", labels.labels()) == "sci.space");
  CHECK(nearest_name("sci_space", labels.labels()) == "sci.space");
  CHECK(nearest_name("comp.grahpics", labels.labels()) == "comp.graphics");
  CHECK(nearest_name("rec.sport.hokey", labels.labels()) == "rec.sport.hockey");
  CHECK(nearest_name("rec.sports.basball", labels.labels()) == "rec.sport.baseball");
}

TEST_CASE("a label is nearest to itself") {
  CHECK(nearest_name("space", LabelSet({"space", "spaces", "spade"}).labels()) == "space");
}

TEST_CASE("the label with the fewest edits is nearest, and ties go to the first label") {
  CHECK(nearest_name("space", LabelSet({"spaces", "spacemen"}).labels()) == "spaces");
  CHECK(nearest_name("spaxe", LabelSet({"spade", "space"}).labels()) == "space");
}

TEST_CASE("a name far from every label has no nearest label") {
  const LabelSet labels({"comp.graphics", "sci.space"});
  CHECK(nearest_name("talk.politics.guns", labels.labels()).empty());
  CHECK(nearest_name("cooking", labels.labels()).empty());
  CHECK(nearest_name("x", labels.labels()).empty());
  CHECK(nearest_name("space", LabelSet().labels()).empty());
}

TEST_CASE("a short name has no nearest label if it shares no letter with any") {
  CHECK(nearest_name("it", LabelSet({"us", "uk"}).labels()).empty());
  CHECK(nearest_name("b", LabelSet({"a"}).labels()).empty());
}

TEST_CASE("documents get the ids of their labels, or kUnknown") {
  const LabelSet labels({"baseball", "space"});
  const auto documents = corpus({{"space", ""}, {"graphics", ""}, {"baseball", ""}, {"", ""}});
  StoredDocuments stored(documents);
  CHECK(label_ids(stored, labels) ==
        std::vector<std::int32_t>{1, LabelSet::kUnknown, 0, LabelSet::kUnknown});
}

TEST_CASE("labels are trimmed of white space and composed, and nothing else") {
  const auto cleaned = [](std::string label) {
    const std::string before = label;
    const bool changed = clean_label(label);
    CHECK(changed == (label != before));
    return label;
  };
  for (const char* label : {"", "sci.space", "talk politics", "\u00e9t\u00e9", "a\u00a0b", "\x80 "})
    CHECK(cleaned(label) == label);
  CHECK(cleaned(" \tsci space\r\n") == "sci space");
  CHECK(cleaned("\u3000\u00a0space\u2003\u0085") == "space");
  CHECK(cleaned(" \u00a0\t") == "");
  CHECK(cleaned("e\u0301te\u0301") == "\u00e9t\u00e9");
  CHECK(cleaned("\ufb01ne") == "\ufb01ne");  // a ligature is another character
  CHECK(cleaned(std::string("a\0b ", 4)) == std::string("a\0b", 3));
}

TEST_CASE("labels that differ only in case are paired with the first of them") {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(labels_differing_in_case(
            LabelSet({"space", "Space", "SPACE", "\u00c9t\u00e9", "zoo", "\u00e9t\u00e9"})) ==
        Pairs{{"SPACE", "Space"}, {"SPACE", "space"}, {"\u00c9t\u00e9", "\u00e9t\u00e9"}});
  CHECK(labels_differing_in_case(LabelSet({"a", "b"})).empty());
}
