// SPDX-License-Identifier: MIT
// Documents and records that are longer than the limits, in every format.
#include "newsclf/corpus/read_limits.hpp"

#include "corpus/compressed.hpp"
#include "corpus/read_options.hpp"
#include "corpus/records.hpp"
#include "newsclf/corpus/input_documents.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

ReadOptions limited(std::size_t document, OnLong on_long = OnLong::kCut,
                    std::size_t record = std::size_t{1} << 20) {
  ReadOptions options;
  options.limits = {document, record, on_long};
  return options;
}

ReadRecords read_in_steps(std::string_view bytes, DataFormat format, const ReadOptions& options,
                          std::size_t step) {
  return read_records(DocumentReader{std::make_unique<StringSource>(bytes, step), format, options,
                                     format != DataFormat::kLines});
}

}  // namespace

TEST_CASE("a text is cut to a number of bytes in whole characters") {
  CHECK(cut_to("moon", 4) == "moon");
  CHECK(cut_to("moon", 3) == "moo");
  CHECK(cut_to("caf\xc3\xa9", 4) == "caf");
  CHECK(cut_to("caf\xc3\xa9", 5) == "caf\xc3\xa9");
  CHECK(cut_to("\xf0\x9f\x8c\x99", 3).empty());
  CHECK(cut_to("\x80\x80\x80\x80\x80\x80", 5) == "\x80\x80");  // not UTF-8
  CHECK(cut_to("", 0).empty());
}

TEST_CASE("a line that is longer than the limit on documents is cut, however the bytes arrive") {
  // Longer than the block in which bytes are read.
  const std::string endless(700'000, 'x');
  const std::string bytes = "moon\nmoon orbit\r\n" + endless + "\nna\xc3\xafve" + "\nball bat\n";
  for (const std::size_t step : {std::size_t{7}, std::size_t{100'000}, std::string_view::npos}) {
    const ReadRecords records = read_in_steps(bytes, DataFormat::kLines, limited(10), step);
    CHECK(records.error.empty());
    CHECK(records.texts() == Words{"moon", "moon orbit", "xxxxxxxxxx", "na\xc3\xafve", "ball bat"});
    CHECK(records.lines == std::vector<std::int64_t>{1, 2, 3, 4, 5});
    CHECK(records.counts.cut == 1);
    CHECK(records.counts.too_long == 0);
    CHECK(read_in_steps(bytes, DataFormat::kLines, limited(3), step).texts() ==
          Words{"moo", "moo", "xxx", "na", "bal"});
    CHECK(read_in_steps(endless, DataFormat::kLines, limited(3), step).texts() == Words{"xxx"});
    CHECK(read_in_steps("__label__a " + endless + "\n__label__b bat\n", DataFormat::kFasttext,
                        limited(15), step)
              .rows() == Rows{{"a", "xxxx"}, {"b", "bat"}});
  }
}

TEST_CASE("the text of a record is cut, skipped or refused if it is too long") {
  const std::string json =
      "{\"label\":\"a\",\"text\":\"moon orbit\"}\n"
      "{\"label\":\"b\",\"text\":\"b\\u00e4t\"}\n";
  const std::string csv = "label,text\na,moon orbit\nb,b\xc3\xa4t\n";
  for (const auto& [bytes, format] :
       {std::pair{json, DataFormat::kJsonl}, {csv, DataFormat::kCsv}}) {
    const ReadRecords cut = read_records(bytes, format, limited(6));
    CHECK(cut.rows() == Rows{{"a", "moon o"}, {"b", "b\xc3\xa4t"}});
    CHECK(cut.counts.cut == 1);
    CHECK(read_records(bytes, format, limited(2)).rows() == Rows{{"a", "mo"}, {"b", "b"}});
    CHECK(read_records(bytes, format, limited(2)).counts.cut == 2);
    const ReadRecords skipped = read_records(bytes, format, limited(6, OnLong::kSkip));
    CHECK(skipped.rows() == Rows{{"b", "b\xc3\xa4t"}});
    CHECK(skipped.counts.too_long == 1);
    CHECK(skipped.counts.cut == 0);
    const ReadRecords refused = read_records(bytes, format, limited(6, OnLong::kError));
    CHECK(refused.error == (format == DataFormat::kCsv ? "data, line 2" : "data, line 1") +
                               std::string(": this document is longer than 6 bytes"));
    ReadOptions other = limited(6, OnLong::kError);
    other.labels = {"b"};
    CHECK(read_records(bytes, format, other).rows() == Rows{{"b", "b\xc3\xa4t"}});
  }
}

TEST_CASE("a document of several columns keeps the weights of what is not cut off") {
  ReadOptions options = limited(8);
  options.columns.text = {{"title", 5}, {"text", 1}, {"more", 2}};
  const std::string bytes = "label,title,text,more\na,moon,orbit,ball\n";
  const ReadRecords records = read_records(bytes, DataFormat::kCsv, options);
  REQUIRE(records.texts() == Words{"moon\norb"});
  const std::vector<TextPart>& parts = records.documents[0].parts;
  REQUIRE(parts.size() == 2);
  CHECK((parts[0].end == 4 && parts[0].weight == 5));
  CHECK((parts[1].end == 8 && parts[1].weight == 1));
}

TEST_CASE("a record that is longer than the limit is an error, however the bytes arrive") {
  const std::string text(1000, 'x');
  for (const std::size_t step : {std::size_t{7}, std::string_view::npos}) {
    const auto check_refused = [&](const std::string& start, const std::string& bytes,
                                   DataFormat format, const std::string& where) {
      INFO(bytes.substr(0, 40));
      const ReadRecords records =
          read_in_steps(start + bytes, format, limited(100, OnLong::kCut, 900), step);
      CHECK(records.documents.size() == 1);
      CHECK(records.error == where + ": this record is longer than 900 bytes");
      CHECK(read_in_steps(start + bytes, format, limited(100, OnLong::kCut, 1100), step)
                .documents.size() == 2);
    };
    check_refused("{\"label\":\"a\",\"text\":\"moon\"}\n",
                  "{\"label\":\"a\",\"text\":\"" + text + "\"}\n", DataFormat::kJsonl,
                  "data, line 2");
    check_refused("[{\"label\":\"a\",\"text\":\"moon\"},\n",
                  "{\"label\":\"a\",\"text\":\"" + text + "\"}]", DataFormat::kJsonl,
                  "data, line 2");
    check_refused("label,text\na,moon\n", "a,\"" + text + "\"\n", DataFormat::kCsv, "data, line 3");
    check_refused("label\ttext\na\tmoon\n", "a\t" + text, DataFormat::kTsv, "data, line 3");
  }
}

TEST_CASE("blank space before and between the objects of an array takes no memory") {
  const std::string blank(600'000, ' ');
  const std::string object = "{\"label\":\"a\",\"text\":\"moon\"}";
  const ReadOptions options = limited(100, OnLong::kCut, 300'000);
  CHECK(read_records("[" + object + "," + blank + object + "]", DataFormat::kJsonl, options)
            .documents.size() == 2);
  CHECK_THAT(read_records(blank + object, DataFormat::kJsonl, options).error,
             Contains("data, line 1: this record is longer than"));
}

TEST_CASE("values and fields that would take far more memory than their text are refused") {
  std::string values = "{\"label\":\"a\",\"text\":\"moon\",\"more\":[0";
  for (int v = 0; v < 20'000; ++v) values += ",0";
  CHECK(read_records(values + "]}\n", DataFormat::kJsonl, limited(100, OnLong::kCut, 100'000))
            .error == "data, line 1: this object has more than 10000 values");
  CHECK(read_records(values + "]}\n", DataFormat::kJsonl, limited(100)).documents.size() == 1);

  const std::string commas(200'000, ',');
  CHECK(read_records("label,text" + commas + "\na,moon\n", DataFormat::kCsv, limited(100)).error ==
        "data, line 1: 200002 columns, more than 100000; check that this is a table");
  CHECK(read_records("label,text\na,moon" + commas + "\n", DataFormat::kCsv, limited(100)).error ==
        "data, line 2: number of fields must be 2 as in the header, got 200002; give every record "
        "the same number of fields");
}

TEST_CASE("a file of a tree or an archive is cut, skipped or refused if it is too long") {
  const TempDir folder;
  folder.write("train/space/1", "moon orbit");
  folder.write("train/space/2", "m\xc3\xa4r");
  folder.write("train/ball/1", "\xff\xfe" + utf16("b\u00e4t ball"));
  REQUIRE(run_shell("cd '" + folder.path().string() +
                    "' && truncate -s 64M train/ball/2 && printf x >> train/ball/2 && "
                    "tar -cSf train.tar train && rm train/ball/2 && truncate -s 64M train/ball/2")
              .status == 0);
  Workers workers(2);
  for (const char* name : {"train", "train.tar"}) {
    INFO(name);
    const std::string place = folder / name;
    const auto read = [&](const ReadOptions& options) {
      return read_corpus({place}, options, workers).corpus;
    };
    const Corpus cut = read(limited(9));
    CHECK(ids_of(cut) == Words{"ball/1", "ball/2", "space/1", "space/2"});
    CHECK(cut.documents[0].text == "b\u00e4t");  // 9 bytes are 4 units and the byte order mark
    CHECK(cut.documents[1].text == std::string(9, '\0'));
    CHECK(cut.documents[2].text == "moon orbi");
    CHECK(cut.documents[3].text == "m\xc3\xa4r");
    CHECK(cut.counts.cut == 3);
    CHECK(cut.counts.repaired == 0);
    CHECK(read(limited(2)).documents[3].text == "m");
    const Corpus skipped = read(limited(9, OnLong::kSkip));
    CHECK(ids_of(skipped) == Words{"space/2"});
    CHECK(skipped.counts.too_long == 3);
    CHECK_THAT(error_of([&] { read(limited(1000, OnLong::kError)); }),
               Contains("train") && Contains("ball/2: this document is longer than 1000 bytes"));
  }
}

TEST_CASE("a whole file as one document is cut, and all of it is read") {
  const TempDir folder;
  const std::string text = "moon orbit " + std::string(600'000, 'x');
  Workers workers(1);
  for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
    InputOptions options{{folder.write("post", bytes)}, limited(10)};
    InputDocuments stream(options, workers);
    const auto documents = stream.next();
    REQUIRE(documents.size() == 1);
    CHECK(documents[0].text == "moon orbit");
    CHECK(stream.counts().cut == 1);
  }
  ReadCounts counts;
  const std::string path = folder.write("post", gzip(text).substr(0, 500));
  CHECK_THAT(error_of([&] { read_document(*open_bytes(path), limited(10), counts); }),
             Contains("post: the compressed data is truncated"));
  const std::string plain = folder.write("post", text);
  CHECK(error_of([&] { read_document(*open_bytes(plain), limited(10, OnLong::kError), counts); }) ==
        plain + ": this document is longer than 10 bytes");
}

TEST_CASE("documents that take more memory than the limit are an error in every format") {
  const TempDir folder;
  const std::string text(50'000, 'x');
  folder.write("train/a/1", text);
  folder.write("train/a/2", text + "xx");
  folder.write("train/b/1", "moon");
  REQUIRE(run_shell("cd '" + folder.path().string() + "' && tar --sort=name -cf train.tar train")
              .status == 0);
  folder.write("train.ft", "__label__a " + text + "\n__label__a " + text + "xx\n__label__b moon\n");
  Workers workers(1);
  for (const char* name : {"train", "train.tar", "train.ft"}) {
    ReadOptions options;
    const std::string place = folder / name;
    const bool is_tree = std::string_view(name) != "train.ft";
    const std::string largest = std::string_view(name) == "train.tar" ? "train/a/2"
                                : is_tree                             ? "a/2"
                                                                      : place + ":2";
    options.limits.memory = 90'000;
    CHECK(error_of([&] { read_corpus({place}, options, workers); }) ==
          place +
              ": its first 2 documents would bring the memory for documents to 0.1 MB, but the "
              "limit is 0.1 MB (the largest of them, " +
              largest + ", has 0.1 MB)");
    options.limits.memory = 110'000;
    CHECK(read_corpus({place}, options, workers).corpus.documents.size() == 3);
  }
  // The limit is that of all places together.
  ReadOptions options;
  options.limits.memory = 160'000;
  CHECK(error_of([&] {
          read_corpus({folder / "train", folder / "train.ft"}, options, workers);
        }).find(folder / "train.ft: its first 2 documents would bring") == 0);
}

TEST_CASE("sizes in messages are whole units") {
  CHECK(describe_size(std::size_t{16} << 20) == "16 MiB");
  CHECK(describe_size(1536) == "1536 bytes");
  CHECK(describe_size(2048) == "2 KiB");
  CHECK(describe_size(1) == "1 byte");
}
