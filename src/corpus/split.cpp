// SPDX-License-Identifier: MIT
#include "newsclf/corpus/split.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "newsclf/parallel/random.hpp"
#include "newsclf/text/post.hpp"

namespace newsclf {

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
  using Group = std::vector<std::size_t>;
  std::map<std::string_view, Group> by_key;
  for (std::size_t i = 0; i < keys.size(); ++i) by_key[keys[i]].push_back(i);
  std::vector<Group> groups;
  groups.reserve(by_key.size());
  for (auto& [key, group] : by_key) groups.push_back(std::move(group));
  Random(seed).shuffle(std::span(groups));

  // Number of documents of each label that may still be held out. Shares that round to 0 add up to
  // one document of every few such labels.
  std::map<std::int32_t, std::int64_t> room;
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
  for (const Group& group : groups) {
    std::map<std::int32_t, std::int64_t> size;
    for (const std::size_t i : group) ++size[labels[i]];
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

}  // namespace newsclf
