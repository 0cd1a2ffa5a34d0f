// SPDX-License-Identifier: MIT
#include "newsclf/corpus/thread_keys.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/text/post.hpp"

namespace newsclf {

std::string thread_key(const Document& document) {
  constexpr std::size_t kShort = 200;  // texts of up to this many bytes may be just a subject
  constexpr std::size_t kWord = 24;    // and without a space, of up to this many just a word
  const std::string_view text = document.text;
  if (const auto post = document.may_be_post ? parse_post(text) : std::nullopt; post)
    return thread_of(post->subject);
  if (text.size() > kShort) return fmt::format("\n{:016x}", XXH3_64bits(text.data(), text.size()));
  std::string thread = thread_of(text);
  if (thread.size() <= kWord && thread.find(' ') == std::string::npos) thread.clear();
  return thread;
}

ThreadKeys thread_keys(DocumentStream& documents) {
  ThreadKeys keys;
  const auto add = [&](std::string_view key) {
    keys.push_back(key.empty() ? fmt::format("\n{}", keys.size()) : key);
  };
  if (const KnownDocuments known = documents.known(); known.facts != nullptr)
    for_each_known(known, [&](std::size_t d) { add(known.facts->keys[d]); });
  else
    for_each_document(documents, [&](const Document& document) { add(thread_key(document)); });
  return keys;
}

}  // namespace newsclf
