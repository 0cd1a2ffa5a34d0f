// SPDX-License-Identifier: MIT
// The format of documents, and which of them to read.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/corpus/read_limits.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

enum class DataFormat {
  kAuto,      ///< detect from the name or the first bytes, see corpus_reader.hpp
  kTree,      ///< one folder per label, one file per document; a directory or an archive
  kCsv,       ///< RFC 4180, fields separated by commas, semicolons, tabs or `|`
  kTsv,       ///< one record per line, fields separated by tabs (IANA text/tab-separated-values)
  kJsonl,     ///< one JSON object per line, or one array of objects
  kFasttext,  ///< one document per line, after its labels: `__label__x text`
  kLines,     ///< one document per line, no labels
};
inline constexpr Choice<DataFormat> kDataFormats[] = {
    {"auto", DataFormat::kAuto},   {"tree", DataFormat::kTree},
    {"csv", DataFormat::kCsv},     {"tsv", DataFormat::kTsv},
    {"jsonl", DataFormat::kJsonl}, {"fasttext", DataFormat::kFasttext},
    {"lines", DataFormat::kLines},
};

/// What a quote in CSV and TSV means.
enum class Quoting {
  kOfFormat,  ///< `kCsv` for CSV, `kNone` for TSV
  kNone,      ///< text: a record is a line
  kCsv,       ///< at the start of a field: the field ends at the next quote (RFC 4180)
};
inline constexpr Choice<Quoting> kQuotings[] = {{"none", Quoting::kNone}, {"csv", Quoting::kCsv}};

/// A column that contains text, and the weight of its tokens.
struct TextColumn {
  std::string column;  ///< its name, or its number from 1; in JSON, `a.b` is the key b in a
  int weight = 1;      ///< how many times its tokens count, 1 to 1000

  bool operator==(const TextColumn&) const = default;
};

/// The columns of records that are not text, if they were named in training; a classifier keeps
/// them for later input.
struct NamedColumns {
  std::string label = {}, id = {};

  bool operator==(const NamedColumns&) const = default;
};

/// The columns of CSV, TSV and JSONL records. Empty fields are detected by name (see
/// record_parser.hpp).
struct ColumnOptions {
  std::vector<TextColumn> text = {};  ///< in this order
  std::string label = {};             ///< name, or number from 1
  std::string id = {};                ///< name, or number from 1
  bool no_header = false;             ///< the first record of a CSV or TSV file is a document
  bool label_may_lack = false;        ///< records without a required label may lack `label`
  bool id_may_lack = false;           ///< records may lack `id`
  bool keep = false;                  ///< also store all columns in `Document::columns`
};

struct ReadOptions {
  DataFormat format = DataFormat::kAuto;
  /// Use only documents with these labels, as `clean_label` leaves them; empty: all.
  std::vector<std::string> labels = {};
  std::string encoding = std::string(kAutoEncoding);  ///< `auto`, or a name that iconv knows
  /// What to do with text that is not valid in its encoding.
  InvalidUtf8 invalid_utf8 = InvalidUtf8::kReplace;
  ColumnOptions columns = {};
  bool skip_unreadable = false;            ///< skip any number of unreadable files of a folder
  bool labels_may_lack = false;            ///< allow `labels` that no document has
  std::string label_prefix = "__label__";  ///< start of a label in fastText lines; not empty
  char delimiter = '\0';                   ///< of CSV and TSV; 0: detected, a tab in TSV
  Quoting quoting = Quoting::kOfFormat;
  /// If not empty, labels of records are integers k and stand for the k-th of these, from 0.
  std::vector<std::string> label_names = {};
  ReadLimits limits = {};

  bool wants(std::string_view label) const {
    return labels.empty() || std::ranges::find(labels, label) != labels.end();
  }
};

}  // namespace newsclf
