// SPDX-License-Identifier: MIT
// What an input contains is detected in the same way by every command; what is not text is refused.
#include <algorithm>

#include "cli/model_folder.hpp"
#include "corpus/compressed.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr const char* kFasttext = "__label__space moon\n__label__baseball ball\n";
constexpr const char* kJsonl =
    "{\"text\": \"moon\", \"label\": \"space\"}\n{\"text\": \"ball\", \"label\": \"baseball\"}\n";
constexpr const char* kCsv = "label,text\nspace,moon\nbaseball,ball\n";
constexpr const char* kTsv = "label\ttext\nspace\tmoon\nbaseball\tball\n";
constexpr const char* kAnswers = "space\t0.6791787\nbaseball\t0.7772999\n";

}  // namespace

TEST_CASE("predict reads the records of a file whose name does not show its format, like eval") {
  const ModelFolder folder;
  const auto check = [&](const char* bytes, const std::string& format) {
    const std::string file = folder.write("data." + format + ".txt", bytes);
    const Outcome outcome = folder.predict({file});
    CHECK(outcome.out == kAnswers);
    CHECK(outcome.err ==
          "reading " + file + " as " + format + "; --document reads it as one document\n");
    CHECK(folder.predict({file, "-q"}).err.empty());
    const Outcome whole = folder.predict({file, "--document"});
    CHECK_THAT(whole.out, StartsWith(file + "\t"));
    CHECK(std::count(whole.out.begin(), whole.out.end(), '\n') == 1);
    CHECK_THAT(run_newsclf({"eval", folder.model(), file}).err,
               Contains("read " + file + " (" + format) && Contains(": 2 documents, 2 labels"));
  };
  check(kFasttext, "fasttext");
  check(kJsonl, "jsonl");
  check(kCsv, "csv");
  check(kTsv, "tsv");
}

TEST_CASE("predict reads records on standard input, and shows the option for lines") {
  const ModelFolder folder;
  const auto check = [&](const char* bytes, const std::string& format) {
    for (const std::string& input : {std::string(bytes), gzip(bytes)}) {
      const Outcome outcome = folder.predict({}, input);
      CHECK(outcome.out == kAnswers);
      CHECK(outcome.err == "reading standard input as " + format +
                               "; --format lines reads one document per line\n");
    }
    const Outcome lines = folder.predict({"--format", "lines"}, bytes);
    CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') >= 2);
    CHECK_THAT(lines.err, !Contains("reading"));
  };
  check(kFasttext, "fasttext");
  check(kJsonl, "jsonl");
  check(kCsv, "csv");
  check(kTsv, "tsv");
}

TEST_CASE("predict reads a tar archive on standard input and under any name") {
  const ModelFolder folder;
  folder.write("tree/space/1", "moon\n");
  REQUIRE(run_shell("tar -C '" + (folder / "tree") + "' -cf '" + (folder / "archive") + "' space")
              .status == 0);
  CHECK(folder.predict({folder / "archive"}).out == "space/1\tspace\t0.6791787\n");
  CHECK(folder.predict({}, read_file(folder / "archive")).out == "space/1\tspace\t0.6791787\n");
}

TEST_CASE("the columns that a model was trained on identify a header") {
  const TempDir folder;
  const std::string csv =
      folder.write("d.csv", "key,opinion,label\n1,moon,space\n2,ball,baseball\n");
  REQUIRE(run_newsclf({"train", csv, "-o", folder / "m", "--text-column", "opinion", "--epochs",
                       "1", "--members", "1", "-q"})
              .status == 0);
  const Outcome outcome = run_newsclf({"predict", folder / "m"}, "key,opinion\n3,moon\n");
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 1);
  CHECK_THAT(outcome.err, StartsWith("reading standard input as csv; "));
}

TEST_CASE("a file of several lines is one document, and the note shows the option for lines") {
  const ModelFolder folder;
  const std::string file = folder.write("notes.txt", "moon\nmoon\n");
  const Outcome outcome = folder.predict({file});
  CHECK_THAT(outcome.out, StartsWith(file + "\tspace\t"));
  CHECK(outcome.err == "reading " + file + " as one document; --format lines reads one per line\n");
  CHECK(folder.predict({file, "--format", "lines"}).out == "space\t0.6791787\nspace\t0.6791787\n");
  CHECK(folder.predict({file, "--document"}).err.empty());
  CHECK(folder.predict({folder.write("line", "moon\n")}).err.empty());
  CHECK(folder.predict({folder.write("post", "Subject: moon\n\nmoon\n")}).err.empty());
}

TEST_CASE("for many files there is at most one note") {
  const ModelFolder folder;
  const std::string a = folder.write("a", "moon\nmoon\n"), b = folder.write("b", "ball\nball\n"),
                    c = folder.write("c", kFasttext);
  CHECK(folder.predict({a, b, c}).err ==
        "read 2 files as one document each, " + c +
            " as fasttext; --format or --document changes how files are read\n");
  CHECK(folder.predict({a, b, c, "-q"}).err.empty());
  CHECK_THAT(folder.predict({a, c}).out, Contains("\n" + c + ":1\tspace\t"));
  CHECK(folder.predict({folder.write("d", "moon\n"), folder.write("e", "ball\n")}).err.empty());
}

TEST_CASE("input that may contain records is read by lines with a warning") {
  const ModelFolder folder;
  const auto warning = [&](const char* input) { return folder.predict({"-q"}, input).err; };
  CHECK(warning("key,opinion\n1,moon\n2,ball\n") ==
        "newsclf: warning: standard input looks like csv, but is read as one document per line; "
        "--format csv reads its records\n");
  CHECK_THAT(warning("{\n  \"text\": \"moon\"\n}\n"), Contains("looks like jsonl, but"));
  CHECK(warning("Yes, moon.\nNo, orbit.\nWell, ball.\n").empty());
  const std::string file = folder.write("x", "key,opinion\n1,moon\n2,ball\n");
  CHECK(folder.predict({file, "-q"}).err ==
        "newsclf: warning: " + file +
            " looks like csv, but is read as one document; --format csv reads its records\n");
  CHECK(folder.predict({file, folder.write("y", "moon"), "-q"}).err ==
        "newsclf: warning: inputs look like records, but were not read as records: " + file +
            " like csv; use --format\n");
}

TEST_CASE("records are detected and answered while standard input is still open") {
  const ModelFolder folder;
  const auto first_answer = [&](const std::string& first, const std::string& rest) {
    return run_shell("cd '" + folder.path().string() +
                     "' && rm -f in out && mkfifo in out && { timeout 20 $NEWSCLF predict model -q "
                     "< in > out & } && exec 3> in 4< out && printf '" +
                     first + "' >&3 && read -r a <&4 && echo \"$a\" && printf '" + rest +
                     "' >&3 && exec 3>&- && cat <&4 && wait $!")
        .out;
  };
  CHECK(first_answer("label,text\\nspace,moon\\n", "baseball,ball\\n") == kAnswers);
  CHECK(first_answer("{\"text\": \"moon\"}\\n", "{\"text\": \"ball\"}\\n") == kAnswers);
  CHECK(first_answer("moon\\n", "ball\\n") == kAnswers);
}

TEST_CASE("files that are not text are refused by every command that reads documents") {
  const ModelFolder folder;
  const std::string zip = std::string("PK\x03\x04") + std::string(22, '\0') + '\x0f' +
                          std::string(3, '\0') + "xl/workbook.xml<workbook/>";
  const std::string excel = ": this is an Excel workbook; save it as CSV\n";
  const auto check = [&](const std::string& name, const std::string& bytes,
                         const std::string& problem) {
    const std::string file = folder.write(name, bytes);
    const std::string message = "newsclf: " + file + problem;
    const std::vector<std::vector<std::string>> commands = {
        {"train", file, "-o", folder / "new"},
        {"eval", folder.model(), file},
        {"check", file},
        {"compare", folder.model(), folder.model(), file},
        {"predict", folder.model(), file},
        {"predict", folder.model(), file, "--document"},
        {"predict", folder.model(), file, "--format", "lines"}};
    for (const std::vector<std::string>& command : commands) {
      INFO(command.front());
      const Outcome outcome = run_newsclf(command);
      CHECK(outcome.status == 1);
      CHECK(outcome.out.empty());
      CHECK(outcome.err == message);
    }
    for (const char* const command : {"predict", "eval"}) {
      std::vector<std::string> words = {command, folder.model()};
      if (words.front() == "eval") words.emplace_back("-");
      const Outcome outcome = run_newsclf(words, bytes);
      CHECK(outcome.status == 1);
      CHECK(outcome.out.empty());
      CHECK(outcome.err == "newsclf: standard input" + problem);
    }
  };
  check("book.xlsx", zip, excel);
  check("renamed.csv", zip, excel);
  check("book.xlsx.gz", gzip(zip), excel);
  check("table.parquet", "PAR1\x15\x04\x15\x20", ": this is a Parquet file; save it as CSV\n");
  check("paper.pdf", "%PDF-1.7\n",
        ": this is a PDF file; extract its text, for example with pdftotext\n");
  check("zeros", std::string(100'000, '\0'),
        ": this is not text: it has too many control characters; give files of text, or "
        "name their encoding, such as --encoding UTF-16LE\n");
}

TEST_CASE("a model given as data is recognised") {
  const ModelFolder folder;
  const Outcome outcome = run_newsclf({"train", folder.model(), "-o", folder / "new"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "newsclf: " + folder.model() +
                           ": this is a newsclf model, not documents; a model is the first "
                           "argument of newsclf eval and predict\n");
  CHECK(folder.predict({folder.model()}).status == 1);
}

TEST_CASE("binary files among the documents of a tree are read, counted and reported by check") {
  const ModelFolder folder;
  const std::string png = "\x89PNG\r\n\x1a\n" + std::string(40, '\0') + std::string(200, 'x');
  folder.write("tree/space/1", "moon");
  folder.write("tree/space/2", png);
  folder.write("tree/baseball/1", "ball");
  const std::string first = folder / "tree/space/2";
  CHECK_THAT(run_newsclf({"eval", folder.model(), folder / "tree", "-q"}).err,
             Contains("newsclf: warning: 1 document looks binary and is read as text (first: " +
                      first + ")\n"));
  folder.write("tree/space/3", "%PDF-1.7\n");
  const std::string two =
      "newsclf: warning: 2 documents look binary and are read as text (first: " + first + ")\n";
  CHECK_THAT(folder.predict({folder / "tree", "-q"}).err, Contains(two));
  const Outcome check = run_newsclf({"check", folder / "tree", "-q"});
  CHECK_THAT(check.err, Contains(two));
  CHECK_THAT(check.out, Contains("1  documents that look binary\n             space/2\n"));
}

TEST_CASE("a device that is not text is refused by its first bytes") {
  const ModelFolder folder;
  const Outcome device = folder.predict({"/dev/zero"});
  CHECK(device.status == 1);
  CHECK_THAT(device.err, StartsWith("newsclf: /dev/zero: this is not text"));
}
