// SPDX-License-Identifier: MIT
#include "newsclf/corpus/input_documents.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

/// Returns the size of a regular file, or of stdin if it is a regular file; otherwise 0.
std::int64_t size_of(const std::string& file) {
  struct stat status {};
  const bool known =
      (file == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(file.c_str(), &status)) == 0;
  return known && S_ISREG(status.st_mode) ? status.st_size : 0;
}

}  // namespace

InputDocuments::InputDocuments(InputOptions options, Workers& workers)
    : options_(std::move(options)), workers_(workers) {
  if (options_.files.empty()) options_.files.emplace_back("-");
  has_ids_ = !options_.read.columns.id.empty();
  bool size_is_known = true;
  for (const std::string& file : options_.files) {
    const DataFormat format = format_of(file);
    if (format == DataFormat::kTree || (format == DataFormat::kAuto && file != "-"))
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
  const CorpusPlace place = CorpusPlace::of(file);
  return place.kind == CorpusPlace::kStdin ? DataFormat::kLines : place.format;
}

void InputDocuments::open(const std::string& file) {
  at_.documents.clear();
  const DataFormat format = format_of(file);
  if (format == DataFormat::kAuto) {
    at_.documents.push_back(read_document(file, options_.read, at_.counts));
  } else if (format == DataFormat::kTree) {
    Corpus corpus = read_corpus({file}, options_.read, workers_).corpus;
    at_.documents = std::move(corpus.documents);
    at_.counts += corpus.counts;
  } else {
    at_.reader = std::make_unique<DocumentReader>(open_bytes(file), format, options_.read, false);
    return;
  }
  at_.left = at_.documents;
  at_.consumed += size_of(file);
}

std::span<const Document> InputDocuments::next() {
  constexpr std::size_t kBlock = 512;
  while (true) {
    if (at_.reader) {
      const std::span<Document> block = at_.reader->read(workers_);
      for (std::size_t d = 0; has_ids_ && d < block.size(); ++d)
        if (block[d].id.empty()) block[d].id = at_.reader->place_of(d);
      if (!block.empty()) return block;
      at_.counts += at_.reader->counts();
      at_.consumed += at_.reader->source().consumed();
      at_.reader.reset();
    }
    if (!at_.left.empty()) {
      const auto block = at_.left.first(std::min(kBlock, at_.left.size()));
      at_.left = at_.left.subspan(block.size());
      return block;
    }
    if (at_.opened == options_.files.size()) return {};
    open(options_.files[at_.opened++]);
  }
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
