// SPDX-License-Identifier: MIT
#include "newsclf/features/analyzer.hpp"

#include <algorithm>

#include "newsclf/text/post.hpp"

namespace newsclf {

Analyzer::Analyzer(const TextOptions& options)
    : options_(options),
      text_tokenizer_({options.keep_case, options.token_pattern}),
      subject_tokenizer_({options.keep_case, options.token_pattern}) {}

std::span<const TokenOccurrence> Analyzer::analyze(const Document& document) {
  occurrences_.clear();
  if (!kept_.empty()) {
    kept_.resize(1);
    kept_.front().clear();
  }
  if (!document.parts.empty()) {
    add_parts(document);
    return occurrences_;
  }
  const auto post = document.may_be_post ? parse_post(document.text) : std::nullopt;
  if (!post) {
    add_tokens(text_tokenizer_.tokenize(document.text), 1);
    return occurrences_;
  }

  const bool untouched = options_.post_headers && !options_.strip_quotes && !options_.strip_footers;
  if (untouched) {
    add_tokens(text_tokenizer_.tokenize(document.text), 1);
  } else {
    std::string_view body = post->body;
    if (options_.strip_footers) body = strip_footer(body);
    without_quotes_ = options_.post_headers ? post->headers : std::string_view();
    if (options_.strip_quotes)
      without_quotes_ += strip_quotes(body);
    else
      without_quotes_ += body;
    add_tokens(text_tokenizer_.tokenize(without_quotes_), 1);
  }
  if (options_.subject_weight > 0)
    add_tokens(subject_tokenizer_.tokenize(post->subject), options_.subject_weight);
  return occurrences_;
}

void Analyzer::add_parts(const Document& document) {
  std::size_t begin = 0;
  for (std::size_t p = 0; p < document.parts.size(); ++p) {
    const auto [end, weight] = document.parts[p];
    if (p == part_tokenizers_.size())
      part_tokenizers_.emplace_back(
          TokenizerOptions{options_.keep_case, options_.token_pattern});
    const auto text = std::string_view(document.text).substr(begin, end - begin);
    add_tokens(part_tokenizers_[p].tokenize(text), weight);
    begin = end;
  }
}

void Analyzer::add_tokens(std::span<const std::string_view> tokens, int count) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const char* const begin = tokens[i].data();
    for (int n = options_.min_ngram; n <= options_.max_ngram; ++n) {
      const std::size_t last = i + static_cast<std::size_t>(n) - 1;
      if (last >= tokens.size()) break;
      // Neighbouring tokens stand one space apart in the normalised text: the run is a view.
      const char* const end = tokens[last].data() + tokens[last].size();
      occurrences_.push_back({{begin, static_cast<std::size_t>(end - begin)}, count});
    }
    if (options_.max_char_ngram > 0) add_char_ngrams(tokens[i], count);
  }
}

void Analyzer::add_char_ngrams(std::string_view token, int count) {
  marked_ = '<';
  marked_ += token;
  marked_ += '>';
  starts_.clear();
  for (std::size_t i = 0; i < marked_.size(); ++i) {
    const bool inside_character = (static_cast<unsigned char>(marked_[i]) & 0xC0) == 0x80;
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
      occurrences_.push_back({keep(ngram), count});
    }
}

std::string_view Analyzer::keep(std::string_view text) {
  constexpr std::size_t kBlock = 1 << 16;
  if (kept_.empty() || kept_.back().capacity() - kept_.back().size() < text.size()) {
    kept_.emplace_back();
    kept_.back().reserve(std::max(kBlock, text.size()));
  }
  std::string& block = kept_.back();
  block += text;
  return std::string_view(block).substr(block.size() - text.size());
}

}  // namespace newsclf
