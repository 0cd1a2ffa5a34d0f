// SPDX-License-Identifier: MIT
#include "newsclf/corpus/copies.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <tuple>

#include "newsclf/text/post.hpp"
#include "newsclf/text/tokenizer.hpp"

namespace newsclf {
namespace {

/// Takes the content out of documents, one after the other.
class ContentReader {
 public:
  /// Holds until the next call.
  const std::string& read(const Document& document) {
    content_.clear();
    const auto post = document.may_be_post ? parse_post(document.text) : std::nullopt;
    if (post) append(thread_of(post->subject));
    const std::size_t of_subject = content_.size();
    append(post ? post->body : std::string_view(document.text));
    // Where the subject ends counts.
    if (post && !content_.empty()) content_.insert(of_subject, 1, '\n');
    return content_;
  }

 private:
  void append(std::string_view text) {
    const auto tokens = tokenizer_.tokenize(text);
    if (tokens.empty()) return;
    // The tokens stand one behind the other, one space between two.
    const char* const begin = tokens.front().data();
    content_.append(begin, tokens.back().data() + tokens.back().size());
  }

  Tokenizer tokenizer_{{.keep_case = false, .pattern = TokenPattern::kNonspace}};
  std::string content_;
};

struct HashedPlace {
  std::uint64_t high, low;
  std::size_t place;  // documents of `test` come behind those of `data`
  bool is_empty;

  bool has_hash_of(const HashedPlace& other) const {
    return high == other.high && low == other.low;
  }
};

class CopyFinder {
 public:
  CopyFinder(std::span<const Document> data, std::span<const Document> test)
      : data_(data), test_(test) {}

  std::vector<CopyGroup> find(Workers& workers) const {
    std::vector<HashedPlace> hashed(data_.size() + test_.size());
    constexpr std::int64_t kPiece = 64;
    workers.share(static_cast<std::int64_t>(hashed.size()), kPiece,
                  [&](std::int64_t begin, std::int64_t end) {
                    ContentReader reader;
                    for (std::int64_t i = begin; i < end; ++i) {
                      const auto place = static_cast<std::size_t>(i);
                      hashed[place] = hash(reader.read(document(place)), place);
                    }
                  });
    std::erase_if(hashed, [](const HashedPlace& entry) { return entry.is_empty; });
    std::sort(hashed.begin(), hashed.end(), [](const HashedPlace& a, const HashedPlace& b) {
      return std::tie(a.high, a.low, a.place) < std::tie(b.high, b.low, b.place);
    });

    std::vector<std::vector<std::size_t>> groups;
    for (auto first = hashed.begin(); first != hashed.end();) {
      const auto last = std::find_if_not(
          first, hashed.end(), [&](const HashedPlace& entry) { return entry.has_hash_of(*first); });
      if (last - first > 1) compare({first, last}, groups);
      first = last;
    }
    std::sort(groups.begin(), groups.end());
    std::vector<CopyGroup> copies;
    for (const auto& places : groups) copies.push_back(group_of(places));
    return copies;
  }

 private:
  const Document& document(std::size_t place) const {
    return place < data_.size() ? data_[place] : test_[place - data_.size()];
  }

  static HashedPlace hash(const std::string& content, std::size_t place) {
    const XXH128_hash_t hash = XXH3_128bits(content.data(), content.size());
    return {hash.high64, hash.low64, place, content.empty()};
  }

  /// Adds the groups of two or more of equal content among `candidates`, whose hashes are equal.
  void compare(std::span<const HashedPlace> candidates,
               std::vector<std::vector<std::size_t>>& groups) const {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> by_content;
    ContentReader reader;
    for (const HashedPlace& candidate : candidates) {
      const std::string& content = reader.read(document(candidate.place));
      auto known = std::find_if(by_content.begin(), by_content.end(),
                                [&](const auto& entry) { return entry.first == content; });
      if (known == by_content.end()) known = by_content.insert(known, {content, {}});
      known->second.push_back(candidate.place);
    }
    for (auto& [content, places] : by_content)
      if (places.size() > 1) groups.push_back(std::move(places));
  }

  CopyGroup group_of(const std::vector<std::size_t>& places) const {
    CopyGroup group;
    for (const std::size_t place : places)
      if (place < data_.size())
        group.data.push_back(place);
      else
        group.test.push_back(place - data_.size());
    group.identical = std::all_of(places.begin(), places.end(), [&](std::size_t place) {
      return document(place).text == document(places.front()).text;
    });
    return group;
  }

  std::span<const Document> data_, test_;
};

}  // namespace

std::string content_of(const Document& document) { return ContentReader().read(document); }

std::vector<CopyGroup> find_copies(std::span<const Document> data, std::span<const Document> test,
                                   Workers& workers) {
  return CopyFinder(data, test).find(workers);
}

}  // namespace newsclf
