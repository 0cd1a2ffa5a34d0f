// SPDX-License-Identifier: MIT
// The columns of records that are kept beside the text.
#include "corpus/records.hpp"
#include "corpus/records/json_members.hpp"
#include "newsclf/corpus/input_documents.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Columns = std::vector<InputColumn>;

}  // namespace

TEST_CASE("columns are stored only if they are to be kept") {
  const char* const bytes = "n,text\n007,moon\n\"a\"\"b\",\n";
  CHECK(read_records(bytes, DataFormat::kCsv, ReadOptions{}, Need::kTexts)
            .documents[0]
            .columns.empty());
  const ReadRecords kept =
      read_records(bytes, DataFormat::kCsv, ColumnOptions{.keep = true}, Need::kTexts);
  REQUIRE(kept.documents.size() == 2);
  CHECK(kept.documents[0].columns == Columns{{"n", "007"}, {"text", "moon"}});
  CHECK(kept.documents[1].columns == Columns{{"n", "a\"b"}, {"text", ""}});
  CHECK(kept.documents[0].text == "moon");
}

TEST_CASE("members of a JSON object keep their order and the way they are written") {
  CHECK(json_members("{}").empty());
  CHECK(json_members(" { } ").empty());
  CHECK(json_members(R"({"b":1.50,"a":"x,}\"" , "\u00e9:" : null})") ==
        Columns{{"b", "1.50", true}, {"a", R"("x,}\"")", true}, {"é:", "null", true}});
  CHECK(json_members(R"( {"":{"a":[1,{"b":"}"}]},"c":[ ] , "d":true } )") ==
        Columns{{"", R"({"a":[1,{"b":"}"}]})", true}, {"c", "[ ]", true}, {"d", "true", true}});
}

TEST_CASE("the names of kept columns are those of the first input, even without documents") {
  const TempDir folder;
  const std::string none = folder.write("none.csv", "n,text\n");
  const std::string some = folder.write("some.jsonl", "{\"text\":\"moon\",\"a\":1}\n");
  Workers workers(1);
  const auto names = [&](std::vector<std::string> files) {
    InputOptions options{std::move(files), {}};
    options.read.columns.keep = true;
    InputDocuments input(options, workers);
    input.next();
    return input.columns();
  };
  CHECK(names({none}) == Words{"n", "text"});
  CHECK(names({none, some}) == Words{"n", "text"});
  CHECK(names({some, none}) == Words{"text", "a"});
}

TEST_CASE("a document with kept columns has an id") {
  const TempDir folder;
  Workers workers(1);
  InputOptions options{{folder.write("a.csv", "text\nmoon\n")}, {}};
  options.read.columns.keep = true;
  InputDocuments input(options, workers);
  CHECK(input.next().front().id == (folder / "a.csv") + ":2");
  CHECK_FALSE(input.has_ids());
}
