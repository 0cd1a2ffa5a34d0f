// SPDX-License-Identifier: MIT
// A document, and the account of how documents were read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/text/utf8.hpp"

namespace newsclf {

/// A stretch of a document's text, from the end of the one before, and how often it counts.
struct TextPart {
  std::size_t end;  ///< offset behind its last byte
  int weight;       ///< at least 1
};

/// One text to learn from or to label.
struct Document {
  std::string id;            ///< what a person finds it by: a path, `file:line`, or its own id
  std::string label;         ///< empty where the document has none
  std::string text;          ///< well-formed UTF-8
  bool may_be_post = false;  ///< whether `text` may begin with the headers of a newsgroup post
  /// Where the text is put together from columns: a part for each. Empty: all of it counts once.
  std::vector<TextPart> parts = {};
};

/// What happened to everything a reader met. No document disappears without being counted here.
struct ReadCounts {
  std::int64_t read = 0;                ///< documents handed on
  std::int64_t empty = 0;               ///< of these, documents of white space alone
  std::int64_t repaired = 0;            ///< of these, documents that were not well-formed UTF-8
  std::int64_t lone_surrogates = 0;     ///< of these, with half a surrogate pair in a JSON escape
  std::int64_t more_labels = 0;         ///< of these, lines with several labels, read as the first
  std::int64_t bytes = 0;               ///< size of the documents as read
  std::int64_t unlabelled = 0;          ///< records without a label, where one is needed; not read
  std::int64_t other_labels = 0;        ///< records of labels that were not asked for; not read
  std::int64_t blank = 0;               ///< blank lines between records
  std::int64_t outside = 0;             ///< files outside any label folder, not read
  std::int64_t hidden = 0;              ///< files or folders whose name begins with a dot, not read
  std::int64_t not_regular = 0;         ///< sockets, pipes and devices, not read
  std::vector<std::string> links;       ///< symbolic links, not followed
  std::vector<std::string> unreadable;  ///< `path: reason` of files that could not be read

  /// Counts a document that was read from `size` bytes and is handed on.
  void add(const Document& document, std::size_t size, bool was_repaired) {
    ++read;
    bytes += static_cast<std::int64_t>(size);
    empty += is_blank(document.text);
    repaired += was_repaired;
  }
  ReadCounts& operator+=(const ReadCounts& others);
};

/// The counts by name, for all who add them up, write them or tell of them.
struct ReadCountField {
  std::string_view name;
  std::int64_t ReadCounts::*count;
  std::string_view not_read = {};  ///< what it counts, where that was skipped and is reported
};
inline constexpr ReadCountField kReadCountFields[] = {
    {"read", &ReadCounts::read},
    {"empty", &ReadCounts::empty},
    {"repaired", &ReadCounts::repaired},
    {"lone_surrogates", &ReadCounts::lone_surrogates},
    {"more_labels", &ReadCounts::more_labels},
    {"unlabelled", &ReadCounts::unlabelled, "records without a label"},
    {"other_labels", &ReadCounts::other_labels, "records of labels that were not asked for"},
    {"blank", &ReadCounts::blank},
    {"outside", &ReadCounts::outside, "files outside any label folder"},
    {"hidden", &ReadCounts::hidden, "files or folders whose name begins with a dot"},
    {"not_regular", &ReadCounts::not_regular, "pipes, sockets or devices"},
};

inline ReadCounts& ReadCounts::operator+=(const ReadCounts& others) {
  for (const ReadCountField& field : kReadCountFields) this->*field.count += others.*field.count;
  bytes += others.bytes;
  links.insert(links.end(), others.links.begin(), others.links.end());
  unreadable.insert(unreadable.end(), others.unreadable.begin(), others.unreadable.end());
  return *this;
}

struct Corpus {
  std::vector<Document> documents;
  ReadCounts counts;
  /// Labels that were met: those of the documents, those not asked for, and folders that hold no
  /// document; in any order, repeated or not.
  std::vector<std::string> met_labels = {};
};

}  // namespace newsclf
