// SPDX-License-Identifier: MIT
// Test helpers that read records.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/string_source.hpp"
#include "newsclf/corpus/document_reader.hpp"
#include "support/support.hpp"

namespace newsclf::testing {

using Words = std::vector<std::string>;
/// Label and text of each document.
using Rows = std::vector<std::pair<std::string, std::string>>;

/// Encodes UTF-8 as UTF-16LE; characters up to U+FFFF.
inline std::string utf16(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = decode_utf8(text, i);
    out += static_cast<char>(c & 0xFF);
    out += static_cast<char>(c >> 8);
  }
  return out;
}

/// The result of reading a stream of records up to its end or its first error.
struct ReadRecords {
  std::vector<Document> documents;
  std::vector<std::int64_t> lines;
  ReadCounts counts;
  std::string description;
  std::string error;  // empty if there was none

  Rows rows() const {
    Rows rows;
    for (const Document& document : documents) rows.emplace_back(document.label, document.text);
    return rows;
  }
  Words texts() const {
    Words texts;
    for (const Document& document : documents) texts.push_back(document.text);
    return texts;
  }
  Words ids() const {
    Words ids;
    for (const Document& document : documents) ids.push_back(document.id);
    return ids;
  }
};

inline ReadRecords read_records(DocumentReader reader, int threads = 1) {
  Workers workers(threads);
  ReadRecords records;
  try {
    for (auto block = reader.read(workers); !block.empty(); block = reader.read(workers)) {
      for (std::size_t d = 0; d < block.size(); ++d) {
        const std::string place = reader.place_of(d);
        records.lines.push_back(std::stoll(place.substr(place.rfind(':') + 1)));
      }
      std::ranges::move(block, std::back_inserter(records.documents));
    }
  } catch (const Error& error) {
    records.error = error.what();
  }
  records.counts = reader.counts();
  records.description = reader.description();
  return records;
}

/// Whether documents must have a label.
enum class Need { kLabels, kTexts };

inline ReadRecords read_records(std::string_view bytes, DataFormat format,
                                const ReadOptions& options = {}, Need need = Need::kLabels) {
  return read_records(
      {std::make_unique<StringSource>(bytes), format, options, need == Need::kLabels});
}

inline ReadRecords read_records(std::string_view bytes, DataFormat format,
                                const ColumnOptions& columns, Need need = Need::kLabels) {
  ReadOptions options;
  options.columns = columns;
  return read_records(bytes, format, options, need);
}

}  // namespace newsclf::testing
