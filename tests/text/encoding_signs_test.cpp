// SPDX-License-Identifier: MIT
#include "newsclf/text/encoding_signs.hpp"

#include "newsclf/text/utf8.hpp"
#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

bool is_misread(std::string_view text) { return find_encoding_signs(text).misread; }

/// UTF-8 `text` that was read as Latin-1.
std::string misread(std::string_view text) { return latin1_to_utf8(text); }

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

}  // namespace

TEST_CASE("text in UTF-8 shows no signs of other encodings") {
  for (const char* text :
       {"", "plain text\r\n\twith\v\f white space\n", "déjà vu, naïve, Übermut", "привет, мир",
        "日本語のテキスト", "«été», « été », « À »", "100 °C ± 2 µm"}) {
    INFO(text);
    const EncodingSigns signs = find_encoding_signs(text);
    CHECK_FALSE((signs.replaced || signs.misread || signs.utf16 || signs.controls));
  }
}

TEST_CASE("UTF-8 that was read as Latin-1 or Windows-1252 is detected") {
  CHECK(is_misread("a cafÃ© in town"));
  CHECK(is_misread("20 Â°C"));
  CHECK(is_misread("itâ€™s"));
  CHECK(is_misread(misread("it’s")));
  CHECK(is_misread("Ã©"));
  for (const char* text : {"déjà", "Übermut", "привет, мир", "日本語", "a \U0001F680 b 🚀 c 🚀"}) {
    INFO(text);
    CHECK(is_misread(misread(text)));
  }
}

TEST_CASE("accented letters before quotation marks are not detected as misread UTF-8") {
  CHECK_FALSE(is_misread("«IRMÃ» e «AMANHÃ»"));
  CHECK_FALSE(is_misread("«MENÜ», «CAFÉ», «É»"));
  CHECK_FALSE(is_misread("« été » et « café » et « là »"));
  CHECK_FALSE(is_misread("»Menü« »Café« »Ö«"));
  CHECK_FALSE(is_misread("São, irmã, Ãlvaro, â, Â."));
}

TEST_CASE("U+FFFD is detected as a sign of lost characters") {
  CHECK(find_encoding_signs("caf\uFFFD").replaced);
  CHECK_FALSE(find_encoding_signs("café").replaced);
}

TEST_CASE("text with many NUL characters is detected as UTF-16") {
  const std::string utf16 = "m" + zeros(1) + "o" + zeros(1) + "o" + zeros(1) + "n" + zeros(1);
  CHECK(find_encoding_signs(utf16).utf16);
  CHECK_FALSE(find_encoding_signs(utf16).controls);
  // One NUL in four characters is enough, one in five is not.
  CHECK(find_encoding_signs("moo" + zeros(1)).utf16);
  CHECK_FALSE(find_encoding_signs("moon" + zeros(1)).utf16);
  CHECK(find_encoding_signs("moon" + zeros(1)).controls);
}

TEST_CASE("text looks binary if more than 1 in 100 characters is a control character") {
  const auto looks_binary = [](const std::string& text) {
    return find_encoding_signs(text).controls;
  };
  CHECK_FALSE(looks_binary(std::string(99, 'x') + '\x08'));
  CHECK(looks_binary(std::string(98, 'x') + '\x08'));
  CHECK(looks_binary(std::string(98, 'x') + '\x7f'));
  CHECK_FALSE(looks_binary(std::string(98, 'x') + '\t'));
}

TEST_CASE("a single control character left by Windows-1252 read as Latin-1 is detected") {
  CHECK(find_encoding_signs(std::string(500, 'x') + "it\u0092s").controls);
  CHECK_FALSE(find_encoding_signs(std::string(500, 'x') + "a\u0085b").controls);
  // Misread UTF-8 contains such characters too.
  CHECK_FALSE(find_encoding_signs(std::string(500, 'x') + misread("it’s")).controls);
}
