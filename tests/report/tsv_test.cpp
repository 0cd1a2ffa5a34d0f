// SPDX-License-Identifier: MIT
#include "newsclf/report/numbers.hpp"

#include "support/support.hpp"

using namespace newsclf;

TEST_CASE("characters that would break a TSV line are escaped, and all others are kept") {
  CHECK(escape_tsv("") == "");
  CHECK(escape_tsv("sci.space/1 Ünï \"q\"") == "sci.space/1 Ünï \"q\"");
  CHECK(escape_tsv("a\tb\nc\rd\\e\\") == "a\\tb\\nc\\rd\\\\e\\\\");
}

TEST_CASE("a CSV field is quoted only if it contains a separator, a quote or a control character") {
  CHECK(quote_csv("") == "");
  CHECK(quote_csv(" Ünï\u2028 'q' a;b\\ ") == " Ünï\u2028 'q' a;b\\ ");
  CHECK(quote_csv("a,b") == "\"a,b\"");
  CHECK(quote_csv("\"") == "\"\"\"\"");
  CHECK(quote_csv("a\nb\r") == "\"a\nb\r\"");
  CHECK(quote_csv(std::string_view("a\0b", 3)) == std::string("\"a\0b\"", 5));
}

TEST_CASE("a probability is written with float precision, and a tiny one is not written as 0") {
  CHECK(probability_tsv(1) == "1");
  CHECK(probability_tsv(0) == "0");
  CHECK(probability_tsv(0.1) == "0.1");
  CHECK(probability_tsv(1.0 / 3) == "0.33333334");
  CHECK(probability_tsv(1.38389652673674e-87) == "1.38389653e-87");
}
