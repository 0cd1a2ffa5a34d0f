// SPDX-License-Identifier: MIT
#include "newsclf/corpus/corpus_reader.hpp"

#include <chrono>

#include "corpus/compressed.hpp"
#include "corpus/read_options.hpp"
#include "corpus/standard_input.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kCsv = "label,text\nspace,moon\nbaseball,ball\n";
constexpr const char* kTsv = "label\ttext\nspace\tmoon\nbaseball\tball\n";
constexpr const char* kJsonl =
    "{\"label\":\"space\",\"text\":\"moon\"}\n{\"label\":\"baseball\",\"text\":\"ball\"}\n";
constexpr const char* kFasttext = "__label__space moon\n__label__baseball ball\n";
const std::string kCannotTell = ": cannot detect its format from the name or the first bytes";

ReadCorpus read(const Words& places, const ReadOptions& options = {}) {
  Workers workers(1);
  return read_corpus(places, options, workers);
}

std::string error_for(const Words& places, const ReadOptions& options = {}) {
  return error_of([&] { read(places, options); });
}

ReadOptions as(DataFormat format) {
  ReadOptions options;
  options.format = format;
  return options;
}

/// The format detected for `path`; its documents must be "moon" (space) and "ball" (baseball).
std::string format_of(const std::string& path, const ReadOptions& options = {}) {
  const ReadCorpus read_of_it = read({path}, options);
  const std::vector<Document>& documents = read_of_it.corpus.documents;
  REQUIRE(documents.size() == 2);
  CHECK(documents[0].label == "space");
  CHECK(documents[0].text == "moon");
  CHECK(documents[1].label == "baseball");
  CHECK(documents[1].text == "ball");
  REQUIRE(read_of_it.formats.size() == 1);
  return read_of_it.formats[0];
}

}  // namespace

TEST_CASE("the format is detected from the file name, compressed or not") {
  const TempDir folder;
  const std::string columns = ", header row, label in \"label\", text in \"text\"";
  CHECK(format_of(folder.write("a.csv", kCsv)) == "csv" + columns);
  CHECK(format_of(folder.write("a.csv.gz", gzip(kCsv))) == "csv" + columns);
  CHECK(format_of(folder.write("a.csv.zst", zstd(kCsv))) == "csv" + columns);
  CHECK(format_of(folder.write("b.csv.gz", kCsv)) == "csv" + columns);
  CHECK(format_of(folder.write("b.csv", gzip(kCsv))) == "csv" + columns);
  CHECK(format_of(folder.write("a.tsv", kTsv)) == "tsv" + columns);
  CHECK(format_of(folder.write("a.jsonl", kJsonl)) == "jsonl");
  CHECK(format_of(folder.write("a.ndjson.zst", zstd(kJsonl))) == "jsonl");
}

TEST_CASE("the format is detected from content if the file name does not determine it") {
  const TempDir folder;
  CHECK(format_of(folder.write("a", kJsonl)) == "jsonl");
  CHECK(format_of(folder.write("a", kFasttext)) == "fasttext");
  CHECK(format_of(folder.write("a.txt.gz", gzip(kFasttext))) == "fasttext");
  CHECK(format_of(folder.write("a.json", "\uFEFF \n" + std::string(kJsonl))) == "jsonl");
  CHECK(format_of(folder.write("a.txt", "\n" + std::string(kFasttext))) == "fasttext");
  CHECK_THAT(format_of(folder.write("a", kCsv)), StartsWith("csv, header row"));
  CHECK_THAT(format_of(folder.write("a.txt", kTsv)), StartsWith("tsv, header row"));
  ReadOptions options;
  options.label_prefix = "@";
  CHECK(format_of(folder.write("a", "@space moon\n@baseball ball\n"), options) ==
        "fasttext, label prefix @");
}

TEST_CASE("the option --format takes precedence") {
  const TempDir folder;
  CHECK(format_of(folder.write("a.csv", kTsv), as(DataFormat::kTsv)) ==
        "tsv, header row, label in \"label\", text in \"text\"");
  CHECK(format_of(folder.write("a.csv", kJsonl), as(DataFormat::kJsonl)) == "jsonl");
  std::string array = kJsonl;
  array.replace(array.find('\n'), 1, ",");
  CHECK(format_of(folder.write("array.txt", " \n[" + array + "]")) == "JSON array");
  CHECK(format_of(folder.write("array.json", "[" + array + "]")) == "JSON array");
  CHECK(format_of(folder.write("lines.json", kJsonl)) == "jsonl");
}

TEST_CASE("a file whose format cannot be detected is an error") {
  const TempDir folder;
  for (const char* bytes : {"", "moon\n", "moon, orbit\n", "\xff\xfel"}) {
    const std::string path = folder.write("a.txt", bytes);
    CHECK(error_for({path}) == path + kCannotTell);
  }
}

TEST_CASE("formats without labels, and folders given as a file format, are refused") {
  const TempDir folder;
  const std::string path = folder.write("data/space/1", "moon");
  CHECK(error_for({path}, as(DataFormat::kLines)) ==
        path + ": the format lines has no labels, but labelled documents are required");
  CHECK(error_for({folder / "data"}, as(DataFormat::kCsv)) ==
        folder / "data: this is a folder, but the format csv requires a file");
}

TEST_CASE("the format of standard input is detected from content or set by --format") {
  {
    const StandardInput in(kJsonl);
    CHECK(format_of("-") == "jsonl");
  }
  {
    const StandardInput in(gzip(kFasttext));
    CHECK(ids_of(read({"-"})) == Words{"standard input:1", "standard input:2"});
  }
  {
    const StandardInput in("moon\norbit\n");
    CHECK(error_for({"-"}) == "standard input" + kCannotTell);
  }
  const StandardInput in(kCsv);
  CHECK_THAT(format_of("-", as(DataFormat::kCsv)), StartsWith("csv, header row"));
}

TEST_CASE("a tar archive is detected on standard input") {
  const TempDir folder;
  folder.write("train/space/1", "moon");
  folder.write("train/baseball/1", "ball");
  REQUIRE(run_shell("cd " + folder.path().string() + " && tar -czf a train").status == 0);
  const StandardInput in(read_file(folder / "a"));
  const ReadCorpus corpus = read({"-"});
  CHECK(ids_of(corpus) == Words{"baseball/1", "space/1"});
  CHECK(corpus.formats == Words{"tree in a tar archive"});
}

TEST_CASE("inputs of several kinds are read one after the other") {
  const TempDir folder;
  folder.write("tree/space/1", "moon");
  const std::string csv = folder.write("a.csv", kCsv), lines = folder.write("b", kFasttext);
  const ReadCorpus corpus = read({lines, folder / "tree", csv});
  CHECK(ids_of(corpus) == Words{lines + ":1", lines + ":2", "space/1", csv + ":2", csv + ":3"});
  CHECK(corpus.formats ==
        Words{"fasttext", "tree", "csv, header row, label in \"label\", text in \"text\""});
  CHECK(corpus.corpus.counts.read == 5);
}

TEST_CASE("a record's id comes from the id column, or else from file and line") {
  const TempDir folder;
  const std::string path =
      folder.write("a.csv", "nr,label,text\n7,space,\"moon\n\"\n,space,orbit\n");
  ReadOptions options;
  options.columns.id = "nr";
  CHECK(ids_of(read({path}, options)) == Words{"7", path + ":4"});
  options.columns.text = {{"text"}};
  options.columns.id.clear();
  CHECK(ids_of(read({path}, options)) == Words{path + ":2", path + ":4"});
}

TEST_CASE("giving the same input twice is an error, however it is spelled") {
  const TempDir folder;
  folder.write("tree/space/1", "moon");
  const std::string csv = folder.write("a.csv", kCsv);
  CHECK(error_for({csv, csv}) == csv + ": this is given twice; give it once");
  CHECK(error_for({csv, folder / "tree/../a.csv"}) ==
        folder / "tree/../a.csv: this is given twice; give it once");
  CHECK(error_for({folder / "tree", csv, folder / "tree/"}) ==
        folder / "tree/: this is given twice; give it once");
  CHECK(error_for({"-", "-"}) == "-: this is given twice; give it once");
}

TEST_CASE("ten thousand inputs are checked for duplicates within 5 s") {
  const TempDir folder;
  Words places;
  for (int i = 0; i < 10'000; ++i)
    places.push_back(folder.write(std::to_string(i) + ".csv", "label,text\n"));
  places.push_back(folder / "./0.csv");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(error_for(places) == folder / "./0.csv: this is given twice; give it once");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("a description of many inputs names the first ten and counts the others") {
  CHECK(describe_places({"-", "a.csv"}, {"jsonl", "csv"}) == "standard input (jsonl), a.csv (csv)");
  const Words places(12, "p"), formats(12, "f");
  CHECK(describe_places(places, formats) ==
        "p (f), p (f), p (f), p (f), p (f), p (f), p (f), p (f), p (f), p (f) and 2 more");
}

TEST_CASE("the option --labels reads only records with these labels and counts the others") {
  const TempDir folder;
  const std::string path =
      folder.write("a.csv", "label,text\nspace,moon\nbaseball,\nbaseball,ball\n,x\nspace,orbit\n");
  const Corpus corpus = read({path}, only({"space"})).corpus;
  CHECK(corpus.documents.size() == 2);
  CHECK(corpus.counts.read == 2);
  CHECK(corpus.counts.other_labels == 2);
  CHECK(corpus.counts.unlabelled == 1);
  CHECK(corpus.counts.empty == 0);
  CHECK(error_for({path}, only({"space", "basebal"})) ==
        path + ": no document has the label 'basebal' (did you mean 'baseball'?)");
  CHECK(error_for({path}, only({"cooking"})) ==
        path + ": no document has the label 'cooking' (the labels are baseball, space)");
}

TEST_CASE("a requested label may be missing from some of the inputs") {
  const TempDir folder;
  folder.write("tree/space/1", "moon");
  const std::string path = folder.write("a.csv", "label,text\nbaseball,ball\nx,y\n");
  CHECK(ids_of(read({folder / "tree", path}, only({"space", "baseball"}))) ==
        Words{"space/1", path + ":2"});
}

TEST_CASE("input without labels or without records is an error") {
  const TempDir folder;
  const std::string path = folder.write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
  CHECK(error_for({path}) == path + ": no record has a label (records: 2)");
  for (const char* bytes : {"", "label,text\n", "\n\n"}) {
    const std::string csv = folder.write("a.csv", bytes);
    CHECK(error_for({csv}) ==
          csv +
              ": no documents found; give a folder with one folder per label and one file per "
              "document, or a file of labelled records");
  }
}

TEST_CASE("a record's label with a control character is refused") {
  const TempDir folder;
  const std::string path =
      folder.write("a.csv", "label,text\nspace,moon\n\"outer\nspace\",orbit\n");
  CHECK(error_for({path}) ==
        path + ":3: the label 'outer\\x0aspace' contains a control character; rename the label");
  CHECK(ids_of(read({path}, only({"space"}))) == Words{path + ":2"});
  for (const auto& [label, shown] :
       {std::pair("a\x1b[31m", "a\\x1b[31m"), std::pair("a\u009b", "a\\xc2\\x9b"),
        std::pair("a\u202eb", "a\\xe2\\x80\\xaeb")})
    CHECK(error_for({folder.write("b.csv", std::string("label,text\n") + label + ",moon\n")}) ==
          (folder / "b.csv:2: the label '") + shown +
              "' contains a control character; rename the label");
}

TEST_CASE("an error in a record shows file and line") {
  const TempDir folder;
  const std::string path = folder.write("a.csv.gz", gzip("label,text\nspace,moon\nspace\n"));
  CHECK(error_for({path}) ==
        path +
            ", line 3: number of fields must be 2 as in the header, got 1; give every record the "
            "same number of fields");
}

TEST_CASE("the name of an input determines its kind, path and format") {
  const TempDir folder;
  folder.write("tree/space/1", "moon");
  folder.write("a.tar.gz", "x");
  folder.write("a.csv", "x");
  folder.write("odd.tar/1", "x");
  const auto check = [&](const std::string& name, CorpusPlace::Kind kind, const std::string& path,
                         const std::string& inside, DataFormat format) {
    INFO(name);
    const CorpusPlace place = CorpusPlace::of(name);
    CHECK(place.kind == kind);
    CHECK(place.path == path);
    CHECK(place.inside == inside);
    CHECK(place.format == format);
  };
  check("-", CorpusPlace::kStdin, "-", "", DataFormat::kAuto);
  check(folder / "tree", CorpusPlace::kFolder, folder / "tree", "", DataFormat::kTree);
  check(folder / "odd.tar", CorpusPlace::kFolder, folder / "odd.tar", "", DataFormat::kTree);
  check(folder / "a.csv", CorpusPlace::kFile, folder / "a.csv", "", DataFormat::kCsv);
  check(folder / "none.csv", CorpusPlace::kFile, folder / "none.csv", "", DataFormat::kCsv);
  check(folder / "none", CorpusPlace::kFile, folder / "none", "", DataFormat::kAuto);
  check(folder / "a.tar.gz", CorpusPlace::kArchive, folder / "a.tar.gz", "", DataFormat::kTree);
  check(folder / "a.tar.gz/", CorpusPlace::kArchive, folder / "a.tar.gz", "", DataFormat::kTree);
  check(folder / "a.tar.gz/b/c/", CorpusPlace::kArchive, folder / "a.tar.gz", "b/c",
        DataFormat::kTree);
  check(folder / "a.tar.gz//b", CorpusPlace::kArchive, folder / "a.tar.gz", "b", DataFormat::kTree);
  check(folder / "none.tar/b", CorpusPlace::kFile, folder / "none.tar/b", "", DataFormat::kAuto);
}

TEST_CASE("a file may be read as one document") {
  const TempDir folder;
  ReadCounts counts;
  const auto read_file = [&](const std::string& file, InvalidUtf8 policy) {
    return read_document(*open_bytes(file), by(policy), counts);
  };
  const std::string path = folder.write("a.csv", gzip("Subject: caf\xe9\n\nmoon\n"));
  const Document document = read_file(path, InvalidUtf8::kLatin1);
  CHECK(document.id == path);
  CHECK(document.label.empty());
  CHECK(document.text == "Subject: café\n\nmoon\n");
  CHECK(document.may_be_post);
  CHECK(read_file(folder.write("b", ""), InvalidUtf8::kReplace).text.empty());
  CHECK(counts.read == 2);
  CHECK(counts.bytes == 20);
  CHECK(counts.repaired == 1);
  CHECK(counts.empty == 1);
  CHECK(error_of([&] { read_file(path, InvalidUtf8::kError); }) ==
        path + ": byte 12 (0xe9) is not UTF-8");
}
