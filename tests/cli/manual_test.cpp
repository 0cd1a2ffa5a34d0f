// SPDX-License-Identifier: MIT
#include <sstream>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

TEST_CASE("the manual page has the usual sections in the usual order") {
  const Outcome outcome = run_newsclf({"manual"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out.starts_with(".TH NEWSCLF 1 "));
  std::istringstream page(outcome.out);
  std::vector<std::string> sections;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with(".SH ")) sections.push_back(line.substr(4));
  CHECK(sections == std::vector<std::string>{"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS",
                                             "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"});
}

TEST_CASE("the manual page shows options with their values and defaults, escaped for roff") {
  const std::string page = run_newsclf({"manual"}).out;
  CHECK_THAT(page, Contains("\n.SS newsclf train \\-o MODEL [OPTIONS] DATA...\n") &&
                       Contains("\n.TP\n\\fB\\-\\-keep\\-case\\fR\nkeep upper case: Space and "
                                "space are two tokens\n") &&
                       Contains("\n\\fB\\-\\-hidden H1,H2\\fR\nunits of the two hidden layers "
                                "(default 100,100)\n") &&
                       Contains("a post\\(aqs subject"));
  CHECK_THAT(page, Contains("\necho \\(aqthe shuttle reached orbit\\(aq | newsclf predict "
                            "news.safetensors\n"));
}

TEST_CASE("the manual page contains every command and the help flags") {
  const std::string page = run_newsclf({"manual"}).out;
  for (const char* command : {"train", "eval", "cross\\-validate", "manual", "help"})
    CHECK_THAT(page, Contains(std::string("\n.SS newsclf ") + command));
  CHECK_THAT(page, Contains("\n\\fB\\-h,\\-\\-help\\fR\nshow the common options\n") &&
                       Contains("\n\\fB\\-\\-help\\-all\\fR\nshow all options\n") &&
                       Contains("\n\\fB\\-V,\\-\\-version\\fR\n"));
  CHECK_THAT(run_newsclf({"--help"}).out, Contains("\n  manual "));
}
