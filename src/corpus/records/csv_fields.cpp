// SPDX-License-Identifier: MIT
#include "corpus/records/csv_fields.hpp"

#include <algorithm>

#include "corpus/records/record_parser.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

/// Appends the quoted field at `record[begin]` to `field`; returns the offset after its closing
/// quote.
std::size_t read_quoted(std::string_view record, std::size_t begin, const CsvDialect& dialect,
                        const std::string& where, std::string& field) {
  for (std::size_t i = begin + 1;; ++i) {
    const std::size_t quote = record.find('"', i);
    if (quote == std::string_view::npos)
      throw Error(ErrorCode::kQuotes, place_in(record, begin, where, dialect.line_end),
                  "this quoted field has no closing quote");
    field += record.substr(i, quote - i);
    i = quote + 1;
    if (i == record.size() || record[i] != '"') return i;
    field += '"';
  }
}

}  // namespace

CsvFields split_fields(std::string_view record, const CsvDialect& dialect, const std::string& where,
                       std::size_t most) {
  CsvFields out;
  std::string other;
  std::size_t i = 0;
  while (true) {
    other.clear();
    std::string& field = out.count++ < most ? out.fields.emplace_back() : other;
    const bool is_quoted = dialect.quoted && i < record.size() && record[i] == '"';
    const std::size_t begin = i;
    if (is_quoted) i = read_quoted(record, i, dialect, where, field);
    const std::size_t end = std::min(record.find(dialect.delimiter, i), record.size());
    const std::string_view rest = record.substr(i, end - i);
    if (is_quoted && !rest.empty() && field.find(dialect.line_end) != std::string::npos) {
      const std::string opened = place_in(record, begin, where, dialect.line_end);
      throw Error(ErrorCode::kQuotes, place_in(record, i, where, dialect.line_end),
                  "text after the closing quote of the field that opens at " +
                      opened.substr(where.rfind(',') + 2));
    }
    const bool is_stray =
        is_quoted ? !rest.empty() : dialect.quoted && rest.find('"') != std::string_view::npos;
    out.stray_quote = out.stray_quote || is_stray;
    field += rest;
    i = end;
    if (i == record.size()) return out;
    ++i;
  }
}

}  // namespace newsclf
