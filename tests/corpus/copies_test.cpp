// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Places = std::vector<std::size_t>;

std::vector<CopyGroup> copies(const std::vector<Document>& data,
                              const std::vector<Document>& test = {}, int threads = 1) {
  Workers workers(threads);
  return find_copies(data, test, workers);
}

}  // namespace

TEST_CASE("the content of a document is its text with case and white space normalized") {
  CHECK(content_of({"", "", "  Moon\tand\n\nORBIT \n"}) == "moon and orbit");
  CHECK(content_of({"", "", "\u00DCBER\u00A0Orion"}) == "\u00FCber orion");
  CHECK(content_of({"", "", " \t\r\n\u3000"}).empty());
  CHECK(content_of({"", "", "moon!"}) != content_of({"", "", "moon"}));
}

TEST_CASE("the content of a post is its subject without Re: and its body") {
  const std::string content = content_of(post("Subject: Moon  Bases\nDate: 1\n\nWhen?\n"));
  CHECK(content_of(post("From: a@b.c\nSubject: Re: moon bases\n\n  when?")) == content);
  CHECK(content_of(post("Subject: moon\n\nbases when?")) != content);
  CHECK(content_of({"", "", "Subject: Moon Bases\nDate: 1\n\nWhen?\n"}) != content);
  CHECK(content_of(post("Subject:\nDate: 1\n\n \n")).empty());
}

TEST_CASE("documents with the same content form a group, ordered by the first document") {
  const auto groups = copies(corpus({{"a", "orbit"},
                                     {"a", "moon"},
                                     {"a", "ball"},
                                     {"b", "Moon "},
                                     {"a", "orbit"},
                                     {"b", "moon"}}));
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].data == Places{0, 4});
  CHECK(groups[0].identical);
  CHECK(groups[1].data == Places{1, 3, 5});
  CHECK_FALSE(groups[1].identical);
  CHECK(groups[0].test.empty());
}

TEST_CASE("copies are found within and between two collections") {
  const auto groups = copies(corpus({{"a", "moon"}, {"a", "orbit"}, {"b", "moon"}}),
                             corpus({{"a", "ball"}, {"b", "MOON"}, {"a", "bat"}, {"a", "bat"}}));
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].data == Places{0, 2});
  CHECK(groups[0].test == Places{1});
  CHECK_FALSE(groups[0].identical);
  CHECK(groups[1].data.empty());
  CHECK(groups[1].test == Places{2, 3});
}

TEST_CASE("empty documents are not copies of each other") {
  CHECK(copies(corpus({{"a", ""}, {"a", ""}, {"a", " \n"}, {"b", "moon"}})).empty());
  CHECK(copies({}).empty());
}

TEST_CASE("the groups do not depend on the number of threads") {
  std::vector<Document> documents;
  for (int i = 0; i < 1000; ++i)
    documents.push_back({"", "a", "document " + std::to_string(i * 7 % 300)});
  const auto one = copies(documents);
  const auto four = copies(documents, {}, 4);
  REQUIRE(one.size() == 300);
  REQUIRE(four.size() == one.size());
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(four[i].data == one[i].data);
}
