// SPDX-License-Identifier: MIT
// From a record of a stream to a document: one implementation a format, and what they share.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"

namespace newsclf {

/// What there is to say about a record beside its document.
struct RecordNotes {
  bool lone_surrogate = false;  ///< half a surrogate pair in a JSON escape, read as U+FFFD
  bool more_labels = false;     ///< several labels, read as the first
};

/// Parses the records of one stream. Immutable: any thread may call `parse`.
class RecordParser {
 public:
  virtual ~RecordParser() = default;

  /// Fills label, text, parts and id of `document` from a record of well-formed UTF-8.
  /// @param where what stands for the record in errors: `name, line N`
  /// @throws Error if the record is malformed, with its column
  virtual RecordNotes parse(std::string_view record, const std::string& where,
                            Document& document) const = 0;
  /// Whether the first record of the stream names the columns and is no document.
  virtual bool has_header() const { return false; }
  /// What was recognised, behind the name of the format; may be empty.
  virtual std::string description() const = 0;
};

/// CSV and TSV (RFC 4180). The columns are found by the first record of the stream, which is a
/// header where an option names a column (a number does so where it is too large for a column's
/// and a field is called so), or where it holds one of `kTextNames` or `kLabelNames`, in any case.
/// Without a header the label is in the first column of two or more, the text in all others.
/// @param first well-formed UTF-8
/// @throws Error if columns that the options name are not there, or cannot be told
std::unique_ptr<RecordParser> make_csv_parser(std::string_view first, const std::string& where,
                                              char separator, const ColumnOptions& columns,
                                              bool labelled);

/// JSON objects (RFC 8259), a line each, with the same names for what the options leave open: the
/// text is the first of those that the object has and the options do not name for something else.
std::unique_ptr<RecordParser> make_json_parser(const ColumnOptions& columns, bool labelled);

/// Lines, each a document. Words at its front that begin with `label_prefix` are labels; where that
/// is empty all of the line is text.
std::unique_ptr<RecordParser> make_line_parser(const std::string& label_prefix);

/// In the order in which they are looked for.
inline constexpr std::string_view kTextNames[] = {"text",     "body",   "content",    "message",
                                                  "document", "title",  "subject",    "sentence",
                                                  "question", "review", "description"};
inline constexpr std::string_view kLabelNames[] = {"label", "class", "category", "target", "topic"};

/// In lower case (ASCII).
std::string lower_case(std::string_view name);

/// For messages: at most 30 bytes of `name`, whole characters, and `…` where there is more of it.
std::string shortened(std::string_view name);
/// `a, b, c`, each shortened.
std::string names_in_short(std::span<const std::string> names);

/// `label in "a", text in "b" (5 times), "c" and "d", id in "e"`, without what is empty.
std::string describe_columns(std::string_view label, std::span<const TextColumn> text,
                             std::string_view id);

/// Puts a document's text together from columns, one after the other.
class TextJoiner {
 public:
  explicit TextJoiner(Document& document) : document_(document) {
    document_.text.clear();
    document_.parts.clear();
  }
  void add(std::string_view text, int weight) {
    if (!document_.parts.empty()) document_.text += '\n';
    document_.text += text;
    document_.parts.push_back({document_.text.size(), weight});
  }
  /// Parts are told apart where there are several, or where one counts more than once. A text from
  /// one column may be a post, as a file may.
  void end() {
    if (document_.parts.size() == 1 && document_.parts[0].weight == 1) document_.parts.clear();
    document_.may_be_post = document_.parts.empty();
  }

 private:
  Document& document_;
};

}  // namespace newsclf
