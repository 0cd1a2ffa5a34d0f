// SPDX-License-Identifier: MIT
// --max-document, --on-long, --max-record, and --max-memory while reading.
#include <fmt/format.h>

#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const std::string kLimits = "; --max-document sets the limit\n";

/// Three documents; the second is longer than 100 bytes.
std::string labelled(const std::string& text = "orbit " + std::string(100, 'x')) {
  return "label,text\nspace,moon\nspace," + text + "\nbaseball,ball\n";
}

}  // namespace

TEST_CASE("predict answers a document that is too long by its start, and says so once") {
  const ModelFolder folder;
  const std::string lines = "moon\norbit " + std::string(100, 'x') + "\nball\norbit orbit orbit\n";
  const Outcome cut = folder.predict({"--max-document", "9", "-q"}, lines);
  CHECK(cut.status == 0);
  CHECK(cut.out == folder.predict({}, "moon\norbit xxx\nball\norbit orb\n").out);
  CHECK(cut.err == "newsclf: warning: 2 documents were longer than 9 bytes and were cut" + kLimits);
  CHECK(folder.predict({"-q"}, lines).err.empty());

  const Outcome whole = folder.predict({"--max-document", "9", "--document", "-q"}, lines);
  CHECK(whole.out == folder.predict({"--document"}, "moon\norb").out);
  CHECK(whole.err == "newsclf: warning: 1 document was longer than 9 bytes and was cut" + kLimits);

  const Outcome refused = folder.predict({"--max-document", "1KiB", "--on-long", "error"},
                                         "moon\n" + std::string(2000, 'x') + "\nball\n");
  CHECK(refused.status == 1);
  CHECK(refused.out == folder.predict({}, "moon\n").out);
  CHECK(refused.err ==
        "newsclf: standard input, line 2: this document is longer than 1 KiB; raise "
        "--max-document, or use --on-long cut\n");
  // Each document has its line of output.
  const Outcome skips = folder.predict({"--on-long", "skip"}, lines);
  CHECK(skips.status == 2);
  CHECK_THAT(skips.err, Contains("--on-long: must be cut or error, got 'skip'"));
}

TEST_CASE("eval cuts, skips or refuses documents that are too long") {
  const ModelFolder folder;
  const std::string data = folder.write("a.csv", labelled());
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"eval", folder.model(), data, "--max-document", "100"});
    return run_newsclf(more);
  };
  const Outcome cut = eval({});
  CHECK(cut.status == 0);
  CHECK_THAT(cut.err, Contains("1 document was longer than 100 bytes and was cut" + kLimits));
  CHECK_THAT(cut.out, Contains("3 of 3 documents"));
  const Outcome skipped = eval({"--on-long", "skip"});
  CHECK(skipped.status == 0);
  CHECK_THAT(skipped.err, Contains("skipped 1 document longer than 100 bytes" + kLimits));
  CHECK_THAT(skipped.out, Contains("2 of 2 documents"));
  const Outcome refused = eval({"--on-long", "error"});
  CHECK(refused.status == 1);
  CHECK_THAT(refused.err, Contains(data + ", line 3: this document is longer than 100 bytes; "
                                          "raise --max-document, or use --on-long cut\n"));
}

TEST_CASE("a record that is too long is an error that names the file, the line and the option") {
  const ModelFolder folder;
  const std::string data = folder.write("a.csv", labelled());
  const Outcome outcome = folder.predict({data, "--max-record", "64", "-q"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out == folder.predict({}, "moon\n").out);
  CHECK(outcome.err == "newsclf: " + data +
                           ", line 3: this record is longer than 64 bytes; correct the record, or "
                           "raise --max-record\n");
  const Outcome wrong = folder.predict({"--max-record", "many"});
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Contains("--max-record: must be a size such as 800MB or 2GiB, got 'many'"));
}

TEST_CASE("cross-validate refuses to read documents that take more memory than --max-memory") {
  const TempDir folder;
  const std::string data = folder.write("a.csv", labelled(std::string(2'000'000, 'x')));
  const Outcome one = run_newsclf({"cross-validate", data, "-q", "--max-memory", "1.5MB"});
  CHECK(one.status == 1);
  CHECK(one.err == "newsclf: " + data +
                       ": its first 2 documents would bring the memory for documents to 2.0 MB, "
                       "but the limit is 1.5 MB (the largest of them, " +
                       data +
                       ":3, has 2.0 MB); use fewer documents (--labels), a smaller "
                       "--max-document or, to train, a larger --max-memory\n");
}

TEST_CASE("cross-validate refuses to count tokens that take more memory than --max-memory") {
  const TempDir folder;
  std::string records = "label,text\n";
  for (int i = 0; i < 40'000; ++i)
    records += fmt::format("{},w{} v{} u{}\n", i % 2 == 0 ? "space" : "ball", i, i, i);
  const std::string data = folder.write("a.csv", records);
  for (const auto& [most, linear] : {std::pair("10MB", "words"), {"18MB", "bigrams"}}) {
    const Outcome outcome = run_newsclf(
        {"cross-validate", data, "-q", "--linear", linear, "--max-memory", most, "--threads", "2"});
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err,
               StartsWith("newsclf: training: counting tokens takes more than the ") &&
                   Contains(" MB of memory that the documents leave of the limit; use fewer "
                            "documents, shorter n-grams (--word-ngrams, --linear words), or a "
                            "larger --max-memory"));
  }
}

TEST_CASE("the limits are options of every command that reads documents, and of --config") {
  for (const char* command : {"train", "eval", "predict", "check", "compare", "cross-validate",
                              "threshold", "compress"}) {
    INFO(command);
    const std::string help = run_newsclf({command, "--help-all"}).out;
    CHECK_THAT(help, Contains("--max-document SIZE") && Contains("(default 16MiB)") &&
                         Contains("--max-record SIZE") && Contains("(default 64MiB)") &&
                         Contains("--on-long cut|"));
  }
  const TempDir folder;
  const std::vector<std::string> command = {"train", "data", "-o", "m", "--print-config"};
  CHECK_THAT(run_newsclf(command).out, Contains("max-document = \"16MiB\"\n"));
  const std::string config =
      folder.write("c.toml", "max-document = \"1MiB\"\non-long = \"skip\"\n");
  std::vector<std::string> with_config = command;
  with_config.insert(with_config.end(), {"--config", config});
  CHECK_THAT(run_newsclf(with_config).out,
             Contains("max-document = \"1MiB\"\n") && Contains("on-long = \"skip\"\n"));
}
