// SPDX-License-Identifier: MIT
#include "newsclf/io/byte_source.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include "io/descriptor.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr const char* kGetAgain = "download or create the file again";

/// Reads a file descriptor, and closes it at the end if it owns it.
class FileSource : public ByteSource {
 public:
  FileSource(int fd, bool own, std::string name) : fd_(fd), own_(own), name_(std::move(name)) {}
  ~FileSource() override {
    if (own_) ::close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    const ssize_t n = read_some(fd_, out, size);
    if (n < 0) throw file_error(name_, "cannot read", errno);
    consumed_ += n;
    return static_cast<std::size_t>(n);
  }
  std::int64_t consumed() const override { return consumed_; }
  const std::string& name() const override { return name_; }

 private:
  int fd_;
  bool own_;
  std::string name_;
  std::int64_t consumed_ = 0;
};

/// A source that passes on the bytes of another source.
class OuterSource : public ByteSource {
 public:
  explicit OuterSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  std::int64_t consumed() const override { return source_->consumed(); }
  const std::string& name() const override { return source_->name(); }

 protected:
  std::unique_ptr<ByteSource> source_;
};

/// A source whose first bytes were already read to look at them.
class PeekedSource : public OuterSource {
 public:
  PeekedSource(std::string first, std::unique_ptr<ByteSource> rest)
      : OuterSource(std::move(rest)), first_(std::move(first)) {}

  std::size_t read(char* out, std::size_t size) override {
    if (used_ == first_.size()) return source_->read(out, size);
    const std::size_t n = first_.copy(out, size, used_);
    used_ += n;
    return n;
  }

 private:
  std::string first_;
  std::size_t used_ = 0;
};

/// Base of both decompressors: buffers compressed bytes that are not used yet.
class CompressedSource : public OuterSource {
 public:
  using OuterSource::OuterSource;

  std::size_t read(char* out, std::size_t size) override {
    while (true) {
      // Take the pending output of the decompressor before reading more input.
      if (!full_ && begin_ == end_) {
        begin_ = 0;
        end_ = source_->read(input_.data(), input_.size());
        if (end_ == 0 && inside_)
          throw Error(name(), "the compressed data is truncated", kGetAgain);
        if (end_ == 0) return 0;
      }
      if (const std::size_t n = decompress(out, size); n > 0) return n;
    }
  }

 protected:
  /// Consumes some input; returns the number of bytes written to `out`.
  virtual std::size_t decompress(char* out, std::size_t size) = 0;
  char* input() { return input_.data() + begin_; }
  std::size_t available() const { return end_ - begin_; }
  void use(std::size_t n) { begin_ += n; }

  [[noreturn]] void damaged(const std::string& what) const {
    throw Error(name(), "the compressed data is damaged: " + what, kGetAgain);
  }
  bool inside_ = false;  // inside a gzip member or zstd frame: the end of input is an error
  bool full_ = false;    // the output buffer was filled: more output may be pending

 private:
  std::vector<char> input_ = std::vector<char>(kBlock);
  std::size_t begin_ = 0, end_ = 0;
};

class GzipSource : public CompressedSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : CompressedSource(std::move(source)) {
    constexpr int kGzip = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzip) != Z_OK) throw std::bad_alloc();
    inside_ = true;
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

 private:
  std::size_t decompress(char* out, std::size_t size) override {
    if (!inside_) {
      // Zeros after the last member are padding of a tape or a block.
      if (*input() == '\0') {
        use(1);
        return 0;
      }
      ::inflateReset(&stream_);
      inside_ = true;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(input());
    stream_.avail_in = static_cast<uInt>(available());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
    const uInt room = stream_.avail_out;
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    use(available() - stream_.avail_in);
    if (status != Z_STREAM_END && status != Z_OK && status != Z_BUF_ERROR)
      damaged(stream_.msg == nullptr ? "gzip" : stream_.msg);
    inside_ = status != Z_STREAM_END;
    full_ = inside_ && stream_.avail_out == 0;
    return room - stream_.avail_out;
  }

  z_stream stream_{};
};

class ZstdSource : public CompressedSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : CompressedSource(std::move(source)), stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

 private:
  std::size_t decompress(char* out, std::size_t size) override {
    ZSTD_inBuffer in{input(), available(), 0};
    ZSTD_outBuffer to{out, size, 0};
    const std::size_t left = ZSTD_decompressStream(stream_.get(), &to, &in);
    if (ZSTD_isError(left) != 0) damaged(ZSTD_getErrorName(left));
    use(in.pos);
    inside_ = left != 0;
    full_ = inside_ && to.pos == to.size;
    return to.pos;
  }

  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
};

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
/// Follows a byte 0x50 to 0x5f: a skippable frame, which pzstd writes before the other frames.
constexpr std::string_view kSkippableMagic = "\x2a\x4d\x18";

/// Reads as many bytes as needed to tell whether the source begins with `magic`.
bool begins_with(ByteSource& source, std::string& first, std::string_view magic) {
  while (true) {
    const std::size_t known = std::min(first.size(), magic.size());
    if (std::string_view(first).substr(0, known) != magic.substr(0, known)) return false;
    if (known == magic.size()) return true;
    char more[4096];  // what has arrived: `peek_line` should see more than the magic number
    const std::size_t n = source.read(more, sizeof more);
    if (n == 0) return false;
    first.append(more, n);
  }
}

/// Decompresses gzip and zstd streams; detects them at the first read, since reading may block.
class DetectingSource : public OuterSource {
 public:
  using OuterSource::OuterSource;

  std::size_t read(char* out, std::size_t size) override {
    if (!detected_) detect();
    return source_->read(out, size);
  }

 private:
  void detect() {
    std::string first;
    const bool gzip = begins_with(*source_, first, kGzipMagic);
    bool zstd = !gzip && begins_with(*source_, first, kZstdMagic);
    if (!gzip && !zstd && !first.empty() && (first.front() & 0xf0) == 0x50)
      zstd = begins_with(*source_, first, first.front() + std::string(kSkippableMagic));
    source_ = std::make_unique<PeekedSource>(std::move(first), std::move(source_));
    if (gzip) source_ = std::make_unique<GzipSource>(std::move(source_));
    if (zstd) source_ = std::make_unique<ZstdSource>(std::move(source_));
    detected_ = true;
  }

  bool detected_ = false;
};

/// Reads `most` bytes, or up to the end if there are fewer.
std::string read_at_most(ByteSource& source, std::size_t most) {
  std::string bytes;
  std::size_t size = 0;
  while (size < most) {
    if (size == bytes.size()) bytes.resize(std::min(most, std::max(2 * size, kBlock)));
    const std::size_t n = source.read(bytes.data() + size, bytes.size() - size);
    if (n == 0) break;
    size += n;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  if (path == "-") return open_descriptor(STDIN_FILENO, "standard input");
  const int fd = open_to_read(path.c_str());
  if (fd < 0)
    throw file_error(path, "cannot open", errno,
                     errno == EACCES ? "check its permissions" : "check the name");
  auto source = std::make_unique<FileSource>(fd, true, path);
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
    throw Error(path, "this is a folder", "give a file");
  return std::make_unique<DetectingSource>(std::move(source));
}

std::unique_ptr<ByteSource> open_descriptor(int fd, std::string name) {
  return std::make_unique<DetectingSource>(
      std::make_unique<FileSource>(fd, false, std::move(name)));
}

std::string peek_bytes(std::unique_ptr<ByteSource>& source, std::size_t size) {
  std::string first = read_at_most(*source, size);
  source = std::make_unique<PeekedSource>(first, std::move(source));
  return first;
}

std::string peek_line(std::unique_ptr<ByteSource>& source, std::size_t size) {
  std::string first;
  for (std::size_t begin = 0;
       first.size() < size && first.find('\n', begin) == std::string::npos;) {
    begin = first.size();
    first.resize(size);
    const std::size_t n = source->read(first.data() + begin, size - begin);
    first.resize(begin + n);
    if (n == 0) break;
  }
  source = std::make_unique<PeekedSource>(first, std::move(source));
  return first;
}

std::string ByteSource::read_all(std::size_t most) {
  std::string bytes = read_at_most(*this, most + 1);
  if (bytes.size() > most)
    throw Error(name(), fmt::format("this is longer than {} MiB", most >> 20), "split it");
  return bytes;
}

std::string ByteSource::read_start(std::size_t most) {
  std::string bytes = read_at_most(*this, most);
  if (bytes.size() < most) return bytes;
  for (std::vector<char> dropped(kBlock); read(dropped.data(), dropped.size()) > 0;) continue;
  return bytes;
}

}  // namespace newsclf
