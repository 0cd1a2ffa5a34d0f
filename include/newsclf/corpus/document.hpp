// SPDX-License-Identifier: MIT
// A document, and the counts of what was read and skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

/// A part of a document's text, starting at the end of the previous part, and its weight.
struct TextPart {
  std::size_t end;  ///< offset after its last byte
  int weight;       ///< how many times the part counts, at least 1
};

/// A column or key of the record that a document was read from.
struct InputColumn {
  std::string name;      ///< its name, or its number from 1 if there is no header
  std::string value;     ///< the field, or the value as it is written in JSON
  bool is_json = false;  ///< `value` is JSON, such as `"text"` in quotes, `1.50` or `null`

  bool operator==(const InputColumn&) const = default;
};

/// One text to train on or to predict.
struct Document {
  std::string id;            ///< identifies it to the user: a path, `file:line`, or its own id
  std::string label;         ///< empty if the document has none
  std::string text;          ///< well-formed UTF-8
  bool may_be_post = false;  ///< whether `text` may begin with the headers of a newsgroup post
  /// If the text is joined from columns, one part per column. Empty: the text counts once.
  std::vector<TextPart> parts = {};
  /// All columns of the record, in order; only under `ColumnOptions::keep`.
  std::vector<InputColumn> columns = {};
  bool guessed_encoding = false;  ///< it was not UTF-8, and was decoded as Windows-1252
};

/// The memory of a document in bytes: of its text and members, without what is small.
inline std::int64_t memory_of(const Document& document) {
  return static_cast<std::int64_t>(sizeof document + document.text.size());
}

/// Counts of everything that a reader found; every document is counted here.
struct ReadCounts {
  std::int64_t read = 0;                ///< documents returned
  std::int64_t empty = 0;               ///< of these, documents with only white space
  std::int64_t repaired = 0;            ///< of these, documents not valid in their encoding
  std::int64_t guessed = 0;             ///< of the repaired ones, documents decoded as
                                        ///< Windows-1252
  std::int64_t cleaned_labels = 0;      ///< documents with a label that `clean_label` changed
  std::int64_t lone_surrogates = 0;     ///< documents with a lone surrogate in a JSON escape
  std::int64_t more_labels = 0;         ///< documents with several labels; only the first is used
  std::int64_t stray_quotes = 0;        ///< documents with a quote inside an unquoted CSV field
  std::int64_t cut = 0;                 ///< of the documents read, those that were too long and cut
  std::int64_t too_long = 0;            ///< documents that are too long, skipped
  std::int64_t bytes = 0;               ///< size of the documents as read
  std::int64_t unlabelled = 0;          ///< records without a required label, skipped
  std::int64_t other_labels = 0;        ///< records with labels that are not wanted, skipped
  std::int64_t blank = 0;               ///< blank lines between records
  std::int64_t outside = 0;             ///< files outside all label folders, skipped
  std::int64_t hidden = 0;              ///< files or folders whose name begins with a dot, skipped
  std::int64_t not_regular = 0;         ///< sockets, pipes and devices, skipped
  std::vector<std::string> links;       ///< symbolic links, not followed
  std::vector<std::string> unreadable;  ///< `path: reason` for files that could not be read
  std::vector<std::string> binary;      ///< files of a tree that look binary, read as text

  /// Counts a document that was read from `size` bytes; notes in it if its encoding was guessed.
  void add(Document& document, std::size_t size, Repair repair) {
    ++read;
    bytes += static_cast<std::int64_t>(size);
    empty += is_blank(document.text);
    document.guessed_encoding = repair == Repair::kGuessed;
    repaired += repair != Repair::kNone;
    guessed += document.guessed_encoding;
  }
  ReadCounts& operator+=(const ReadCounts& others);
};

/// The counts by name, for adding them up, writing and reporting them.
struct ReadCountField {
  std::string_view name;
  std::int64_t ReadCounts::*count;
  std::string_view not_read = {};  ///< describes the skipped entries, if they are reported
};
inline constexpr ReadCountField kReadCountFields[] = {
    {"read", &ReadCounts::read},
    {"empty", &ReadCounts::empty},
    {"repaired", &ReadCounts::repaired},
    {"guessed", &ReadCounts::guessed},
    {"cleaned_labels", &ReadCounts::cleaned_labels},
    {"lone_surrogates", &ReadCounts::lone_surrogates},
    {"more_labels", &ReadCounts::more_labels},
    {"stray_quotes", &ReadCounts::stray_quotes},
    {"cut", &ReadCounts::cut},
    {"too_long", &ReadCounts::too_long},
    {"unlabelled", &ReadCounts::unlabelled, "records without a label"},
    {"other_labels", &ReadCounts::other_labels, "records with other labels"},
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
  binary.insert(binary.end(), others.binary.begin(), others.binary.end());
  return *this;
}

struct Corpus {
  std::vector<Document> documents;
  ReadCounts counts;
  /// All labels found: of the documents, of unwanted records, and of folders without documents;
  /// unsorted, possibly repeated.
  std::vector<std::string> met_labels = {};
};

}  // namespace newsclf
