// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_stream.hpp"

#include "corpus/blocks.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Ids = std::vector<std::string>;
using Sizes = std::vector<std::size_t>;

std::vector<Document> documents_of(std::size_t count, std::size_t bytes = 1) {
  std::vector<Document> documents;
  for (std::size_t d = 0; d < count; ++d)
    documents.push_back({std::to_string(d), "a", std::string(bytes, 'x')});
  return documents;
}

}  // namespace

TEST_CASE("stored documents are returned as one block, and again after a rewind") {
  const auto documents = documents_of(3);
  StoredDocuments stored(documents);
  const auto block = stored.next();
  CHECK(block.data() == documents.data());
  CHECK(block.size() == 3);
  CHECK(stored.next().empty());
  CHECK(stored.next().empty());
  stored.rewind();
  CHECK(stored.next().size() == 3);
  StoredDocuments none({});
  CHECK(none.next().empty());
}

TEST_CASE("a visit of all documents starts at the first, whatever was read before") {
  const auto documents = documents_of(5);
  DocumentBlocks blocks(documents, 2);
  blocks.next();
  CHECK(ids_of(blocks) == Ids{"0", "1", "2", "3", "4"});
  CHECK(ids_of(blocks) == Ids{"0", "1", "2", "3", "4"});
}

TEST_CASE("documents whose flag is set are selected in order, for any block size") {
  const auto documents = documents_of(7);
  for (const std::size_t size : {1u, 2u, 3u, 7u}) {
    DocumentBlocks blocks(documents, size);
    SelectedDocuments some(blocks, {0, 1, 1, 0, 0, 0, 1});
    CHECK(ids_of(some) == Ids{"1", "2", "6"});
    some.rewind();
    some.next();
    CHECK(ids_of(some) == Ids{"1", "2", "6"});
    CHECK(some.next().empty());
    SelectedDocuments none(blocks, std::vector<char>(7, 0));
    CHECK(none.next().empty());
    SelectedDocuments all(blocks, std::vector<char>(7, 1));
    CHECK(ids_of(all) == ids_of(blocks));
  }
}

TEST_CASE("blocks of selected documents have a limited size") {
  const auto documents = documents_of(6, std::size_t{3} << 20);
  StoredDocuments stored(documents);
  SelectedDocuments selected(stored, {1, 1, 0, 1, 1, 1});
  CHECK(block_sizes(selected) == Sizes{2, 2, 1});
}
