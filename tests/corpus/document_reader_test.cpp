// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document_reader.hpp"

#include <unistd.h>

#include "corpus/records.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

DocumentReader reader_of(std::string_view bytes, DataFormat format = DataFormat::kCsv,
                         const ReadOptions& options = {},
                         std::size_t step = std::string_view::npos) {
  return {std::make_unique<StringSource>(bytes, step), format, options, true};
}

/// A CSV file of `count` documents: every third has no label, every fifth is not UTF-8, and every
/// seventh is followed by an empty line.
std::string long_csv(int count) {
  std::string bytes = "label,text\n";
  for (int i = 0; i < count; ++i) {
    bytes += i % 3 == 0 ? "" : "label" + std::to_string(i % 4);
    bytes += ",\"text\n" + std::to_string(i) + (i % 5 == 0 ? "\xff" : "") + "\"\n";
    if (i % 7 == 0) bytes += "\r\n";
  }
  return bytes;
}

}  // namespace

TEST_CASE("documents before a malformed record are returned before the error is thrown") {
  Workers workers(1);
  DocumentReader reader = reader_of("label,text\nspace,moon\nspace,orbit\nspace\nspace,late\n");
  const auto block = reader.read(workers);
  REQUIRE(block.size() == 2);
  CHECK(block[1].text == "orbit");
  CHECK(reader.counts().read == 2);
  CHECK(error_of([&] { reader.read(workers); }) ==
        "data, line 4: number of fields must be 2 as in the header, got 1; give every record the "
        "same number of fields");
  CHECK(reader.counts().read == 2);
}

TEST_CASE("a malformed first record is an error on the first read") {
  Workers workers(1);
  DocumentReader reader = reader_of("{\n", DataFormat::kJsonl);
  CHECK(error_of([&] { reader.read(workers); }) ==
        "data, line 1, column 2: the JSON object does not end on its line; write one object per "
        "line, or all objects as one array: [{...}, {...}]");
}

TEST_CASE("the first of several malformed records is reported, for any number of threads") {
  std::string bytes;
  for (int i = 0; i < 3000; ++i)
    bytes += i >= 1234 && i % 2 == 0 ? "{]\n" : "{\"label\":\"a\",\"text\":\"x\"}\n";
  for (const int threads : {1, 4}) {
    const ReadRecords records = read_records(reader_of(bytes, DataFormat::kJsonl), threads);
    CHECK(records.documents.size() == 1234);
    CHECK(records.error ==
          "data, line 1235, column 2: invalid JSON; write one JSON object per line, or one array "
          "of objects");
  }
}

TEST_CASE("documents, lines and counts are the same for any number of threads and block size") {
  const std::string bytes = long_csv(20'000);
  const ReadRecords alone = read_records(reader_of(bytes));
  CHECK(alone.error.empty());
  CHECK(alone.documents.size() == 13'333);
  const auto require_same = [&](const ReadRecords& other) {
    CHECK((other.rows() == alone.rows()));
    CHECK((other.lines == alone.lines));
    CHECK(other.counts.read == alone.counts.read);
    CHECK(other.counts.repaired == alone.counts.repaired);
    CHECK(other.counts.blank == alone.counts.blank);
    CHECK(other.counts.bytes == alone.counts.bytes);
  };
  require_same(read_records(reader_of(bytes), 4));
  require_same(read_records(reader_of(bytes, DataFormat::kCsv, {}, 1000), 4));
  require_same(read_records(reader_of(bytes, DataFormat::kCsv, {}, 7), 1));
}

TEST_CASE("every record is counted once") {
  const ReadRecords records = read_records(reader_of(long_csv(20'000)));
  CHECK(records.counts.read == 13'333);
  CHECK(records.counts.unlabelled == 6'667);
  CHECK(records.counts.blank == 2'858);
  CHECK(records.counts.repaired == 2'666);
  CHECK(records.counts.read == std::ssize(records.documents));
}

TEST_CASE("documents with labels that were not requested only count as other_labels") {
  ReadOptions options;
  options.labels = {"space"};
  DocumentReader reader =
      reader_of("label,text\nspace,moon\nbaseball,\nbaseball,\xff\nspace,orbit\n,late\n",
                DataFormat::kCsv, options);
  const ReadRecords records = read_records(std::move(reader));
  CHECK(records.texts() == Words{"moon", "orbit"});
  CHECK(records.lines == std::vector<std::int64_t>{2, 5});
  CHECK(records.counts.read == 2);
  CHECK(records.counts.other_labels == 2);
  CHECK(records.counts.unlabelled == 1);
  CHECK(records.counts.empty == 0);
  CHECK(records.counts.repaired == 0);
  CHECK(records.counts.bytes == 21);
}

TEST_CASE("the description includes the columns after the header is read") {
  Workers workers(1);
  DocumentReader reader = reader_of("label,text\nspace,moon\n");
  CHECK(reader.description() == "csv");
  reader.read(workers);
  CHECK(reader.description() == "csv, header row, label in \"label\", text in \"text\"");
  CHECK(reader.source().consumed() == 22);
}

TEST_CASE("moving from returned documents does not affect the next ones") {
  Workers workers(1);
  std::string bytes = "label,title,text\n";
  for (int i = 0; i < 50'000; ++i) bytes += "space,moon,orbit " + std::to_string(i) + "\n";
  ReadOptions options;
  options.columns.text = {{"title", 2}, {"text"}};
  DocumentReader reader = reader_of(bytes, DataFormat::kCsv, options);
  int blocks = 0, documents = 0;
  for (auto block = reader.read(workers); !block.empty(); block = reader.read(workers)) {
    ++blocks;
    for (Document& document : block) {
      const Document taken = std::move(document);
      REQUIRE(taken.label == "space");
      REQUIRE(taken.text == "moon\norbit " + std::to_string(documents++));
      REQUIRE(taken.parts.size() == 2);
    }
  }
  CHECK(blocks > 1);
  CHECK(documents == 50'000);
}

TEST_CASE("documents are returned as soon as their records are complete") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto write = [&](std::string_view bytes) {
    REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == std::ssize(bytes));
  };
  Workers workers(2);
  DocumentReader reader(open_descriptor(ends[0], "pipe"), DataFormat::kCsv, {}, false);
  write("label,text\nspace,\"mo");
  write("on\"\nspace,or");
  const auto first = reader.read(workers);
  REQUIRE(first.size() == 1);
  CHECK(first[0].text == "moon");
  write("bit\nspace,\"late\nr\"\n");
  const auto second = reader.read(workers);
  REQUIRE(second.size() == 2);
  CHECK(second[0].text == "orbit");
  CHECK(second[1].text == "late\nr");
  ::close(ends[1]);
  CHECK(reader.read(workers).empty());
  CHECK(reader.read(workers).empty());
  ::close(ends[0]);
}
