// SPDX-License-Identifier: MIT
#include "newsclf/corpus/split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Places = std::vector<std::size_t>;

/// The label ids of `counts[l]` documents of each label l, with alternating labels.
std::vector<std::int32_t> labels_of(std::vector<int> counts) {
  std::vector<std::int32_t> labels;
  for (bool more = true; more;) {
    more = false;
    for (std::size_t label = 0; label < counts.size(); ++label)
      if (counts[label]-- > 0) {
        labels.push_back(static_cast<std::int32_t>(label));
        more = true;
      }
  }
  return labels;
}

std::vector<std::string> own_keys(std::size_t size) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < size; ++i) keys.push_back(std::to_string(i));
  return keys;
}

std::map<std::int32_t, int> count_labels(const Places& places,
                                         const std::vector<std::int32_t>& labels) {
  std::map<std::int32_t, int> counts;
  for (const std::size_t place : places) ++counts[labels[place]];
  return counts;
}

std::vector<std::string> keys_of(const std::vector<Document>& documents) {
  StoredDocuments stored(documents);
  const ThreadKeys keys = thread_keys(stored);
  std::vector<std::string> texts;
  for (std::size_t d = 0; d < keys.size(); ++d) texts.emplace_back(keys[d]);
  return texts;
}

}  // namespace

TEST_CASE("every label keeps its share on both sides") {
  const auto labels = labels_of({50, 30, 15, 5});
  const Split split = stratified_split(labels, own_keys(100), 0.2, 1);
  CHECK(count_labels(split.held_out, labels) ==
        std::map<std::int32_t, int>{{0, 10}, {1, 6}, {2, 3}, {3, 1}});
  CHECK(count_labels(split.train, labels) ==
        std::map<std::int32_t, int>{{0, 40}, {1, 24}, {2, 12}, {3, 4}});
}

TEST_CASE("the held-out share of a label is rounded to whole documents") {
  const auto labels = labels_of({14, 15, 4});
  const Split split = stratified_split(labels, own_keys(33), 0.1, 1);
  CHECK(count_labels(split.held_out, labels) == std::map<std::int32_t, int>{{0, 1}, {1, 2}});
}

TEST_CASE("labels with too few documents for the held-out share take turns") {
  const auto labels = labels_of({3, 40, 3, 3, 3, 3, 3, 3, 1});
  const Split split = stratified_split(labels, own_keys(62), 0.15, 1);
  CHECK(count_labels(split.held_out, labels) ==
        std::map<std::int32_t, int>{{1, 6}, {3, 1}, {5, 1}, {7, 1}});
}

TEST_CASE("every document is on exactly one side, and each side is sorted") {
  const auto labels = labels_of({40, 30, 20});
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < labels.size(); ++i) keys.push_back(std::to_string(i / 3));
  const Split split = stratified_split(labels, keys, 0.3, 9);
  CHECK(std::is_sorted(split.train.begin(), split.train.end()));
  CHECK(std::is_sorted(split.held_out.begin(), split.held_out.end()));
  Places all = split.train;
  all.insert(all.end(), split.held_out.begin(), split.held_out.end());
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() == labels.size());
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == i);
}

TEST_CASE("documents with the same key stay on one side") {
  const auto labels = labels_of({60, 60});
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < labels.size(); ++i) keys.push_back(std::to_string(i % 40));
  const Split split = stratified_split(labels, keys, 0.25, 3);
  std::map<std::string, int> sides;
  for (const std::size_t place : split.train) sides[keys[place]] |= 1;
  for (const std::size_t place : split.held_out) sides[keys[place]] |= 2;
  CHECK(sides.size() == 40);
  for (const auto& [key, side] : sides) CHECK(side != 3);
  // Each of the 40 threads has three documents of one label: five threads give 15 documents.
  CHECK(count_labels(split.held_out, labels) == std::map<std::int32_t, int>{{0, 15}, {1, 15}});
}

TEST_CASE("a thread that is larger than a label's share stays in training") {
  const auto labels = labels_of({10});
  std::vector<std::string> keys = own_keys(10);
  for (std::size_t i = 0; i < 4; ++i) keys[i] = "thread";
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = stratified_split(labels, keys, 0.3, seed);
    CHECK(split.held_out.size() == 3);
    CHECK(split.held_out[0] >= 4);
  }
}

TEST_CASE("a thread over two labels counts for both") {
  const std::vector<std::int32_t> labels = {0, 1, 0, 1, 0, 1, 0, 1};
  const std::vector<std::string> keys = {"a", "a", "b", "b", "c", "c", "d", "d"};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = stratified_split(labels, keys, 0.25, seed);
    REQUIRE(split.held_out.size() == 2);
    CHECK(keys[split.held_out[0]] == keys[split.held_out[1]]);
  }
}

TEST_CASE("every label keeps a training document") {
  const auto labels = labels_of({1, 2, 40});
  const Split split = stratified_split(labels, own_keys(43), 0.99, 5);
  CHECK(count_labels(split.train, labels) == std::map<std::int32_t, int>{{0, 1}, {1, 1}, {2, 1}});
}

TEST_CASE("the same seed gives the same split, and another seed gives another split") {
  const auto labels = labels_of({100, 100});
  const auto keys = own_keys(200);
  const Split split = stratified_split(labels, keys, 0.1, 17);
  CHECK(stratified_split(labels, keys, 0.1, 17).held_out == split.held_out);
  CHECK(stratified_split(labels, keys, 0.1, 17).train == split.train);
  CHECK(stratified_split(labels, keys, 0.1, 18).held_out != split.held_out);
}

TEST_CASE("every document can be held out") {
  const auto labels = labels_of({4});
  std::map<std::size_t, int> times;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    ++times[stratified_split(labels, own_keys(4), 0.25, seed).held_out.at(0)];
  for (std::size_t place = 0; place < 4; ++place) CHECK(times[place] == Approx(100).margin(45));
}

TEST_CASE("no document is held out if the fraction or the threads allow none") {
  CHECK(stratified_split(labels_of({4, 4}), own_keys(8), 0.1, 0).held_out.empty());
  CHECK(stratified_split(labels_of({1, 1}), own_keys(2), 0.9, 0).held_out.empty());
  const std::vector<std::string> one_thread(10, "thread");
  CHECK(stratified_split(labels_of({10}), one_thread, 0.5, 0).held_out.empty());
}

TEST_CASE("folds have equal shares of every label") {
  const auto labels = labels_of({50, 30, 15, 5, 3});
  const auto folds = stratified_folds(labels, own_keys(labels.size()), 5, 1);
  std::map<std::int32_t, std::map<std::int32_t, int>> counts;
  std::map<std::int32_t, int> sizes;
  for (std::size_t d = 0; d < labels.size(); ++d) {
    ++counts[labels[d]][folds[d]];
    ++sizes[folds[d]];
  }
  for (std::int32_t fold = 0; fold < 5; ++fold) {
    CHECK(counts[0][fold] == 10);
    CHECK(counts[1][fold] == 6);
    CHECK(counts[2][fold] == 3);
    CHECK(counts[3][fold] == 1);
    CHECK(counts[4][fold] <= 1);
    CHECK(sizes[fold] >= 20);
  }
  CHECK(sizes.size() == 5);
}

TEST_CASE("documents with the same key are in one fold, and each label is spread as evenly") {
  // Of each label, 4 threads with 5 documents and 20 documents of their own; 3 threads of both.
  std::vector<std::int32_t> labels;
  std::vector<std::string> keys;
  const auto add = [&](std::int32_t label, int documents, const std::string& key) {
    for (int i = 0; i < documents; ++i) {
      labels.push_back(label);
      keys.push_back(key.empty() ? std::to_string(keys.size()) : key);
    }
  };
  for (const std::int32_t label : {0, 1}) {
    for (const char* thread : {"a", "b", "c", "d"}) add(label, 5, thread + std::to_string(label));
    add(label, 20, "");
    for (const char* thread : {"x", "y", "z"}) add(label, 2, thread);
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto folds = stratified_folds(labels, keys, 4, seed);
    std::map<std::string, std::int32_t> fold_of;
    std::map<std::pair<std::int32_t, std::int32_t>, int> counts;
    for (std::size_t d = 0; d < labels.size(); ++d) {
      CHECK(fold_of.try_emplace(keys[d], folds[d]).first->second == folds[d]);
      ++counts[{labels[d], folds[d]}];
    }
    for (const std::int32_t label : {0, 1})
      for (std::int32_t fold = 0; fold < 4; ++fold) {
        const int count = counts[{label, fold}];  // of 46
        CHECK((count == 11 || count == 12));
      }
  }
}

TEST_CASE("the same seed gives the same folds, and another seed gives others") {
  const auto labels = labels_of({100, 100});
  const auto folds = stratified_folds(labels, own_keys(200), 5, 17);
  CHECK(stratified_folds(labels, own_keys(200), 5, 17) == folds);
  CHECK(stratified_folds(labels, own_keys(200), 5, 18) != folds);
}

TEST_CASE("no fold is empty, and fewer groups than folds are refused") {
  const auto labels = labels_of({4});
  std::vector<std::string> keys = {"a", "a", "b", "c"};
  const auto folds = stratified_folds(labels, keys, 3, 0);
  CHECK(folds[0] == folds[1]);
  CHECK(std::set<std::int32_t>(folds.begin(), folds.end()) == std::set<std::int32_t>{0, 1, 2});
  CHECK(error_of([&] { stratified_folds(labels, keys, 4, 0); }) ==
        "training data: 4 folds need at least 4 documents with different subjects or texts, got 3; "
        "use more documents or fewer folds");
}

TEST_CASE("a post, its replies and its copies in other groups share a key") {
  std::vector<Document> documents = {
      post("Subject: Moon bases\n\none"), post("From: a@b.c\nSubject: Re: moon  bases\n\ntwo"),
      post("Subject: RE: Re: Moon bases\n\nthree"), post("Subject: Moon\n\nfour")};
  documents[1].label = "another";
  const auto keys = keys_of(documents);
  REQUIRE(keys.size() == 4);
  CHECK(keys[1] == keys[0]);
  CHECK(keys[2] == keys[0]);
  CHECK(keys[3] != keys[0]);
}

TEST_CASE("a long document that is not a post shares a key only with its exact copies") {
  const std::string text(300, 'x');
  std::vector<Document> documents =
      corpus({{"a", text.c_str()}, {"b", text.c_str()}, {"a", (text + "y").c_str()}});
  documents.push_back(post("Subject: " + text + "\n\nsame"));
  const auto keys = keys_of(documents);
  CHECK(keys[1] == keys[0]);
  CHECK(keys[2] != keys[0]);
  CHECK(keys[3] != keys[0]);
}

TEST_CASE("documents of the same one word have their own keys") {
  std::vector<Document> documents =
      corpus({{"a", "Moon"}, {"a", "Moon"}, {"a", "the moon"}, {"a", "the moon"}});
  documents.push_back(post("Subject: moon\n\none"));
  documents.push_back(post("Subject: Re: moon\n\ntwo"));
  const auto keys = keys_of(documents);
  CHECK(keys[1] != keys[0]);
  CHECK(keys[3] == keys[2]);
  CHECK(keys[5] == keys[4]);
}

TEST_CASE("short documents share a key with their copies") {
  const auto keys = keys_of(
      corpus({{"a", "Moon bases\n"}, {"b", "re: moon  bases"}, {"a", "moon base"}, {"a", "Re:"}}));
  CHECK(keys[0] == keys[1]);
  CHECK(keys[2] != keys[0]);
  CHECK(keys[3] != keys[0]);
}

TEST_CASE("posts without words in their subject have their own keys") {
  const std::vector<Document> documents = {post("Subject:\n\none"), post("Subject: Re:\n\ntwo")};
  const auto keys = keys_of(documents);
  CHECK(keys[0] != keys[1]);
}

TEST_CASE("a numeric subject does not collide with a document's own key") {
  const std::vector<Document> documents = {post("Subject:\n\nx"), post("Re:"),
                                           post("Subject: 0\n\nbody"), post("Subject: 1\n\nbody")};
  auto keys = keys_of(documents);
  std::sort(keys.begin(), keys.end());
  CHECK(std::unique(keys.begin(), keys.end()) == keys.end());
}
