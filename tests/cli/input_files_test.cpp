// SPDX-License-Identifier: MIT
// Several files and lists of files.
#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

/// The model and the files a, b (of one line), "c\nd" and rows.csv.
class Inputs : public ModelFolder {
 public:
  Inputs() {
    write("a", "moon\n");
    write("b", "ball\n");
    write("c\nd", "moon\n");
    write("rows.csv", "text\nball\n");
  }
  /// Runs predict in the folder.
  Outcome predict_here(const std::string& arguments, std::string_view input = {}) const {
    return run_shell("cd '" + path().string() + "' && $NEWSCLF predict model " + arguments, input);
  }
};

constexpr const char* kMoonOfA = "a\tspace\t0.6791787\n";
constexpr const char* kBallOfB = "b\tbaseball\t0.7772999\n";

}  // namespace

TEST_CASE("a list names the files to label, one per line, relative to the working directory") {
  const Inputs inputs;
  inputs.write("list", "a\n\nb\r\nrows.csv");
  const std::string expected =
      std::string(kMoonOfA) + kBallOfB + "rows.csv:2\tbaseball\t0.7772999\n";
  const Outcome outcome = inputs.predict_here("--files-from list");
  CHECK(outcome.status == 0);
  CHECK(outcome.out == expected);
  CHECK(outcome.err.empty());
  CHECK(inputs.predict_here("--files-from -", "a\nb\nrows.csv\n").out == expected);
  CHECK(inputs.predict_here("b --files-from -", "a\n").out == std::string(kBallOfB) + kMoonOfA);
}

TEST_CASE("a list whose names end with NUL may name files with line ends") {
  const Inputs inputs;
  const Outcome outcome = inputs.predict_here("--files-from -", {"c\nd\0a\0", 6});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == std::string("c\\nd\tspace\t0.6791787\n") + kMoonOfA);
}

TEST_CASE("an empty list gives no answers, and standard input is not read instead") {
  const Inputs inputs;
  inputs.write("list", "\n");
  const Outcome outcome = inputs.predict_here("--files-from list", "moon\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "list lists no files\n");
}

TEST_CASE("a list that cannot be used is refused") {
  const Inputs inputs;
  CHECK(inputs.predict_here("--files-from none").err ==
        "newsclf: none: cannot open: No such file or directory; check the name\n");
  CHECK(inputs.predict_here("--files-from -", "a\n-\n").err ==
        "newsclf: standard input: this list contains '-', standard input itself; remove it\n");
  const Outcome twice = inputs.predict_here("- --files-from -", "a\n");
  CHECK(twice.status == 2);
  CHECK_THAT(twice.err, Contains("--files-from: standard input is already used for FILE"));
}

TEST_CASE("one of several inputs that cannot be read is reported, and the others are answered") {
  const Inputs inputs;
  inputs.write("bad.csv", "text,id\nmoon,1\nball\n");
  inputs.write("image", "GIF89a");
  const Outcome outcome = inputs.predict_here("a none bad.csv image b");
  CHECK(outcome.status == 1);
  CHECK(outcome.out == std::string(kMoonOfA) + "1\tspace\t0.6791787\n" + kBallOfB);
  CHECK(outcome.err ==
        "newsclf: none: cannot open: No such file or directory; check the name\n"
        "newsclf: bad.csv, line 3: number of fields must be 2 as in the header, got 1; give every "
        "record the same number of fields\n"
        "newsclf: image: this is an image; give files of text\n"
        "newsclf: predict: 3 of 5 inputs could not be read\n");
  CHECK(inputs.predict_here("--files-from -", "none\na\n").out == kMoonOfA);
}

TEST_CASE("of many inputs that cannot be read ten are named") {
  const Inputs inputs;
  std::string list;
  for (int i = 0; i < 15; ++i) list += "none" + std::to_string(i) + "\n";
  const Outcome outcome = inputs.predict_here("--files-from -", list + "a\n");
  CHECK(outcome.status == 1);
  CHECK(outcome.out == kMoonOfA);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 11);
  CHECK_THAT(outcome.err,
             Contains("none9: ") && EndsWith("predict: 15 of 16 inputs could not be read\n"));
}

TEST_CASE("a single input that cannot be read is one error") {
  const Inputs inputs;
  CHECK(inputs.predict_here("none").err ==
        "newsclf: none: cannot open: No such file or directory; check the name\n");
  CHECK(inputs.predict_here("none").status == 1);
}
