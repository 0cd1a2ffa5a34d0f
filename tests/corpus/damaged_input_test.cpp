// SPDX-License-Identifier: MIT
// Reads thousands of small, randomly damaged inputs: whatever a stream contains, reading ends and
// gives documents or an Error.
#include "corpus/compressed.hpp"
#include "corpus/records.hpp"
#include "corpus/tree_reader.hpp"
#include "corpus/written_pipe.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/text/utf8.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Makes one to four random changes to `bytes`: flips a bit, sets or inserts a byte from `likely`,
/// removes or repeats a range, or truncates.
std::string damaged(std::string bytes, std::string_view likely, Random& random) {
  const auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(random.below(std::max<std::size_t>(bound, 1)));
  };
  for (std::size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t place = below(bytes.size());
    const std::size_t length = below(std::min<std::size_t>(bytes.size() - place, 40) + 1);
    const char byte = likely[below(likely.size())];
    switch (below(6)) {
      case 0:
        bytes[place] ^= static_cast<char>(1 << below(8));
        break;
      case 1:
        bytes[place] = byte;
        break;
      case 2:
        bytes.insert(place, 1, byte);
        break;
      case 3:
        bytes.erase(place, length);
        break;
      case 4:
        bytes.insert(place, bytes.substr(place, length));
        break;
      default:
        bytes.resize(below(4) == 0 ? place : bytes.size());
    }
  }
  return bytes;
}

void check_documents(std::span<const Document> documents, const ReadCounts& counts) {
  bool sound = counts.read == std::ssize(documents);
  for (const Document& document : documents) {
    sound = sound && find_invalid_utf8(document.text) == std::string::npos;
    sound = sound && (document.parts.empty() || document.parts.back().end == document.text.size());
    for (const TextPart& part : document.parts)
      sound = sound && part.end <= document.text.size() && part.weight >= 1;
  }
  CHECK(sound);
}

/// Reads `count` damaged copies of `bytes` as records; returns how many were read without an error.
int read_damaged_records(const std::string& bytes, std::string_view likely, DataFormat format,
                         const ColumnOptions& columns, Need need, int count) {
  Random random(7);
  ReadOptions options;
  options.columns = columns;
  int whole = 0;
  for (int i = 0; i < count; ++i) {
    const std::string input = damaged(bytes, likely, random);
    const ReadRecords records =
        read_records({std::make_unique<StringSource>(input, 1 + random.below(64)), format, options,
                      need == Need::kLabels});
    check_documents(records.documents, records.counts);
    whole += records.error.empty();
  }
  return whole;
}

/// A tar entry: a header with name, size and checksum, followed by the file's content.
std::string tar_entry(const std::string& name, const std::string& text, char type = '0') {
  std::string header(512, '\0');
  const auto put = [&](std::size_t place, std::string_view field) {
    header.replace(place, field.size(), field);
  };
  const auto octal = [](std::size_t value) {
    std::string digits(11, '0');
    for (std::size_t i = 11; i-- > 0; value /= 8) digits[i] = static_cast<char>('0' + value % 8);
    return digits;
  };
  put(0, name);
  put(100, "0000644");
  put(124, octal(text.size()));
  put(156, std::string(1, type));
  put(257, std::string_view("ustar\00000", 8));
  put(148, "        ");
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, octal(sum).substr(5) + std::string(1, '\0'));
  return header + text + std::string((512 - text.size() % 512) % 512, '\0');
}

std::string small_tar() {
  return tar_entry("train/", "", '5') + tar_entry("train/space/1", "moon orbit\n") +
         tar_entry("x", "30 path=train/space/caf\u00e9/long\n", 'x') +
         tar_entry("train/space/2", "moon") + tar_entry("train/baseball/1", "ball") +
         tar_entry("train/space/3", "", '2') + std::string(1024, '\0');
}

/// Returns whether the archive was read without an error.
bool read_as_archive(std::unique_ptr<ByteSource> source) {
  Workers workers(1);
  try {
    const Corpus corpus = read_archive("data", std::move(source), "", {}, workers);
    check_documents(corpus.documents, corpus.counts);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("damaged CSV gives documents or an error") {
  const std::string bytes =
      "label,title,text\r\nspace,\"Moon \"\"I\"\"\",\"the moon,\nthe orbit\"\n"
      "baseball,,caf\xc3\xa9\n\n"
      "space,a,b\nbaseball,\"\",\"\n\"\n";
  const ColumnOptions columns{.text = {{"title", 3}, {"text"}}, .label = "label"};
  constexpr std::string_view kLikely("\"\",\n\r\0\xff\xef", 8);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kCsv, columns, Need::kLabels, 3000) > 100);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kCsv, {}, Need::kTexts, 1000) > 100);
  const std::string semicolons = "sep=;\r\nlabel;text\nspace;5\" disk\nspace;\"moon; \n\"\n";
  CHECK(read_damaged_records(semicolons, "\";,|\n\rsep=", DataFormat::kCsv, {}, Need::kLabels,
                             3000) > 100);
}

TEST_CASE("a damaged JSON array gives documents or an error") {
  const std::string bytes =
      " [{\"label\":\"space\",\"text\":[\"moon "
      "\\\"]\",\"\\\\\"]},\n{\"label\":\"ball\",\n\"text\":\"}],\"} ]\n";
  CHECK(read_damaged_records(bytes, "\"\\{}[],: \n", DataFormat::kJsonl, {}, Need::kLabels, 3000) >
        100);
}

TEST_CASE("damaged JSON lines give documents or an error") {
  const std::string bytes =
      "{\"label\":\"space\",\"text\":\"moon \\ud83d\\ude80 \\\"x\\\"\",\"n\":[1,2.5e3,{}]}\n\n"
      "{\"label\":\"baseball\",\"text\":\"caf\xc3\xa9 \\\\ud800 \\u0000\"}\r\n"
      "{\"label\":true,\"text\":null}\n";
  constexpr std::string_view kLikely("\"\\\\{}[],:ud8e\n\0\xff", 17);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kJsonl, {}, Need::kLabels, 3000) > 100);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kJsonl, {.text = {{"text", 2}}, .id = "n"},
                             Need::kTexts, 500) >= 0);
}

TEST_CASE("damaged lines are still read as documents") {
  const std::string bytes = "__label__space moon\n__label__a __label__b caf\xc3\xa9\n\nmoon\r\n";
  constexpr std::string_view kLikely("__label \t\n\r\0\xff", 13);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kFasttext, {}, Need::kLabels, 1000) ==
        1000);
  CHECK(read_damaged_records(bytes, kLikely, DataFormat::kLines, {}, Need::kTexts, 1000) == 1000);
}

TEST_CASE("a damaged tar archive gives documents or an error") {
  const std::string bytes = small_tar();
  REQUIRE(read_as_archive(std::make_unique<StringSource>(bytes)));
  Random random(7);
  constexpr std::string_view kLikely("01234567\0\0/.xKLgS\xff", 18);
  int whole = 0;
  for (int i = 0; i < 3000; ++i)
    whole += read_as_archive(std::make_unique<StringSource>(damaged(bytes, kLikely, random), 777));
  CHECK(whole > 100);
}

TEST_CASE("random tar headers with a valid checksum give documents or an error") {
  Random random(7);
  const std::string fields("0123456789/.\0\xff\x80 KLgxS123456", 26);
  int whole = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (int entry = 0; entry < 4; ++entry) {
      std::string name = damaged("train/space/12345", fields, random);
      name.resize(std::min<std::size_t>(name.size(), 100));
      const char type = "0125678LKxgS"[random.below(12)];
      bytes += tar_entry(name, damaged("19 path=a/b/c/moon\n", fields, random), type);
    }
    whole += read_as_archive(std::make_unique<StringSource>(bytes));
  }
  CHECK(whole > 100);
}

TEST_CASE("damaged gzip and zstd give bytes or an error") {
  Random random(7);
  const std::string text = "moon orbit moon orbit ball bat, and more of the like";
  for (const std::string& bytes : {gzip(text) + gzip("x"), zstd(text) + zstd("x")}) {
    int whole = 0;
    for (int i = 0; i < 1500; ++i) {
      const std::string input = damaged(bytes, std::string_view("\0\xff\x1f\x8b(", 5), random);
      const WrittenPipe pipe(input, 1000);
      const auto source = open_descriptor(pipe.reader(), "pipe");
      try {
        const std::string all = source->read_all();
        CHECK(all.size() < 100'000);
        ++whole;
      } catch (const Error&) {
      }
    }
    CHECK(whole > 10);
  }
}
