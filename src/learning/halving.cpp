// SPDX-License-Identifier: MIT
#include "learning/halving.hpp"

#include <algorithm>
#include <iterator>

namespace newsclf {
namespace {

/// One in so many candidates is scored on the next fold.
constexpr std::size_t kReduction = 2;

PairedScore sum(std::span<const PairedScore> folds) {
  PairedScore total;
  for (const PairedScore& fold : folds) total += fold;
  return total;
}

}  // namespace

std::optional<Halving::Step> Halving::next(const std::function<bool()>& more) const {
  if (candidates_.empty()) return Step{0, 0};
  for (std::size_t c = 0; c < candidates_.size(); ++c)  // those that were skipped before `retry`
    if (candidates_[c].folds.empty() && candidates_[c].is_open()) return Step{c, 0};
  for (std::size_t fold = folds_ - 1; fold > 0; --fold) {
    const std::vector<std::size_t> order = ranked(fold);
    for (std::size_t place = 0; place < order.size() / kReduction; ++place)
      if (candidates_[order[place]].folds.size() == fold) return or_reference({order[place], fold});
  }
  if (more()) return or_reference({candidates_.size(), 0});
  for (std::size_t fold = folds_ - 1; fold > 0; --fold)
    for (const std::size_t candidate : ranked(fold))
      if (candidates_[candidate].folds.size() == fold) return or_reference({candidate, fold});
  return std::nullopt;
}

Halving::Step Halving::or_reference(const Step& step) const {
  const std::size_t of_reference = candidates_.front().folds.size();
  return of_reference <= step.fold ? Step{0, of_reference} : step;
}

void Halving::add(const Step& step, const std::optional<PairedScore>& score) {
  if (step.candidate == candidates_.size()) candidates_.emplace_back();
  Scores& scores = candidates_[step.candidate];
  if (score)
    scores.folds.push_back(*score);
  else
    scores.has_failed = true;
}

void Halving::skip(const Step& step) {
  if (step.candidate == candidates_.size()) candidates_.emplace_back();
  candidates_[step.candidate].is_skipped = true;
}

bool Halving::retry() {
  const bool some = skipped() > 0;
  for (Scores& scores : candidates_) scores.is_skipped = false;
  return some;
}

std::size_t Halving::skipped() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(candidates_, [](const Scores& scores) { return scores.is_skipped; }));
}

/// The candidates that were scored on `folds` folds or more, the best on these folds first, without
/// the reference and those that failed or were skipped.
std::vector<std::size_t> Halving::ranked(std::size_t folds) const {
  std::vector<std::size_t> order;
  for (std::size_t c = 1; c < candidates_.size(); ++c)
    if (candidates_[c].is_open() && candidates_[c].folds.size() >= folds) order.push_back(c);
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t c) {
    return sum(std::span(candidates_[c].folds).first(folds)).gain();
  });
  return order;
}

PairedScore Halving::total(std::size_t candidate) const {
  const std::vector<PairedScore>& folds = candidates_[candidate].folds;
  PairedScore total = sum(folds);
  if (same_documents_ && !folds.empty()) total.times = std::ssize(folds);
  return total;
}

std::size_t Halving::best(const std::function<bool(std::size_t)>& may_be_best) const {
  std::size_t best = 0;
  double most = 0;
  for (std::size_t c = 1; c < candidates_.size(); ++c) {
    if (!candidates_[c].is_open()) continue;
    const PairedScore score = total(c);
    const double surely = score.gain() - score.standard_error();
    if (surely <= most || !may_be_best(c)) continue;
    most = surely;
    best = c;
  }
  return best;
}

}  // namespace newsclf
