// SPDX-License-Identifier: MIT
#include "newsclf/corpus/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/parallel/random.hpp"

namespace newsclf {
namespace {

using Group = std::span<const std::size_t>;                // indexes of documents with one key
using LabelCounts = std::map<std::int32_t, std::int64_t>;  // documents of each label

/// Documents with equal keys.
struct Groups {
  std::vector<std::size_t> documents;  // sorted by key, then by index
  std::vector<std::size_t> ends;       // of each group in `documents`
  std::vector<std::size_t> order;      // of the groups

  std::size_t size() const { return order.size(); }
  Group operator[](std::size_t place) const {
    const std::size_t group = order[place], begin = group == 0 ? 0 : ends[group - 1];
    return std::span(documents).subspan(begin, ends[group] - begin);
  }
};

Groups shuffled_groups(const ThreadKeys& keys, std::uint64_t seed) {
  Groups groups;
  groups.documents.resize(keys.size());
  std::iota(groups.documents.begin(), groups.documents.end(), std::size_t{0});
  std::ranges::sort(groups.documents, [&](std::size_t a, std::size_t b) {
    const int order = keys[a].compare(keys[b]);
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (i + 1 == keys.size() || keys[groups.documents[i]] != keys[groups.documents[i + 1]])
      groups.ends.push_back(i + 1);
  groups.order.resize(groups.ends.size());
  std::iota(groups.order.begin(), groups.order.end(), std::size_t{0});
  Random(seed).shuffle(std::span(groups.order));
  return groups;
}

LabelCounts count_labels(Group group, std::span<const std::int32_t> labels) {
  LabelCounts counts;
  for (const std::size_t i : group) ++counts[labels[i]];
  return counts;
}

}  // namespace

Split stratified_split(std::span<const std::int32_t> labels, const ThreadKeys& keys,
                       double fraction, std::uint64_t seed) {
  // Number of documents of each label that may still be held out. Shares that round to 0 add up to
  // one document of every few such labels.
  LabelCounts room;
  for (const std::int32_t label : labels) ++room[label];
  double small_shares = 0;
  for (auto& [label, count] : room) {
    const double share = static_cast<double>(count) * fraction;
    std::int64_t most = std::llround(share);
    if (most == 0 && count > 1 && (small_shares += share) >= 1) {
      most = 1;
      --small_shares;
    }
    count = std::min(count - 1, most);
  }

  Split split;
  const Groups groups = shuffled_groups(keys, seed);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Group group = groups[g];
    const LabelCounts size = count_labels(group, labels);
    const bool fits = std::ranges::all_of(
        size, [&](const auto& entry) { return entry.second <= room[entry.first]; });
    if (fits)
      for (const auto& [label, count] : size) room[label] -= count;
    auto& side = fits ? split.held_out : split.train;
    side.insert(side.end(), group.begin(), group.end());
  }
  std::ranges::sort(split.train);
  std::ranges::sort(split.held_out);
  return split;
}

std::vector<std::int32_t> stratified_folds(std::span<const std::int32_t> labels,
                                           const ThreadKeys& keys, std::int32_t folds,
                                           std::uint64_t seed) {
  Groups groups = shuffled_groups(keys, seed);
  if (std::ssize(groups.order) < folds)
    throw Error("training data",
                fmt::format("{0} folds need at least {0} documents with different subjects or "
                            "texts, got {1}",
                            folds, groups.size()),
                "use more documents or fewer folds");
  const auto size_of = [&](std::size_t group) {
    return groups.ends[group] - (group == 0 ? 0 : groups.ends[group - 1]);
  };
  std::ranges::stable_sort(groups.order, std::greater(), size_of);

  LabelCounts total;
  for (const std::int32_t label : labels) ++total[label];
  struct Fold {
    LabelCounts labels;
    std::size_t documents = 0;
  };
  std::vector<Fold> filled(static_cast<std::size_t>(folds));
  std::vector<std::int32_t> fold_of(labels.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const Group group = groups[g];
    const LabelCounts size = count_labels(group, labels);
    // How much the sum of the squared shares of all labels in all folds would grow, without the
    // part that is the same for every fold; then the number of documents.
    const auto crowding = [&](const Fold& fold) {
      double growth = 0;
      for (const auto& [label, count] : size)
        if (const auto known = fold.labels.find(label); known != fold.labels.end()) {
          const auto all = static_cast<double>(total[label]);
          growth += static_cast<double>(count) / all * (static_cast<double>(known->second) / all);
        }
      return std::pair(growth, fold.documents);
    };
    const auto best = std::ranges::min_element(filled, {}, crowding);
    for (const auto& [label, count] : size) best->labels[label] += count;
    best->documents += group.size();
    for (const std::size_t i : group) fold_of[i] = static_cast<std::int32_t>(best - filled.begin());
  }
  return fold_of;
}

}  // namespace newsclf
