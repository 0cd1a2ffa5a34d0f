// SPDX-License-Identifier: MIT
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/train.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

/// A folder for the copies of `trained_model`.
class CompressFolder : public TempDir {
 public:
  Outcome compress(std::vector<std::string> more) const {
    more.insert(more.begin(), {"compress", trained_model(), "-o", small()});
    return run_newsclf(more);
  }
  std::string small() const { return *this / "small"; }
  std::int64_t size() const {
    return static_cast<std::int64_t>(std::filesystem::file_size(small()));
  }
};

const std::string kTest = sample_data() + "/test";

}  // namespace

TEST_CASE("compress writes a copy that is not larger than asked for and answers nearly the same") {
  const CompressFolder folder;
  const auto before = static_cast<std::int64_t>(std::filesystem::file_size(trained_model()));
  const std::int64_t wanted = before / 2;
  const Outcome outcome =
      folder.compress({"--max-size", std::to_string(wanted), "--check", kTest, "--json", "-"});
  REQUIRE(outcome.status == 0);
  CHECK(folder.size() <= wanted);
  CHECK(folder.size() > wanted * 9 / 10);
  const auto result = nlohmann::json::parse(outcome.out);
  CHECK(result["before"]["bytes"] == before);
  CHECK(result["after"]["bytes"] == folder.size());
  CHECK(result["after"]["tokens"] < result["before"]["tokens"]);
  CHECK(result["documents"] == 42);
  CHECK(result["changed"] <= 4);
  const auto accuracy = [](const std::string& model) {
    return nlohmann::json::parse(
        run_newsclf({"eval", model, kTest, "--json", "-"}).out)["accuracy"];
  };
  CHECK(result["before"]["accuracy"] == accuracy(trained_model()));
  CHECK(result["after"]["accuracy"] == accuracy(folder.small()));
  CHECK(run_newsclf({"info", folder.small(), "--verify"}).status == 0);
}

TEST_CASE("compress shows sizes, tokens and networks, and the accuracy only of checked documents") {
  const CompressFolder folder;
  const Outcome plain = folder.compress({"--max-size", "250kB"});
  REQUIRE(plain.status == 0);
  CHECK_THAT(plain.out, Contains("size      ") && Contains("\ntokens    ") &&
                            Contains("\nnetworks  3 x ") && !Contains("accuracy"));
  CHECK_THAT(plain.err, Contains("wrote " + folder.small() + ": "));
  const Outcome checked = folder.compress({"--max-size", "250kB", "--force", "--check", kTest});
  CHECK_THAT(checked.out, Contains("\naccuracy  ") && Contains(" % of 42 documents\nanswers   "));
}

TEST_CASE("a very small copy has no linear classifier") {
  const CompressFolder folder;
  REQUIRE(folder.compress({"--max-size", "160kB"}).status == 0);
  const auto info = nlohmann::json::parse(run_newsclf({"info", folder.small(), "--json", "-"}).out);
  CHECK(info["networks"].size() == 1);
  CHECK(folder.size() <= 160'000);
}

TEST_CASE("a model that is small enough is copied as it is") {
  const CompressFolder folder;
  REQUIRE(folder.compress({"--max-size", "1GB"}).status == 0);
  CHECK(read_file(folder.small()) == read_file(trained_model()));
}

TEST_CASE("a size that is too small for the labels is refused, and nothing is written") {
  const CompressFolder folder;
  const Outcome outcome = folder.compress({"--max-size", "1000"});
  CHECK(outcome.status == 1);
  CHECK(outcome.err ==
        "newsclf: model: 1000 bytes are too few for its 3 labels; use a larger --max-size or, "
        "to train, --max-model-size\n");
  CHECK_FALSE(std::filesystem::exists(folder.small()));
}

TEST_CASE("a model trained with --max-model-size is not larger, with held-out documents too") {
  const TempDir folder;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{}, {"--valid-fraction", "0.2"}}) {
    std::vector<std::string> all = {"--max-model-size", "60kB", "--epochs", "59", "--force"};
    all.insert(all.end(), options.begin(), options.end());
    REQUIRE(train(folder / "model", all).status == 0);
    CHECK(read_file(folder / "model").size() <= 60'000);
  }
}

TEST_CASE("a loss of more than --max-loss ends with status 3, and nothing is written") {
  const CompressFolder folder;
  const Outcome outcome =
      folder.compress({"--max-size", "160kB", "--check", kTest, "--max-loss", "0"});
  CHECK(outcome.status == 3);
  CHECK_THAT(outcome.err, Contains("more than --max-loss 0; nothing was written"));
  CHECK_FALSE(std::filesystem::exists(folder.small()));
  const Outcome wrong = folder.compress({"--max-size", "160kB", "--max-loss", "0.1"});
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Contains("--max-loss: needs documents: give --check"));
}

TEST_CASE("compress needs a size and does not replace files without --force") {
  const CompressFolder folder;
  CHECK(folder.compress({}).status == 2);
  CHECK_THAT(folder.compress({"--max-size", "many"}).err,
             Contains("--max-size: must be a size such as 800MB or 2GiB, got 'many'"));
  write_file(folder.small(), "mine");
  const Outcome outcome = folder.compress({"--max-size", "250kB"});
  CHECK(outcome.status == 1);
  CHECK(read_file(folder.small()) == "mine");
}

TEST_CASE("fastText's quantize is answered with compress") {
  const Outcome outcome = run_newsclf({"quantize", "-input", "train.txt", "-output", "model"});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.err, Contains("newsclf compress MODEL --max-size 2MB"));
}
