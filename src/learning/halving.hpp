// SPDX-License-Identifier: MIT
// Asynchronous successive halving: which candidate is scored next, and which one is the best.
//
// Why its resource is the number of folds and not the share of the documents: of 16 candidates on
// 20 Newsgroups, one fold of five of all documents ranked as the other four folds did (Spearman
// 0.90, mean of the five); all five folds of a random quarter of the documents took 3.5 times as
// long and ranked worse (0.71).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "newsclf/learning/tuning.hpp"

namespace newsclf {

/// Call order: `(next add)*`. Candidate 0 is the reference of all scores.
class Halving {
 public:
  /// @param folds number of folds that a candidate can be scored on
  /// @param same_documents whether all folds are scored on the same documents, so that more folds
  ///     do not mean more documents
  Halving(std::size_t folds, bool same_documents)
      : folds_(folds), same_documents_(same_documents) {}

  struct Step {
    std::size_t candidate, fold;

    bool operator==(const Step&) const = default;
  };
  /// The next step; none if every candidate has all folds and `more` returns false. Its candidate
  /// is number `candidates()` if `more` has added a new one.
  std::optional<Step> next(const std::function<bool()>& more) const;
  /// Adds the score of a step of `next`; none: the training failed.
  void add(const Step& step, const std::optional<PairedScore>& score);
  /// Instead of `add`: there is no time for the candidate, which gets no step until `retry`.
  void skip(const Step& step);
  /// There is more time now. @returns whether a candidate was skipped
  bool retry();

  std::size_t candidates() const { return candidates_.size(); }
  /// The number of candidates skipped since the last `retry`.
  std::size_t skipped() const;
  /// The sum of the scores of a candidate.
  PairedScore total(std::size_t candidate) const;
  /// The candidate with the largest gain minus its standard error, if that is above 0, of those
  /// that `may_be_best` accepts; otherwise 0.
  std::size_t best(const std::function<bool(std::size_t)>& may_be_best) const;

 private:
  struct Scores {
    std::vector<PairedScore> folds;
    bool has_failed = false, is_skipped = false;
    bool is_open() const { return !has_failed && !is_skipped; }
  };

  std::vector<std::size_t> ranked(std::size_t folds) const;
  Step or_reference(const Step& step) const;

  std::size_t folds_;
  bool same_documents_;
  std::vector<Scores> candidates_;
};

}  // namespace newsclf
