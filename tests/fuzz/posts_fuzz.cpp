// SPDX-License-Identifier: MIT
// Splits newsgroup posts and compares the parts with those of a simple reference, which works on a
// list of lines; the tokens of a post are those of the text that its parts make up.
#include <optional>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/text/post.hpp"
#include "newsclf/text/tokenizer.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;

namespace {

using Lines = std::vector<std::string>;

/// The lines of `text` with their line ends.
Lines lines_of(std::string_view text) {
  Lines lines;
  for (const char c : text) {
    if (lines.empty() || lines.back().ends_with('\n')) lines.emplace_back();
    lines.back() += c;
  }
  return lines;
}

std::string join(const Lines& lines, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += lines[i];
  return text;
}

std::string without_end(std::string line) {
  if (line.ends_with('\n')) line.pop_back();
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), ascii_lower);
  return text;
}

struct SimplePost {
  std::string headers, subject, body;
};

std::optional<SimplePost> simple_post(std::string_view text) {
  const Lines lines = lines_of(text);
  std::size_t blank = 0;
  while (blank < lines.size() && !without_end(lines[blank]).empty()) ++blank;
  if (blank == lines.size()) return {};
  std::optional<std::string> subject;
  bool in_subject = false;
  for (std::size_t i = 0; i < blank; ++i) {
    const std::string line = without_end(lines[i]);
    if (i > 0 && (line[0] == ' ' || line[0] == '\t')) {
      // The line end before a folded line is part of the subject.
      const std::string before = lines[i - 1].substr(without_end(lines[i - 1]).size());
      if (in_subject) *subject += before + line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string::npos) return {};
    for (std::size_t k = 0; k < colon; ++k)
      if (line[k] < '!' || line[k] > '~') return {};
    in_subject = !subject && lower(line.substr(0, colon)) == "subject";
    if (in_subject) subject = line.substr(colon + 1);
  }
  if (!subject) return {};
  return SimplePost{join(lines, 0, blank), std::string(trimmed(*subject)),
                    join(lines, blank + 1, lines.size())};
}

std::string simple_unquoted(std::string_view body) {
  std::string kept;
  for (const std::string& line : lines_of(body)) {
    bool quotes = false;
    for (const char* begin : {">", "|", "In article", "Quoted from"})
      quotes = quotes || line.rfind(begin, 0) == 0;
    for (const char* part : {"writes in", "writes:", "wrote:", "says:", "said:"})
      quotes = quotes || line.find(part) != std::string::npos;
    if (!quotes) kept += line;
  }
  return kept;
}

std::string simple_stripped(std::string_view body) {
  const std::string text(trimmed(body));
  const Lines lines = lines_of(text);
  for (std::size_t i = lines.size(); i-- > 1;) {
    const std::string_view line = trimmed(lines[i]);
    if (std::ranges::count(line, '-') != std::ssize(line)) continue;
    std::string kept = join(lines, 0, i);
    kept.pop_back();  // the line end
    return kept;
  }
  return text;
}

struct Counted {
  std::string token;
  int count;
  TokenKind kind;
  bool operator==(const Counted&) const = default;
};

std::vector<Counted> tokens_of(const Document& document, const TextOptions& options) {
  Analyzer analyzer(options);
  std::vector<Counted> tokens;
  for (const auto& [token, count, kind] : analyzer.analyze(document))
    tokens.push_back({std::string(token), count, kind});
  TokenPlaces places;
  const auto with_places = analyzer.analyze(document, &places);
  require(with_places.size() == tokens.size() && places.runs.size() == tokens.size(),
          "every token has a place");
  for (const auto& [first, count] : places.runs)
    require(count >= 1 && first + count <= places.words.size(), "a token covers words");
  for (const auto& [begin, end] : places.words)
    require(begin < end && end <= document.text.size(), "a word is inside the text");
  return tokens;
}

/// Compares the tokens of the post with those of the text that its parts make up.
void check_tokens(const std::string& text, const std::optional<SimplePost>& post,
                  const TextOptions& options) {
  std::string expected = text;
  if (post && (!options.post_headers || options.strip_quotes || options.strip_footers)) {
    std::string body = options.strip_footers ? simple_stripped(post->body) : post->body;
    if (options.strip_quotes) body = simple_unquoted(body);
    expected = (options.post_headers ? post->headers : "") + body;
  }
  std::vector<Counted> tokens = tokens_of({.id = "", .label = "", .text = expected}, options);
  if (post && options.subject_weight > 0)
    for (Counted& counted : tokens_of({.id = "", .label = "", .text = post->subject}, options)) {
      counted.count *= options.subject_weight;
      tokens.push_back(std::move(counted));
    }
  require(tokens_of({.id = "", .label = "", .text = text, .may_be_post = true}, options) == tokens,
          "the tokens are those of the parts", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  TextOptions options;
  const std::size_t flags = input.below(8);
  options.post_headers = (flags & 1) != 0;
  options.strip_quotes = (flags & 2) != 0;
  options.strip_footers = (flags & 4) != 0;
  options.subject_weight = static_cast<int>(input.below(3));
  options.max_ngram = 1 + static_cast<int>(input.below(2));
  options.min_char_ngram = options.max_char_ngram = 3 * static_cast<int>(input.below(2));
  const std::string text = replace_invalid_utf8(input.data());

  const auto post = parse_post(text);
  const auto simple = simple_post(text);
  require(post.has_value() == simple.has_value(), "the reference agrees that it is a post", text);
  if (post) {
    require(post->headers == simple->headers, "the headers are the same", text);
    require(post->subject == simple->subject, "the subject is the same", text);
    require(post->body == simple->body, "the body is the same", text);
  }
  const std::string_view body = post ? post->body : std::string_view(text);
  std::string unquoted;
  for (const std::string_view line : unquoted_lines(body)) unquoted += line;
  require(unquoted == simple_unquoted(body), "the unquoted lines are the same", text);
  require(strip_footer(body) == simple_stripped(body), "the stripped body is the same", text);
  const std::string thread = thread_of(body);
  require(thread_of(thread) == thread, "the thread of a thread is the same", body);
  require(thread_of("rE: " + std::string(body)) == thread, "a reply is in the same thread", body);
  check_tokens(text, simple, options);
  return 0;
}
