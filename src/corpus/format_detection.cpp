// SPDX-License-Identifier: MIT
#include "corpus/format_detection.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "corpus/binary_files.hpp"
#include "corpus/records/record_parser.hpp"
#include "io/descriptor.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{64} << 10;
constexpr std::size_t kFirstLines = 20;
constexpr std::pair<char, DataFormat> kSeparators[] = {{',', DataFormat::kCsv},
                                                       {'\t', DataFormat::kTsv},
                                                       {';', DataFormat::kCsv},
                                                       {'|', DataFormat::kCsv}};

/// The first lines that are not blank. The last one may be cut off.
std::vector<std::string_view> first_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kFirstLines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_blank(line)) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

template <typename Is>
bool most_are(const std::vector<std::string_view>& lines, const Is& is) {
  return 2 * static_cast<std::size_t>(std::ranges::count_if(lines, is)) > lines.size();
}

/// Whether `text` begins with an object, up to the first quote: `{"`, `{ "`.
bool begins_object(std::string_view text) {
  if (!text.starts_with('{')) return false;
  text = trimmed(text.substr(1));
  return text.empty() || text.starts_with('"') || text.starts_with('}');
}

/// Whether `text` begins with an array of objects.
bool begins_array(std::string_view text) {
  return text.starts_with('[') && trimmed(text.substr(1)).starts_with('{') &&
         begins_object(trimmed(text.substr(1)));
}

/// Whether `line` is a JSON object, or the beginning of a line that is cut off.
bool is_object(std::string_view line, bool cut_off) {
  line = trimmed(line);
  return begins_object(line) && line.size() > 1 && (cut_off || line.ends_with('}'));
}

/// Whether the object in `line` has a key for text, in any case; of a nested key, the last part.
bool has_text_key(std::string_view line, const ColumnOptions& columns) {
  const std::string object = lower_case(line);
  const auto is_key = [&](std::string_view name) {
    const std::string key = '"' + lower_case(name.substr(name.rfind('.') + 1)) + '"';
    const std::size_t place = object.find(key);
    return place != std::string::npos &&
           trimmed(std::string_view(object).substr(place + key.size())).starts_with(':');
  };
  return columns.text.empty() ? std::ranges::any_of(kTextNames, is_key)
                              : std::ranges::any_of(columns.text, is_key, &TextColumn::column);
}

std::vector<std::string> fields_of(std::string_view line, char separator) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t end = std::min(line.find(separator), line.size());
    std::string_view field = line.substr(0, end);
    if (field.size() > 1 && field.starts_with('"') && field.ends_with('"'))
      field = field.substr(1, field.size() - 2);
    fields.emplace_back(field);
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

/// Whether the first line is a header: short fields without surrounding blanks, one of which is a
/// known column, and the next line, if there is one, has fields too.
bool has_header(const std::vector<std::string_view>& lines, char separator,
                const ReadOptions& options) {
  constexpr std::size_t kLongestName = 64;
  const std::vector<std::string> fields = fields_of(lines.front(), separator);
  const auto is_name = [](const std::string& field) {
    return field.size() <= kLongestName && trimmed(field).size() == field.size();
  };
  const auto is_known = [&](const std::string& field) {
    return is_known_column(field, options.columns);
  };
  return fields.size() > 1 && std::ranges::all_of(fields, is_name) &&
         std::ranges::any_of(fields, is_known) &&
         (lines.size() == 1 || lines[1].find(separator) != std::string_view::npos ||
          lines[1].find('"') != std::string_view::npos);
}

/// Whether all lines, at least three, have the same number of fields, and the fields of the first
/// line contain no blanks, like names of columns that are not known.
bool looks_like_table(const std::vector<std::string_view>& lines, char separator) {
  constexpr std::size_t kFewest = 3;
  const auto separators = std::ranges::count(lines.front(), separator);
  return lines.size() >= kFewest && separators > 0 &&
         lines.front().find_first_of(separator == '\t' ? " " : kWhitespace) ==
             std::string_view::npos &&
         std::ranges::all_of(lines, [&](std::string_view line) {
           return std::ranges::count(line, separator) == separators;
         });
}

}  // namespace

OpenedInput open_input(const std::string& path, DataFormat format, const std::string& encoding) {
  OpenedInput input{open_bytes(path), {}};
  struct stat status {};
  const bool is_known =
      (path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status)) == 0;
  if (!is_known && is_machine_error(errno))
    throw file_error(input.source->name(), "cannot access this", errno);
  const bool is_file = is_known && S_ISREG(status.st_mode);
  input.first =
      is_file ? peek_bytes(input.source, kFirstBytes) : peek_line(input.source, kFirstBytes);
  std::string text = is_tar(input.first) ? input.first : decode_start(input.first, encoding);
  refuse_binary(input.first, text, input.source->name(), format);
  input.first = std::move(text);
  return input;
}

DataFormat format_of_name(std::string_view name) {
  constexpr std::pair<std::string_view, DataFormat> kEndings[] = {
      {".csv", DataFormat::kCsv},      {".tsv", DataFormat::kTsv},
      {".jsonl", DataFormat::kJsonl},  {".json", DataFormat::kJsonl},
      {".ndjson", DataFormat::kJsonl}, {".tar", DataFormat::kTree},
      {".tgz", DataFormat::kTree}};
  for (const std::string_view compressed : {".gz", ".zst"})
    if (name.ends_with(compressed)) name.remove_suffix(compressed.size());
  for (const auto& [ending, format] : kEndings)
    if (name.size() > ending.size() && name.ends_with(ending)) return format;
  return DataFormat::kAuto;
}

bool is_tar(std::string_view first) {
  constexpr std::size_t kMagic = 257;
  return first.size() > kMagic && first.substr(kMagic).starts_with("ustar");
}

DetectedFormat detect_format(std::string_view first, const ReadOptions& options,
                             bool one_suffices) {
  if (is_tar(first)) return {DataFormat::kTree};
  const std::string_view text = trimmed(first);
  if (begins_array(text)) return {DataFormat::kJsonl};

  std::vector<std::string_view> lines = first_lines(first);
  if (lines.empty()) return {};
  const bool enough = one_suffices || lines.size() > 1;
  if (lines.front().starts_with("sep=") && lines.size() > 1) lines.erase(lines.begin());
  for (const auto& [separator, format] : kSeparators)
    if (enough && has_header(lines, separator, options)) return {format};

  const bool is_cut_off = lines.size() == 1 && !first.ends_with('\n');
  const bool ends_inside = lines.back().data() + lines.back().size() == first.data() + first.size();
  if (lines.size() > 1 && ends_inside) lines.pop_back();
  const auto has_label = [&](std::string_view line) {
    return trimmed(line).starts_with(options.label_prefix);
  };
  if (most_are(lines, has_label)) return {DataFormat::kFasttext};
  if (most_are(lines, [&](std::string_view line) { return is_object(line, is_cut_off); }) &&
      (enough || has_text_key(lines.front(), options.columns)))
    return {DataFormat::kJsonl};

  if (has_label(lines.front())) return {DataFormat::kAuto, DataFormat::kFasttext};
  if (begins_object(text) || text == "[" || text.starts_with("[\n"))
    return {DataFormat::kAuto, DataFormat::kJsonl};
  for (const auto& [separator, format] : kSeparators)
    if (looks_like_table(lines, separator)) return {DataFormat::kAuto, format};
  return {};
}

}  // namespace newsclf
