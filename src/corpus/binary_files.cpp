// SPDX-License-Identifier: MIT
// The signatures are those of the database of file(1).
#include "corpus/binary_files.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "corpus/format_detection.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/text/encoding.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

using namespace std::string_view_literals;

/// A kind of file that is not read, and what the user can do with it.
struct Kind {
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view kAsTable = "save it as CSV";
constexpr std::string_view kAsText = "save it as plain text";
constexpr std::string_view kDecompress = "decompress it first, or compress it with gzip or zstd";
constexpr std::string_view kNoText = "give files of text";

struct Signature {
  std::string_view bytes;
  Kind kind;
};
constexpr Signature kSignatures[] = {
    {"PAR1\x15"sv, {"a Parquet file", kAsTable}},
    {"ARROW1\0"sv, {"an Arrow file", kAsTable}},
    {"SQLite format 3\0"sv, {"an SQLite database", "export the table as CSV"}},
    {"\x89HDF\r\n\x1a\n"sv, {"an HDF5 file", kAsTable}},
    {"\x93NUMPY"sv, {"a NumPy array", kAsTable}},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv,
     {"an old Excel or Word file", "save it as CSV or plain text"}},
    {"{\\rtf"sv, {"an RTF document", kAsText}},
    {"%PDF-"sv, {"a PDF file", "extract its text, for example with pdftotext"}},
    {"%!PS-Adobe"sv, {"a PostScript file", "extract its text, for example with ps2ascii"}},
    {"\x89PNG\r\n\x1a\n"sv, {"an image", kNoText}},
    {"\xff\xd8\xff"sv, {"an image", kNoText}},
    {"GIF87a"sv, {"an image", kNoText}},
    {"GIF89a"sv, {"an image", kNoText}},
    {"\x7f"
     "ELF"sv,
     {"a program or library", kNoText}},
    {"7z\xbc\xaf\x27\x1c"sv, {"a 7-Zip archive", "unpack it, or create a .tar.gz archive"}},
    {"Rar!\x1a\x07"sv, {"a RAR archive", "unpack it, or create a .tar.gz archive"}},
    {"\xfd"
     "7zXZ\0"sv,
     {"compressed with xz", kDecompress}},
    {"\x04\x22\x4d\x18"sv, {"compressed with lz4", kDecompress}},
};

/// What a ZIP file contains, by the start of the name of an entry.
constexpr Signature kZipEntries[] = {
    {"xl/", {"an Excel workbook", kAsTable}},
    {"word/", {"a Word document", kAsText}},
    {"ppt/", {"a PowerPoint presentation", kAsText}},
};
/// The same, by the start of its entry `mimetype` (OpenDocument 1.3, part 2, section 3.3).
constexpr Signature kZipTypes[] = {
    {"application/vnd.oasis.opendocument.spreadsheet", {"an OpenDocument spreadsheet", kAsTable}},
    {"application/vnd.oasis.opendocument", {"an OpenDocument file", kAsText}},
    {"application/epub+zip", {"an EPUB book", kAsText}},
};

template <std::size_t N>
std::optional<Kind> match(const Signature (&signatures)[N], std::string_view bytes) {
  const auto* const found = std::ranges::find_if(
      signatures, [&](const Signature& signature) { return bytes.starts_with(signature.bytes); });
  if (found == std::end(signatures)) return std::nullopt;
  return found->kind;
}

/// Reads the names in the local file headers of a ZIP file (APPNOTE.TXT, section 4.3.7): the sizes
/// of the name and of the extra field are at 26 and 28, the name is at 30, the data follows.
Kind kind_of_zip(std::string_view first) {
  constexpr std::size_t kName = 30;
  const auto size_at = [&](std::size_t place) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first[place]) |
                                    static_cast<unsigned char>(first[place + 1]) << 8);
  };
  bool is_office = false;
  for (std::size_t header = 0; header != std::string_view::npos && header + kName < first.size();
       header = first.find("PK\x03\x04"sv, header + 1)) {
    const std::string_view rest = first.substr(header + kName);
    const std::string_view name = rest.substr(0, size_at(header + 26));
    if (const auto kind = match(kZipEntries, name)) return *kind;
    if (name == "mimetype") {
      const std::size_t data = std::min(name.size() + size_at(header + 28), rest.size());
      if (const auto kind = match(kZipTypes, rest.substr(data))) return *kind;
    }
    is_office = is_office || name == "[Content_Types].xml";
  }
  if (is_office) return {"an Office document", "save it as CSV or plain text"};
  return {"a ZIP archive", "unpack it, or create a .tar.gz archive"};
}

/// The kind of a file with a known signature.
std::optional<Kind> known_kind(std::string_view first) {
  if (const auto kind = match(kSignatures, first)) return kind;
  if (first.starts_with("PK\x03\x04"sv) || first.starts_with("PK\x05\x06"sv))
    return kind_of_zip(first);
  if (first.starts_with("BZh") && first.size() > 4 && first.substr(4).starts_with("1AY&SY"))
    return Kind{"compressed with bzip2", kDecompress};
  if (begins_like_model(first)) {
    if (first.find("newsclf") == std::string_view::npos) return Kind{"a safetensors file", kNoText};
    return Kind{"a newsclf model, not documents",
                "a model is the first argument of newsclf eval and predict"};
  }
  return std::nullopt;
}

/// Whether at least 30 % of the bytes are control characters, or at least 3 % where at least 10 %
/// are not UTF-8: of random bytes, 10 % are control characters and most others are not UTF-8. Text
/// in a legacy encoding has no control characters; ESC and BS occur in terminal output.
bool has_binary_bytes(std::string_view first) {
  constexpr std::size_t kFewest = 8;
  const auto controls = static_cast<std::size_t>(std::ranges::count_if(first, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && (byte < '\a' || byte > '\r') && byte != '\x1b') || byte == 0x7f;
  }));
  if (controls < kFewest) return false;
  if (10 * controls >= 3 * first.size()) return true;
  if (100 * controls < 3 * first.size()) return false;
  std::size_t invalid = 0;
  for (std::string_view rest = first;; ++invalid) {
    const std::size_t place = find_invalid_utf8(rest);
    if (place == std::string_view::npos) break;
    rest.remove_prefix(place + 1);
  }
  return 10 * invalid >= first.size();
}

}  // namespace

bool begins_like_model(std::string_view first) {
  // No header reaches 2^32 bytes, and no text contains zero bytes.
  return first.substr(std::min<std::size_t>(4, first.size())).starts_with("\0\0\0\0{\""sv);
}

bool looks_binary(std::string_view first, const std::string& encoding) {
  return known_kind(first).has_value() || has_binary_bytes(decode_start(first, encoding));
}

void refuse_binary(std::string_view first, std::string_view text, std::string_view name,
                   DataFormat format) {
  if (is_tar(first)) return;
  if (const auto kind = known_kind(first))
    throw Error(name, "this is " + std::string(kind->what), kind->remedy);
  if (format != DataFormat::kTree && has_binary_bytes(text))
    throw Error(name, "this is not text: it has too many control characters",
                "give files of text, or name their encoding, such as --encoding UTF-16LE");
}

}  // namespace newsclf
