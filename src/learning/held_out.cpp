// SPDX-License-Identifier: MIT
#include "learning/held_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "newsclf/corpus/split.hpp"
#include "newsclf/corpus/thread_keys.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {

std::vector<char> hold_out(DocumentStream& all, std::int64_t count,
                           const LearningOptions& options) {
  const ValidationOptions& validation = options.validation;
  const auto last = std::min(validation.last_documents, count);
  std::vector<char> flags(static_cast<std::size_t>(count - last), 0);
  flags.resize(static_cast<std::size_t>(count), 1);
  if (last > 0 || validation.fraction == 0) return flags;
  const std::vector<std::int32_t> label_of = label_ids(all, LabelSet::of(all));
  const ThreadKeys keys = thread_keys(all);
  const std::size_t fresh =
      label_of.size() - static_cast<std::size_t>(std::min(options.replayed, count));
  const Split split = stratified_split(std::span(label_of).first(fresh), keys.first(fresh),
                                       validation.fraction, options.training.seed);
  if (split.held_out.empty())
    throw Error(ErrorCode::kFewToHoldOut, "training data",
                fmt::format("cannot hold out {} of the {} documents", validation.fraction, count));
  for (const std::size_t place : split.held_out) flags[place] = 1;
  return flags;
}

std::vector<char> all_but(const std::vector<char>& flags) {
  std::vector<char> others;
  for (const char flag : flags) others.push_back(flag == 0);
  return others;
}

void check_folds(const LabelSet& labels, std::span<const std::int32_t> label_of,
                 std::span<const std::int32_t> fold_of) {
  constexpr std::int32_t kNone = -1, kSeveral = -2;
  std::vector<std::int32_t> only_fold(static_cast<std::size_t>(labels.size()), kNone);
  for (std::size_t d = 0; d < label_of.size(); ++d) {
    std::int32_t& only = only_fold[static_cast<std::size_t>(label_of[d])];
    only = only == kNone || only == fold_of[d] ? fold_of[d] : kSeveral;
  }
  std::vector<std::string> missing;
  for (std::int32_t label = 0; label < labels.size(); ++label)
    if (only_fold[static_cast<std::size_t>(label)] != kSeveral)
      missing.push_back(labels.to_label(label));
  // A single label is an error of `learn`.
  if (!missing.empty() && labels.size() > 1)
    throw Error(ErrorCode::kLabelHeldOutAlone, "training data",
                "cannot cross-validate labels with a single document, subject or text: " +
                    short_list(missing));
}

LabelSet find_labels(DocumentStream& train, DocumentStream& all, const Classifier* init) {
  LabelSet labels = LabelSet::of(train);
  if (init != nullptr && labels.size() > 0) labels = all_labels(labels, init->labels);
  if (labels.size() < 2)
    throw Error("training data",
                labels.size() == 0
                    ? "there are no documents"
                    : fmt::format("all documents have the label '{}'", labels.to_label(0)),
                "use documents with at least two labels");
  if (labels.size() > kMostLabels)
    throw Error(ErrorCode::kTooManyLabels, "training data",
                fmt::format("{} labels are too many: training computes the probabilities of all "
                            "labels for each document, so the limit is {}",
                            labels.size(), kMostLabels));
  if (std::ranges::count(label_ids(all, labels), LabelSet::kUnknown) == 0) return labels;
  for_each_document(all, [&](const Document& document) {
    if (labels.to_id(document.label) == LabelSet::kUnknown)
      throw Error(ErrorCode::kLabelHeldOutAlone, "held-out documents",
                  fmt::format("no training document has the label '{}'", document.label));
  });
  return labels;
}

}  // namespace newsclf
