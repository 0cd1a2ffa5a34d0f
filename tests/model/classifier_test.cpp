// SPDX-License-Identifier: MIT
#include "newsclf/model/classifier.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using nlohmann::ordered_json;

/// The parts of a model file, taken apart without the code under test.
struct FileParts {
  std::string bytes;
  ordered_json header;
  std::size_t data_start;
};

FileParts parts_of(const std::string& path) {
  FileParts parts{read_file(path), {}, 0};
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, parts.bytes.data(), 8);
  parts.data_start = 8 + header_size;
  parts.header = ordered_json::parse(parts.bytes.substr(8, header_size));
  return parts;
}

/// A classifier with every option away from its default and with values at their limits.
Classifier extreme_classifier() {
  VectorizerOptions options;
  options.text = {.post_headers = false,
                  .strip_quotes = true,
                  .strip_footers = true,
                  .subject_weight = 1000,
                  .keep_case = true,
                  .token_pattern = TokenPattern::kNonspace,
                  .min_ngram = 2,
                  .max_ngram = 10};
  options.vocabulary = {.min_df = std::int64_t{1} << 48, .max_df = 0.1, .max_features = 1};
  options.weighting = {Weighting::kTfidf, Norm::kL2, 0.1f, TokenScale::kNb};
  struct Arrays {
    std::vector<float> idf = {std::numeric_limits<float>::max(), 1.0f / 3};
    std::vector<float> token_scale = {0, 5.5f};
    std::vector<float> weights = {-0.0f, std::numeric_limits<float>::denorm_min(),
                                  std::numeric_limits<float>::lowest(), 0.1f};
  };
  const auto arrays = std::make_shared<const Arrays>();
  const std::span<const float> weights = arrays->weights;
  TokenTable table;
  table.insert("Ελληνικά \U0001F680");
  table.insert("\"quoted\\\"");
  Classifier classifier;
  classifier.vectorizer =
      Vectorizer(options, Vocabulary(std::move(table)), {arrays->idf, arrays->token_scale}, arrays);
  classifier.labels = LabelSet({"日本語", "a \"b\" \\c", "Ünïcode", "\x01"});
  classifier.network = {{2, 2, 1, 4},    weights, weights.first(2), weights.last(2),
                        weights.last(1), weights, weights,          arrays};
  TrainingRecord& training = classifier.training;
  training.seed = std::numeric_limits<std::uint64_t>::max();
  training.documents = std::int64_t{1} << 48;
  training.held_out = 1;
  training.empty = 2;
  training.repaired = 3;
  training.label_documents = {5, std::int64_t{1} << 48, 0, 7};
  training.data_digest = "0123456789abcdef0123456789abcdef";
  training.libtorch_version = "2.13.0+cpu";
  training.optimizer = "adam";
  training.batch_size = 1;
  training.lr = 1e-300;
  training.lr_schedule = "constant";
  training.dropout = 0.1;
  training.epochs = {{1, 1.0 / 3, std::nullopt}, {2, 0, 2.0 / 3}};
  return classifier;
}

void check_equal(const TrainingRecord& actual, const TrainingRecord& expected) {
  CHECK(actual.seed == expected.seed);
  CHECK(actual.documents == expected.documents);
  CHECK(actual.held_out == expected.held_out);
  CHECK(actual.empty == expected.empty);
  CHECK(actual.repaired == expected.repaired);
  CHECK(actual.label_documents == expected.label_documents);
  CHECK(actual.data_digest == expected.data_digest);
  CHECK(actual.libtorch_version == expected.libtorch_version);
  CHECK(actual.optimizer == expected.optimizer);
  CHECK(actual.batch_size == expected.batch_size);
  CHECK(actual.lr == expected.lr);
  CHECK(actual.lr_schedule == expected.lr_schedule);
  CHECK(actual.dropout == expected.dropout);
  REQUIRE(actual.epochs.size() == expected.epochs.size());
  for (std::size_t e = 0; e < expected.epochs.size(); ++e) {
    CHECK(actual.epochs[e].epoch == expected.epochs[e].epoch);
    CHECK(actual.epochs[e].loss == expected.epochs[e].loss);
    CHECK(actual.epochs[e].valid_accuracy == expected.epochs[e].valid_accuracy);
  }
}

void check_equal(const VectorizerOptions& actual, const VectorizerOptions& expected) {
  CHECK(actual.text.post_headers == expected.text.post_headers);
  CHECK(actual.text.strip_quotes == expected.text.strip_quotes);
  CHECK(actual.text.strip_footers == expected.text.strip_footers);
  CHECK(actual.text.subject_weight == expected.text.subject_weight);
  CHECK(actual.text.keep_case == expected.text.keep_case);
  CHECK(actual.text.token_pattern == expected.text.token_pattern);
  CHECK(actual.text.min_ngram == expected.text.min_ngram);
  CHECK(actual.text.max_ngram == expected.text.max_ngram);
  CHECK(actual.vocabulary.min_df == expected.vocabulary.min_df);
  CHECK(actual.vocabulary.max_df == expected.vocabulary.max_df);
  CHECK(actual.vocabulary.max_features == expected.vocabulary.max_features);
  CHECK(actual.weighting.weighting == expected.weighting.weighting);
  CHECK(actual.weighting.norm == expected.weighting.norm);
  CHECK(actual.weighting.input_norm == expected.weighting.input_norm);
  CHECK(actual.weighting.token_scale == expected.weighting.token_scale);
}

/// Bit by bit, so that -0 is not 0.
void check_equal(std::span<const float> actual, std::span<const float> expected) {
  CHECK(std::ranges::equal(std::as_bytes(actual), std::as_bytes(expected)));
}

void check_equal(const Network& actual, const Network& expected) {
  CHECK(actual.shape == expected.shape);
  check_equal(actual.hidden1_weight, expected.hidden1_weight);
  check_equal(actual.hidden1_bias, expected.hidden1_bias);
  check_equal(actual.hidden2_weight, expected.hidden2_weight);
  check_equal(actual.hidden2_bias, expected.hidden2_bias);
  check_equal(actual.output_weight, expected.output_weight);
  check_equal(actual.output_bias, expected.output_bias);
}

void check_equal(const Vocabulary& actual, const Vocabulary& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::int32_t column = 0; column < expected.size(); ++column) {
    CHECK(actual.token(column) == expected.token(column));
    CHECK(actual.find(expected.token(column)) == column);
  }
  CHECK(actual.find("none of them") == Vocabulary::kUnknown);
}

}  // namespace

TEST_CASE("what is saved is what is loaded") {
  const TempDir folder;
  const bool extreme = GENERATE(false, true);
  const Classifier saved = extreme ? extreme_classifier() : tiny_classifier();
  save_model(saved, folder / "model");
  const Classifier loaded = load_model(folder / "model");

  check_equal(loaded.vectorizer.options(), saved.vectorizer.options());
  check_equal(loaded.vectorizer.vocabulary(), saved.vectorizer.vocabulary());
  check_equal(loaded.vectorizer.factors().idf, saved.vectorizer.factors().idf);
  check_equal(loaded.vectorizer.factors().token_scale, saved.vectorizer.factors().token_scale);
  CHECK(loaded.labels.labels() == saved.labels.labels());
  check_equal(loaded.network, saved.network);
  check_equal(loaded.training, saved.training);
}

TEST_CASE("a fitted vectorizer makes the same rows once it is loaded") {
  const TempDir folder;
  const auto documents = corpus({{"baseball", "ball bat ball"}, {"space", "moon orbit déjà"}});
  Classifier classifier = tiny_classifier();
  const auto [vectorizer, rows] = fit_vectorizer(documents, {});
  classifier.vectorizer = vectorizer;
  const std::vector<float> weights(5 * 3, 0.5f);
  classifier.network.shape.inputs = 5;
  classifier.network.hidden1_weight = weights;
  save_model(classifier, folder / "model");

  const SparseRows again = transform(load_model(folder / "model").vectorizer, documents);
  CHECK(again.offsets == rows.offsets);
  CHECK(again.columns == rows.columns);
  CHECK(again.values == rows.values);
}

TEST_CASE("a loaded model outlives its file") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const Classifier loaded = load_model(folder / "model");
  save_model(extreme_classifier(), folder / "model");
  std::filesystem::remove(folder / "model");
  check_equal(loaded.network, tiny_classifier().network);
}

TEST_CASE("the same classifier is saved as the same bytes, also after loading") {
  const TempDir folder;
  save_model(extreme_classifier(), folder / "first");
  save_model(extreme_classifier(), folder / "second");
  save_model(load_model(folder / "first"), folder / "third");
  CHECK(read_file(folder / "second") == read_file(folder / "first"));
  CHECK(read_file(folder / "third") == read_file(folder / "first"));
}

TEST_CASE("saving returns the size of the file") {
  const TempDir folder;
  const std::int64_t size = save_model(tiny_classifier(), folder / "model");
  CHECK(size == static_cast<std::int64_t>(std::filesystem::file_size(folder / "model")));
}

TEST_CASE("saving into a folder that is not there is an error") {
  const TempDir folder;
  const std::string message =
      error_of([&] { save_model(tiny_classifier(), folder / "missing/model"); });
  CHECK(message.starts_with(folder / "missing/model" + ": cannot make a file in its folder: "));
}

TEST_CASE("the header is padded with spaces so that the data starts on a multiple of 64") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  CHECK(parts.bytes[8] == '{');
  CHECK(parts.data_start % 64 == 0);
  const std::size_t end = parts.bytes.rfind('}', parts.data_start - 1) + 1;
  CHECK(parts.data_start - end < 64);
  CHECK(parts.bytes.substr(end, parts.data_start - end) ==
        std::string(parts.data_start - end, ' '));
}

TEST_CASE("tensors stand aligned and without holes: I64, then F32, then U8") {
  const TempDir folder;
  const bool extreme = GENERATE(false, true);
  save_model(extreme ? extreme_classifier() : tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  std::size_t end = 0, last_size = 8;
  for (const auto& [name, tensor] : parts.header.items()) {
    if (name == "__metadata__") continue;
    CAPTURE(name);
    const std::string dtype = tensor["dtype"];
    const std::size_t size = dtype == "I64" ? 8 : dtype == "F32" ? 4 : 1;
    CHECK((size > 1 || dtype == "U8"));
    CHECK(size <= last_size);
    std::size_t bytes = size;
    for (const std::size_t dimension : tensor["shape"]) bytes *= dimension;
    CHECK(tensor["data_offsets"][0] == end);
    CHECK(tensor["data_offsets"][1] == end + bytes);
    CHECK(end % size == 0);
    end += bytes;
    last_size = size;
  }
  CHECK(parts.data_start + end == parts.bytes.size());
}

TEST_CASE("the header names each tensor with its dtype and shape") {
  const TempDir folder;
  save_model(extreme_classifier(), folder / "model");
  std::string tensors;
  const ordered_json header = parts_of(folder / "model").header;
  for (const auto& [name, tensor] : header.items())
    if (name != "__metadata__")
      tensors += name + " " + tensor["dtype"].get<std::string>() + tensor["shape"].dump() + "\n";
  CHECK(tensors ==
        "vocabulary.index I64[1024]\n"
        "vocabulary.offsets I64[3]\n"
        "labels.offsets I64[5]\n"
        "hidden1.weight F32[2,2]\n"
        "hidden1.bias F32[2]\n"
        "hidden2.weight F32[1,2]\n"
        "hidden2.bias F32[1]\n"
        "output.weight F32[4,1]\n"
        "output.bias F32[4]\n"
        "features.idf F32[2]\n"
        "features.token_scale F32[2]\n"
        "vocabulary.bytes U8[30]\n"
        "labels.bytes U8[27]\n");
}

TEST_CASE("numbers stand in the file in little-endian C order") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  const auto bytes_of = [&](const char* name) {
    const auto& offsets = parts.header[name]["data_offsets"];
    return parts.bytes.substr(parts.data_start + offsets[0].get<std::size_t>(),
                              offsets[1].get<std::size_t>() - offsets[0].get<std::size_t>());
  };
  // 0.25 is 0x3e800000.
  CHECK(bytes_of("output.bias") == std::string("\0\0\x80\x3e\0\0\0\0", 8));
  // Row by row: 1 0 1, 0 1 1.
  CHECK(bytes_of("hidden2.weight") == std::string("\0\0\x80\x3f\0\0\0\0\0\0\x80\x3f"
                                                  "\0\0\0\0\0\0\x80\x3f\0\0\x80\x3f",
                                                  24));
  CHECK(bytes_of("labels.offsets") == std::string("\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0"
                                                  "\x0d\0\0\0\0\0\0\0",
                                                  24));
  CHECK(bytes_of("labels.bytes") == "baseballspace");
}

TEST_CASE("the digest is XXH3-128 over every byte of the file but its own digits") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  std::string bytes = parts_of(folder / "model").bytes;
  const std::string digest = parts_of(folder / "model").header["__metadata__"]["digest"];
  REQUIRE(digest.size() == 32);
  bytes.erase(bytes.find(digest), digest.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string expected;
  for (const unsigned char byte : canonical.digest) {
    expected += "0123456789abcdef"[byte >> 4];
    expected += "0123456789abcdef"[byte & 15];
  }
  CHECK(digest == expected);
}

TEST_CASE("a summary says what is in the file") {
  const TempDir folder;
  const Classifier saved = extreme_classifier();
  const std::int64_t size = save_model(saved, folder / "model");
  const ModelSummary summary = summarize_model(folder / "model");
  const ordered_json metadata = parts_of(folder / "model").header["__metadata__"];

  CHECK(summary.newsclf_version == metadata["newsclf_version"]);
  CHECK_FALSE(summary.newsclf_version.empty());
  CHECK(summary.digest == metadata["digest"]);
  CHECK(summary.file_bytes == size);
  CHECK(summary.shape == saved.network.shape);
  CHECK(summary.labels.labels() == saved.labels.labels());
  check_equal(summary.options, saved.vectorizer.options());
  check_equal(summary.training, saved.training);
}

TEST_CASE("a summary does not look at the weights, loading does") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  FileParts parts = parts_of(folder / "model");
  const std::size_t begin = parts.header["output.bias"]["data_offsets"][0];
  parts.bytes[parts.data_start + begin] = '\x01';
  write_file(folder / "model", parts.bytes);
  CHECK(summarize_model(folder / "model").labels.size() == 2);
  CHECK(error_of([&] { load_model(folder / "model"); }).find("digest: expected") !=
        std::string::npos);
}

TEST_CASE("a model file that was cut off anywhere is refused") {
  const TempDir folder;
  const std::string path = folder / "model";
  const auto size = static_cast<std::uintmax_t>(save_model(tiny_classifier(), path));
  for (std::uintmax_t left = size; left-- > 0;) {
    std::filesystem::resize_file(path, left);
    CAPTURE(left);
    REQUIRE(error_of([&] { load_model(path); }).starts_with(path));
    REQUIRE(error_of([&] { summarize_model(path); }).starts_with(path));
  }
}

TEST_CASE("a model file with a flipped bit in any byte is refused") {
  const TempDir folder;
  const std::string path = folder / "model";
  save_model(tiny_classifier(), path);
  const std::string bytes = read_file(path);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t place, char byte) {
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte);
    file.flush();
  };
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    put(place, static_cast<char>(bytes[place] ^ (1 << place % 8)));
    CAPTURE(place);
    REQUIRE(error_of([&] { load_model(path); }).starts_with(path));
    put(place, bytes[place]);
  }
  CHECK(load_model(path).labels.size() == 2);
}
