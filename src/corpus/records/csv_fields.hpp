// SPDX-License-Identifier: MIT
// The fields of a CSV or TSV record. With quoting (RFC 4180), a field that contains a delimiter, a
// quote or a line end is quoted, and quotes inside it are doubled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

/// How the fields of a stream are written.
struct CsvDialect {
  char delimiter = ',';
  bool quoted = true;    ///< a quote at the start of a field encloses it; otherwise quotes are text
  char line_end = '\n';  ///< of records; also '\r'
};

struct CsvFields {
  std::vector<std::string> fields;
  std::size_t count = 0;     ///< number of fields in the record; may be more than `fields` has
  bool stray_quote = false;  ///< a quote did not enclose a whole field
};

/// Splits a record into its fields. As in Python's csv module and pandas, a quote inside an
/// unquoted field is text, and so is what follows the closing quote of a field within one line.
/// @param where name of the record in errors: `name, line N`
/// @param most the most fields to return; others are counted, and take no memory
/// @throws Error if a quoted field is not closed, or if text follows one that spans several lines:
///     most likely an earlier quote was not meant to open a field
CsvFields split_fields(std::string_view record, const CsvDialect& dialect, const std::string& where,
                       std::size_t most);

}  // namespace newsclf
