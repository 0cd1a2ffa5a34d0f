// SPDX-License-Identifier: MIT
#include "features/column_index.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace newsclf {

ColumnIndex::ColumnIndex(const Vectorizer& vectorizer, Workers& workers)
    : vocabulary_(vectorizer.vocabulary()) {
  static_assert(KeyTable::kUnknown == Vocabulary::kUnknown);
  constexpr std::uint64_t kNoNgram = ~std::uint64_t{0};
  constexpr std::int64_t kPiece = 4096;
  const ColumnRange words = vectorizer.columns(TokenKind::kWord, TokenKind::kLongNgram);
  std::vector<std::uint64_t> pairs(static_cast<std::size_t>(vocabulary_.size()), kNoNgram);
  workers.share(words.size(), kPiece, [&](std::int64_t begin, std::int64_t end) {
    for (auto c = words.first + static_cast<std::int32_t>(begin); c < words.first + end; ++c) {
      const std::string_view token = vocabulary_.token(c);
      if (const std::size_t space = token.rfind(' '); space != std::string_view::npos)
        pairs[static_cast<std::size_t>(c)] = make_pair_key(
            vocabulary_.find(token.substr(0, space)), vocabulary_.find(token.substr(space + 1)));
    }
  });
  const auto ngrams = static_cast<std::size_t>(
      std::ranges::count_if(pairs, [&](std::uint64_t pair) { return pair != kNoNgram; }));
  short_texts_ = KeyTable(pairs.size() - ngrams);
  pairs_ = KeyTable(ngrams);
  for (std::int32_t c = 0; c < vocabulary_.size(); ++c) {
    const std::uint64_t pair = pairs[static_cast<std::size_t>(c)];
    const std::string_view token = vocabulary_.token(c);
    if (pair != kNoNgram) {
      const auto [begin, last] = split_pair_key(pair);
      is_complete_ = is_complete_ && begin >= 0 && last >= 0;
      pairs_.insert(pair, c);
    } else if (token.size() <= kLongestPacked) {
      char readable[8] = {};
      std::ranges::copy(token, readable);
      const std::uint64_t key = pack_text({readable, token.size()});
      if (packed_text(key) == token) short_texts_.insert(key, c);  // not with NUL at the end
    }
  }
}

}  // namespace newsclf
