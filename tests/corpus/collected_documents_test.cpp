// SPDX-License-Identifier: MIT
#include "newsclf/corpus/collected_documents.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/corpus/thread_keys.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/parallel/workers.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

std::vector<Document> some_documents() {
  std::vector<Document> documents = corpus({{"space", "Subject: Re: moon\n\nthe moon"},
                                            {"ball", "bat"},
                                            {"space", " \n"},
                                            {"ball", "the bat and the ball"},
                                            {"art", "été"}});
  documents.front().may_be_post = true;
  documents.push_back({"5", "ball", std::string(9'000'000, 'x')});  // longer than a block
  documents.push_back({"6", "ball", "title and text"});
  documents.back().parts = {{6, 5}, {14, 1}};
  return documents;
}

std::vector<std::string> texts_of(const ThreadKeys& keys) {
  std::vector<std::string> texts;
  for (std::size_t d = 0; d < keys.size(); ++d) texts.emplace_back(keys[d]);
  return texts;
}

/// The documents on disk are those in memory, and so is all that is known of them.
void require_same(DocumentStream& on_disk, DocumentStream& in_memory) {
  std::vector<Document> documents;
  for_each_document(on_disk, [&](const Document& document) { documents.push_back(document); });
  std::size_t d = 0;
  for_each_document(in_memory, [&](const Document& document) {
    REQUIRE(d < documents.size());
    CHECK(documents[d].label == document.label);
    CHECK((documents[d].text == document.text));
    CHECK(documents[d].may_be_post == document.may_be_post);
    REQUIRE(documents[d].parts.size() == document.parts.size());
    for (std::size_t p = 0; p < document.parts.size(); ++p) {
      CHECK(documents[d].parts[p].end == document.parts[p].end);
      CHECK(documents[d].parts[p].weight == document.parts[p].weight);
    }
    ++d;
  });
  CHECK(d == documents.size());
  const LabelSet labels = LabelSet::of(in_memory);
  CHECK(LabelSet::of(on_disk).labels() == labels.labels());
  CHECK(label_ids(on_disk, labels) == label_ids(in_memory, labels));
  CHECK(label_ids(on_disk, LabelSet({"art"})) == label_ids(in_memory, LabelSet({"art"})));
  CHECK(texts_of(thread_keys(on_disk)) == texts_of(thread_keys(in_memory)));
  CHECK(digest_documents(on_disk) == digest_documents(in_memory));
  CHECK(are_short(on_disk) == are_short(in_memory));
  CHECK(count_documents(on_disk).documents == count_documents(in_memory).documents);
  CHECK(count_documents(on_disk).empty == count_documents(in_memory).empty);
}

}  // namespace

TEST_CASE("documents on disk are the documents in memory") {
  const TempDir folder;
  const std::vector<Document> documents = some_documents();
  StoredDocuments in_memory(documents);
  for (const std::int64_t most : {0, 500}) {
    INFO("limit " << most);
    CollectedDocuments collected(folder.path(), most);
    for (const Document& document : documents) {
      Document copy = document;
      collected.add({&copy, 1});
    }
    CHECK(collected.are_on_disk());
    CHECK(collected.room() == 0);
    require_same(collected.stream(), in_memory);
    const std::vector<char> selected = {1, 0, 1, 1, 0, 1, 0};
    SelectedDocuments some_on_disk(collected.stream(), selected), some(in_memory, selected);
    require_same(some_on_disk, some);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("documents stay in memory up to the limit, and without a folder") {
  const TempDir folder;
  std::vector<Document> documents = corpus({{"space", "moon"}, {"ball", "bat"}});
  CollectedDocuments small(folder.path(), 100'000), unlimited({}, 0);
  std::vector<Document> copies = documents;
  small.add(copies);
  unlimited.add(documents);
  CHECK_FALSE(small.are_on_disk());
  CHECK_FALSE(unlimited.are_on_disk());
  CHECK(small.stream().next().size() == 2);
  small.move_to_disk();
  CHECK(small.are_on_disk());
  CHECK(label_ids(small.stream(), LabelSet({"space", "ball"})) == std::vector{1, 0});
}

TEST_CASE("the digest of layouts tells documents apart that differ in columns or as posts") {
  const std::vector<Document> documents = some_documents();
  std::vector<Document> other_end = documents, other_weight = documents, no_post = documents;
  other_end.back().parts[0].end = 5;
  other_weight.back().parts[1].weight = 2;
  no_post.front().may_be_post = false;
  const TempDir folder;
  std::set<std::string> digests;
  for (const std::vector<Document>& each : {documents, other_end, other_weight, no_post}) {
    StoredDocuments stream(each);
    const std::string digest = digest_layouts(stream);
    digests.insert(digest);
    DocumentsOnDisk on_disk(folder.path());
    for (const Document& document : each) on_disk.add(document);
    on_disk.finish();
    CHECK(digest_layouts(on_disk) == digest);
  }
  CHECK(digests.size() == 4);
}

namespace {

/// Notes the largest number of bytes that it gets at once.
class Largest : public DocumentSink {
 public:
  explicit Largest(std::string folder, std::size_t room)
      : room_(room), folder_(std::move(folder)) {}

  void add(std::span<Document> documents) override {
    std::size_t bytes = 0;
    for (const Document& document : documents) bytes += document.text.size();
    most = std::max(most, bytes);
    all += bytes;
  }
  std::size_t room() const override { return room_; }
  const std::string& folder() const override { return folder_; }

  std::size_t most = 0, all = 0;

 private:
  std::size_t room_;
  std::string folder_;
};

}  // namespace

TEST_CASE("trees and archives pass documents on before many bytes are in memory") {
  constexpr std::size_t kText = 3'000'000, kMost = 9'000'000;
  const TempDir folder;
  const std::string tree = folder / "tree";
  for (const std::string label : {"space", "ball"}) {
    std::filesystem::create_directories(tree + "/" + label);
    for (int d = 0; d < 4; ++d)
      write_file(tree + "/" + label + "/" + std::to_string(d), std::string(kText, 'x'));
  }
  std::filesystem::create_hard_link(tree + "/ball/0", tree + "/ball/4");
  REQUIRE(run_shell("tar -cf '" + (folder / "a.tar") + "' -C '" + tree + "' .").status == 0);
  Workers workers(2);
  for (const std::string& data : {tree, folder / "a.tar"})
    for (const std::size_t room : {std::size_t{0}, std::size_t{1} << 40}) {
      INFO(data << ", room " << room);
      Largest sink(folder.path(), room);
      CHECK(read_corpus({data}, {}, workers, &sink).corpus.counts.read == 9);
      CHECK(sink.all == 9 * kText);
      CHECK(sink.most <= kMost);
    }
}

TEST_CASE("a folder that does not exist is an error") {
  const TempDir folder;
  CHECK(error_of([&] { DocumentsOnDisk documents(folder / "none"); }) ==
        (folder / "none") + ": cannot create a file for the cache: No such file or directory");
}
