// SPDX-License-Identifier: MIT
// Checks documents for problems before training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_options.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/workers.hpp"

namespace newsclf {

/// Returns the content of a document without differences in case (simple lower-casing) and white
/// space. The content of a post is its subject without leading `re:` and its body, so that a
/// message sent twice, or to two groups, counts once. May be empty.
std::string content_of(const Document& document);

/// Indexes of documents with the same content, ascending; at least two in total.
struct CopyGroup {
  std::vector<std::size_t> data;  ///< in the first collection
  std::vector<std::size_t> test;  ///< in the second
  bool identical = false;         ///< whether the texts are equal byte for byte
};

/// Returns the groups of documents in `data` and `test` with the same content, in the order of the
/// first document of each group; empty documents are not compared. Contents are hashed by XXH3-128;
/// equal hashes are verified. Memory: 16 bytes per document.
std::vector<CopyGroup> find_copies(std::span<const Document> data, std::span<const Document> test,
                                   Workers& workers);

inline constexpr std::size_t kLongestComparedPart = 64;

/// Returns groups of names (indexes, ascending) that look like spellings of one name, in the order
/// of the first name. Two names are similar if they contain a letter and differ only in case, in
/// composed or decomposed accents and in ` _-./` (but not between two digits: `v1.0`, `v10`), or if
/// one part of the name looks mistyped. Parts end at ` _-./`, before a capital letter after a small
/// one, and between letters and digits. A part looks mistyped if both spellings consist of letters
/// below U+2E80 (a different Chinese character is a different word), begin with the same letter
/// (typing errors rarely change the first letter: `internal` and `external` are different words),
/// and differ by
///   - two swapped neighbours, with at least 4 letters, or
///   - one inserted, deleted or replaced letter, with at least 5 letters in the longer one, or
///   - two such edits, with at least 8 letters in both, if one of the names is rare: used at most a
///     tenth as often as the other (`hypertension` and `hypotension` are both common).
/// Parts of more than `kLongestComparedPart` letters never look mistyped: they would make the index
/// of parts too large, which avoids comparing all pairs of names.
/// @param names well-formed UTF-8, distinct
/// @param uses how often each name is used
std::vector<std::vector<std::size_t>> similar_names(std::span<const std::string> names,
                                                    std::span<const std::int64_t> uses);

/// The values of one text column (CSV, TSV, JSONL); of documents without columns, the text.
struct ColumnValues {
  std::size_t column = 0;      ///< index into the columns of a document
  std::int64_t documents = 0;  ///< documents that have the column
  std::int64_t empty = 0;      ///< of these, with only white space in it
  bool like_ids = false;       ///< see `inspect_columns`

  bool operator==(const ColumnValues&) const = default;
};

/// Counts the values of the text columns. They look like ids if they are at most 64 printable ASCII
/// characters without white space, all different, and at least half of them contain a digit, as in
/// numbers, UUIDs and addresses of web pages.
std::vector<ColumnValues> inspect_columns(std::span<const Document> documents);

/// Columns of fewer documents than this are not reported.
inline constexpr std::int64_t kFewValues = 20;
/// A column is nearly always empty if at least this fraction of its values is.
inline constexpr double kNearlyAlways = 0.95;

/// A text column in a finding.
struct FoundColumn {
  std::string column;      ///< its name, or its number among the text columns
  std::int64_t documents;  ///< documents that have it
  std::int64_t empty;      ///< of these, with only white space in it
};

/// In the order of the report. Each comment says what `Finding::count` counts, and which other
/// member is set.
enum class FindingKind {
  kGuessedEncoding,       ///< documents that are not UTF-8, read as Windows-1252; `documents`
  kNotUtf8,               ///< other documents that are not valid in their encoding; `documents` if
                          ///< known
  kReplacementCharacter,  ///< documents with U+FFFD, if some had it before reading; `documents`
  kLoneSurrogate,         ///< documents with a lone surrogate in a JSON escape
  kMisreadUtf8,           ///< documents with misread UTF-8, see `EncodingSigns`; `documents`
  kUtf16,                 ///< documents that look like UTF-16 or UTF-32; `documents`
  kControlCharacters,     ///< documents that look binary, see `EncodingSigns`; `documents`
  kEmpty,                 ///< documents with only white space; `documents`
  kEmptyBody,             ///< posts with an empty body; `documents`
  kEmptyColumn,           ///< text columns that are nearly always empty; `columns`
  kIdColumn,              ///< text columns that look like ids; `columns`
  kDuplicate,             ///< documents with an earlier copy under the same label; `copies`
  kContradiction,         ///< documents with a copy under another label; `copies`
  kInTest,                ///< test documents with a copy in the data; `copies`
  kRareLabel,             ///< labels with < 5 documents, or < 1 % of the largest label's; `labels`
  kSimilarLabels,         ///< labels similar to another one, see `similar_names`; `similar`
  kCleanedLabel,          ///< documents with a label that `clean_label` changed
  kSingleLabel,           ///< 1 if all documents have the same label; `labels`
  kUnknownTestLabel,      ///< labels of the test data that the data does not have; `labels`
  kSeveralLabels,         ///< documents with several labels; only the first is used
  kUnlabelled,            ///< records without a label, skipped
  kUnreadable,            ///< files that could not be read; `files`, each with its reason
  kLink,                  ///< symbolic links, not followed; `files`
  kOutside,               ///< files outside all label folders, skipped
  kNotRegular,            ///< pipes, sockets and devices, skipped
};
inline constexpr Choice<FindingKind> kFindingKinds[] = {
    {"guessed_encoding", FindingKind::kGuessedEncoding},
    {"not_utf8", FindingKind::kNotUtf8},
    {"replacement_character", FindingKind::kReplacementCharacter},
    {"lone_surrogate", FindingKind::kLoneSurrogate},
    {"misread_utf8", FindingKind::kMisreadUtf8},
    {"utf16", FindingKind::kUtf16},
    {"control_characters", FindingKind::kControlCharacters},
    {"empty", FindingKind::kEmpty},
    {"empty_body", FindingKind::kEmptyBody},
    {"empty_column", FindingKind::kEmptyColumn},
    {"id_column", FindingKind::kIdColumn},
    {"duplicate", FindingKind::kDuplicate},
    {"contradiction", FindingKind::kContradiction},
    {"in_test", FindingKind::kInTest},
    {"rare_label", FindingKind::kRareLabel},
    {"similar_labels", FindingKind::kSimilarLabels},
    {"cleaned_label", FindingKind::kCleanedLabel},
    {"single_label", FindingKind::kSingleLabel},
    {"unknown_test_label", FindingKind::kUnknownTestLabel},
    {"several_labels", FindingKind::kSeveralLabels},
    {"unlabelled", FindingKind::kUnlabelled},
    {"unreadable", FindingKind::kUnreadable},
    {"link", FindingKind::kLink},
    {"outside", FindingKind::kOutside},
    {"not_regular", FindingKind::kNotRegular},
};

/// One kind of problem; at least one document, label or file has it.
struct Finding {
  FindingKind kind;
  std::int64_t count;
  std::vector<std::size_t> documents = {};             ///< indexes into the data
  std::vector<CopyGroup> copies = {};                  ///< indexes into the data and the test data
  std::vector<std::string> labels = {};                ///< in byte order
  std::vector<std::vector<std::string>> similar = {};  ///< groups of labels
  std::vector<std::string> files = {};
  std::vector<FoundColumn> columns = {};
};

struct LabelCount {
  std::string label;
  std::int64_t documents;
};

struct Inspection {
  std::vector<LabelCount> labels;  ///< in byte order
  std::size_t median_bytes;        ///< of text sizes; the lower median of an even number
  std::size_t largest;             ///< index of the first of the largest documents
  std::int64_t unspaced;           ///< documents with text of scripts without spaces
  std::vector<Finding> findings;   ///< by kind
};

/// A label with fewer documents than this is rare.
inline constexpr std::int64_t kFewDocuments = 5;
/// So is a label with less than this fraction of the largest label's documents.
inline constexpr double kFewOfLargest = 0.01;

/// Checks labelled documents, at least one. Entries that readers skip by rule (hidden files, blank
/// lines, unwanted labels) are not reported.
/// @param test documents for evaluation; not checked if empty
/// @param options the options used to read both
Inspection inspect_corpus(const Corpus& data, const Corpus& test, const ReadOptions& options,
                          Workers& workers);

}  // namespace newsclf
