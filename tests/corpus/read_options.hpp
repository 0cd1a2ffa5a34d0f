// SPDX-License-Identifier: MIT
// Test helpers for reading folders, archives and files.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/corpus_reader.hpp"

namespace newsclf::testing {

using Words = std::vector<std::string>;

inline ReadOptions by(InvalidUtf8 policy) {
  ReadOptions options;
  options.invalid_utf8 = policy;
  return options;
}

inline ReadOptions only(Words labels) {
  ReadOptions options;
  options.labels = std::move(labels);
  return options;
}

inline Words ids_of(const Corpus& corpus) {
  Words ids;
  for (const Document& document : corpus.documents) ids.push_back(document.id);
  return ids;
}
inline Words ids_of(const ReadCorpus& read) { return ids_of(read.corpus); }

}  // namespace newsclf::testing
