// SPDX-License-Identifier: MIT
#include "text/decoder.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "newsclf/error/error.hpp"
#include "text/windows1252.hpp"

namespace newsclf {
namespace {

using namespace std::string_view_literals;

constexpr char kUndecodable = '\xFF';
constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kMark = "\uFEFF";

struct ByteOrderMark {
  std::string_view bytes;
  std::string_view encoding;
};
// The mark of UTF-32LE begins with that of UTF-16LE, so it comes first.
constexpr ByteOrderMark kMarks[] = {{"\xEF\xBB\xBF"sv, "UTF-8"},
                                    {"\xFF\xFE\0\0"sv, "UTF-32LE"},
                                    {"\xFF\xFE"sv, "UTF-16LE"},
                                    {"\xFE\xFF"sv, "UTF-16BE"},
                                    {"\0\0\xFE\xFF"sv, "UTF-32BE"}};

// NOLINTNEXTLINE(performance-no-int-to-ptr): what iconv_open returns, as POSIX says
iconv_t failed() { return reinterpret_cast<iconv_t>(-1); }

/// glibc takes "" for the encoding of the locale, and what follows a slash for an option.
iconv_t open_iconv(const std::string& to, const std::string& from) {
  for (const std::string& name : {to, from})
    if (name.empty() || name.find_first_of("/,\n") != std::string::npos) return failed();
  return ::iconv_open(to.c_str(), from.c_str());
}

/// Returns the size of the second of two letters: the first may follow a byte order mark.
std::size_t unit_of(const std::string& encoding) {
  const iconv_t encoder = open_iconv(encoding, "UTF-8");
  if (encoder == failed()) return 1;
  std::size_t sizes[2] = {};
  for (const std::size_t letters : {1u, 2u}) {
    char text[] = "aa", encoded[32];
    char *in = text, *out = encoded;
    std::size_t in_left = letters, out_left = sizeof encoded;
    ::iconv(encoder, nullptr, nullptr, nullptr, nullptr);
    ::iconv(encoder, &in, &in_left, &out, &out_left);
    sizes[letters - 1] = sizeof encoded - out_left;
  }
  ::iconv_close(encoder);
  return std::max<std::size_t>(sizes[1] - std::min(sizes[1], sizes[0]), 1);
}

/// Decoders keep a byte order mark as a character.
void drop_mark(std::string& text) {
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
}

bool is_name_of_utf8(std::string_view encoding) {
  std::string name;
  for (const char c : encoding)
    if (c != '-' && c != '_') name += ascii_lower(c);
  return name == "utf8";
}

/// Replaces the marked bytes by U+FFFD, or by their characters in Latin-1.
std::string without_marks(std::string_view text, InvalidUtf8 policy) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != kUndecodable) {
      out += text[i++];
      continue;
    }
    const std::size_t begin = ++i;
    while (i < text.size() && (i == begin || continues_character(text[i]))) ++i;
    out += policy == InvalidUtf8::kReplace ? kReplacement : text.substr(begin, i - begin);
  }
  return out;
}

[[noreturn]] void refuse(std::string_view text, std::string_view encoding, std::string_view where) {
  std::size_t i = std::min(text.find(kUndecodable), text.size() - 1) + 1;
  const char32_t byte = i < text.size() ? decode_utf8(text, i) : 0xFFFD;
  throw Error(ErrorCode::kNotUtf8, where,
              byte == 0xFFFD ? fmt::format("some bytes are not valid in {}", encoding)
                             : fmt::format("the byte 0x{:02x} is not valid in {}",
                                           static_cast<unsigned>(byte), encoding));
}

}  // namespace

std::string encoding_of(std::string_view first, const std::string& encoding) {
  if (encoding == kAutoEncoding)
    for (const ByteOrderMark& mark : kMarks)
      if (first.starts_with(mark.bytes)) return std::string(mark.encoding);
  return encoding;
}

bool may_become_mark(std::string_view first) {
  return std::ranges::any_of(kMarks, [&](const ByteOrderMark& mark) {
    return first.size() < mark.bytes.size() && mark.bytes.starts_with(first);
  });
}

bool expects_utf8(std::string_view encoding) {
  return encoding == kAutoEncoding || is_name_of_utf8(encoding);
}

std::string name_of_encoding(const std::string& encoding) {
  return encoding == kAutoEncoding ? "UTF-8" : encoding;
}

bool is_known_encoding(const std::string& encoding) {
  if (expects_utf8(encoding)) return true;
  const iconv_t decoder = open_iconv("UTF-8", encoding);
  if (decoder == failed()) return false;
  ::iconv_close(decoder);
  return true;
}

Decoder::Decoder(const std::string& encoding)
    : encoding_(encoding), iconv_(open_iconv("UTF-8", encoding)) {
  if (iconv_ == failed())
    throw Error(encoding, "iconv does not know this encoding", "iconv -l lists the encodings");
}

Decoder::~Decoder() { ::iconv_close(iconv_); }

std::size_t Decoder::pass_on(std::string_view bytes, std::string& out) {
  if (unit_ == 0) unit_ = unit_of(encoding_);
  out += kUndecodable;
  const auto byte = static_cast<unsigned char>(bytes.front());
  // An ASCII character here could end a line or a field.
  if (unit_ == 1 && byte >= 0x80)
    out += latin1_to_utf8(bytes.substr(0, 1));
  else
    out += kReplacement;
  return std::min(unit_, bytes.size());
}

void Decoder::decode(std::string_view bytes, std::string& out) {
  left_ += bytes;
  char* in = left_.data();
  std::size_t in_left = left_.size();
  char buffer[std::size_t{16} << 10];
  while (in_left > 0) {
    char* decoded = buffer;
    std::size_t room = sizeof buffer;
    const bool done =
        ::iconv(iconv_, &in, &in_left, &decoded, &room) != static_cast<std::size_t>(-1);
    const int problem = done ? 0 : errno;
    out.append(buffer, sizeof buffer - room);
    if (problem == EINVAL) break;  // an incomplete character
    if (problem == EILSEQ) {
      const std::size_t passed = pass_on({in, in_left}, out);
      in += passed;
      in_left -= passed;
    }
  }
  left_.erase(0, left_.size() - in_left);
}

void Decoder::finish(std::string& out) {
  for (std::string_view left = left_; !left.empty();) left.remove_prefix(pass_on(left, out));
  left_.clear();
  char buffer[64];  // some encodings keep a character, to which an accent may follow
  char* decoded = buffer;
  std::size_t room = sizeof buffer;
  ::iconv(iconv_, nullptr, nullptr, &decoded, &room);
  out.append(buffer, sizeof buffer - room);
}

Repair settle(std::string& text, std::string_view encoding, InvalidUtf8 policy,
              std::string_view where) {
  if (find_invalid_utf8(text) == std::string_view::npos) return Repair::kNone;
  if (encoding == kAutoEncoding && policy == InvalidUtf8::kReplace) {
    bool undefined = false;
    text = mixed_to_utf8(text, undefined);
    return undefined ? Repair::kRepaired : Repair::kGuessed;
  }
  if (!expects_utf8(encoding)) {
    if (policy == InvalidUtf8::kError) refuse(text, encoding, where);
    text = without_marks(text, policy);
    policy = InvalidUtf8::kReplace;  // iconv's UCS-4 has numbers that are no characters
  }
  repair_utf8(text, policy, where);
  return Repair::kRepaired;
}

Repair decode_document(std::string& text, const std::string& encoding, InvalidUtf8 policy,
                       std::string_view where, bool is_cut) {
  const std::string actual = encoding_of(text, encoding);
  if (!expects_utf8(actual)) {
    std::string decoded;
    Decoder decoder(actual);
    decoder.decode(text, decoded);
    if (!is_cut) decoder.finish(decoded);
    text = std::move(decoded);
  }
  drop_mark(text);
  return settle(text, actual, policy, where);
}

std::string decode_start(std::string_view bytes, const std::string& encoding) {
  const std::string actual = encoding_of(bytes, encoding);
  std::string text;
  if (expects_utf8(actual))
    text = bytes;
  else
    Decoder(actual).decode(bytes, text);
  drop_mark(text);
  return text;
}

}  // namespace newsclf
