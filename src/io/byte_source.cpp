// SPDX-License-Identifier: MIT
#include "newsclf/io/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr const char* kGetAgain = "get or make the file again";

/// A file descriptor, closed in the end where it is its own.
class FileSource : public ByteSource {
 public:
  FileSource(int fd, bool own, std::string name) : fd_(fd), own_(own), name_(std::move(name)) {}
  ~FileSource() override {
    if (own_) ::close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    ssize_t n = 0;
    do n = ::read(fd_, out, size);
    while (n < 0 && errno == EINTR);
    if (n < 0) throw Error(name_, std::string("cannot read: ") + std::strerror(errno));
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

/// A source of which the first bytes were looked at.
class PeekedSource : public ByteSource {
 public:
  PeekedSource(std::string first, std::unique_ptr<ByteSource> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}

  std::size_t read(char* out, std::size_t size) override {
    if (used_ == first_.size()) return rest_->read(out, size);
    const std::size_t n = std::min(size, first_.size() - used_);
    std::memcpy(out, first_.data() + used_, n);
    used_ += n;
    return n;
  }
  std::int64_t consumed() const override { return rest_->consumed(); }
  const std::string& name() const override { return rest_->name(); }

 private:
  std::string first_;
  std::size_t used_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

/// What both decompressors share: compressed bytes that were read and are not yet used.
class CompressedSource : public ByteSource {
 public:
  explicit CompressedSource(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), input_(kBlock) {}

  std::int64_t consumed() const override { return source_->consumed(); }
  const std::string& name() const override { return source_->name(); }

 protected:
  /// Sees to it that there is input; returns false at its end.
  bool fill() {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = source_->read(input_.data(), input_.size());
    }
    return begin_ < end_;
  }
  char* input() { return input_.data() + begin_; }
  std::size_t available() const { return end_ - begin_; }
  void use(std::size_t n) { begin_ += n; }

  [[noreturn]] void damaged(const std::string& what) const {
    throw Error(name(), "the compressed data is damaged: " + what, kGetAgain);
  }
  [[noreturn]] void cut_off() const {
    throw Error(name(), "the compressed data ends early", kGetAgain);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<char> input_;
  std::size_t begin_ = 0, end_ = 0;
};

class GzipSource : public CompressedSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : CompressedSource(std::move(source)) {
    constexpr int kGzip = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzip) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { ::inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    while (true) {
      // What the decompressor still holds comes before more input.
      if (!full_ && !fill()) {
        if (inside_member_) cut_off();
        return 0;
      }
      if (!inside_member_) {
        // Zeros behind the last member are the padding of a tape or a block.
        if (*input() == '\0') {
          use(1);
          continue;
        }
        ::inflateReset(&stream_);
        inside_member_ = true;
      }
      stream_.next_in = reinterpret_cast<Bytef*>(input());
      stream_.avail_in = static_cast<uInt>(available());
      stream_.next_out = reinterpret_cast<Bytef*>(out);
      stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
      const uInt room = stream_.avail_out;
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      use(available() - stream_.avail_in);
      if (status == Z_STREAM_END)
        inside_member_ = false;
      else if (status != Z_OK && status != Z_BUF_ERROR)
        damaged(stream_.msg == nullptr ? "gzip" : stream_.msg);
      full_ = inside_member_ && stream_.avail_out == 0;
      if (stream_.avail_out < room) return room - stream_.avail_out;
    }
  }

 private:
  z_stream stream_{};
  bool inside_member_ = true;
  bool full_ = false;
};

class ZstdSource : public CompressedSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : CompressedSource(std::move(source)), stream_(ZSTD_createDStream(), &ZSTD_freeDStream) {
    if (!stream_) throw std::bad_alloc();
  }

  std::size_t read(char* out, std::size_t size) override {
    while (true) {
      // What the decompressor still holds comes before more input.
      if (!full_ && !fill()) {
        if (inside_frame_) cut_off();
        return 0;
      }
      ZSTD_inBuffer in{input(), available(), 0};
      ZSTD_outBuffer to{out, size, 0};
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &to, &in);
      if (ZSTD_isError(left) != 0) damaged(ZSTD_getErrorName(left));
      use(in.pos);
      inside_frame_ = left != 0;
      full_ = inside_frame_ && to.pos == to.size;
      if (to.pos > 0) return to.pos;
    }
  }

 private:
  std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream_;
  bool inside_frame_ = false;
  bool full_ = false;
};

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
/// Behind a byte 0x50 to 0x5f: a frame to be skipped, which pzstd writes in front of the others.
constexpr std::string_view kSkippableMagic = "\x2a\x4d\x18";

/// Reads as many bytes as it takes to tell whether the source begins with `magic`.
bool begins_with(ByteSource& source, std::string& first, std::string_view magic) {
  while (true) {
    const std::size_t known = std::min(first.size(), magic.size());
    if (std::string_view(first).substr(0, known) != magic.substr(0, known)) return false;
    if (known == magic.size()) return true;
    char more[kZstdMagic.size()];
    const std::size_t n = source.read(more, magic.size() - known);
    if (n == 0) return false;
    first.append(more, n);
  }
}

/// Decompresses what begins like a compressed stream; looks at it when it is first read, since that
/// may have to wait.
class DetectingSource : public ByteSource {
 public:
  explicit DetectingSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  std::size_t read(char* out, std::size_t size) override {
    if (!detected_) detect();
    return source_->read(out, size);
  }
  std::int64_t consumed() const override { return source_->consumed(); }
  const std::string& name() const override { return source_->name(); }

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

  std::unique_ptr<ByteSource> source_;
  bool detected_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  if (path == "-") return open_descriptor(STDIN_FILENO, "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    throw Error(path, std::string("cannot open: ") + std::strerror(errno),
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
  std::string first(size, '\0');
  std::size_t known = 0;
  while (known < size) {
    const std::size_t n = source->read(first.data() + known, size - known);
    if (n == 0) break;
    known += n;
  }
  first.resize(known);
  source = std::make_unique<PeekedSource>(first, std::move(source));
  return first;
}

std::string ByteSource::read_all() {
  std::string bytes;
  std::size_t size = 0;
  while (true) {
    if (bytes.size() - size < kBlock) bytes.resize(std::max(2 * size, size + kBlock));
    const std::size_t n = read(bytes.data() + size, bytes.size() - size);
    if (n == 0) break;
    size += n;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace newsclf
