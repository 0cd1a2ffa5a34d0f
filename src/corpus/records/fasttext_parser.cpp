// SPDX-License-Identifier: MIT
// Lines: those of fastText, `__label__x __label__y text`, and those that are all text.
#include <fmt/format.h>

#include "corpus/records/record_parser.hpp"

namespace newsclf {
namespace {

class FasttextParser : public RecordParser {
 public:
  explicit FasttextParser(std::string prefix) : prefix_(std::move(prefix)) {}

  RecordNotes parse(std::string_view record, const std::string&, Document& document) const override {
    constexpr std::string_view kSpaces = " \t";
    document.label.clear();
    document.id.clear();
    document.parts.clear();
    int labels = 0;
    while (true) {
      record.remove_prefix(std::min(record.find_first_not_of(kSpaces), record.size()));
      if (!record.starts_with(prefix_)) break;
      const std::size_t end = std::min(record.find_first_of(kSpaces), record.size());
      if (labels++ == 0) document.label = record.substr(prefix_.size(), end - prefix_.size());
      record.remove_prefix(end);
    }
    document.text = record;
    return {.more_labels = labels > 1, .unlabelled = document.label.empty()};
  }
  std::string description() const override {
    return prefix_ == "__label__" ? std::string() : fmt::format("labels begin with {}", prefix_);
  }

 private:
  std::string prefix_;
};

class LineParser : public RecordParser {
 public:
  RecordNotes parse(std::string_view record, const std::string&, Document& document) const override {
    document.label.clear();
    document.id.clear();
    document.parts.clear();
    document.text = record;
    return {.unlabelled = true};
  }
  std::string description() const override { return {}; }
};

}  // namespace

std::unique_ptr<RecordParser> make_fasttext_parser(const std::string& prefix) {
  return std::make_unique<FasttextParser>(prefix);
}

std::unique_ptr<RecordParser> make_line_parser() { return std::make_unique<LineParser>(); }

}  // namespace newsclf
