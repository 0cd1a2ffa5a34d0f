// SPDX-License-Identifier: MIT
// Lines in the format of fastText, `__label__x __label__y text`, or lines of plain text.
#include <fmt/format.h>

#include "corpus/records/record_parser.hpp"

namespace newsclf {
namespace {

class LineParser : public RecordParser {
 public:
  explicit LineParser(std::string prefix) : prefix_(std::move(prefix)) {}

  RecordNotes parse(std::string_view record, const std::string&,
                    Document& document) const override {
    constexpr std::string_view kSpaces = " \t";
    document.label.clear();
    document.id.clear();
    document.parts.clear();
    int labels = 0;
    while (!prefix_.empty()) {
      record.remove_prefix(std::min(record.find_first_not_of(kSpaces), record.size()));
      if (!record.starts_with(prefix_)) break;
      const std::size_t end = std::min(record.find_first_of(kSpaces), record.size());
      if (labels++ == 0) document.label = record.substr(prefix_.size(), end - prefix_.size());
      record.remove_prefix(end);
    }
    document.text = record;
    return {.more_labels = labels > 1};
  }
  std::string description() const override {
    const bool is_usual = prefix_.empty() || prefix_ == "__label__";
    return is_usual ? std::string() : fmt::format("label prefix {}", prefix_);
  }

 private:
  std::string prefix_;
};

}  // namespace

std::unique_ptr<RecordParser> make_line_parser(const std::string& label_prefix) {
  return std::make_unique<LineParser>(label_prefix);
}

}  // namespace newsclf
