// SPDX-License-Identifier: MIT
#include "commands/document_stream.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "newsclf/corpus/corpus_reader.hpp"

namespace newsclf {
namespace {

/// The size of a regular file or of standard input that is one; 0 where it is something else.
std::int64_t size_of(const std::string& file) {
  struct stat status {};
  const bool known =
      (file == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(file.c_str(), &status)) == 0;
  return known && S_ISREG(status.st_mode) ? status.st_size : 0;
}

}  // namespace

DocumentStream::DocumentStream(StreamOptions options, Workers& workers)
    : options_(std::move(options)), workers_(workers) {
  left_.assign(options_.files.begin(), options_.files.end());
  if (left_.empty()) left_.emplace_back("-");
  has_ids_ = !options_.read.columns.id.empty();
  for (const std::string& file : left_) {
    const DataFormat format = format_of(file);
    if (format == DataFormat::kTree || (format == DataFormat::kAuto && file != "-")) has_ids_ = true;
  }
  for (const std::string& file : left_) {
    const std::int64_t size = size_of(file);
    if (size == 0) {
      bytes_ = 0;
      break;
    }
    bytes_ += size;
  }
}

DataFormat DocumentStream::format_of(const std::string& file) const {
  if (options_.whole) return DataFormat::kAuto;
  if (options_.read.format != DataFormat::kAuto) return options_.read.format;
  const Place place = look_at(file);
  return place.kind == Place::kStdin ? DataFormat::kLines : place.format;
}

void DocumentStream::open(const std::string& file) {
  documents_.clear();
  handed_out_ = 0;
  const DataFormat format = format_of(file);
  if (format == DataFormat::kAuto) {
    documents_.push_back(read_document(file, options_.read.invalid_utf8, counts_));
  } else if (format == DataFormat::kTree) {
    Corpus corpus = read_corpus({file}, options_.read, workers_).corpus;
    documents_ = std::move(corpus.documents);
    counts_ += corpus.counts;
  } else {
    reader_.emplace(open_bytes(file), format, options_.read, false);
    return;
  }
  consumed_ += size_of(file);
}

std::span<const Document> DocumentStream::next_of_records() {
  const std::span<Document> block = reader_->read(workers_);
  if (has_ids_)
    for (std::size_t d = 0; d < block.size(); ++d)
      if (block[d].id.empty())
        block[d].id = fmt::format("{}:{}", reader_->source().name(), reader_->lines()[d]);
  return block;
}

std::span<const Document> DocumentStream::next_of_corpus() {
  constexpr std::size_t kBlock = 512;
  const std::size_t count = std::min(kBlock, documents_.size() - handed_out_);
  handed_out_ += count;
  return std::span<const Document>(documents_).subspan(handed_out_ - count, count);
}

std::span<const Document> DocumentStream::next() {
  while (true) {
    if (reader_) {
      if (const auto block = next_of_records(); !block.empty()) return block;
      counts_ += reader_->counts();
      consumed_ += reader_->source().consumed();
      reader_.reset();
    }
    if (handed_out_ < documents_.size()) return next_of_corpus();
    if (left_.empty()) return {};
    const std::string file = std::move(left_.front());
    left_.pop_front();
    open(file);
  }
}

ReadCounts DocumentStream::counts() const {
  ReadCounts counts = counts_;
  if (reader_) counts += reader_->counts();
  return counts;
}

std::optional<double> DocumentStream::progress() const {
  if (bytes_ == 0) return std::nullopt;
  const std::int64_t now = consumed_ + (reader_ ? reader_->source().consumed() : 0);
  return static_cast<double>(now) / static_cast<double>(bytes_);
}

}  // namespace newsclf
