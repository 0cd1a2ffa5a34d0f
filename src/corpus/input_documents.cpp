// SPDX-License-Identifier: MIT
#include "newsclf/corpus/input_documents.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "corpus/format_detection.hpp"
#include "corpus/tree_reader.hpp"
#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/post.hpp"

namespace newsclf {
namespace {

/// Returns the size of a regular file, or of stdin if it is a regular file; otherwise 0.
std::int64_t size_of(const std::string& file) {
  struct stat status {};
  const bool known =
      (file == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(file.c_str(), &status)) == 0;
  return known && S_ISREG(status.st_mode) ? status.st_size : 0;
}

/// @throws Error if documents in `format` (`kAuto`: a single document) have no columns
void require_columns(DataFormat format, const std::string& file) {
  if (format == DataFormat::kCsv || format == DataFormat::kTsv || format == DataFormat::kJsonl)
    return;
  throw Error(
      ErrorCode::kNoColumns, file == "-" ? "standard input" : file,
      fmt::format("this is read as {}, which has no columns",
                  format == DataFormat::kAuto ? "one document" : name_of(kDataFormats, format)));
}

}  // namespace

InputDocuments::InputDocuments(InputOptions options, Workers& workers)
    : options_(std::move(options)), workers_(workers) {
  has_ids_ = !options_.read.columns.id.empty() && !options_.read.columns.id_may_lack;
  bool size_is_known = true;
  for (const std::string& file : options_.files) {
    const DataFormat format = format_of(file);
    const bool may_be_document = format == DataFormat::kAuto && file != "-";
    if (format == DataFormat::kTree || (may_be_document && options_.files.size() > 1))
      has_ids_ = true;
    const std::int64_t size = size_of(file);
    if (size == 0) size_is_known = false;
    bytes_ += size;
  }
  if (!size_is_known) bytes_ = 0;
}

DataFormat InputDocuments::format_of(const std::string& file) const {
  if (options_.whole) return DataFormat::kAuto;
  if (options_.read.format != DataFormat::kAuto) return options_.read.format;
  return CorpusPlace::of(file).format;
}

DataFormat InputDocuments::detect(const std::string& file, std::string_view first) const {
  const bool is_stdin = file == "-";
  const DetectedFormat detected = detect_format(first, options_.read, is_stdin);
  DetectedInput input{is_stdin ? "standard input" : file, is_stdin, detected.format,
                      detected.suspected, false};
  if (input.format == DataFormat::kAuto && is_stdin) {
    input.format = DataFormat::kLines;
  } else if (input.format == DataFormat::kAuto) {
    const std::size_t line = std::min(first.find('\n'), first.size());
    input.is_ambiguous = !is_blank(first.substr(line)) && !parse_post(first);
  }
  if (options_.on_detection) options_.on_detection(input);
  return input.format;
}

void InputDocuments::open(const std::string& file) {
  at_.documents.clear();
  DataFormat format = format_of(file);
  Corpus corpus;
  if (format == DataFormat::kTree) {
    if (options_.read.columns.keep) require_columns(format, file);
    corpus = read_corpus({file}, options_.read, workers_).corpus;
  } else {
    auto [source, first] = open_input(file, format, options_.read.encoding);
    if (format == DataFormat::kAuto && !options_.whole) format = detect(file, first);
    if (options_.read.columns.keep) require_columns(format, file);
    if (format == DataFormat::kAuto) {
      corpus.documents.push_back(read_document(*source, options_.read, corpus.counts));
      has_ids_ = has_ids_ || file != "-";
    } else if (format == DataFormat::kTree) {
      const std::string name = source->name();
      corpus = read_archive(name, std::move(source), {}, options_.read, workers_);
      has_ids_ = true;
    } else {
      at_.reader =
          std::make_unique<DocumentReader>(std::move(source), format, options_.read, false);
      return;
    }
  }
  at_.documents = std::move(corpus.documents);
  at_.counts += corpus.counts;
  at_.left = at_.documents;
  at_.consumed += size_of(file);
}

std::span<const Document> InputDocuments::next() {
  constexpr std::size_t kBlock = 512;
  while (true) {
    if (at_.reader) {
      const std::span<Document> block = at_.reader->read(workers_);
      if (!has_begun_) has_ids_ = has_ids_ || at_.reader->has_ids();
      has_begun_ = has_begun_ || !block.empty();
      const bool keep = options_.read.columns.keep;
      for (std::size_t d = 0; (has_ids_ || keep) && d < block.size(); ++d)
        if (block[d].id.empty()) block[d].id = at_.reader->place_of(d);
      if (keep && columns_.empty()) columns_ = at_.reader->columns();
      if (!block.empty()) return block;
      skip_input();
    }
    if (!at_.left.empty()) {
      has_begun_ = true;
      const auto block = at_.left.first(std::min(kBlock, at_.left.size()));
      at_.left = at_.left.subspan(block.size());
      return block;
    }
    if (at_.opened == options_.files.size()) return {};
    open(options_.files[at_.opened++]);
  }
}

void InputDocuments::skip_input() {
  at_.left = {};
  if (!at_.reader) return;
  at_.counts += at_.reader->counts();
  at_.consumed += at_.reader->source().consumed();
  at_.reader.reset();
}

void InputDocuments::rewind() {
  const auto read = std::span(options_.files).first(at_.opened);
  if (std::ranges::find(read, "-") != read.end())
    throw Error("standard input", "cannot be read twice", "write it to a file and give its name");
  at_ = {};
}

ReadCounts InputDocuments::counts() const {
  ReadCounts counts = at_.counts;
  if (at_.reader) counts += at_.reader->counts();
  return counts;
}

std::optional<double> InputDocuments::progress() const {
  if (bytes_ == 0) return std::nullopt;
  const std::int64_t now = at_.consumed + (at_.reader ? at_.reader->source().consumed() : 0);
  return static_cast<double>(now) / static_cast<double>(bytes_);
}

}  // namespace newsclf
