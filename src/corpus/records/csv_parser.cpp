// SPDX-License-Identifier: MIT
// CSV and TSV by RFC 4180: fields between separators; one that holds a separator, a quote or the end
// of a line stands in quotes, and its own quotes are doubled.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "corpus/records/column_names.hpp"
#include "corpus/records/record_parser.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

/// `where` is `name, line N` of the record's first line; columns count bytes from 1.
[[noreturn]] void refuse(const std::string& where, std::string_view record, std::size_t place,
                         const char* problem, const char* remedy) {
  const std::string_view before = record.substr(0, place);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? place : place - newline - 1;
  std::string at = where;
  if (lines > 0) {
    const std::size_t digits = at.find_last_not_of("0123456789") + 1;
    std::int64_t line = 0;
    std::from_chars(at.data() + digits, at.data() + at.size(), line);
    at = at.substr(0, digits) + std::to_string(line + lines);
  }
  throw Error(fmt::format("{}, column {}", at, column + 1), problem, remedy);
}

/// Cuts a record into its fields.
std::vector<std::string> parse_fields(std::string_view record, char separator,
                                      const std::string& where) {
  constexpr const char* kQuote = "put the field in quotes and double the quotes in it";
  std::vector<std::string> fields;
  std::size_t i = 0;
  while (true) {
    std::string& field = fields.emplace_back();
    if (i < record.size() && record[i] == '"') {
      const std::size_t opened = i++;
      while (true) {
        const std::size_t quote = record.find('"', i);
        if (quote == std::string_view::npos)
          refuse(where, record, opened, "the quote that opens here is never closed", kQuote);
        field += record.substr(i, quote - i);
        i = quote + 1;
        if (i == record.size() || record[i] != '"') break;
        field += '"';
        ++i;
      }
      if (i < record.size() && record[i] != separator)
        refuse(where, record, i, "text behind the closing quote of a field", kQuote);
    } else {
      const std::size_t end = std::min(record.find(separator, i), record.size());
      field = record.substr(i, end - i);
      if (const std::size_t quote = field.find('"'); quote != std::string::npos)
        refuse(where, record, i + quote, "a quote within a field that has none around it", kQuote);
      i = end;
    }
    if (i == record.size()) return fields;
    ++i;
  }
}

struct ChosenColumn {
  std::size_t place;
  int weight;
};

struct Layout {
  std::size_t fields = 0;
  bool header = false;
  std::vector<ChosenColumn> text;
  std::optional<std::size_t> label;
  std::optional<std::size_t> id;
};

class CsvParser : public RecordParser {
 public:
  CsvParser(Layout layout, std::string description, char separator)
      : layout_(std::move(layout)), description_(std::move(description)), separator_(separator) {}

  RecordNotes parse(std::string_view record, const std::string& where,
                    Document& document) const override {
    const std::vector<std::string> fields = parse_fields(record, separator_, where);
    if (fields.size() != layout_.fields)
      throw Error(where,
                  fmt::format("{} fields, and {} has {}", fields.size(),
                              layout_.header ? "the header" : "the first record", layout_.fields),
                  "give every record the same number of fields");
    TextJoiner joiner(document);
    for (const ChosenColumn& column : layout_.text) joiner.add(fields[column.place], column.weight);
    joiner.end();
    document.label = layout_.label ? fields[*layout_.label] : std::string();
    document.id = layout_.id ? fields[*layout_.id] : std::string();
    return {.unlabelled = document.label.empty()};
  }
  bool has_header() const override { return layout_.header; }
  std::string description() const override { return description_; }

 private:
  Layout layout_;
  std::string description_;
  char separator_;
};

/// Finds the columns that the options name, and those that they leave open.
class LayoutFinder {
 public:
  LayoutFinder(std::vector<std::string> first, std::string where, const ColumnOptions& options,
               bool labelled)
      : first_(std::move(first)), where_(std::move(where)), options_(options), labelled_(labelled) {}

  Layout find() {
    layout_.fields = first_.size();
    layout_.header = is_header();
    if (!options_.label.empty()) layout_.label = named(options_.label, "--label-column");
    if (!options_.id.empty()) layout_.id = named(options_.id, "--id-column");
    for (const TextColumn& column : options_.text)
      layout_.text.push_back({named(column.column, "--text-column"), column.weight});
    if (options_.label.empty()) find_label();
    if (options_.text.empty()) find_text();
    return layout_;
  }

  std::string describe() const {
    const auto name = [&](std::size_t place) {
      return layout_.header ? first_[place] : std::to_string(place + 1);
    };
    std::string out = layout_.header ? "header row" : "no header row";
    if (layout_.label && labelled_) out += fmt::format(", label in \"{}\"", name(*layout_.label));
    ColumnList text;
    for (const ChosenColumn& column : layout_.text) text.add(name(column.place), column.weight);
    out += ", text in " + text.text();
    if (layout_.id) out += fmt::format(", id in \"{}\"", name(*layout_.id));
    return out;
  }

 private:
  static std::optional<std::size_t> number(const std::string& text) {
    std::size_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  std::optional<std::size_t> field(std::string_view name) const {
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (first_[i] == name) return i;
    return std::nullopt;
  }

  /// The first field that bears one of `names`, in the order of the names, and is not taken yet.
  template <typename Names>
  std::optional<std::size_t> field_of(const Names& names) const {
    for (const std::string_view name : names)
      for (std::size_t i = 0; i < first_.size(); ++i)
        if (lower_case(first_[i]) == name && !is_taken(i)) return i;
    return std::nullopt;
  }

  std::vector<std::string> given_columns() const {
    std::vector<std::string> columns;
    for (const TextColumn& column : options_.text) columns.push_back(column.column);
    for (const std::string& column : {options_.label, options_.id})
      if (!column.empty()) columns.push_back(column);
    return columns;
  }

  bool is_header() const {
    if (options_.no_header) return false;
    const std::vector<std::string> given = given_columns();
    // A name that is not there is told as such, and not taken for a sign of a missing header. A
    // number that a column may have says nothing: a label of the first document may be the same.
    const bool names = std::ranges::any_of(given, [&](const std::string& column) {
      const auto place = number(column);
      return !place || (*place > first_.size() && field(column));
    });
    if (names || field_of(kTextNames) || field_of(kLabelNames)) return true;
    if (given.empty() && first_.size() == 1 && !labelled_) return false;
    throw Error(where_,
                fmt::format("cannot tell whether this record is a header: {}", quoted_start()),
                "take --no-header, or name columns with --text-column and --label-column");
  }

  std::string quoted_start() const {
    constexpr std::size_t kMost = 4;
    std::string start;
    for (std::size_t i = 0; i < std::min(kMost, first_.size()); ++i)
      start += fmt::format("{}'{}'", i == 0 ? "" : ", ", shortened(first_[i]));
    return start;
  }

  std::size_t named(const std::string& column, const char* option) const {
    if (layout_.header)
      if (const auto place = field(column)) return *place;
    if (const auto place = number(column)) {
      if (*place >= 1 && *place <= first_.size()) return *place - 1;
      throw Error(where_, fmt::format("{} {}: there are {} columns", option, column, first_.size()),
                  "columns are numbered from 1");
    }
    if (!layout_.header)
      throw Error(where_, fmt::format("{} '{}' is a name, and there is no header", option, column),
                  "give the column's number, from 1");
    const std::string nearest = nearest_name(column, first_);
    throw Error(where_, fmt::format("{}: no column '{}'", option, column),
                nearest.empty() ? fmt::format("the columns are {}", names_in_short(first_))
                                : fmt::format("did you mean '{}'?", nearest));
  }

  bool is_taken(std::size_t place) const {
    return layout_.label == place || layout_.id == place ||
           std::ranges::any_of(layout_.text,
                               [&](const auto& column) { return column.place == place; });
  }

  void find_label() {
    if (layout_.header) {
      layout_.label = field_of(kLabelNames);
    } else if (first_.size() > 1 && !is_taken(0)) {
      layout_.label = 0;
    }
    if (labelled_ && !layout_.label)
      throw Error(where_,
                  layout_.header ? fmt::format("no column is called label, class, category, target "
                                               "or topic; they are {}",
                                               names_in_short(first_))
                                 : "no column is left for the label",
                  "name it with --label-column");
  }

  void find_text() {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (!is_taken(i)) left.push_back(i);
    if (!layout_.header) {
      for (const std::size_t place : left) layout_.text.push_back({place, 1});
    } else if (const auto place = field_of(kTextNames)) {
      layout_.text.push_back({*place, 1});
    } else if (left.size() == 1) {  // alone, but for label and id
      layout_.text.push_back({left.front(), 1});
    }
    if (layout_.text.empty())
      throw Error(where_,
                  fmt::format("cannot tell which column is the text: they are {}",
                              names_in_short(first_)),
                  "name it with --text-column");
  }

  std::vector<std::string> first_;
  std::string where_;
  const ColumnOptions& options_;
  bool labelled_;
  Layout layout_;
};

}  // namespace

std::unique_ptr<RecordParser> make_csv_parser(std::string_view first, const std::string& where,
                                              char separator, const ColumnOptions& columns,
                                              bool labelled) {
  LayoutFinder finder(parse_fields(first, separator, where), where, columns, labelled);
  Layout layout = finder.find();
  return std::make_unique<CsvParser>(std::move(layout), finder.describe(), separator);
}

}  // namespace newsclf
