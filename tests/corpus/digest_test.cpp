// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_stream.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

std::string digest_of(const std::vector<Document>& documents) {
  StoredDocuments stored(documents);
  return digest_documents(stored);
}

}  // namespace

TEST_CASE("a digest is XXH3-128 over the sizes and bytes of labels and texts") {
  // Computed by hand: XXH3_128bits over each label and text, each preceded by its 8-byte size.
  CHECK(digest_of(corpus({{"space", "moon orbit"}, {"baseball", "ball"}})) ==
        "4a765094c53e8cd06a561585d0d61e4d");
}

TEST_CASE("the digest of no documents is the digest of no bytes") {
  CHECK(digest_of({}) == "99aa06d3014798d86001c324468d497f");
}

TEST_CASE("ids and may_be_post do not change the digest") {
  auto documents = corpus({{"space", "moon"}, {"baseball", "ball"}});
  const std::string before = digest_of(documents);
  documents[0].id = "elsewhere/1";
  documents[1].may_be_post = true;
  CHECK(digest_of(documents) == before);
}

TEST_CASE("a different label, text or order gives a different digest") {
  const std::string digest = digest_of(corpus({{"space", "moon"}, {"baseball", "ball"}}));
  CHECK(digest != digest_of(corpus({{"spare", "moon"}, {"baseball", "ball"}})));
  CHECK(digest != digest_of(corpus({{"space", "moor"}, {"baseball", "ball"}})));
  CHECK(digest != digest_of(corpus({{"baseball", "ball"}, {"space", "moon"}})));
  CHECK(digest != digest_of(corpus({{"space", "moon"}})));
}

TEST_CASE("the digest depends on where one text ends and the next begins") {
  CHECK(digest_of(corpus({{"space", "moon"}})) != digest_of(corpus({{"spacem", "oon"}})));
  CHECK(digest_of(corpus({{"a", "x"}, {"b", "y"}})) != digest_of(corpus({{"a", "xb"}, {"", "y"}})));
}
