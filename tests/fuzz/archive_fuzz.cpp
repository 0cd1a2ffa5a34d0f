// SPDX-License-Identifier: MIT
// Reads documents from tar archives, and from data that may be compressed with gzip or zstd.
#include <memory>
#include <utility>
#include <vector>

#include "corpus/string_source.hpp"
#include "corpus/tree_reader.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/memory_file.hpp"
#include "newsclf/corpus/label_set.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;

namespace {

/// Writes valid checksums into all blocks that look like headers of entries: a random change that
/// makes the checksum invalid would only test the checksum.
std::string with_checksums(std::string_view tar) {
  constexpr std::size_t kBlock = 512, kMagic = 257, kChecksum = 148, kChecksumSize = 8;
  std::string out(tar);
  for (std::size_t begin = 0; begin + kBlock <= out.size(); begin += kBlock) {
    const std::string_view header = std::string_view(out).substr(begin, kBlock);
    if (!header.substr(kMagic).starts_with("ustar")) continue;
    std::fill_n(&out[begin + kChecksum], kChecksumSize, ' ');
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(&out[begin + kChecksum], kChecksumSize - 1, "%06o", sum);
  }
  return out;
}

struct Reading {
  Corpus corpus;
  std::string error;
};

Reading read(std::unique_ptr<ByteSource> source, const std::string& inside,
             const ReadOptions& options) {
  static Workers workers(1);
  Reading reading;
  try {
    reading.corpus = read_archive("data", std::move(source), inside, options, workers);
  } catch (const Error& error) {
    reading.error = message_of(error);
  }
  for (const Document& document : reading.corpus.documents) {
    require_sound(document);
    require(label_problem(document.label).empty() && options.wants(document.label),
            "the label is valid", document.label);
    require(!document.id.empty(), "a document has its path as id");
  }
  require(reading.corpus.counts.read == std::ssize(reading.corpus.documents),
          "every document is counted");
  return reading;
}

/// At most `most` bytes of another source: a few bytes can decompress to gigabytes.
class Limited : public ByteSource {
 public:
  Limited(std::unique_ptr<ByteSource> source, std::size_t most)
      : source_(std::move(source)), left_(most) {}

  std::size_t read(char* out, std::size_t size) override {
    if (left_ == 0) return 0;
    const std::size_t n = source_->read(out, std::min(size, left_));
    left_ -= n;
    return n;
  }
  std::int64_t consumed() const override { return source_->consumed(); }
  const std::string& name() const override { return source_->name(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::size_t left_;
};

constexpr std::size_t kMost = std::size_t{4} << 20;

void read_compressed(std::string_view data, const std::string& inside, const ReadOptions& options) {
  const MemoryFile file(data);
  try {
    const std::string all = file.open()->read_all(kMost);
    std::unique_ptr<ByteSource> source = file.open();
    const std::string first = peek_bytes(source, 700);
    require(all.starts_with(first) && source->read_all(kMost) == all,
            "looking at the first bytes does not change what is read");
  } catch (const Error& error) {
    message_of(error);
  }
  read(std::make_unique<Limited>(file.open(), kMost), inside, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  const std::size_t kind = input.below(3);
  const std::string inside = input.below(2) == 1 ? "train" : "";
  ReadOptions options;
  if (input.below(2) == 1) options.labels = {"space"};
  if (input.below(2) == 1) options.invalid_utf8 = InvalidUtf8::kError;
  const std::size_t step = 1 + 37 * input.below(16);
  if (kind == 0) {
    read_compressed(input.data(), inside, options);
    return 0;
  }
  const std::string tar = kind == 1 ? with_checksums(input.data()) : std::string(input.data());
  const Reading at_once = read(std::make_unique<testing::StringSource>(tar), inside, options);
  const Reading in_pieces =
      read(std::make_unique<testing::StringSource>(tar, step), inside, options);
  require(at_once.error == in_pieces.error, "the error is the same",
          at_once.error + '\n' + in_pieces.error);
  require(std::ranges::equal(at_once.corpus.documents, in_pieces.corpus.documents, are_equal),
          "the documents are the same");
  return 0;
}
