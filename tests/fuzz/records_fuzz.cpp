// SPDX-License-Identifier: MIT
// Reads documents from records in every format, encoding and layout of columns. Bytes that arrive
// in small pieces give the same documents as bytes that arrive at once.
#include <iterator>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "corpus/binary_files.hpp"
#include "corpus/format_detection.hpp"
#include "corpus/string_source.hpp"
#include "fuzz/fuzz.hpp"
#include "newsclf/corpus/document_reader.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;

namespace {

/// With all kinds of codes: one byte, several bytes, with shifts, and with combined characters.
constexpr const char* kEncodings[] = {"auto",      "utf-8",      "utf-16le",    "windows-1252",
                                      "shift_jis", "utf-16",     "utf-32be",    "gb18030",
                                      "euc-kr",    "big5-hkscs", "iso-2022-jp", "utf-7",
                                      "cp1255",    "tcvn",       "iso-8859-1",  "ucs-4le"};
constexpr DataFormat kFormats[] = {DataFormat::kCsv, DataFormat::kTsv, DataFormat::kJsonl,
                                   DataFormat::kFasttext, DataFormat::kLines};
constexpr InvalidUtf8 kPolicies[] = {InvalidUtf8::kReplace, InvalidUtf8::kLatin1,
                                     InvalidUtf8::kError};
constexpr char kDelimiters[] = {'\0', ',', ';', '\t', '|', ' ', ':'};
constexpr Quoting kQuotes[] = {Quoting::kOfFormat, Quoting::kCsv, Quoting::kNone};

ColumnOptions columns_of(std::size_t choice) {
  switch (choice) {
    case 1:
      return {.text = {{"title", 3}, {"text"}}, .label = "label"};
    case 2:
      return {.text = {{"2"}}, .label = "1", .no_header = true};
    case 3:
      return {.text = {{"a.text"}, {"a.b.c", 2}}, .label = "a.label", .id = "n"};
    case 4:
      return {.text = {{"text"}},
              .label = "label",
              .id = "id",
              .label_may_lack = true,
              .id_may_lack = true};
    default:
      return {};
  }
}

struct Reading {
  std::vector<Document> documents;
  std::vector<std::string> places;
  std::set<std::string> met_labels;
  ReadCounts counts;
  std::string description;
  bool has_ids = false;
  std::string error;
};

Reading read(std::unique_ptr<ByteSource> source, DataFormat format, const ReadOptions& options,
             bool labelled) {
  static Workers workers(1);
  Reading reading;
  DocumentReader reader(std::move(source), format, options, labelled);
  try {
    for (auto block = reader.read(workers); !block.empty(); block = reader.read(workers)) {
      for (std::size_t d = 0; d < block.size(); ++d) reading.places.push_back(reader.place_of(d));
      std::ranges::move(block, std::back_inserter(reading.documents));
    }
    require(reader.read(workers).empty(), "the end is the end");
  } catch (const Error& error) {
    reading.error = message_of(error);
  }
  reading.met_labels = reader.met_labels();
  reading.counts = reader.counts();
  reading.description = reader.description();
  reading.has_ids = reader.has_ids();
  return reading;
}

void require_same(const Reading& a, const Reading& b) {
  require(a.error == b.error, "the error is the same", a.error + '\n' + b.error);
  require(std::ranges::equal(a.documents, b.documents, are_equal), "the documents are the same");
  require(a.places == b.places, "the places are the same");
  require(a.description == b.description, "the description is the same",
          a.description + '\n' + b.description);
  require(a.has_ids == b.has_ids, "the ids are the same");
  if (!a.error.empty()) return;  // the counts include the rest of the block in which it occurred
  require(a.met_labels == b.met_labels, "the labels are the same");
  require(a.counts.bytes == b.counts.bytes, "the number of bytes is the same");
  for (const ReadCountField& field : kReadCountFields)
    require(a.counts.*field.count == b.counts.*field.count, "the count is the same", field.name);
}

/// Looks at the first bytes as `open_input` does.
void detect(std::string_view first, const ReadOptions& options, bool one_suffices) {
  const std::string text = decode_start(first, options.encoding);
  try {
    refuse_binary(first, text, "data", DataFormat::kAuto);
  } catch (const Error& error) {
    message_of(error);
  }
  detect_format(text, options, one_suffices);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const DataFormat format = input.one_of(kFormats);
  ReadOptions options;
  options.encoding = input.one_of(kEncodings);
  options.columns = columns_of(input.below(5));
  options.columns.keep = input.below(2) == 1;
  options.invalid_utf8 = input.one_of(kPolicies);
  options.delimiter = input.one_of(kDelimiters);
  options.quoting = input.one_of(kQuotes);
  const bool labelled = input.below(2) == 1;
  const std::size_t subset = input.below(3);
  if (subset == 1) options.labels = {"space", "a"};
  if (subset == 2) options.label_names = {"space", "baseball", "caf\u00e9"};
  const std::size_t step = 1 + input.below(7);
  const std::string_view data = input.data();

  detect(data, options, labelled);
  const Reading at_once =
      read(std::make_unique<testing::StringSource>(data), format, options, labelled);
  for (const Document& document : at_once.documents) {
    require_sound(document);
    require_utf8(document.id, "the id is UTF-8");
    require(!labelled || (!document.label.empty() && options.wants(document.label)),
            "the label is wanted");
  }
  require_utf8(at_once.error, "the message is UTF-8");
  require(at_once.counts.read == std::ssize(at_once.documents), "every document is counted");
  require_same(at_once, read(std::make_unique<testing::StringSource>(data, step), format, options,
                             labelled));
  return 0;
}
