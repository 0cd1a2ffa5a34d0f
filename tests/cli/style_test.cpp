// SPDX-License-Identifier: MIT
// Colors and the progress bar are used only on a terminal. script(1) runs a command on a
// pseudo-terminal.
#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// The output of `command` on a terminal with the environment `variables`, without carriage returns
/// at line ends.
std::string on_terminal(const std::string& variables, const std::string& command) {
  const Outcome outcome = run_shell("env -u NO_COLOR -u TERM " + variables +
                                    " script -qec '\"$NEWSCLF\" " + command + "' /dev/null");
  std::string out;
  for (std::size_t i = 0; i < outcome.out.size(); ++i)
    if (outcome.out.compare(i, 2, "\r\n") != 0) out += outcome.out[i];
  return out;
}

}  // namespace

TEST_CASE("headings of help pages are bold on a terminal") {
  const std::string page = on_terminal("TERM=xterm", "train --help");
  CHECK_THAT(page, Contains("\n\x1b[1mUsage:\x1b[0m newsclf train [OPTIONS] DATA...\n") &&
                       Contains("\n\x1b[1mTraining:\x1b[0m\n") &&
                       Contains("\n\x1b[1mExamples:\x1b[0m\n  newsclf train ") &&
                       Contains("\n  --hidden H1,H2            units"));
}

TEST_CASE("the prefixes of errors and warnings are colored on a terminal") {
  CHECK(on_terminal("TERM=xterm", "info") ==
        "\x1b[1;31mnewsclf:\x1b[0m MODEL is required; see newsclf info --help\n");
  CHECK_THAT(on_terminal("TERM=xterm", "train /no/such/folder -o m -minCount 1"),
             StartsWith("\x1b[33mnewsclf: warning:\x1b[0m -minCount is read as --min-df: "));
}

TEST_CASE("nothing is colored with NO_COLOR, on a dumb terminal or without a terminal") {
  const std::string error = "newsclf: MODEL is required; see newsclf info --help\n";
  const std::string page = run_newsclf({"train", "--help"}).out;
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(run_newsclf({"info"}).err == error);
  for (const char* variables : {"TERM=xterm NO_COLOR=1", "TERM=dumb", ""}) {
    INFO(variables);
    CHECK(on_terminal(variables, "info") == error);
    CHECK(on_terminal(variables, "train --help") == page);
  }
  CHECK_THAT(on_terminal("TERM=xterm NO_COLOR=", "info"), StartsWith("\x1b[1;31m"));
  CHECK_THAT(on_terminal("TERM=xterm", "train --help | cat"), !Contains("\x1b"));
}

TEST_CASE("a training draws a bar on a capable terminal and writes lines to a dumb one") {
  const TempDir folder;
  const std::string command =
      "train " + sample_data() + "/train --epochs 2 --force -o " + (folder / "m");
  CHECK_THAT(on_terminal("TERM=xterm", command), Contains("\r[") && Contains("\x1b[K"));
  CHECK_THAT(on_terminal("TERM=xterm NO_COLOR=1", command),
             Contains("\x1b[K") && !Contains("\x1b[1"));
  CHECK_THAT(on_terminal("TERM=dumb", command),
             !Contains("\x1b") && !Contains("\r") && Contains("\nepoch 2/2 "));
}

TEST_CASE("a terminal gets control characters in answers escaped, a pipe gets them as they are") {
  const ModelFolder folder;
  const std::string ids = folder / "ids.jsonl";
  folder.write("ids.jsonl", "{\"id\":\"a\\u001b[31m\\u202eb\",\"text\":\"moon\"}\n");
  const std::string command = "predict " + folder.model() + " " + ids + " --output-format ";
  for (const std::string format : {"tsv", "csv", "jsonl"}) {
    CAPTURE(format);
    const std::string shown = on_terminal("TERM=xterm", command + format + " -q");
    CHECK(shown.find('\x1b') == std::string::npos);
    CHECK_THAT(shown, Contains("\\xe2\\x80\\xaeb"));
  }
  CHECK_THAT(run_newsclf({"predict", folder.model(), ids}).out, StartsWith("a\x1b[31m\u202eb\t"));
}
