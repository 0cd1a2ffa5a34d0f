// SPDX-License-Identifier: MIT
#include "corpus/binary_files.hpp"

#include "newsclf/parallel/random.hpp"
#include "newsclf/text/encoding.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using namespace std::string_literals;

std::string refusal(std::string_view first, DataFormat format = DataFormat::kAuto) {
  CHECK(looks_binary(first, "auto"));
  return error_of([&] { refuse_binary(first, decode_start(first, "auto"), "x", format); });
}

bool is_text(std::string_view first) {
  refuse_binary(first, decode_start(first, "auto"), "x", DataFormat::kAuto);
  return !looks_binary(first, "auto");
}

/// The local header of an entry of a ZIP file, and its data.
std::string zip_entry(const std::string& name, const std::string& data) {
  std::string header = "PK\x03\x04" + std::string(26, '\0');
  header[26] = static_cast<char>(name.size());
  return header + name + data;
}

std::string random_bytes(std::size_t size) {
  Random random(3);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

}  // namespace

TEST_CASE("files with a known signature are refused with what they are and what to do") {
  CHECK(refusal("PAR1\x15\x04") == "x: this is a Parquet file; save it as CSV");
  CHECK(refusal("%PDF-1.7\n") ==
        "x: this is a PDF file; extract its text, for example with pdftotext");
  CHECK(refusal("SQLite format 3\0"s) == "x: this is an SQLite database; export the table as CSV");
  CHECK(refusal("\x89PNG\r\n\x1a\n") == "x: this is an image; give files of text");
  CHECK(refusal("GIF89a") == "x: this is an image; give files of text");
  CHECK(refusal("{\\rtf1\\ansi") == "x: this is an RTF document; save it as plain text");
  CHECK(refusal("BZh91AY&SY") ==
        "x: this is compressed with bzip2; decompress it first, or compress it with gzip or zstd");
  CHECK(refusal("7z\xbc\xaf\x27\x1c") ==
        "x: this is a 7-Zip archive; unpack it, or create a .tar.gz archive");
}

TEST_CASE("a ZIP file is refused by its contents") {
  const std::string types = zip_entry("[Content_Types].xml", "<x/>");
  CHECK(refusal(types + zip_entry("xl/workbook.xml", "")) ==
        "x: this is an Excel workbook; save it as CSV");
  CHECK(refusal(types + zip_entry("_rels/.rels", "") + zip_entry("word/document.xml", "")) ==
        "x: this is a Word document; save it as plain text");
  CHECK(refusal(types) == "x: this is an Office document; save it as CSV or plain text");
  const std::string odf = "application/vnd.oasis.opendocument.";
  CHECK(refusal(zip_entry("mimetype", odf + "spreadsheet")) ==
        "x: this is an OpenDocument spreadsheet; save it as CSV");
  CHECK(refusal(zip_entry("mimetype", odf + "text")) ==
        "x: this is an OpenDocument file; save it as plain text");
  CHECK(refusal(zip_entry("moon.txt", "moon")) ==
        "x: this is a ZIP archive; unpack it, or create a .tar.gz archive");
  CHECK(refusal("PK\x03\x04") ==
        "x: this is a ZIP archive; unpack it, or create a .tar.gz archive");
}

TEST_CASE("a model is recognised, and distinguished from other safetensors files") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "m");
  CHECK(refusal(read_file(folder / "m")) ==
        "x: this is a newsclf model, not documents; a model is the first argument of newsclf eval "
        "and predict");
  CHECK(refusal("\x10\0\0\0\0\0\0\0{\"w\":"s) ==
        "x: this is a safetensors file; give files of text");
}

TEST_CASE("bytes that are mostly control characters or not UTF-8 are not text") {
  const std::string expected =
      "x: this is not text: it has too many control characters; give files of text, or "
      "name their encoding, such as --encoding UTF-16LE";
  CHECK(refusal(random_bytes(2000)) == expected);
  CHECK(refusal(std::string(1000, '\0')) == expected);
  const std::string utf16 = "m\0o\0o\0n\0 \0o\0r\0b\0i\0t\0"s;
  CHECK(refusal(utf16) == expected);
  CHECK_FALSE(looks_binary(utf16, "UTF-16LE"));
}

TEST_CASE("texts are not taken for binary files") {
  CHECK(is_text(""));
  CHECK(is_text("moon\n"));
  CHECK(is_text("PAR1 is the first hole, PK the second, %PDF the third\n"));
  CHECK(is_text("BZh"));
  CHECK(is_text("NUL \0 moon \0\0"s));
  CHECK(is_text("\xff\xfem\0o\0o\0n\0 \0o\0r\0b\0i\0t\0\n\0"s));     // UTF-16
  CHECK(is_text("\xcc\xf3\xed\xe0 \xe8 \xee\xf0\xe1\xe8\xf2\xe0"));  // Windows-1251
  std::string coloured;
  for (int i = 0; i < 20; ++i) coloured += "\x1b[31mmoon\x1b[0m\b\n";
  CHECK(is_text(coloured));
}

TEST_CASE("a tar archive is not refused, with or without a magic number") {
  std::string tar(600, '\0');
  refuse_binary(tar, tar, "x", DataFormat::kTree);
  tar.replace(257, 5, "ustar");
  refuse_binary(tar, tar, "x", DataFormat::kAuto);
  CHECK(refusal(zip_entry("moon.txt", ""), DataFormat::kTree) ==
        "x: this is a ZIP archive; unpack it, or create a .tar.gz archive");
}
