// SPDX-License-Identifier: MIT
#include "text/decoder.hpp"

#include "corpus/records.hpp"
#include "support/support.hpp"
#include "text/decoded_source.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Decodes `bytes` with the reads that `step` allows, then applies `policy`.
std::string read_all(std::string_view bytes, const std::string& encoding, std::size_t step,
                     InvalidUtf8 policy = InvalidUtf8::kReplace) {
  DecodedSource source(std::make_unique<StringSource>(bytes, step), encoding);
  std::string text;
  char block[3];
  while (const std::size_t n = source.read(block, sizeof block)) text.append(block, n);
  settle(text, source.encoding(), policy, "data");
  return text;
}

/// Decodes `bytes` as two pieces, for every place between them.
void check_every_split(std::string_view bytes, const std::string& encoding,
                       const std::string& expected) {
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    INFO(encoding << ", split at " << split);
    Decoder decoder(encoding);
    std::string text;
    decoder.decode(bytes.substr(0, split), text);
    decoder.decode(bytes.substr(split), text);
    decoder.finish(text);
    settle(text, encoding, InvalidUtf8::kReplace, "data");
    CHECK(text == expected);
  }
  for (const std::size_t step : {1u, 2u, 5u, 1000u})
    CHECK(read_all(bytes, encoding, step) == expected);
}

std::string decoded(std::string text, const std::string& encoding,
                    InvalidUtf8 policy = InvalidUtf8::kReplace) {
  decode_document(text, encoding, policy, "data");
  return text;
}

Repair repair_of(std::string text, const std::string& encoding,
                 InvalidUtf8 policy = InvalidUtf8::kReplace) {
  return decode_document(text, encoding, policy, "data");
}

using namespace std::string_literals;

}  // namespace

TEST_CASE("text is decoded to the same characters wherever its bytes are split") {
  check_every_split("caf\xe9 \x80 5 \x93ok\x94", "windows-1252", "café € 5 “ok”");
  check_every_split("\xf0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "Привет");
  check_every_split("\x83\x65\x83\x58\x83\x67,a\n", "shift_jis", "テスト,a\n");
  check_every_split("a\x1b$B$3$s\x1b(Bb", "ISO-2022-JP", "aこんb");
  check_every_split("\x81\x30\x89\x38 a", "gb18030", "ß a");
  check_every_split("a\0\x3d\xd8\x80\xde\n\0"s, "UTF-16LE", "a\U0001F680\n");
  check_every_split("\0\0\0a\0\1\xf6\x80"s, "UTF-32BE", "a\U0001F680");
  check_every_split("\x88\x62"s, "BIG5-HKSCS", "\u00ca\u0304");
  check_every_split("\x88\x66"s, "BIG5-HKSCS", "\u00ca");  // it waits for an accent
}

TEST_CASE("each byte that cannot be decoded becomes U+FFFD, and those around it are decoded") {
  check_every_split("a\x81 \xe9", "windows-1252", "a\uFFFD é");
  check_every_split("a\x83\n\x83\x65", "shift_jis", "a\uFFFD\nテ");
  check_every_split("\x83\x65\x83", "shift_jis", "テ\uFFFD");
  check_every_split("a\0\x0a\xd8,\0\x3d"s, "UTF-16LE", "a\uFFFD,\uFFFD");
  CHECK(repair_of("caf\xe9", "windows-1252") == Repair::kNone);
  CHECK(repair_of("\x81", "windows-1252") == Repair::kRepaired);
}

TEST_CASE("undecodable bytes are read as Latin-1 or refused on request") {
  CHECK(decoded("caf\xe9 \x81", "windows-1252", InvalidUtf8::kLatin1) == "café \u0081");
  CHECK(decoded("a\0\x0a\xd8"s, "UTF-16LE", InvalidUtf8::kLatin1) == "a\uFFFD");
  CHECK(error_of([] { decoded("caf\xe9 \x81", "windows-1252", InvalidUtf8::kError); }) ==
        "data: the byte 0x81 is not valid in windows-1252");
  CHECK(error_of([] { decoded("a\0\x0a\xd8"s, "UTF-16LE", InvalidUtf8::kError); }) ==
        "data: some bytes are not valid in UTF-16LE");
}

TEST_CASE("a byte order mark sets the encoding under auto, and is dropped") {
  const std::string text = "ü月";
  CHECK(decoded("\uFEFF" + text, "auto") == text);
  CHECK(decoded("\xff\xfe\xfc\0\x08\x67"s, "auto") == text);
  CHECK(decoded("\xfe\xff\0\xfc\x67\x08"s, "auto") == text);
  CHECK(decoded("\xff\xfe\0\0\xfc\0\0\0\x08\x67\0\0"s, "auto") == text);
  CHECK(decoded("\0\0\xfe\xff\0\0\0\xfc\0\0\x67\x08"s, "auto") == text);
  CHECK(repair_of("\xff\xfe\xfc\0"s, "auto") == Repair::kNone);
  CHECK(decoded("\xff\xfe\xfc\0"s, "utf-16le") == "ü");
  CHECK(decoded("\xff\xfe\xfc\0"s, "utf-16") == "ü");
  CHECK(decoded("\xef\xbb\xbf\xe9", "auto") == "\uFFFD");  // it claims to be UTF-8: no guess
}

TEST_CASE("a stream under auto is decoded if it begins with a byte order mark") {
  for (const std::size_t step : {1u, 3u, 1000u}) {
    CHECK(read_all("\xff\xfe\xfc\0\n\0"s, "auto", step) == "\uFEFFü\n");
    CHECK(read_all("\0\0\xfe\xff\0\0\0\xfc"s, "auto", step) == "\uFEFFü");
    CHECK(read_all("\uFEFFmoon", "auto", step) == "\uFEFFmoon");
    for (const std::string& bytes : {""s, "\0"s, "\0\0a"s, "moon"s})
      CHECK(read_all(bytes, "auto", step) == bytes);
  }
}

TEST_CASE("under auto, bytes that are not UTF-8 are read as Windows-1252 if it defines them") {
  CHECK(decoded("caf\xe9 \x93na\xefve\x94, café", "auto") == "café “naïve”, café");
  CHECK(repair_of("caf\xe9, café", "auto") == Repair::kGuessed);
  CHECK(decoded("\xe9 \x81\x8d\x8f\x90\x9d", "auto") == "é \uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(repair_of("\xe9 \x81", "auto") == Repair::kRepaired);
  CHECK(repair_of("café", "auto") == Repair::kNone);
  CHECK(decoded("caf\xe9", "utf-8") == "caf\uFFFD");
  CHECK(decoded("\x93 caf\xe9", "auto", InvalidUtf8::kLatin1) == "\u0093 café");
  CHECK(error_of([] { decoded("caf\xe9", "auto", InvalidUtf8::kError); }) ==
        "data: byte 3 (0xe9) is not UTF-8");
}

TEST_CASE("the first bytes of a document are decoded without a character that is cut off") {
  CHECK(decode_start("\xff\xfe{\0\"\0\x08"s, "auto") == "{\"");
  CHECK(decode_start("a\x83", "shift_jis") == "a");
  CHECK(decode_start("\uFEFFlabel", "auto") == "label");
}

TEST_CASE("the names of encodings are those of iconv, without its suffixes") {
  for (const char* known :
       {"auto", "utf-8", "UTF8", "windows-1252", "KOI8-R", "Shift_JIS", "UTF-16"})
    CHECK(is_known_encoding(known));
  for (const char* unknown : {"", "windows-1259", "AUTO", "utf-8//IGNORE", "latin1,", "koi8-r/"})
    CHECK_FALSE(is_known_encoding(unknown));
  CHECK(expects_utf8("Utf-8"));
  CHECK_FALSE(expects_utf8("utf-16"));
}

TEST_CASE("iconv's numbers beyond Unicode do not become text") {
  CHECK(decoded("\0\0\0a\0\x11\0\0"s, "UCS-4").substr(0, 4) == "a\uFFFD");
}
