// SPDX-License-Identifier: MIT
// Turns records of a stream into documents: one parser per format, and shared code.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/records/csv_fields.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"

namespace newsclf {

/// Notes on a record, besides its document.
struct RecordNotes {
  bool lone_surrogate = false;  ///< a JSON escape of a lone surrogate was replaced by U+FFFD
  bool more_labels = false;     ///< it has several labels, only the first is used
  bool stray_quote = false;     ///< CSV: a quote inside an unquoted field was read as text
};

/// Parses the records of one stream. Immutable and thread-safe.
class RecordParser {
 public:
  virtual ~RecordParser() = default;

  /// Sets label, text, parts and id of `document` from a record of well-formed UTF-8.
  /// @param where name of the record in errors: `name, line N`
  /// @throws Error with the column if the record is malformed
  virtual RecordNotes parse(std::string_view record, const std::string& where,
                            Document& document) const = 0;
  /// Whether the first record of the stream is a header with column names.
  virtual bool has_header() const { return false; }
  /// Whether the records have an id column.
  virtual bool has_ids() const { return false; }
  /// The names of the kept columns, if all records have the same; otherwise empty.
  virtual std::vector<std::string> columns() const { return {}; }
  /// Describes the detected layout, to follow the name of the format; may be empty.
  virtual std::string description() const = 0;
};

/// CSV and TSV. The first record determines the columns. It is a header if an option names a column
/// (a number counts as a name if no column has that number and a field is equal to it), or if a
/// field is in `kTextNames` or `kLabelNames`, in any case. The only column that is not label, id or
/// unnamed is the text, whatever its name. Without a header, the first of two or more columns is
/// the label and all others are text.
/// @param first well-formed UTF-8
/// @throws Error if a column named by an option does not exist, or columns cannot be detected
std::unique_ptr<RecordParser> make_csv_parser(std::string_view first, const std::string& where,
                                              const CsvDialect& dialect,
                                              const ColumnOptions& columns, bool labelled);

/// One JSON object (RFC 8259) per record. An option `a.b` is a key with this name or else the key b
/// of the object a. Keys that the options leave open are found by the same names: the text is the
/// first matching key that no option names. An array of strings is a text of one line per string.
/// Strings are cut to a few bytes more than the limit on documents.
std::unique_ptr<RecordParser> make_json_parser(const ReadOptions& options, bool labelled);

/// One document per line. Leading words that begin with `label_prefix` are labels; if it is empty,
/// the whole line is text.
std::unique_ptr<RecordParser> make_line_parser(const std::string& label_prefix);

/// In order of preference.
inline constexpr std::string_view kTextNames[] = {"text",     "body",   "content",    "message",
                                                  "document", "title",  "subject",    "sentence",
                                                  "question", "review", "description"};
inline constexpr std::string_view kLabelNames[] = {"label", "class", "category", "target", "topic"};
inline constexpr std::string_view kIdNames[] = {"id", "doc_id", "docid", "document_id", "uuid"};

/// Whether a column called `name` shows that a record is a header: it is in `kTextNames` or
/// `kLabelNames`, in any case, or `columns` names it.
bool is_known_column(const std::string& name, const ColumnOptions& columns);

/// Returns `name` in lower case (ASCII).
std::string lower_case(std::string_view name);

/// For messages: at most 30 bytes of `name`, in whole characters, with `…` if it was shortened.
std::string shortened(std::string_view name);
/// Returns the `short_list` of the names, each shortened.
std::string names_in_short(std::span<const std::string> names);

/// Returns `name, line N, column C` of the byte at `place` in a record whose first line is `where`;
/// columns count bytes from 1.
std::string place_in(std::string_view record, std::size_t place, const std::string& where,
                     char line_end = '\n');

/// Returns `label in "a", text in "b" (5 times), "c" and "d", id in "e"`; empty parts are left out.
std::string describe_columns(std::string_view label, std::span<const TextColumn> text,
                             std::string_view id);

/// Joins the text of a document from columns, in order.
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
  /// Keeps the parts only if there are several, or if the weight is not 1. Like a file, text from a
  /// single column may be a post.
  void end() {
    if (document_.parts.size() == 1 && document_.parts[0].weight == 1) document_.parts.clear();
    document_.may_be_post = document_.parts.empty();
  }

 private:
  Document& document_;
};

}  // namespace newsclf
