// SPDX-License-Identifier: MIT
// Decodes bytes, splits the text into tokens and into the parts of a post. The tokens are compared
// with a simple tokenizer, and with those of other spellings of the same text.
#include <utf8proc.h>

#include <memory>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/encoding_signs.hpp"
#include "newsclf/text/post.hpp"
#include "newsclf/text/tokenizer.hpp"
#include "text/decoder.hpp"
#include "text/nfc.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;

namespace {

constexpr const char* kEncodings[] = {"utf-8",     "auto",   "utf-16le",    "windows-1252",
                                      "shift_jis", "utf-16", "utf-32be",    "gb18030",
                                      "euc-kr",    "utf-7",  "iso-2022-jp", "big5-hkscs",
                                      "cp1255",    "tcvn",   "iso-8859-1",  "ucs-4le"};
constexpr InvalidUtf8 kPolicies[] = {InvalidUtf8::kReplace, InvalidUtf8::kLatin1,
                                     InvalidUtf8::kError};
constexpr TokenPattern kPatterns[] = {TokenPattern::kText, TokenPattern::kWords,
                                      TokenPattern::kNonspace};

using Tokens = std::vector<std::string>;

/// @param form UTF8PROC_COMPOSE (NFC) or UTF8PROC_DECOMPOSE (NFD)
std::string normalised(std::string_view text, int form) {
  utf8proc_uint8_t* out = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &out,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
  require(size >= 0, "utf8proc normalises UTF-8");
  return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

template <typename Visit>
void for_each_character(std::string_view text, const Visit& visit) {
  for (std::size_t i = 0; i < text.size();) visit(decode_utf8(text, i));
}

/// Whether the decomposed text has a sequence of marks that `NfcSegment` may divide.
bool has_long_sequence(std::string_view decomposed) {
  std::size_t length = 0, longest = 0;
  for_each_character(decomposed, [&](char32_t c) {
    length = joins_previous(c) ? length + 1 : 0;
    longest = std::max(longest, length);
  });
  return longest > 30;
}

std::string join(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += token + ' ';
  return text;
}

bool is_on_boundary(std::string_view text, std::size_t place) {
  return place == text.size() || (place < text.size() && !continues_character(text[place]));
}

/// The tokens, after the requirements for tokens and their places.
Tokens tokens_of(std::string_view text, const TokenizerOptions& options) {
  static std::vector<TextSpan> places;
  Tokenizer tokenizer(options);
  const auto viewed = tokenizer.tokenize(text);
  const bool is_text = options.pattern == TokenPattern::kText;
  for (std::size_t t = 0; t < viewed.size(); ++t) {
    require(!viewed[t].empty(), "a token is not empty", text);
    require_utf8(viewed[t], "a token is UTF-8");
    if (t == 0) continue;
    const char* const end = viewed[t - 1].data() + viewed[t - 1].size();
    const bool touches = continues_run(viewed[t - 1], viewed[t]);
    require(touches
                ? is_text && is_character_of_run(viewed[t - 1]) && is_character_of_run(viewed[t])
                : *end == ' ' && end + 1 == viewed[t].data(),
            "tokens are separated by one space, or are characters of one run", text);
  }
  const Tokens tokens(viewed.begin(), viewed.end());
  const auto again = tokenizer.tokenize(text, places);
  require(std::ranges::equal(again, tokens), "the tokens are the same with places", text);
  require(places.size() == tokens.size(), "every token has a place");
  std::size_t before = 0;
  for (const auto& [begin, end] : places) {
    require(
        begin >= before && begin < end && is_on_boundary(text, begin) && is_on_boundary(text, end),
        "places are in order and between characters", text);
    before = begin;
  }
  return tokens;
}

/// What the documentation of `Tokenizer` says of `kWords` and `kNonspace`, character by character.
Tokens simple_tokens(std::string_view text, const TokenizerOptions& options) {
  Tokens tokens(1);
  for_each_character(normalised(text, UTF8PROC_COMPOSE), [&](char32_t code_point) {
    auto c = static_cast<utf8proc_int32_t>(code_point);
    const auto category = utf8proc_category(c);
    const bool is_word =
        (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO) || c == '_';
    const bool is_space = (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP) ||
                          c == 0 || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) ||
                          c == 0x85;
    if (options.pattern == TokenPattern::kNonspace ? is_space : !is_word) {
      if (!tokens.back().empty()) tokens.emplace_back();
      return;
    }
    if (!options.keep_case) c = utf8proc_tolower(c);
    char encoded[4];
    tokens.back().append(encoded, encode_utf8(static_cast<char32_t>(c), encoded));
  });
  if (tokens.back().empty()) tokens.pop_back();
  // A small letter may combine with a mark with which its capital does not.
  for (std::string& token : tokens) token = normalised(token, UTF8PROC_COMPOSE);
  return tokens;
}

/// Whether `kText` has rules for the text that `kWords` does not have.
bool has_rules_of_text(std::string_view text) {
  bool found = contains_symbols(text);
  for_each_character(text, [&](char32_t c) {
    const bool is_left_out =
        c == 0xAD || c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F);
    found = found || is_left_out || c == 0x20E3 || is_unspaced(c);
  });
  return found;
}

void check_tokens(std::string_view text, const TokenizerOptions& options) {
  const Tokens tokens = tokens_of(text, options);
  const std::string composed = normalised(text, UTF8PROC_COMPOSE);
  const std::string decomposed = normalised(text, UTF8PROC_DECOMPOSE);
  const bool is_text = options.pattern == TokenPattern::kText;
  if (is_text && std::ranges::all_of(text, is_ascii)) {
    std::string hyphenated;
    for (const char c : text) hyphenated.append(1, c).append("\u00AD");
    require(tokens_of(hyphenated, options) == tokens, "soft hyphens do not change words", text);
  }
  if (has_long_sequence(decomposed)) return;
  require(tokens_of(composed, options) == tokens, "NFC has the same tokens", text);
  require(tokens_of(decomposed, options) == tokens, "NFD has the same tokens", text);
  // A character that is left out before a keycap separates it from its digit in the text, but not
  // in the token.
  if (text.find("\u20E3") == std::string_view::npos)
    require(tokens_of(join(tokens), options) == tokens, "tokens of tokens are the same", text);
  if (!is_text)
    require(simple_tokens(text, options) == tokens, "simple rules give the same tokens", text);
  else if (!has_rules_of_text(composed))
    require(simple_tokens(
                text, {.keep_case = options.keep_case, .pattern = TokenPattern::kWords}) == tokens,
            "words have the same tokens", text);
}

/// Decodes in two pieces and at once, then settles.
void check_decoding(std::string_view bytes, std::size_t split, const std::string& encoding,
                    InvalidUtf8 policy) {
  split = std::min(split, bytes.size());
  if (!expects_utf8(encoding)) {
    std::string at_once, in_pieces;
    Decoder one(encoding), other(encoding);
    one.decode(bytes, at_once);
    one.finish(at_once);
    other.decode(bytes.substr(0, split), in_pieces);
    other.decode(bytes.substr(split), in_pieces);
    other.finish(in_pieces);
    require(at_once == in_pieces, "two pieces are decoded as one", at_once + '\n' + in_pieces);
  }
  decode_start(bytes, encoding);
  std::string text(bytes);
  try {
    const Repair repair = decode_document(text, encoding, policy, "data");
    require_utf8(text, "a decoded document is UTF-8");
    require(repair != Repair::kGuessed || encoding == kAutoEncoding, "only auto guesses");
  } catch (const Error& error) {
    message_of(error);
    require(policy == InvalidUtf8::kError, "only the policy error refuses a document");
  }
}

void check_post(std::string_view text) {
  const auto is_inside = [&](std::string_view part) {
    return part.empty() ||
           (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
  };
  std::string_view body = text;
  if (const auto post = parse_post(text)) {
    require(is_inside(post->headers) && is_inside(post->subject) && is_inside(post->body),
            "the parts of a post are inside it");
    require_utf8(post->subject, "the subject is UTF-8");
    require_utf8(thread_of(post->subject), "the thread is UTF-8");
    require(thread_of(thread_of(post->subject)) == thread_of(post->subject),
            "the thread of a thread is the same", post->subject);
    body = post->body;
  }
  require(is_inside(strip_footer(body)), "the stripped body is inside the body");
  for (const std::string_view line : unquoted_lines(body))
    require(is_inside(line), "a line is inside");
}

void check_label(std::string label) {
  clean_label(label);
  require_utf8(label, "a cleaned label is UTF-8");
  std::string again = label;
  require(!clean_label(again) && again == label, "a cleaned label is clean", label);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::string encoding = input.one_of(kEncodings);
  const InvalidUtf8 policy = input.one_of(kPolicies);
  const TokenizerOptions options{.keep_case = input.below(2) == 1,
                                 .pattern = input.one_of(kPatterns)};
  const std::size_t split = input.below(256);
  check_decoding(input.data(), split, encoding, policy);

  std::string text(input.data());
  decode_document(text, encoding, InvalidUtf8::kReplace, "data");
  check_tokens(text, options);
  check_post(text);
  check_label(text);
  find_encoding_signs(text);
  return 0;
}
