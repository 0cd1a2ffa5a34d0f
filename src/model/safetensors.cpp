// SPDX-License-Identifier: MIT
#include "newsclf/model/safetensors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "io/descriptor.hpp"
#include "io/digest.hpp"
#include "model/strict_json.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are used as they are stored");

using nlohmann::json;

constexpr std::size_t kAlignment = 64;
constexpr std::uint64_t kMaxHeader = 16u << 20;
constexpr std::size_t kDigestDigits = 32;
constexpr std::string_view kDigestKey = "\"digest\":\"";

std::int64_t size_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::kI64:
    case Dtype::kF64:
      return sizeof(std::int64_t);
    case Dtype::kF32:
    case Dtype::kU32:
      return sizeof(float);
    case Dtype::kF16:
      return sizeof(std::uint16_t);
    case Dtype::kI8:
    case Dtype::kU8:
      return 1;
  }
  return 1;
}

/// Closes its descriptor at the end.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(open_to_read(path.c_str(), O_NONBLOCK)) {
    if (fd_ < 0)
      throw file_error(path, "cannot open the model", errno,
                       "give the file that newsclf train wrote");
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(fd_); }

  /// The size of a regular file.
  std::size_t size(const std::string& path) const {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) throw file_error(path, "cannot read the model", errno);
    if (S_ISDIR(status.st_mode))
      throw Error(ErrorCode::kUnusableFile, path, "this is a folder, not a model file",
                  "give the file that newsclf train wrote");
    if (!S_ISREG(status.st_mode))
      throw Error(ErrorCode::kUnusableFile, path, "this is not a regular file",
                  "copy the model to a file first");
    return static_cast<std::size_t>(status.st_size);
  }

  /// Fills `memory` with the bytes of the file from `offset` on.
  void read(const std::string& path, std::size_t offset, std::span<std::byte> memory) const {
    while (!memory.empty()) {
      const ssize_t n = ::pread(fd_, memory.data(), memory.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw file_error(path, "cannot read the model", errno);
      if (n == 0)
        throw Error(ErrorCode::kUnusableFile, path,
                    fmt::format("the file was truncated to {} bytes while it was read", offset),
                    "replace models by renaming a complete file, as newsclf does");
      offset += static_cast<std::size_t>(n);
      memory = memory.subspan(static_cast<std::size_t>(n));
    }
  }

 private:
  int fd_;
};

/// Zeroed memory for `size` bytes, which takes space only when it is written to.
std::shared_ptr<std::byte> reserve(std::size_t size, const std::string& path) {
  void* const address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED)
    throw Error(ErrorCode::kNoMemory, path,
                fmt::format("there is no memory for its {} bytes", size));
  ::madvise(address, size, MADV_HUGEPAGE);  // fewer page faults while it is filled
  return {static_cast<std::byte*>(address), [size](std::byte* memory) { ::munmap(memory, size); }};
}

/// Throws an `Error` about one byte of the file.
[[noreturn]] void refuse_byte(const std::string& path, std::size_t byte, const std::string& place,
                              const std::string& expected, const std::string& found,
                              const char* remedy) {
  throw Error(path,
              fmt::format("at byte {}, {}: expected {}, found {}", byte, place, expected, found),
              remedy);
}

std::string text_of(char byte) {
  return fmt::format("byte 0x{:02x}", static_cast<unsigned char>(byte));
}

/// Throws an `Error` about one place in the header.
[[noreturn]] void refuse_header(const std::string& path, const std::string& place,
                                const std::string& expected, const std::string& found) {
  refuse_file(path, "in the header at byte 8, " + place, expected, found);
}

std::vector<std::int64_t> integers(const json& value, const std::string& path,
                                   const std::string& place) {
  if (!value.is_array()) refuse_header(path, place, "an array of integers", value.type_name());
  std::vector<std::int64_t> numbers;
  for (const json& number : value) {
    if (!number.is_number_unsigned()) refuse_header(path, place, "an integer", number.type_name());
    numbers.push_back(number.get<std::int64_t>());
  }
  return numbers;
}

struct Entry {
  Tensor tensor;
  std::int64_t begin;
  std::int64_t end;
};

Entry parse_entry(const std::string& name, const json& value, const std::string& path) {
  const std::string place = fmt::format("tensor \"{}\"", name);
  if (!value.is_object()) refuse_header(path, place, "an object", value.type_name());
  for (const auto& [field, ignored] : value.items())
    if (field != "dtype" && field != "shape" && field != "data_offsets")
      refuse_header(path, place, "dtype, shape and data_offsets", "the field \"" + field + "\"");
  if (value.size() != 3)
    refuse_header(path, place, "dtype, shape and data_offsets",
                  fmt::format("{} fields", value.size()));

  const json& dtype_value = value["dtype"];
  const std::string dtype_name = dtype_value.is_string() ? dtype_value.get<std::string>() : "";
  const auto dtype = value_of(kDtypes, dtype_name);
  if (!dtype) refuse_header(path, place, "dtype " + names_of(kDtypes), dtype_value.dump());

  Entry entry{{name, *dtype, integers(value["shape"], path, place + ", shape"), {}}, 0, 0};
  std::int64_t size = size_of(*dtype);
  for (const std::int64_t dimension : entry.tensor.shape)
    if (__builtin_mul_overflow(size, dimension, &size))
      refuse_header(path, place, "a size below 2^63", "shape " + value["shape"].dump());

  const auto offsets = integers(value["data_offsets"], path, place + ", data_offsets");
  if (offsets.size() != 2)
    refuse_header(path, place, "two data_offsets", value["data_offsets"].dump());
  entry.begin = offsets[0];
  entry.end = offsets[1];
  if (entry.end < entry.begin || entry.end - entry.begin != size)
    refuse_header(path, place, fmt::format("data_offsets {} bytes apart", size),
                  value["data_offsets"].dump());
  return entry;
}

std::map<std::string, std::string> parse_metadata(const json& value, const std::string& path) {
  if (!value.is_object()) refuse_header(path, "__metadata__", "an object", value.type_name());
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      refuse_header(path, "__metadata__", "strings",
                    fmt::format("{} in \"{}\"", text.type_name(), key));
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

/// The position of the digest's digits in the header text. A JSON string cannot contain the key
/// because its quotes would be escaped there.
std::size_t digest_position(std::string_view header) {
  const std::size_t key = header.find(kDigestKey);
  if (key == std::string_view::npos) return key;
  const std::size_t digits = key + kDigestKey.size();
  const std::size_t end = header.find('"', digits);
  return end == digits + kDigestDigits ? digits : std::string_view::npos;
}

std::string digest_of(const std::vector<std::span<const std::byte>>& pieces) {
  Digest digest;
  for (const auto piece : pieces) digest.add(piece);
  return digest.hex();
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The length and the header, with a digest of zeros.
std::string head_of(std::map<std::string, std::string> metadata,
                    const std::vector<Tensor>& tensors) {
  metadata["digest"] = std::string(kDigestDigits, '0');
  auto header = nlohmann::ordered_json::object();
  header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const Tensor& tensor : tensors) {
    header[tensor.name] = {{"dtype", name_of(kDtypes, tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string head(8, '\0');
  head += header.dump();
  head.resize((head.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const std::uint64_t header_size = head.size() - 8;
  std::memcpy(head.data(), &header_size, sizeof header_size);
  return head;
}

std::int64_t file_bytes(const std::string& head, const std::vector<Tensor>& tensors) {
  std::size_t bytes = head.size();
  for (const Tensor& tensor : tensors) bytes += tensor.bytes.size();
  return static_cast<std::int64_t>(bytes);
}

/// Fills `memory` with the bytes of a file from `offset` on.
using ReadAt = std::function<void(std::size_t offset, std::span<std::byte> memory)>;

/// Reads and checks the header of a file of `size` bytes.
Safetensors open_safetensors(const std::string& path, std::size_t size, const ReadAt& read_at,
                             const MetadataCheck& check_metadata) {
  std::uint64_t header_size = 0;
  if (size < sizeof header_size)
    throw Error(path, fmt::format("expected at least 8 bytes, found {}", size),
                "this is not a model file");
  const std::shared_ptr<std::byte> memory = reserve(size, path);
  const std::span<std::byte> file(memory.get(), size);
  read_at(0, file.first(sizeof header_size));
  std::memcpy(&header_size, file.data(), sizeof header_size);
  const std::uint64_t room = size - sizeof header_size;
  const char* const kNoModel = "this is not a model file, or it is truncated";
  if (room < 2) refuse_byte(path, 8, "header", "'{'", "the end of the file", kNoModel);
  if (header_size < 2 || header_size > kMaxHeader || header_size > room)
    refuse_byte(path, 0, "length of the header", fmt::format("2 to {}", std::min(kMaxHeader, room)),
                fmt::format("{}", header_size), kNoModel);

  read_at(sizeof header_size, file.subspan(sizeof header_size, header_size));
  Safetensors result;
  result.file = file;
  result.owner = memory;
  result.header = {reinterpret_cast<const char*>(file.data()) + sizeof header_size, header_size};
  std::string_view header = result.header;
  if (header.front() != '{')
    refuse_byte(path, 8, "header", "'{'", text_of(header.front()), "this is not a model file");
  if (const auto bad = find_invalid_utf8(header); bad != std::string_view::npos)
    refuse_byte(path, 8 + bad, "header", "UTF-8", text_of(header[bad]), "the file is damaged");
  header = header.substr(0, header.find_last_not_of(' ') + 1);
  if (header.back() != '}')
    refuse_byte(path, 7 + header.size(), "header", "only spaces after the last '}'",
                text_of(header.back()), "the file is damaged or was not written by newsclf");
  const json parsed = parse_strict_json(header, 4, true, path + ", header at byte 8");

  std::vector<Entry> entries;
  if (const auto metadata = parsed.find("__metadata__"); metadata != parsed.end())
    result.metadata = parse_metadata(*metadata, path);
  check_metadata(result.metadata);
  for (const auto& [name, value] : parsed.items())
    if (name != "__metadata__") entries.push_back(parse_entry(name, value, path));
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });

  const std::size_t data_start = sizeof header_size + header_size;
  if (data_start % kAlignment != 0)
    throw Error(path,
                fmt::format("at byte {}, data: expected a multiple of {}", data_start, kAlignment),
                "the file was not written by newsclf");
  std::int64_t end = 0;
  for (Entry& entry : entries) {
    const std::string place = fmt::format("tensor \"{}\"", entry.tensor.name);
    if (entry.begin != end)
      refuse_header(path, place, fmt::format("data at offset {} without gap or overlap", end),
                    fmt::format("offset {}", entry.begin));
    if (entry.begin % size_of(entry.tensor.dtype) != 0)
      refuse_header(path, place, "an offset that is a multiple of the element size",
                    fmt::format("offset {}", entry.begin));
    end = entry.end;
    if (static_cast<std::uint64_t>(end) > file.size() - data_start) continue;  // reported below
    entry.tensor.bytes = file.subspan(data_start + static_cast<std::size_t>(entry.begin),
                                      static_cast<std::size_t>(entry.end - entry.begin));
    result.tensors.push_back(std::move(entry.tensor));
  }
  if (const auto whole = data_start + static_cast<std::uint64_t>(end); whole != file.size())
    refuse_byte(path, whole, "end of the data", fmt::format("a file of {} bytes", whole),
                fmt::format("{}", file.size()),
                "the file was truncated or overwritten; train again or copy it again");
  result.data = file.subspan(data_start);
  result.read = [read_at, file](std::span<const std::byte> part) {
    const auto offset = static_cast<std::size_t>(part.data() - file.data());
    read_at(offset, file.subspan(offset, part.size()));
  };
  return result;
}

}  // namespace

Safetensors open_safetensors(const std::string& path, const MetadataCheck& check_metadata) {
  const auto file = std::make_shared<const OpenFile>(path);
  const auto read_at = [=](std::size_t offset, std::span<std::byte> memory) {
    file->read(path, offset, memory);
  };
  return open_safetensors(path, file->size(path), read_at, check_metadata);
}

Safetensors open_safetensors(const std::string& name, std::span<const std::byte> bytes,
                             const MetadataCheck& check_metadata) {
  const auto copy = [=](std::size_t offset, std::span<std::byte> memory) {
    std::ranges::copy(bytes.subspan(offset, memory.size()), memory.begin());
  };
  return open_safetensors(name, bytes.size(), copy, check_metadata);
}

void check_digest(const Safetensors& file, const std::string& path) {
  const std::size_t digits = digest_position(file.header);
  if (digits == std::string_view::npos)
    throw Error(path, "in the header, __metadata__: expected a digest of 32 digits, found none",
                "the file was not written by newsclf");
  const std::string found =
      digest_of({file.file.first(8 + digits), file.file.subspan(8 + digits + kDigestDigits)});
  const std::string expected(file.header.substr(digits, kDigestDigits));
  if (found != expected)
    refuse_byte(path, 8 + digits, "digest", expected, found + " computed from the file",
                "the file is damaged; train again or copy it again");
}

std::int64_t safetensors_bytes(std::map<std::string, std::string> metadata,
                               const std::vector<Tensor>& tensors) {
  return file_bytes(head_of(std::move(metadata), tensors), tensors);
}

std::int64_t write_safetensors(const std::string& path, std::map<std::string, std::string> metadata,
                               const std::vector<Tensor>& tensors, Replace replace) {
  std::string head = head_of(std::move(metadata), tensors);
  const std::size_t digits = 8 + digest_position(std::string_view(head).substr(8));
  std::vector pieces = {bytes_of(head).first(digits),
                        bytes_of(head).subspan(digits + kDigestDigits)};
  for (const Tensor& tensor : tensors) pieces.push_back(tensor.bytes);
  head.replace(digits, kDigestDigits, digest_of(pieces));

  AtomicFile file(path, replace);
  file.write(bytes_of(head));
  for (const Tensor& tensor : tensors) file.write(tensor.bytes);
  file.commit();
  return file_bytes(head, tensors);
}

}  // namespace newsclf
