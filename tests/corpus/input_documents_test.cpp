// SPDX-License-Identifier: MIT
#include "newsclf/corpus/input_documents.hpp"

#include "corpus/blocks.hpp"
#include "corpus/standard_input.hpp"
#include "corpus/written_pipe.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("documents of files, trees and records are read in order, as often as needed") {
  const TempDir folder;
  const std::string csv = folder.write("a.csv", "text\nmoon\norbit\n");
  const std::string whole = folder.write("post", "ball\nbat\n");
  folder.write("tree/space/1", "comet");
  Workers workers(1);
  InputDocuments input({{csv, whole, folder / "tree"}, {}}, workers);
  CHECK(input.has_ids());
  const Ids ids = {csv + ":2", csv + ":3", whole, "space/1"};
  for (int pass = 0; pass < 3; ++pass) {
    CHECK(ids_of(input) == ids);
    CHECK(input.counts().read == 4);
    CHECK(input.next().empty());
  }
  input.rewind();
  CHECK(input.counts().read == 0);
  REQUIRE(input.next().size() == 2);
  CHECK(input.counts().read == 2);
  input.rewind();
  CHECK(input.next().front().text == "moon");
}

TEST_CASE("rewinding the stream resets the progress") {
  const TempDir folder;
  Workers workers(1);
  const std::string csv = folder.write("a.csv", "text\nmoon\n");
  InputDocuments input({{csv, folder.write("b", "orbit moon")}, {}}, workers);
  CHECK(input.progress() == 0);
  input.next();
  CHECK(input.progress() == 0.5);
  input.next();
  CHECK(input.progress() == 1);
  input.rewind();
  CHECK(input.progress() == 0);
}

TEST_CASE("standard input cannot be read a second time") {
  const TempDir folder;
  WrittenPipe pipe("moon\norbit\n", 100);
  const StandardInput input_of_pipe(pipe.reader());
  Workers workers(1);
  const std::string csv = folder.write("a.csv", "text\nball\n");
  InputDocuments input({{csv, "-"}, {}}, workers);
  CHECK(input.next().size() == 1);
  input.rewind();  // standard input has not been read yet
  std::vector<std::string> texts;
  for_each_document(input, [&](const Document& document) { texts.push_back(document.text); });
  CHECK(texts == std::vector<std::string>{"ball", "moon", "orbit"});
  CHECK(error_of([&] { input.rewind(); }) ==
        "standard input: cannot be read twice; write it to a file and give its name");
}

TEST_CASE("records have ids if those of the first input have them") {
  const TempDir folder;
  Workers workers(1);
  const std::string with = folder.write("with.csv", "id,text\n7,moon\n,orbit\n");
  const std::string without = folder.write("without.csv", "text\nball\n");
  const auto has_ids = [&](std::vector<std::string> files, ColumnOptions columns = {}) {
    InputOptions options{std::move(files), {}};
    options.read.columns = std::move(columns);
    InputDocuments input(options, workers);
    const Ids ids = ids_of(input);
    CHECK(input.has_ids() == !ids.back().empty());
    return input.has_ids() ? ids : Ids();
  };
  CHECK(has_ids({with, without}) == Ids{"7", with + ":3", without + ":2"});
  CHECK(has_ids({without}).empty());
  CHECK(has_ids({without}, {.id = "nr", .id_may_lack = true}).empty());
  CHECK(has_ids({folder.write("empty.csv", "text\n"), with}) == Ids{"7", with + ":3"});
  CHECK(has_ids({folder.write("a.json", "[{\"id\":7,\"text\":\"moon\"},{\"text\":\"ball\"}]")}) ==
        Ids{"7", folder / "a.json:2"});
  InputDocuments input({{without, with}, {}}, workers);
  ids_of(input);
  CHECK_FALSE(input.has_ids());
}
