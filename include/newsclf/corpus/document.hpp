// SPDX-License-Identifier: MIT
// A document, and the account of how documents were read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace newsclf {

/// One text to learn from or to label.
struct Document {
  std::string id;            ///< path below the data folder; empty for a line of a stream
  std::string label;         ///< empty where the document has none
  std::string text;          ///< well-formed UTF-8
  bool may_be_post = false;  ///< whether `text` may begin with the headers of a newsgroup post
};

/// What happened to everything a reader met. No document disappears without being counted here.
struct ReadCounts {
  std::int64_t read = 0;                ///< documents handed on
  std::int64_t empty = 0;               ///< of these, documents of white space alone
  std::int64_t repaired = 0;            ///< of these, documents that were not well-formed UTF-8
  std::int64_t bytes = 0;               ///< size of the documents as read
  std::int64_t outside = 0;             ///< files outside any label folder, not read
  std::int64_t hidden = 0;              ///< files or folders whose name begins with a dot, not read
  std::int64_t not_regular = 0;         ///< sockets, pipes and devices, not read
  std::vector<std::string> links;       ///< symbolic links, not followed
  std::vector<std::string> unreadable;  ///< `path: reason` of files that could not be read
};

struct Corpus {
  std::vector<Document> documents;
  ReadCounts counts;
};

}  // namespace newsclf
