// SPDX-License-Identifier: MIT
#include "cli/console.hpp"

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

const BarText kEpoch = {"epoch 3/8  loss 0.1234", "12,345 documents/s", "0:42 left"};

}  // namespace

TEST_CASE("a progress bar shows its full text if it fits") {
  CHECK(bar_line(0.5, kEpoch, 80) ==
        "[############............] epoch 3/8  loss 0.1234  12,345 documents/s  0:42 left");
  CHECK(bar_line(0, kEpoch, 200).starts_with("[........................] epoch"));
  CHECK(bar_line(1.5, kEpoch, 200).starts_with("[########################] epoch"));
}

TEST_CASE("a narrow progress bar omits the speed first and then shortens the bar") {
  CHECK(bar_line(0.5, kEpoch, 79) ==
        "[############............] epoch 3/8  loss 0.1234  0:42 left");
  CHECK(bar_line(0.5, kEpoch, 60) ==
        "[############............] epoch 3/8  loss 0.1234  0:42 left");
  CHECK(bar_line(0.5, kEpoch, 46) == "[#####.....] epoch 3/8  loss 0.1234  0:42 left");
  CHECK(bar_line(0.5, kEpoch, 41) == "[###..] epoch 3/8  loss 0.1234  0:42 left");
}

TEST_CASE("a very narrow terminal still shows the remaining time") {
  CHECK(bar_line(0.5, kEpoch, 40) == "epoch 3/8  loss 0.1234  0:42 left");
  CHECK(bar_line(0.5, kEpoch, 20) == "epoch 3/8  0:42 left");
  CHECK(bar_line(0.5, kEpoch, 5) == "  0:4");
  for (std::size_t width = 0; width < 120; ++width)
    CHECK(bar_line(0.5, kEpoch, width).size() <= width);
}

TEST_CASE("a training with a validation score shows its remaining time at 80 columns") {
  const BarText text = {"refit epoch 3/17  loss 0.1234, held out: loss 0.2345, accuracy 93.22 %",
                        "12,345 documents/s", "12:42 left"};
  CHECK(bar_line(0.5, text, 79) ==
        "refit epoch 3/17  loss 0.1234, held out: loss 0.2345, accuracy 93.2  12:42 left");
}

TEST_CASE("messages escape control characters in names") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  folder.write("data/space/1", "moon\n");
  folder.write("data/hockey/1", "puck\n");
  const Outcome outcome = run_newsclf({"eval", folder / "model", folder / "data", "--report",
                                       folder / "red\x1b[31m\n\u009b\u202ereport"});
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("/red\\x1b[31m\\x0a\\xc2\\x9b\\xe2\\x80\\xaereport\n"));
  for (const char* const control : {"\x1b", "\u009b", "\u202e"})
    CHECK(outcome.err.find(control) == std::string::npos);
}
