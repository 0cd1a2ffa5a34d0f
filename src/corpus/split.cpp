// SPDX-License-Identifier: MIT
#include "newsclf/corpus/split.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "newsclf/error/error.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/text/post.hpp"

namespace newsclf {
namespace {

using Group = std::vector<std::size_t>;                    // indexes of documents with one key
using LabelCounts = std::map<std::int32_t, std::int64_t>;  // documents of each label

std::vector<Group> shuffled_groups(std::span<const std::string> keys, std::uint64_t seed) {
  std::map<std::string_view, Group> by_key;
  for (std::size_t i = 0; i < keys.size(); ++i) by_key[keys[i]].push_back(i);
  std::vector<Group> groups;
  groups.reserve(by_key.size());
  for (auto& [key, group] : by_key) groups.push_back(std::move(group));
  Random(seed).shuffle(std::span(groups));
  return groups;
}

LabelCounts count_labels(const Group& group, std::span<const std::int32_t> labels) {
  LabelCounts counts;
  for (const std::size_t i : group) ++counts[labels[i]];
  return counts;
}

}  // namespace

std::vector<std::string> thread_keys(DocumentStream& documents) {
  constexpr std::size_t kShort = 200;  // texts of up to this many bytes may be just a subject
  constexpr std::size_t kWord = 24;    // and without a space, of up to this many just a word
  std::vector<std::string> keys;
  for_each_document(documents, [&](const Document& document) {
    const std::string_view text = document.text;
    const auto post = document.may_be_post ? parse_post(text) : std::nullopt;
    std::string thread;
    if (post) {
      thread = thread_of(post->subject);
    } else if (text.size() > kShort) {
      thread = fmt::format("\n{:016x}", XXH3_64bits(text.data(), text.size()));
    } else {
      thread = thread_of(text);
      if (thread.size() <= kWord && thread.find(' ') == std::string::npos) thread.clear();
    }
    keys.push_back(thread.empty() ? fmt::format("\n{}", keys.size()) : thread);
  });
  return keys;
}

Split stratified_split(std::span<const std::int32_t> labels, std::span<const std::string> keys,
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
  for (const Group& group : shuffled_groups(keys, seed)) {
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
                                           std::span<const std::string> keys, std::int32_t folds,
                                           std::uint64_t seed) {
  std::vector<Group> groups = shuffled_groups(keys, seed);
  if (std::ssize(groups) < folds)
    throw Error("training data",
                fmt::format("{0} folds need at least {0} documents with different subjects or "
                            "texts, got {1}",
                            folds, groups.size()),
                "use more documents or fewer folds");
  std::ranges::stable_sort(groups, std::greater(), [](const Group& group) { return group.size(); });

  LabelCounts total;
  for (const std::int32_t label : labels) ++total[label];
  struct Fold {
    LabelCounts labels;
    std::size_t documents = 0;
  };
  std::vector<Fold> filled(static_cast<std::size_t>(folds));
  std::vector<std::int32_t> fold_of(labels.size());
  for (const Group& group : groups) {
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
