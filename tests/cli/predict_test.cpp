// SPDX-License-Identifier: MIT
#include "cli/model_folder.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("every input line gives one output line with label and probability, in order") {
  const ModelFolder folder;
  const Outcome outcome = run_newsclf({"predict", folder.model()}, "moon orbit\nball bat\nMoon!\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "space\t0.93991333\nbaseball\t0.9626731\nspace\t0.6791787\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("a last line without a newline is answered too") {
  const ModelFolder folder;
  const std::string with_end = run_newsclf({"predict", folder.model()}, "moon\nball\n").out;
  CHECK(run_newsclf({"predict", folder.model()}, "moon\nball").out == with_end);
  CHECK(run_newsclf({"predict", folder.model()}, "moon\r\nball\r\n").out == with_end);
}

TEST_CASE("no input gives no output") {
  const ModelFolder folder;
  const Outcome outcome = run_newsclf({"predict", folder.model()}, "");
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
}

TEST_CASE("documents without a known token are answered and counted in a message") {
  const ModelFolder folder;
  const Outcome outcome = run_newsclf({"predict", folder.model()}, "\nxyz\nmoon\n");
  CHECK(lines_in(outcome.out) == 3);
  CHECK(outcome.err ==
        "2 of 3 documents had no token that the model knows; such answers are not informative\n");
}

TEST_CASE("the message names the token pattern that ignores emoji") {
  const TempDir folder;
  Classifier classifier = tiny_classifier();
  VectorizerOptions options = classifier.vectorizer.options();
  options.text.token_pattern = TokenPattern::kWords;
  classifier.vectorizer = Vectorizer(options, classifier.vectorizer.vocabulary(), {}, nullptr);
  save_model(classifier, folder / "model");
  const auto said = [&](const std::string& input) {
    return run_newsclf({"predict", folder / "model"}, input).err;
  };
  CHECK(said("moon\n\U0001f621\n") ==
        "1 of 2 documents had no token that the model knows; such answers are not informative; "
        "emoji and symbols are not tokens under --token-pattern words\n");
  CHECK(said("moon \U0001f621\nxyz\n") ==
        "1 of 2 documents had no token that the model knows; such answers are not informative\n");
}

TEST_CASE("every hostile line gives one answer") {
  const ModelFolder folder;
  std::string input = "tab\there\n";
  input += std::string("nul\0moon\n", 9);
  input += "\xff\xfe broken \xe2\x82\n";
  input += "\u2028 line separator \u0085\n";
  input += "</s> __label__space\n";
  input += std::string(3'000'000, 'x') + '\n';
  input += "moon";
  const Outcome outcome = run_newsclf({"predict", folder.model()}, input);
  CHECK(outcome.status == 0);
  CHECK(lines_in(outcome.out) == 7);
  CHECK_THAT(outcome.err, Contains("1 of 7 documents were decoded as windows-1252 (a guess)\n"));
}

TEST_CASE("with --invalid-utf8 error, the message shows the line") {
  const ModelFolder folder;
  const Outcome outcome =
      run_newsclf({"predict", folder.model(), "--invalid-utf8", "error"}, "moon\n\xe9t\xe9\n");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: standard input, line 2: byte 0 (0xe9) is not UTF-8"));
  CHECK(outcome.out == "space\t0.6791787\n");
}

TEST_CASE("predict writes answers while its input is still open") {
  const ModelFolder folder;
  // The shell writes the second line only after it has read the first answer.
  const Outcome outcome =
      run_shell("cd '" + folder.path().string() +
                "' && mkfifo in out && { timeout 20 $NEWSCLF predict model < in > out & } && "
                "exec 3> in 4< out && echo moon >&3 && read -r a <&4 && echo \"$a\" && "
                "echo ball >&3 && read -r b <&4 && echo \"$b\" && exec 3>&- && wait $!");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("space\t") && Contains("\nbaseball\t"));
}

TEST_CASE("a reader that closes the pipe ends predict quietly") {
  const ModelFolder folder;
  const Outcome outcome = run_shell("{ yes moon | head -n 200000 | $NEWSCLF predict " +
                                    folder.model() + "; echo status $? >&2; } | head -n 1");
  CHECK(lines_in(outcome.out) == 1);
  CHECK(outcome.err == "status 0\n");
}

TEST_CASE("a full disk is an error") {
  const ModelFolder folder;
  const Outcome outcome =
      run_shell("echo moon | $NEWSCLF predict " + folder.model() + " > /dev/full");
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "newsclf: standard output: cannot write: No space left on device\n");
}

TEST_CASE("both backends give the same labels and probabilities") {
  const std::string model = trained_model();
  REQUIRE(load_model(model).ensemble.networks.size() > 1);
  REQUIRE(load_model(model).ensemble.temperature != 1);
  const std::string input =
      "the comet and the telescope\ncompost for the beans\n\nnew brake pads\n";
  const Outcome native = run_newsclf({"predict", model, "--backend", "native"}, input);
  const Outcome torch = run_newsclf({"predict", model, "--backend", "torch"}, input);
  REQUIRE(native.status == 0);
  REQUIRE(torch.status == 0);
  const auto rows = [](const std::string& out) {
    std::vector<std::pair<std::string, double>> result;
    for (std::size_t begin = 0, end; (end = out.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      const std::size_t tab = out.find('\t', begin);
      result.emplace_back(out.substr(begin, tab - begin), std::stod(out.substr(tab + 1)));
    }
    return result;
  };
  const auto a = rows(native.out), b = rows(torch.out);
  REQUIRE(a.size() == 4);
  REQUIRE(b.size() == 4);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].first == b[i].first);
    CHECK(std::abs(a[i].second - b[i].second) < 1e-4);
  }
}

TEST_CASE("the native backend does not load LibTorch") {
  const ModelFolder folder;
  // Reads the memory maps of the process after it has answered and waits for more input.
  const std::string maps =
      run_shell(
          "cd '" + folder.path().string() +
          "' && mkfifo in out && { timeout 20 sh -c 'echo $$ > pid; exec $NEWSCLF predict model' "
          "< in > out & } && exec 3> in 4< out && echo moon >&3 && read -r answer <&4 && "
          "cat /proc/$(cat pid)/maps; exec 3>&-")
          .out;
  CHECK_THAT(maps, Contains("newsclf") && Contains("libc.so"));
  CHECK_THAT(maps, !Contains("torch") && !Contains("libc10"));
}

TEST_CASE("a missing CUDA device is refused with advice") {
  const ModelFolder folder;
  const Outcome outcome = run_newsclf({"predict", folder.model(), "--device", "cuda:99"}, "moon\n");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("newsclf: device cuda:99: "));
  CHECK(lines_in(outcome.err) == 1);
}

TEST_CASE("the native backend on CUDA is a wrong command line") {
  const Outcome outcome =
      run_newsclf({"predict", "no-model", "--backend", "native", "--device", "cuda"}, "moon\n");
  CHECK(outcome.status == 2);
  CHECK(outcome.err ==
        "newsclf: --backend native: runs only on the CPU; see newsclf predict --help\n");
}

TEST_CASE("a missing LibTorch is an error only if it is needed, and predict does not need it") {
  const ModelFolder folder;
  const std::string nowhere = "NEWSCLF_LIBTORCH=/nowhere ";
  const Outcome native = run_shell(nowhere + "$NEWSCLF predict " + folder.model(), "moon\n");
  CHECK(native.status == 0);
  const Outcome torch =
      run_shell(nowhere + "$NEWSCLF predict --backend torch " + folder.model(), "moon\n");
  CHECK(torch.status == 1);
  CHECK_THAT(
      torch.err,
      Contains("newsclf: NEWSCLF_LIBTORCH: /nowhere does not contain lib/libtorch_cpu.so; "));
}

TEST_CASE("a closed standard output is an error, and nothing is written elsewhere") {
  const ModelFolder folder;
  const Outcome outcome = run_shell("echo moon | $NEWSCLF predict " + folder.model() + " >&-");
  CHECK(outcome.status == 1);
  CHECK(outcome.err == "newsclf: standard output: cannot write: Bad file descriptor\n");
  CHECK(run_shell("$NEWSCLF --help > /dev/full").status == 1);
}

TEST_CASE("answers do not depend on the number of threads") {
  const ModelFolder folder;
  std::string lines;
  for (int i = 0; i < 5000; ++i)
    lines += (i % 7 == 0 ? "" : i % 3 == 0 ? "moon orbit" : "ball bat xyz") + std::string("\n");
  const Outcome alone = run_newsclf({"predict", folder.model(), "--threads", "1"}, lines);
  CHECK(lines_in(alone.out) == 5000);
  for (const char* const threads : {"2", "3", "8"}) {
    const Outcome shared = run_newsclf({"predict", folder.model(), "--threads", threads}, lines);
    CHECK(shared.out == alone.out);
    CHECK(shared.err == alone.err);
  }
}

TEST_CASE("the first line that is not UTF-8 ends the answers, for any number of threads") {
  const ModelFolder folder;
  std::string lines;
  for (int i = 1; i <= 400; ++i) lines += i == 123 || i == 399 ? "\xff\n" : "moon\n";
  for (const char* const threads : {"1", "4"}) {
    const Outcome outcome = run_newsclf(
        {"predict", folder.model(), "--invalid-utf8", "error", "--threads", threads}, lines);
    CHECK(outcome.status == 1);
    CHECK(lines_in(outcome.out) == 122);
    CHECK_THAT(outcome.err, Contains("standard input, line 123: byte 0 (0xff) is not UTF-8"));
  }
}
