// SPDX-License-Identifier: MIT
// Detects the delimiter of CSV: spreadsheets of many countries write `;`, and their users write
// tabs and `|`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "corpus/record_splitter.hpp"
#include "corpus/records/csv_fields.hpp"
#include "newsclf/corpus/read_options.hpp"

namespace newsclf {

/// Returns the delimiter (`,` `;` tab `|`) that splits `line` into two or more fields with the most
/// known names: those of record_parser.hpp, in any case, and those that `columns` names; nothing if
/// no field has a known name. Of equals, the first in this order.
std::optional<char> delimiter_of_header(std::string_view line, const ColumnOptions& columns);

/// Returns the delimiter with which the first records have the same number of fields, two or more:
/// the comma if it is one of these, else the one with the most fields; nothing if there is none.
/// @param lines whole lines, each with its line end, of at least two records
/// @param dialect their quoting and line end
std::optional<char> delimiter_of_lines(std::string_view lines, CsvDialect dialect = {});

/// Whether `c` can be a delimiter: a tab, or a printable ASCII character other than a quote. A byte
/// of a longer character would split other characters.
constexpr bool may_delimit(char c) { return c == '\t' || (c >= ' ' && c < 0x7F && c != '"'); }

/// Determines how a stream of CSV or TSV (`format`) is written, before its first record is read,
/// and sets the syntax of `splitter`. A first line `sep=;` is skipped and sets the delimiter, if
/// that `may_delimit`; an option takes precedence. Lines end at `\r` if there is no `\n` in the
/// first 64 KiB.
/// @throws Error if the stream cannot be read
CsvDialect find_dialect(RecordSplitter& splitter, DataFormat format, const ReadOptions& options);

/// Returns how `dialect` differs from the default of the format, such as `, ";"-separated, no
/// quoting`; may be empty.
std::string describe_dialect(const CsvDialect& dialect, DataFormat format);

}  // namespace newsclf
