// SPDX-License-Identifier: MIT
// CSV and TSV: finds the columns of label, text and id, and joins the text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "corpus/records/record_parser.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/names/edit_distance.hpp"

namespace newsclf {
namespace {

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
  std::vector<std::string> kept;  ///< names of all columns; empty unless they are kept
  std::string description;
};

class CsvParser : public RecordParser {
 public:
  CsvParser(Layout layout, const CsvDialect& dialect)
      : layout_(std::move(layout)), dialect_(dialect) {}

  RecordNotes parse(std::string_view record, const std::string& where,
                    Document& document) const override {
    auto [fields, count, stray_quote] = split_fields(record, dialect_, where, layout_.fields);
    if (count != layout_.fields) {
      const std::string problem =
          fmt::format("number of fields must be {} as in the {}, got {}", layout_.fields,
                      layout_.header ? "header" : "first record", count);
      if (!dialect_.quoted && record.find('"') != std::string_view::npos)
        throw Error(ErrorCode::kQuotesAreText, where, problem);
      throw Error(where, problem, "give every record the same number of fields");
    }
    TextJoiner joiner(document);
    for (const ChosenColumn& column : layout_.text) joiner.add(fields[column.place], column.weight);
    joiner.end();
    document.label = layout_.label ? fields[*layout_.label] : std::string();
    document.id = layout_.id ? fields[*layout_.id] : std::string();
    document.columns.clear();
    for (std::size_t i = 0; i < layout_.kept.size(); ++i)
      document.columns.push_back({layout_.kept[i], std::move(fields[i])});
    return {.stray_quote = stray_quote};
  }
  bool has_header() const override { return layout_.header; }
  bool has_ids() const override { return layout_.id.has_value(); }
  std::vector<std::string> columns() const override { return layout_.kept; }
  std::string description() const override { return layout_.description; }

 private:
  Layout layout_;
  CsvDialect dialect_;
};

/// Finds the columns that the options name, and detects the others.
class LayoutFinder {
 public:
  LayoutFinder(std::vector<std::string> first, std::string where, ColumnOptions options,
               bool labelled, bool quotes_are_text)
      : first_(std::move(first)),
        where_(std::move(where)),
        options_(std::move(options)),
        labelled_(labelled),
        quotes_are_text_(quotes_are_text) {}

  Layout find() {
    if (options_.label_may_lack && !labelled_) omit_if_lacking(options_.label);
    if (options_.id_may_lack) omit_if_lacking(options_.id);
    layout_.fields = first_.size();
    layout_.header = is_header();
    if (!options_.label.empty())
      layout_.label = named(options_.label, ErrorCode::kNoLabelColumn, "label");
    if (!options_.id.empty()) layout_.id = named(options_.id, ErrorCode::kNoIdColumn, "id");
    for (const TextColumn& column : options_.text)
      layout_.text.push_back(
          {named(column.column, ErrorCode::kNoTextColumn, "text"), column.weight});
    if (options_.label.empty()) find_label();
    if (options_.text.empty()) find_text();
    if (options_.id.empty() && layout_.header) layout_.id = field_of(kIdNames);
    describe();
    for (std::size_t i = 0; options_.keep && i < first_.size(); ++i)
      layout_.kept.push_back(layout_.header ? first_[i] : std::to_string(i + 1));
    return layout_;
  }

 private:
  void describe() {
    const auto name = [&](std::optional<std::size_t> place) {
      if (!place) return std::string();
      const bool is_named = layout_.header && !first_[*place].empty();
      return is_named ? first_[*place] : std::to_string(*place + 1);
    };
    std::vector<TextColumn> text;
    for (const auto& [place, weight] : layout_.text) text.push_back({name(place), weight});
    layout_.description =
        fmt::format("{}header row, {}", layout_.header ? "" : "no ",
                    describe_columns(labelled_ ? name(layout_.label) : "", text, name(layout_.id)));
  }

  static std::optional<std::size_t> number(const std::string& text) {
    std::size_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  std::optional<std::size_t> field(std::string_view name) const {
    const auto place = std::ranges::find(first_, name);
    if (place == first_.end()) return std::nullopt;
    return static_cast<std::size_t>(place - first_.begin());
  }

  /// Returns the first free field with one of `names`, in the order of the names.
  template <typename Names>
  std::optional<std::size_t> field_of(const Names& names) const {
    for (const std::string_view name : names)
      for (std::size_t i = 0; i < first_.size(); ++i)
        if (lower_case(first_[i]) == name && !is_taken(i)) return i;
    return std::nullopt;
  }

  /// Clears the option if no column fits. The only column of a stream is always its text.
  void omit_if_lacking(std::string& column) const {
    const auto place = number(column);
    const bool fits = field(column) || (place && *place >= 1 && *place <= first_.size());
    if (!fits || first_.size() == 1) column.clear();
  }

  bool is_header() const {
    if (options_.no_header) return false;
    std::vector<std::string> given;
    for (const TextColumn& column : options_.text) given.push_back(column.column);
    for (const std::string& column : {options_.label, options_.id})
      if (!column.empty()) given.push_back(column);
    // A column name that does not exist is an error, not a sign of a missing header. A valid column
    // number is no sign of a header: a label of the first document may be equal to it.
    const bool names = std::ranges::any_of(given, [&](const std::string& column) {
      const auto place = number(column);
      return !place || (*place > first_.size() && field(column));
    });
    if (names || field_of(kTextNames) || field_of(kLabelNames)) return true;
    if (given.empty() && first_.size() == 1 && !labelled_) return false;
    const auto start = std::span(first_).first(std::min<std::size_t>(4, first_.size()));
    std::string quoted;
    for (const std::string& name : start)
      quoted += fmt::format("{}'{}'", quoted.empty() ? "" : ", ", shortened(name));
    throw Error(quotes_are_text_ && first_.front().starts_with('"') ? ErrorCode::kQuotesAreText
                                                                    : ErrorCode::kUnknownHeader,
                where_, "cannot tell whether this record is a header: " + quoted);
  }

  /// @param code of the error @param what the column is for
  std::size_t named(const std::string& column, ErrorCode code, const char* what) const {
    if (layout_.header)
      if (const auto place = field(column)) return *place;
    const auto place = number(column);
    if (place && *place >= 1 && *place <= first_.size()) return *place - 1;
    throw Error(
        code, where_,
        fmt::format("no column '{}' for the {} ({})", column, what,
                    place ? fmt::format("columns are numbered from 1 to {}", first_.size())
                    : layout_.header
                        ? did_you_mean(column, first_, "the columns are " + names_in_short(first_))
                        : "without a header, columns are numbers from 1"));
  }

  bool is_taken(std::size_t place) const {
    return layout_.label == place || layout_.id == place ||
           std::ranges::any_of(layout_.text,
                               [&](const auto& column) { return column.place == place; });
  }

  void find_label() {
    if (layout_.header)
      layout_.label = field_of(kLabelNames);
    else if (first_.size() > 1 && !is_taken(0))
      layout_.label = 0;
    if (labelled_ && !layout_.label)
      throw Error(ErrorCode::kNoLabelColumn, where_,
                  layout_.header ? fmt::format("no column is named label, class, category, target "
                                               "or topic (the columns are {})",
                                               names_in_short(first_))
                                 : "no column is left for the label");
  }

  void find_text() {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < first_.size(); ++i)
      if (!is_taken(i)) left.push_back(i);
    // pandas writes row numbers into a column without a name; spreadsheets write empty columns.
    if (layout_.header && left.size() > 1)
      std::erase_if(left, [&](std::size_t i) {
        return first_[i].empty() || std::ranges::count(kIdNames, lower_case(first_[i])) > 0;
      });
    if (const auto place = layout_.header ? field_of(kTextNames) : std::nullopt)
      left = {*place};
    else if (layout_.header && left.size() > 1)
      left.clear();  // more than one column besides label and id: ambiguous
    for (const std::size_t place : left) layout_.text.push_back({place, 1});
    if (layout_.text.empty())
      throw Error(ErrorCode::kNoTextColumn, where_,
                  "cannot detect the text column (the columns are " + names_in_short(first_) + ")");
  }

  std::vector<std::string> first_;
  std::string where_;
  ColumnOptions options_;
  bool labelled_;
  bool quotes_are_text_;
  Layout layout_;
};

}  // namespace

std::unique_ptr<RecordParser> make_csv_parser(std::string_view first, const std::string& where,
                                              const CsvDialect& dialect,
                                              const ColumnOptions& columns, bool labelled) {
  constexpr std::size_t kMostColumns = 100'000;  // limits memory
  CsvFields names = split_fields(first, dialect, where, kMostColumns);
  if (names.count > kMostColumns)
    throw Error(where, fmt::format("{} columns, more than {}", names.count, kMostColumns),
                "check that this is a table");
  LayoutFinder finder(std::move(names.fields), where, columns, labelled, !dialect.quoted);
  return std::make_unique<CsvParser>(finder.find(), dialect);
}

}  // namespace newsclf
