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

TEST_CASE("the widest point with a precision may lie below points without it") {
  const std::vector<CoveragePoint> curve = coverage_curve(kClaims);
  // Correct of answered + 1: 1 of 2, 2 of 4, 3 of 5, 3 of 6.
  CHECK(widest_with_precision(curve, 0.55)->answered == 4);
  CHECK(widest_with_precision(curve, 0.5)->answered == 5);
  CHECK_FALSE(widest_with_precision(curve, 0.65));
}

TEST_CASE("few documents do not show a high precision") {
  const std::vector<Claim> right(18, {0.9, true});
  CHECK_FALSE(widest_with_precision(coverage_curve(right), 0.95));
  const std::vector<Claim> more(19, {0.9, true});
  CHECK(widest_with_precision(coverage_curve(more), 0.95)->answered == 19);
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
  const std::vector<std::vector<Claim>> claims = claims_by_label(documents, 2);
  REQUIRE(claims.size() == 2);
  REQUIRE(claims[1].size() == 1);
  CHECK_FALSE(claims[1][0].right);
  CHECK(claims[1][0].probability == documents[1].confidence);
}

namespace {

/// Documents predicted to have label `predicted`; the first `right` of them have it.
void add_documents(std::vector<JudgedDocument>& documents, std::int32_t predicted, int count,
                   int right, float highest) {
  for (int i = 0; i < count; ++i) {
    JudgedDocument document{};
    document.truth = i < right ? predicted : 9;
    document.predicted = predicted;
    document.confidence = highest - 0.001F * static_cast<float>(i);
    documents.push_back(document);
  }
}

}  // namespace

TEST_CASE("thresholds for a precision answer the most documents that have it") {
  std::vector<JudgedDocument> documents;
  add_documents(documents, 0, 40, 30, 0.9F);
  const Thresholds chosen = choose_thresholds(documents, 3, ThresholdGoal::kPrecision, 0.9, false);
  // 30 right and 2 wrong: 30 of 33 is above 0.9, 30 of 34 below.
  REQUIRE(chosen.values.size() == 3);
  CHECK(chosen.values[0] == documents[31].confidence);
  CHECK(chosen.values[2] == chosen.values[0]);
  CHECK(chosen.answered == 32);
  CHECK(chosen.correct == 30);
  CHECK(chosen.allow(0, documents[31].confidence));
  CHECK_FALSE(chosen.allow(0, documents[32].confidence));
}

TEST_CASE("thresholds per label differ, refuse a label without the precision, and need evidence") {
  std::vector<JudgedDocument> documents;
  add_documents(documents, 0, 60, 60, 0.9F);
  add_documents(documents, 1, 40, 20, 0.8F);  // the first 20 right: 21 answered are enough
  add_documents(documents, 2, 5, 5, 0.5F);    // too few to show 0.9
  std::vector<JudgedDocument> wrong;
  add_documents(wrong, 3, 30, 0, 0.99F);
  documents.insert(documents.end(), wrong.begin(), wrong.end());
  const Thresholds chosen = choose_thresholds(documents, 5, ThresholdGoal::kPrecision, 0.7, true);
  const Thresholds common = choose_thresholds(documents, 5, ThresholdGoal::kPrecision, 0.7, false);
  REQUIRE(common.values.size() == 5);
  CHECK(chosen.values[0] == documents[59].confidence);
  CHECK(chosen.values[1] < documents[60].confidence);
  CHECK(chosen.values[3] == kNeverAnswered);
  CHECK(chosen.values[4] == common.values[4]);  // never predicted
  const Thresholds strict = choose_thresholds(documents, 5, ThresholdGoal::kPrecision, 0.6, true);
  CHECK(strict.values[2] == documents[104].confidence);
}

TEST_CASE("thresholds for a coverage answer that share of the documents, of each label if asked") {
  std::vector<JudgedDocument> documents;
  add_documents(documents, 0, 50, 50, 0.9F);
  add_documents(documents, 1, 50, 0, 0.5F);
  const Thresholds all = choose_thresholds(documents, 2, ThresholdGoal::kCoverage, 0.5, false);
  CHECK(all.answered == 50);
  CHECK(all.correct == 50);
  const Thresholds each = choose_thresholds(documents, 2, ThresholdGoal::kCoverage, 0.5, true);
  CHECK(each.answered == 50);
  CHECK(each.correct == 25);
}

TEST_CASE("a precision that no threshold reaches gives no thresholds") {
  std::vector<JudgedDocument> documents;
  add_documents(documents, 0, 30, 0, 0.9F);
  CHECK(choose_thresholds(documents, 2, ThresholdGoal::kPrecision, 0.5, false).is_empty());
}
