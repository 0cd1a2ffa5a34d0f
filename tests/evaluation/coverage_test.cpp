// SPDX-License-Identifier: MIT
#include "newsclf/evaluation/coverage.hpp"

#include "support/support.hpp"

using namespace newsclf;

namespace {

const std::vector<Claim> kClaims = {
    {0.9, true}, {0.5, false}, {0.8, true}, {0.8, false}, {0.6, true}};

}  // namespace

TEST_CASE("a coverage curve has one point per distinct confidence, highest first") {
  const std::vector<CoveragePoint> curve = coverage_curve(kClaims);
  REQUIRE(curve.size() == 4);
  CHECK(curve[0].threshold == 0.9);
  CHECK(curve[0].accuracy() == 1);
  CHECK(curve[1].answered == 3);
  CHECK(curve[1].correct == 2);
  CHECK(curve[2].accuracy() == 0.75);
  CHECK(curve[3].threshold == 0.5);
  CHECK(curve[3].answered == 5);
  CHECK(coverage_curve({}).empty());
}

TEST_CASE("the widest point with an accuracy may lie below points without it") {
  const std::vector<CoveragePoint> curve = coverage_curve(kClaims);
  CHECK(widest_with_accuracy(curve, 0.75)->answered == 4);  // 3 documents have only 0.67
  CHECK(widest_with_accuracy(curve, 0.6)->answered == 5);
  CHECK(widest_with_accuracy(curve, 1)->answered == 1);
  CHECK_FALSE(widest_with_accuracy(coverage_curve({{0.9, false}}), 0.5));
}

TEST_CASE("the narrowest point with a coverage answers at least that share") {
  const std::vector<CoveragePoint> curve = coverage_curve(kClaims);
  CHECK(narrowest_with_coverage(curve, 0.2).answered == 1);
  CHECK(narrowest_with_coverage(curve, 0.4).answered == 3);  // two documents are equally sure
  CHECK(narrowest_with_coverage(curve, 0.8).answered == 4);
  CHECK(narrowest_with_coverage(curve, 1).answered == 5);
  std::vector<Claim> ten;
  for (int i = 0; i < 10; ++i) ten.push_back({i / 10.0, true});
  CHECK(narrowest_with_coverage(coverage_curve(ten), 0.7).answered == 7);
}

TEST_CASE("claims are those of one predicted label, or of all") {
  const float first[] = {2, 0}, second[] = {0, 1};
  const std::vector<JudgedDocument> documents = {judge_document("a", "x", 0, first, 1),
                                                 judge_document("b", "x", 0, second, 1)};
  CHECK(claims_of(documents).size() == 2);
  const std::vector<Claim> claims = claims_of(documents, 1);
  REQUIRE(claims.size() == 1);
  CHECK_FALSE(claims[0].right);
  CHECK(claims[0].probability == documents[1].certainty.predicted);
}
