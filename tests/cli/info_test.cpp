// SPDX-License-Identifier: MIT
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("info shows sizes, options, training and labels") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Outcome outcome = run_newsclf({"info", folder / "model"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("network     4 - 3 - 2 - 2\n"));
  CHECK_THAT(outcome.out, Contains("weighting   count, no norm\n"));
  CHECK_THAT(outcome.out, Contains("labels      2, with the documents learnt from\n"
                                   "          2  baseball\n"
                                   "          2  space\n"));
}

TEST_CASE("info reads the header alone, and --verify finds damage in the data") {
  const TempDir folder;
  const std::string model = folder / "model";
  save_model(tiny_classifier(), model);
  CHECK(run_newsclf({"info", model, "--verify"}).status == 0);

  std::string bytes = read_file(model);
  bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 1);
  write_file(model, bytes);
  CHECK(run_newsclf({"info", model}).status == 0);
  const Outcome outcome = run_newsclf({"info", model, "--verify"});
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("digest: expected "));
}
