// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "newsclf/text/post.hpp"
#include "newsclf/text/tokenizer.hpp"

namespace newsclf {
namespace {

/// Computes `content_of` for one document after the other.
class ContentReader {
 public:
  /// The result is valid until the next call.
  const std::string& read(const Document& document) {
    content_.clear();
    const auto post = document.may_be_post ? parse_post(document.text) : std::nullopt;
    if (post) append(thread_of(post->subject));
    const std::size_t of_subject = content_.size();
    append(post ? post->body : std::string_view(document.text));
    // Mark the end of the subject: where it ends is part of the content.
    if (post && !content_.empty()) content_.insert(of_subject, 1, '\n');
    return content_;
  }

 private:
  void append(std::string_view text) {
    const auto tokens = tokenizer_.tokenize(text);
    if (tokens.empty()) return;
    // The tokens are contiguous, separated by one space.
    const char* const begin = tokens.front().data();
    content_.append(begin, tokens.back().data() + tokens.back().size());
  }

  Tokenizer tokenizer_{{.keep_case = false, .pattern = TokenPattern::kNonspace}};
  std::string content_;
};

struct HashedPlace {
  std::pair<std::uint64_t, std::uint64_t> hash;
  std::size_t place;  // index into `data`, followed by `test`
  bool is_empty;

  auto operator<=>(const HashedPlace&) const = default;
};

}  // namespace

std::string content_of(const Document& document) { return ContentReader().read(document); }

std::vector<CopyGroup> find_copies(std::span<const Document> data, std::span<const Document> test,
                                   Workers& workers) {
  const auto document = [&](std::size_t place) -> const Document& {
    return place < data.size() ? data[place] : test[place - data.size()];
  };
  std::vector<HashedPlace> hashed(data.size() + test.size());
  constexpr std::int64_t kPiece = 64;
  workers.share(static_cast<std::int64_t>(hashed.size()), kPiece,
                [&](std::int64_t begin, std::int64_t end) {
                  ContentReader reader;
                  for (auto place = static_cast<std::size_t>(begin);
                       place < static_cast<std::size_t>(end); ++place) {
                    const std::string& content = reader.read(document(place));
                    const XXH128_hash_t hash = XXH3_128bits(content.data(), content.size());
                    hashed[place] = {{hash.high64, hash.low64}, place, content.empty()};
                  }
                });
  std::erase_if(hashed, [](const HashedPlace& entry) { return entry.is_empty; });
  std::ranges::sort(hashed);

  std::vector<std::vector<std::size_t>> groups;
  ContentReader reader;
  for (auto first = hashed.begin(); first != hashed.end();) {
    const auto last = std::find_if(
        first, hashed.end(), [&](const HashedPlace& entry) { return entry.hash != first->hash; });
    std::map<std::string, std::vector<std::size_t>> by_content;
    if (last - first > 1)
      for (const HashedPlace& entry : std::span(first, last))
        by_content[reader.read(document(entry.place))].push_back(entry.place);
    for (auto& [content, places] : by_content)
      if (places.size() > 1) groups.push_back(std::move(places));
    first = last;
  }
  std::ranges::sort(groups);

  std::vector<CopyGroup> copies;
  for (const auto& places : groups) {
    CopyGroup& group = copies.emplace_back();
    group.identical = std::ranges::all_of(places, [&](std::size_t place) {
      return document(place).text == document(places.front()).text;
    });
    for (const std::size_t place : places)
      if (place < data.size())
        group.data.push_back(place);
      else
        group.test.push_back(place - data.size());
  }
  return copies;
}

}  // namespace newsclf
