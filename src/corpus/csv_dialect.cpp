// SPDX-License-Identifier: MIT
#include "corpus/csv_dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "corpus/records/record_parser.hpp"

namespace newsclf {
namespace {

constexpr std::string_view kDelimiters = ",;\t|";
constexpr std::size_t kComparedLines = 20;

/// The fields of a line. A quoted field that continues on the next line ends at the end of the
/// line.
std::vector<std::string> fields_of_line(std::string_view line, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"' && (quoted || fields.back().empty()))
      quoted = !quoted;
    else if (c == delimiter && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

/// The number of fields per record, of at most `kComparedLines` records that end within `lines`.
std::vector<std::size_t> field_counts(std::string_view lines, const CsvDialect& dialect) {
  std::vector<std::size_t> counts;
  std::size_t fields = 1;
  bool quoted = false, may_open = true;  // a quote opens a field, or doubles the one before it
  bool is_blank_line = true;
  for (const char c : lines) {
    if (counts.size() == kComparedLines) break;
    if (dialect.quoted && c == '"' && (quoted || may_open)) {
      may_open = quoted;
      quoted = !quoted;
      is_blank_line = false;
      continue;
    }
    if (quoted) continue;
    fields += c == dialect.delimiter;
    if (c == dialect.line_end && !is_blank_line) counts.push_back(fields);
    may_open = c == dialect.delimiter || c == dialect.line_end;
    if (c == dialect.line_end) fields = 1;
    is_blank_line = c == dialect.line_end || (is_blank_line && c == '\r');
  }
  return counts;
}

/// The first line, without its line end.
std::string_view first_line(std::string_view lines) {
  return lines.substr(0, std::min(lines.find_first_of("\r\n"), lines.size()));
}

}  // namespace

std::optional<char> delimiter_of_header(std::string_view line, const ColumnOptions& columns) {
  std::optional<char> best;
  std::ptrdiff_t most = 0;
  for (const char delimiter : kDelimiters) {
    const std::vector<std::string> fields = fields_of_line(line, delimiter);
    const auto known = std::ranges::count_if(
        fields, [&](const std::string& field) { return is_known_column(field, columns); });
    if (fields.size() < 2 || known <= most) continue;
    best = delimiter;
    most = known;
  }
  return best;
}

std::optional<char> delimiter_of_lines(std::string_view lines, CsvDialect dialect) {
  std::optional<char> best;
  std::size_t most = 1;
  for (const char delimiter : kDelimiters) {
    dialect.delimiter = delimiter;
    const std::vector<std::size_t> counts = field_counts(lines, dialect);
    if (counts.size() < 2 || counts.front() <= most) continue;
    if (std::ranges::count(counts, counts.front()) != std::ssize(counts)) continue;
    if (delimiter == ',') return delimiter;
    best = delimiter;
    most = counts.front();
  }
  return best;
}

CsvDialect find_dialect(RecordSplitter& splitter, DataFormat format, const ReadOptions& options) {
  const bool is_tsv = format == DataFormat::kTsv;
  CsvDialect dialect{is_tsv ? '\t' : ','};
  dialect.quoted =
      options.quoting == Quoting::kOfFormat ? !is_tsv : options.quoting == Quoting::kCsv;

  std::string_view lines = splitter.preview(1);
  if (lines.find('\n') == std::string_view::npos && lines.find('\r') != std::string_view::npos)
    dialect.line_end = '\r';
  const std::string_view first = first_line(lines);
  const bool is_separator_line =
      first.size() == 5 && lower_case(first.substr(0, 4)) == "sep=" && may_delimit(first.back());
  if (is_separator_line) {
    dialect.delimiter = first.back();
  } else if (!is_tsv && options.delimiter == '\0') {
    auto found =
        options.columns.no_header ? std::nullopt : delimiter_of_header(first, options.columns);
    // Most streams need no more than the first line, so that a pipe is answered at once.
    if (!found && first.find_first_of(kDelimiters.substr(1)) != std::string_view::npos) {
      std::string whole(splitter.preview(kComparedLines));
      found = delimiter_of_lines(whole += dialect.line_end, dialect);
    }
    dialect.delimiter = found.value_or(',');
  }
  if (options.delimiter != '\0') dialect.delimiter = options.delimiter;
  splitter.set_syntax({dialect.quoted ? RecordSyntax::kQuoted : RecordSyntax::kLines,
                       dialect.delimiter, dialect.line_end});
  if (is_separator_line) splitter.skip_line();
  return dialect;
}

std::string describe_dialect(const CsvDialect& dialect, DataFormat format) {
  const bool is_tsv = format == DataFormat::kTsv;
  std::string out;
  if (dialect.delimiter != (is_tsv ? '\t' : ','))
    out += dialect.delimiter == '\t' ? ", tab-separated"
                                     : fmt::format(", \"{}\"-separated", dialect.delimiter);
  if (dialect.quoted == is_tsv) out += is_tsv ? ", quoted" : ", no quoting";
  return out;
}

}  // namespace newsclf
