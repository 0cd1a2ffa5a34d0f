// SPDX-License-Identifier: MIT
#include "newsclf/features/analyzer.hpp"

#include <algorithm>

#include "newsclf/text/post.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// The begin of `text` whose tokens are in memory together, see `Analyzer`.
std::string_view first_piece(std::string_view text) {
  if (text.size() <= Analyzer::kLongestPiece) return text;
  const std::size_t space = text.find_last_of(kWhitespace, Analyzer::kLongestPiece);
  const bool found = space != std::string_view::npos && space > 0;
  return found ? text.substr(0, space) : cut_to(text, Analyzer::kLongestPiece);
}

}  // namespace

std::span<const TokenOccurrence> Analyzer::analyze(const Document& document, TokenPlaces* places) {
  places_ = places;
  if (places != nullptr) *places = {};
  only_words_ = false;
  use_ = nullptr;
  add_document(document);
  return occurrences_;
}

void Analyzer::for_each_block(const Document& document, const UseBlock& use) {
  use_blocks(document, false, use);
}

void Analyzer::for_each_block_of_words(const Document& document, const UseBlock& use) {
  use_blocks(document, true, use);
}

void Analyzer::use_blocks(const Document& document, bool only_words, const UseBlock& use) {
  places_ = nullptr;
  only_words_ = only_words;
  use_ = &use;
  add_document(document);
  finish_block();
}

void Analyzer::finish_block() {
  (*use_)(occurrences_);
  begin_block();
}

void Analyzer::begin_block() {
  occurrences_.clear();
  words_.clear();
  used_tokenizers_ = 0;
  if (kept_.empty()) return;
  kept_.resize(1);
  kept_.front().clear();
}

Tokenizer& Analyzer::next_tokenizer() {
  if (used_tokenizers_ == tokenizers_.size())
    tokenizers_.emplace_back(TokenizerOptions{options_.keep_case, options_.token_pattern});
  return tokenizers_[used_tokenizers_++];
}

void Analyzer::add_document(const Document& document) {
  begin_block();
  std::size_t begin = 0;
  for (const auto& [end, weight] : document.parts) {
    const auto part = std::string_view(document.text).substr(begin, end - begin);
    add_text(document, {&part, 1}, weight);
    begin = end;
  }
  if (!document.parts.empty()) return;
  const auto post = document.may_be_post ? parse_post(document.text) : std::nullopt;
  const bool untouched = options_.post_headers && !options_.strip_quotes && !options_.strip_footers;
  stretches_.clear();
  if (!post || untouched) {
    stretches_.push_back(document.text);
  } else {
    std::string_view body = post->body;
    if (options_.strip_footers) body = strip_footer(body);
    if (options_.post_headers) stretches_.push_back(post->headers);
    if (options_.strip_quotes)
      for (const std::string_view line : unquoted_lines(body)) stretches_.push_back(line);
    else
      stretches_.push_back(body);
  }
  add_text(document, stretches_, 1);
  if (post && options_.subject_weight > 0)
    add_text(document, {&post->subject, 1}, options_.subject_weight);
}

void Analyzer::add_text(const Document& document, std::span<const std::string_view> stretches,
                        int count) {
  std::string_view rest;
  if (stretches.size() == 1) {
    rest = stretches.front();
  } else {
    joined_.clear();
    for (const std::string_view stretch : stretches) joined_ += stretch;
    rest = joined_;
  }
  std::size_t stretch = 0, before = 0;  // stretch of the current word, bytes before it
  std::size_t begin = 0;                // of `rest`
  while (!rest.empty()) {
    const std::string_view text = first_piece(rest);
    rest.remove_prefix(text.size());
    if (places_ == nullptr) {
      add_tokens(next_tokenizer().tokenize(text), count);
    } else {
      const auto tokens = next_tokenizer().tokenize(text, spans_);
      first_word_ = places_->words.size();
      for (const TextSpan& span : spans_) {
        const std::size_t place = begin + span.begin;
        while (place >= before + stretches[stretch].size()) before += stretches[stretch++].size();
        const auto offset =
            static_cast<std::size_t>(stretches[stretch].data() - document.text.data()) + place -
            before;
        places_->words.push_back({offset, offset + span.end - span.begin});
      }
      add_tokens(tokens, count);
    }
    begin += text.size();
    if (use_ != nullptr && !rest.empty()) finish_block();
  }
}

void Analyzer::add_tokens(std::span<const std::string_view> tokens, int count) {
  const bool has_runs = options_.token_pattern == TokenPattern::kText;
  int before = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (has_runs && is_character_of_run(tokens[i])) {
      i = add_run(tokens, i, count) - 1;
      before = 0;
      continue;
    }
    if (only_words_) {
      words_.push_back({occurrences_.size(), before++});
      occurrences_.push_back({tokens[i], count, TokenKind::kWord});
      if (options_.max_char_ngram > 0) add_char_ngrams(tokens[i], count);
      continue;
    }
    for (int n = 1; n <= std::max(options_.max_ngram, options_.max_long_ngram); ++n) {
      const std::size_t words = static_cast<std::size_t>(n);
      if (i + words > tokens.size()) break;
      const std::string_view last = tokens[i + words - 1];
      if (has_runs && n > 1 && is_character_of_run(last)) break;
      const auto kind = n <= options_.max_ngram ? TokenKind::kWord : TokenKind::kLongNgram;
      if (n >= options_.min_ngram) add_ngram(tokens.subspan(i, words), i, count, kind);
    }
    if (options_.max_char_ngram > 0) add_char_ngrams(tokens[i], count);
    if (places_ != nullptr) places_->runs.resize(occurrences_.size(), {first_word_ + i, 1});
  }
}

std::size_t Analyzer::add_run(std::span<const std::string_view> tokens, std::size_t first,
                              int count) {
  std::size_t end = first + 1;
  while (end < tokens.size() && continues_run(tokens[end - 1], tokens[end])) ++end;
  const auto shortest = std::min(static_cast<std::size_t>(options_.min_script_ngram), end - first);
  const auto longest = static_cast<std::size_t>(options_.max_script_ngram);
  for (std::size_t i = first; i < end; ++i)
    for (std::size_t n = shortest; n <= std::min(longest, end - i); ++n)
      add_ngram(tokens.subspan(i, n), i, count);
  return end;
}

void Analyzer::add_ngram(std::span<const std::string_view> tokens, std::size_t first, int count,
                         TokenKind kind) {
  // The normalised text between neighbouring tokens belongs to the n-gram: it is a view.
  const char* const begin = tokens.front().data();
  const char* const end = tokens.back().data() + tokens.back().size();
  occurrences_.push_back({{begin, static_cast<std::size_t>(end - begin)}, count, kind});
  if (places_ != nullptr) places_->runs.push_back({first_word_ + first, tokens.size()});
}

void Analyzer::add_char_ngrams(std::string_view token, int count) {
  marked_ = '<';
  marked_ += token;
  marked_ += '>';
  starts_.clear();
  for (std::size_t i = 0; i < marked_.size(); ++i) {
    const bool inside_character = continues_character(marked_[i]);
    if (!inside_character) starts_.push_back(i);
  }
  starts_.push_back(marked_.size());
  const std::size_t characters = starts_.size() - 1;
  std::string ngram;
  for (auto n = static_cast<std::size_t>(options_.min_char_ngram);
       n <= std::min(characters, static_cast<std::size_t>(options_.max_char_ngram)); ++n)
    for (std::size_t first = 0; first + n <= characters; ++first) {
      ngram = ' ';
      ngram.append(marked_, starts_[first], starts_[first + n] - starts_[first]);
      occurrences_.push_back({keep(ngram), count, TokenKind::kCharNgram});
    }
}

std::string_view Analyzer::keep(std::string_view text) {
  constexpr std::size_t kBlock = 1 << 16, kReadable = 8;
  const std::size_t room = text.size() + kReadable;
  if (kept_.empty() || kept_.back().capacity() - kept_.back().size() < room) {
    kept_.emplace_back();
    kept_.back().reserve(std::max(kBlock, room));
  }
  std::string& block = kept_.back();
  block += text;
  return std::string_view(block).substr(block.size() - text.size());
}

}  // namespace newsclf
