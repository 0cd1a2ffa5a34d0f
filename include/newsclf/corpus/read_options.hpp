// SPDX-License-Identifier: MIT
// How documents are written down, and what is to be read of them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "newsclf/names/choice.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

enum class DataFormat {
  kAuto,      ///< what the name or the first bytes say, see corpus_reader.hpp
  kTree,      ///< one folder a label, one file a document; a directory or an archive
  kCsv,       ///< records of RFC 4180, fields separated by commas
  kTsv,       ///< the same with tabs
  kJsonl,     ///< one JSON object a line
  kFasttext,  ///< one document a line, its labels in front: `__label__x text`
  kLines,     ///< one document a line, no label
};
inline constexpr Choice<DataFormat> kDataFormats[] = {
    {"auto", DataFormat::kAuto},   {"tree", DataFormat::kTree},
    {"csv", DataFormat::kCsv},     {"tsv", DataFormat::kTsv},
    {"jsonl", DataFormat::kJsonl}, {"fasttext", DataFormat::kFasttext},
    {"lines", DataFormat::kLines},
};

/// A column that holds text, and how often its tokens count.
struct TextColumn {
  std::string column;  ///< its name, or its number from 1
  int weight = 1;      ///< 1 to 1000

  bool operator==(const TextColumn&) const = default;
};

/// Where label, text and id stand in the records of CSV, TSV and JSONL. What is empty is found by
/// its name (see record_parser.hpp).
struct ColumnOptions {
  std::vector<TextColumn> text = {};  ///< in this order
  std::string label = {};             ///< name, or number from 1
  std::string id = {};                ///< name, or number from 1; empty: records have no id
  bool no_header = false;             ///< the first record of a CSV or TSV file is a document
};

struct ReadOptions {
  DataFormat format = DataFormat::kAuto;
  std::vector<std::string> labels = {};  ///< read documents of these labels alone; empty: of all
  InvalidUtf8 invalid_utf8 = InvalidUtf8::kReplace;  ///< what to do with text that is not UTF-8
  ColumnOptions columns = {};
  bool labels_may_lack = false;            ///< whether there need be no document of one of `labels`
  std::string label_prefix = "__label__";  ///< what begins a label in fastText lines; not empty

  bool wants(std::string_view label) const {
    return labels.empty() || std::ranges::find(labels, label) != labels.end();
  }
};

}  // namespace newsclf
