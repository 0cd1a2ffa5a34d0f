// SPDX-License-Identifier: MIT
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// Seven documents of `space` and five of `ball`; one of `space` is not UTF-8, and two with
/// different labels have the same content.
class CheckFolder : public TempDir {
 public:
  CheckFolder() {
    for (const char* n : {"1", "2", "3", "4", "5"}) {
      write(std::string("data/space/") + n, std::string("moon ") + n + "\n");
      write(std::string("data/ball/") + n, std::string("bat ") + n + "\n");
    }
    write("data/space/6", "BAT  2");
    write("data/space/7", "caf\xE9");
    write("test/space/1", "orbit\n");
    write("test/hockey/2", "Moon 3");
  }
  std::string data() const { return *this / "data"; }
  std::string test() const { return *this / "test"; }
};

std::vector<std::string> kinds_of(const nlohmann::json& report) {
  std::vector<std::string> kinds;
  for (const auto& finding : report["findings"]) kinds.push_back(finding["kind"]);
  return kinds;
}

}  // namespace

TEST_CASE("check escapes control characters in names and keeps its columns aligned") {
  const TempDir folder;
  folder.write("data/space/\u009b\x1b[31m1", "moon\n");
  folder.write("data/baseball/1", "");
  const Outcome outcome = run_newsclf({"check", folder / "data"});
  CHECK_THAT(outcome.out, Contains("(space/\\xc2\\x9b\\x1b[31m1)\n") &&
                              Contains("\nlabel     documents    share\n"
                                       "baseball          1  50.00 %\n"
                                       "space             1  50.00 %\n"));
  for (const char* const control : {"\x1b", "\u009b"}) {
    CHECK(outcome.out.find(control) == std::string::npos);
    CHECK(outcome.err.find(control) == std::string::npos);
  }
}

TEST_CASE("check says which text has no spaces between words") {
  const TempDir folder;
  const std::string file =
      folder.write("a.txt", "__label__a \u6708 orbit\n__label__b \u732b\n__label__b ball\n");
  CHECK_THAT(run_newsclf({"check", file}).out,
             Contains("\ntext without spaces between words, as in Chinese or Thai: 2 documents\n"));
  const Outcome json = run_newsclf({"check", file, "-q", "--json", "-"});
  CHECK(nlohmann::json::parse(json.out)["unspaced"] == 2);
}

TEST_CASE("check describes the data and lists its findings") {
  const CheckFolder folder;
  const Outcome outcome = run_newsclf({"check", folder.data(), "--test", folder.test(), "-q"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        folder.data() +
            " (tree): 12 documents, 2 labels, 75 B\n"
            "median size 6 B, largest 7 B (space/1)\n"
            "test data: " +
            folder.test() +
            " (tree): 2 documents, 2 labels, 12 B\n"
            "\n"
            "label  documents    share\n"
            "ball           5  41.67 %\n"
            "space          7  58.33 %\n"
            "\n"
            "    count  finding\n"
            "        1  documents that are not UTF-8, read as windows-1252 (a guess)\n"
            "             space/7\n"
            "           -> name their encoding with --encoding, or convert them to UTF-8\n"
            "        2  copies under different labels\n"
            "             ball/2 = space/6\n"
            "           -> a model can learn only one of the labels; keep one copy, or none\n"
            "        1  test documents with a copy in the data\n"
            "             hockey/2 = space/3\n"
            "           -> scores on them do not apply to new documents; remove them from the "
            "data or the test data\n"
            "        1  labels only in the test data\n"
            "             hockey\n"
            "           -> a model cannot predict them; add documents with these labels to the "
            "data\n"
            "\n"
            "4 findings\n");
}

TEST_CASE("check finds nothing in the sample corpus, even with --strict") {
  const Outcome outcome = run_newsclf(
      {"check", sample_data() + "/train", "--test", sample_data() + "/test", "--strict"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("\n\nnothing found\n") && !Contains("count  finding"));
}

TEST_CASE("with --strict check prints its findings and ends with status 3") {
  const CheckFolder folder;
  const Outcome outcome = run_newsclf({"check", folder.data(), "--strict", "-q"});
  CHECK(outcome.status == 3);
  CHECK(outcome.err == "newsclf: --strict: 2 findings\n");
  CHECK_THAT(outcome.out, Contains("\n\n2 findings\n"));
  const Outcome json = run_newsclf({"check", folder.data(), "--strict", "-q", "--json", "-"});
  CHECK(json.status == 3);
  CHECK(nlohmann::json::parse(json.out)["findings"].size() == 2);
}

TEST_CASE("check writes all findings as JSON, to stdout or to a file in addition to the report") {
  const CheckFolder folder;
  const std::vector<std::string> command = {"check",       folder.data(), "--test",
                                            folder.test(), "-q",          "--json"};
  auto to_stdout = command;
  to_stdout.push_back("-");
  const Outcome alone = run_newsclf(to_stdout);
  const auto report = nlohmann::json::parse(alone.out);
  CHECK(report["format"] == nlohmann::json::parse(R"(["tree"])"));
  CHECK(report["documents"] == 12);
  CHECK(report["bytes"] == 75);
  CHECK(report["sizes"] ==
        nlohmann::json::parse(R"({"median": 6, "largest": 7, "largest_document": "space/1"})"));
  CHECK(report["labels"] == nlohmann::json::parse(R"([{"label": "ball", "documents": 5},
                                                      {"label": "space", "documents": 7}])"));
  CHECK(report["test"] == nlohmann::json::parse(R"({"format": ["tree"], "documents": 2,
                                                    "bytes": 12})"));
  CHECK(report["findings"] == nlohmann::json::parse(R"([
    {"kind": "guessed_encoding", "count": 1, "documents": ["space/7"]},
    {"kind": "contradiction", "count": 2, "groups": [
      {"identical": false, "documents": [{"id": "ball/2", "label": "ball"},
                                         {"id": "space/6", "label": "space"}]}]},
    {"kind": "in_test", "count": 1, "groups": [
      {"identical": false, "documents": [{"id": "space/3", "label": "space"}],
       "test": [{"id": "hockey/2", "label": "hockey"}]}]},
    {"kind": "unknown_test_label", "count": 1, "labels": ["hockey"]}])"));
  CHECK(report["counts"]["read"] == 12);
  CHECK(report["counts"]["repaired"] == 1);
  CHECK(report["counts"]["links"] == 0);

  auto to_file = command;
  to_file.push_back(folder / "findings.json");
  CHECK_THAT(run_newsclf(to_file).out, Contains("4 findings\n"));
  CHECK(read_file(folder / "findings.json") == alone.out);
}

TEST_CASE("check finds rare, similar and single labels, empty documents and copies") {
  const TempDir folder;
  folder.write("data/space/1", "moon");
  folder.write("data/space/2", "moon");
  folder.write("data/spaec/1", " \n");
  const Outcome outcome = run_newsclf({"check", folder / "data", "-q"});
  CHECK_THAT(outcome.out, Contains("        1  empty documents\n             spaec/1\n") &&
                              Contains("        1  copies under the same label\n"
                                       "             space/1 = space/2\n") &&
                              Contains("        2  labels with few documents\n"
                                       "             space (2)\n"
                                       "             spaec (1)\n") &&
                              Contains("        2  labels that look alike\n"
                                       "             space (2) ~ spaec (1)\n"));
  const Outcome one = run_newsclf({"check", folder / "data", "--labels", "space", "--json", "-"});
  CHECK(kinds_of(nlohmann::json::parse(one.out)) ==
        std::vector<std::string>{"duplicate", "rare_label", "single_label"});
}

TEST_CASE("check shows at most three examples of a finding and four copies of a document") {
  const TempDir folder;
  for (int i = 1; i <= 5; ++i) {
    folder.write("data/a/" + std::to_string(i), "moon");
    folder.write("data/b/" + std::to_string(i), "");
  }
  const std::string out = run_newsclf({"check", folder / "data", "-q"}).out;
  CHECK_THAT(out, Contains("        5  empty documents\n"
                           "             b/1\n"
                           "             b/2\n"
                           "             b/3, …\n"
                           "           -> "));
  CHECK_THAT(out, Contains("        4  copies under the same label\n"
                           "             a/1 = a/2 = a/3 = a/4 = …\n"));
}

TEST_CASE("skipped files are a finding of check, but hidden files are not") {
  const CheckFolder folder;
  std::filesystem::remove(folder / "data/space/7");
  std::filesystem::remove(folder / "data/space/6");
  folder.write("data/README", "about these data");
  folder.write("data/.index", "");
  std::filesystem::create_symlink("1", folder / "data/ball/link");
  const Outcome outcome = run_newsclf({"check", folder.data(), "-q", "--json", "-"});
  const auto report = nlohmann::json::parse(outcome.out);
  CHECK(report["findings"] ==
        nlohmann::json::parse(R"([{"kind": "link", "count": 1, "files": [")" + folder.data() +
                              R"(/ball/link"]}, {"kind": "outside", "count": 1}])"));
  CHECK(report["counts"]["hidden"] == 1);
  CHECK_THAT(run_newsclf({"check", folder.data(), "-q"}).out,
             Contains("\nskipped files or folders whose name begins with a dot: 1\n"));
}

TEST_CASE("file names that are not UTF-8 or contain newlines are shown in JSON and on one line") {
  const TempDir folder;
  folder.write("data/a/x\xE9\ny", "");
  folder.write("data/b/1", "moon");
  CHECK_THAT(run_newsclf({"check", folder / "data", "-q"}).out,
             Contains("             a/x\xE9\\x0ay\n"));
  const Outcome json = run_newsclf({"check", folder / "data", "-q", "--json", "-"});
  CHECK(json.status == 0);
  CHECK(nlohmann::json::parse(json.out)["findings"][0]["documents"][0] == "a/x\uFFFD\ny");
}

TEST_CASE("the output of check does not depend on the number of threads") {
  const CheckFolder folder;
  const auto report = [&](const char* threads) {
    return run_newsclf({"check", folder.data(), "--test", folder.test(), "--threads", threads,
                        "--json", "-"})
        .out;
  };
  CHECK(report("1") == report("4"));
}

TEST_CASE("check refuses missing data and files that it must not write") {
  const CheckFolder folder;
  const Outcome missing = run_newsclf({"check", folder / "nothing"});
  CHECK(missing.status == 1);
  CHECK(missing.out.empty());
  CHECK_THAT(missing.err, Contains("newsclf: " + folder / "nothing") && Contains("cannot open"));
  CHECK(run_newsclf({"check", folder.data(), "--test", folder / "nothing"}).status == 1);
  CHECK(run_newsclf({"check", folder.data(), "--json", folder / "no/file.json"}).status == 1);
  CHECK(run_newsclf({"check"}).err == "newsclf: DATA is required; see newsclf check --help\n");
  const Outcome twice = run_newsclf({"check", "-", "--test", "-"});
  CHECK(twice.status == 2);
  CHECK(twice.err ==
        "newsclf: --test: standard input is already used for DATA; see newsclf check --help\n");
}
