// SPDX-License-Identifier: MIT
#include "newsclf/io/byte_source.hpp"

#include <unistd.h>

#include "corpus/compressed.hpp"
#include "corpus/written_pipe.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

/// Reads a file that contains `bytes` in pieces of `step`.
std::string read_of(std::string_view bytes, std::size_t step = 1 << 16) {
  const TempDir folder;
  const auto source = open_bytes(folder.write("data", bytes));
  std::string all;
  std::string piece(step, '\0');
  while (const std::size_t n = source->read(piece.data(), step)) all.append(piece, 0, n);
  CHECK(source->read(piece.data(), step) == 0);
  CHECK(source->consumed() == std::ssize(bytes));
  return all;
}

/// The error for a file `data` that contains `bytes`, without its folder.
std::string error_for(std::string_view bytes) {
  const TempDir folder;
  const auto source = open_bytes(folder.write("data", bytes));
  const std::string message = error_of([&] { source->read_all(); });
  REQUIRE_THAT(message, Catch::Matchers::StartsWith(folder / "data: "));
  return message.substr((folder / "").size());
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i * 7919) + '\n';
  return text;
}

}  // namespace

TEST_CASE("plain bytes are unchanged, even if they begin like a magic number") {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string("\x1f"), std::string("\x1f\x8c"),
        std::string("("), std::string("(\xb5"), std::string("(\xb5/"), std::string("(moon)\n"),
        std::string("\0\0", 2), std::string("\xfd/\xb5("), long_text()})
    CHECK((read_of(bytes) == bytes));
}

TEST_CASE("gzip and zstd are detected from the first bytes, whatever the file name") {
  const std::string text = long_text();
  for (const std::string& bytes : {std::string(), std::string("a"), text}) {
    CHECK((read_of(gzip(bytes)) == bytes));
    CHECK((read_of(zstd(bytes)) == bytes));
  }
}

TEST_CASE("compressed bytes are read correctly in pieces of any size") {
  const std::string text = long_text().substr(0, 60'000);
  for (const std::size_t step : {1u, 7u, 512u, 4096u, 59'999u, 60'000u, 60'001u}) {
    CHECK((read_of(gzip(text), step) == text));
    CHECK((read_of(zstd(text), step) == text));
    CHECK((read_of(zstd(text) + zstd(text), step) == text + text));
  }
}

TEST_CASE("several members or frames are read as one stream") {
  CHECK(read_of(gzip("moon ") + gzip("") + gzip("orbit")) == "moon orbit");
  CHECK(read_of(zstd("moon ") + zstd("") + zstd("orbit")) == "moon orbit");
  const std::string text = long_text();
  CHECK((read_of(gzip(text) + gzip(text)) == text + text));
  CHECK((read_of(zstd(text) + zstd(text)) == text + text));
}

TEST_CASE("a skippable frame is skipped, even at the beginning, where pzstd writes it") {
  const std::string frame("\x50\x2a\x4d\x18\x04\0\0\0abcd", 12);
  CHECK(read_of(zstd("moon") + frame) == "moon");
  CHECK(read_of(frame + zstd("moon") + frame + zstd(" orbit")) == "moon orbit");
}

TEST_CASE("zeros after gzip data are padding, and other bytes are an error") {
  CHECK(read_of(gzip("moon") + std::string(1000, '\0')) == "moon");
  CHECK(read_of(gzip("moon ") + std::string(3, '\0') + gzip("orbit")) == "moon orbit");
  CHECK(error_for(gzip("moon") + "x") ==
        "data: the compressed data is truncated; download or create the file again");
  CHECK_THAT(error_for(gzip("moon") + "xyz"), Contains("data: the compressed data is damaged: "));
  CHECK_THAT(error_for(zstd("moon") + "moon"), Contains("data: the compressed data is damaged: "));
}

TEST_CASE("a compressed stream that is truncated anywhere is an error") {
  const std::string text = "moon orbit moon orbit moon";
  const std::string gz = gzip(text), zst = zstd(text);
  for (std::size_t size = 2; size < gz.size(); ++size)
    CHECK(error_for(gz.substr(0, size)) ==
          "data: the compressed data is truncated; download or create the file again");
  for (std::size_t size = 4; size < zst.size(); ++size)
    CHECK(error_for(zst.substr(0, size)) ==
          "data: the compressed data is truncated; download or create the file again");
  const std::string long_gz = gzip(long_text()), long_zst = zstd(long_text());
  CHECK_THAT(error_for(long_gz.substr(0, long_gz.size() / 2)), Contains("is truncated"));
  CHECK_THAT(error_for(long_zst.substr(0, long_zst.size() / 2)), Contains("is truncated"));
}

TEST_CASE("a wrong checksum is an error") {
  std::string gz = gzip("moon orbit"), zst = zstd("moon orbit");
  gz[gz.size() - 8] ^= 1;
  CHECK(error_for(gz) ==
        "data: the compressed data is damaged: incorrect data check; download or create the file "
        "again");
  zst.back() ^= 1;
  CHECK_THAT(error_for(zst), Contains("data: the compressed data is damaged: ") &&
                                 Contains("checksum") &&
                                 EndsWith("; download or create the file again"));
}

TEST_CASE("a flipped bit in compressed bytes is an error or does not change the text") {
  const std::string text = "moon orbit moon orbit ball bat, and more of the like";
  for (const std::string& bytes : {gzip(text), zstd(text)}) {
    for (std::size_t bit = 32; bit < 8 * bytes.size(); ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const WrittenPipe pipe(flipped, flipped.size());
      const auto source = open_descriptor(pipe.reader(), "pipe");
      try {
        const std::string all = source->read_all();
        CHECK(all == text);
      } catch (const Error& error) {
        CHECK_THAT(error.what(), Contains("the compressed data "));
      }
    }
  }
}

TEST_CASE("bytes that arrive one by one are decompressed correctly") {
  for (const std::string& bytes : {std::string("moon"), gzip("moon"), zstd("moon")}) {
    const WrittenPipe pipe(bytes, 1);
    CHECK(open_descriptor(pipe.reader(), "pipe")->read_all() == "moon");
  }
}

TEST_CASE("flushed data in a pipe is read while the writer waits") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string text(300'000, 'x');
  const std::string flushed = gzip_flushed(text);
  REQUIRE(::write(ends[1], flushed.data(), flushed.size()) == std::ssize(flushed));
  const auto source = open_descriptor(ends[0], "pipe");
  // The pieces are smaller than the text: the rest is in the decompressor, not in the pipe.
  std::string all;
  std::string piece(1000, '\0');
  while (all.size() < text.size()) all.append(piece, 0, source->read(piece.data(), piece.size()));
  CHECK((all == text));
  ::close(ends[1]);
  CHECK_THAT(error_of([&] { source->read_all(); }),
             Contains("pipe: the compressed data is truncated"));
  ::close(ends[0]);
}

TEST_CASE("peeking does not consume bytes of a source") {
  const TempDir folder;
  const std::string text = "moon orbit";
  for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
    for (const std::size_t size : {0u, 1u, 4u, 10u, 11u, 512u}) {
      auto source = open_bytes(folder.write("data", bytes));
      CHECK(peek_bytes(source, size) == text.substr(0, size));
      CHECK(peek_bytes(source, 2) == "mo");
      CHECK(source->name() == folder / "data");
      CHECK(source->read_all() == text);
    }
  }
  auto empty = open_bytes(folder.write("data", ""));
  CHECK(peek_bytes(empty, 512).empty());
  CHECK(empty->read_all().empty());
}

TEST_CASE("reading all of a source with more bytes than the limit is an error") {
  const TempDir folder;
  const std::string path = folder.write("data", gzip(std::string(3 << 20, 'x')));
  CHECK(open_bytes(path)->read_all(3 << 20).size() == 3 << 20);
  CHECK(error_of([&] { open_bytes(path)->read_all((3 << 20) - 1); }) ==
        path + ": this is longer than 2 MiB; split it");
}

TEST_CASE("the start of a source is returned, and the rest is read and verified") {
  const TempDir folder;
  const std::string text(600'000, 'x');
  const std::string damaged = gzip(text).substr(0, 600);
  for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
    const std::string path = folder.write("data", bytes);
    CHECK(open_bytes(path)->read_start(10) == "xxxxxxxxxx");
    CHECK(open_bytes(path)->read_start(text.size()).size() == text.size());
    const auto source = open_bytes(path);
    CHECK(source->read_start(1'000'000).size() == text.size());
    CHECK(source->consumed() == std::ssize(bytes));
  }
  const std::string path = folder.write("data", damaged);
  CHECK_THAT(error_of([&] { open_bytes(path)->read_start(10); }),
             Contains("data: the compressed data is truncated"));
}

TEST_CASE("a missing file and a folder are errors") {
  const TempDir folder;
  CHECK(error_of([&] { open_bytes(folder / "data"); }) ==
        folder / "data: cannot open: No such file or directory; check the name");
  CHECK(error_of([&] { open_bytes(folder.path().string()); }) ==
        folder.path().string() + ": this is a folder; give a file");
}

TEST_CASE("a source counts the compressed bytes of the file") {
  const TempDir folder;
  const std::string bytes = gzip(std::string(1'000'000, 'x'));
  const auto source = open_bytes(folder.write("data", bytes));
  CHECK(source->consumed() == 0);
  CHECK(source->read_all().size() == 1'000'000);
  CHECK(source->consumed() == std::ssize(bytes));
}
