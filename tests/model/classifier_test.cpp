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

/// Name, dtype and shape of each tensor, in the order of the header.
std::string tensors_of(const FileParts& parts) {
  std::string tensors;
  for (const auto& [name, tensor] : parts.header.items())
    if (name != "__metadata__")
      tensors += name + " " + tensor["dtype"].get<std::string>() + tensor["shape"].dump() + "\n";
  return tensors;
}

/// The bytes of a tensor.
std::string bytes_of(const FileParts& parts, const std::string& name) {
  const auto& offsets = parts.header.at(name)["data_offsets"];
  return parts.bytes.substr(parts.data_start + offsets[0].get<std::size_t>(),
                            offsets[1].get<std::size_t>() - offsets[0].get<std::size_t>());
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
                  .max_ngram = 10,
                  .min_char_ngram = 3,
                  .max_char_ngram = 10};
  options.vocabulary = {.min_df = std::int64_t{1} << 48, .max_df = 0.1, .max_features = 1};
  options.weighting = {Weighting::kTfidf, Norm::kL2, 0.1f, TokenScale::kNb};
  struct Arrays {
    std::vector<float> idf = {1e22f, 1.0f / 3};
    std::vector<float> token_scale = {0, 5.5f};
    std::vector<float> weights = {-0.0f, std::numeric_limits<float>::denorm_min(),
                                  -1e6f, 0.1f};
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
  classifier.network = {{2, 2, 1, 4},    weights,         weights.first(2),
                        weights.last(2), weights.last(1), weights,
                        weights,         arrays,          0.01f};
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
  training.word_dropout = 0.25;
  training.set_by_data = {"epochs", "", "\"Ünïcode\"\n"};
  training.weight_decay = 1.0 / 7;
  training.label_smoothing = 0.3;
  training.class_weight = "balanced";
  training.best_epoch = 2;
  training.epochs = {{1, 1.0 / 3, 0.1, {}, {}}, {2, 0, 1e-9, 1e9, 2.0 / 3}};
  training.validation_epochs = {{1, 0.5, 0.25, 0.125, 1}};
  return classifier;
}

void check_equal(const std::vector<EpochRecord>& actual, const std::vector<EpochRecord>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t e = 0; e < expected.size(); ++e) {
    CHECK(actual[e].epoch == expected[e].epoch);
    CHECK(actual[e].loss == expected[e].loss);
    CHECK(actual[e].lr == expected[e].lr);
    CHECK(actual[e].valid_loss == expected[e].valid_loss);
    CHECK(actual[e].valid_accuracy == expected[e].valid_accuracy);
  }
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
  CHECK(actual.word_dropout == expected.word_dropout);
  CHECK(actual.set_by_data == expected.set_by_data);
  CHECK(actual.weight_decay == expected.weight_decay);
  CHECK(actual.label_smoothing == expected.label_smoothing);
  CHECK(actual.class_weight == expected.class_weight);
  CHECK(actual.best_epoch == expected.best_epoch);
  check_equal(actual.epochs, expected.epochs);
  check_equal(actual.validation_epochs, expected.validation_epochs);
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
  CHECK(actual.text.min_char_ngram == expected.text.min_char_ngram);
  CHECK(actual.text.max_char_ngram == expected.text.max_char_ngram);
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
  CHECK(actual.temperature == expected.temperature);
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
  const std::vector<Classifier> classifiers = {tiny_classifier(), tiny_ensemble(),
                                               extreme_classifier()};
  const Classifier& saved = classifiers[GENERATE(0u, 1u, 2u)];
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
  const bool ensemble = GENERATE(false, true);
  save_model(ensemble ? tiny_ensemble() : extreme_classifier(), folder / "first");
  save_model(ensemble ? tiny_ensemble() : extreme_classifier(), folder / "second");
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
  save_model(extreme ? extreme_classifier() : tiny_ensemble(), folder / "model");
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
  CHECK(tensors_of(parts_of(folder / "model")) ==
        "vocabulary.index I64[1024]\n"
        "vocabulary.offsets I64[3]\n"
        "labels.offsets I64[5]\n"
        "hidden1.weight F32[2,2]\n"
        "hidden1.bias F32[2]\n"
        "hidden2.weight F32[1,2]\n"
        "hidden2.bias F32[1]\n"
        "output.weight F32[4,1]\n"
        "output.bias F32[4]\n"
        "temperature F32[1]\n"
        "features.idf F32[2]\n"
        "features.token_scale F32[2]\n"
        "vocabulary.bytes U8[30]\n"
        "labels.bytes U8[27]\n");
}

TEST_CASE(
    "the members of an ensemble share the first layer and have tensors of their own behind it") {
  const TempDir folder;
  save_model(tiny_ensemble(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  CHECK(tensors_of(parts) ==
        "vocabulary.index I64[1024]\n"
        "vocabulary.offsets I64[5]\n"
        "labels.offsets I64[3]\n"
        "hidden1.weight F32[4,6]\n"
        "hidden1.bias F32[6]\n"
        "member0.hidden2.weight F32[2,3]\n"
        "member1.hidden2.weight F32[2,3]\n"
        "member0.hidden2.bias F32[2]\n"
        "member1.hidden2.bias F32[2]\n"
        "member0.output.weight F32[2,2]\n"
        "member1.output.weight F32[2,2]\n"
        "member0.output.bias F32[2]\n"
        "member1.output.bias F32[2]\n"
        "temperature F32[1]\n"
        "vocabulary.bytes U8[16]\n"
        "labels.bytes U8[13]\n");
  // Of the second member 0 0.5, which is 0x3f000000, and 2 is 0x40000000.
  CHECK(bytes_of(parts, "member0.output.bias") == std::string("\0\0\x80\x3e\0\0\0\0", 8));
  CHECK(bytes_of(parts, "member1.output.bias") == std::string("\0\0\0\0\0\0\0\x3f", 8));
  CHECK(bytes_of(parts, "temperature") == std::string("\0\0\0\x40", 4));
}

TEST_CASE("a temperature of 1 is no tensor of the file") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  CHECK_FALSE(parts_of(folder / "model").header.contains("temperature"));
  CHECK(load_model(folder / "model").network.temperature == 1);
  CHECK(summarize_model(folder / "model").temperature == 1);
}

TEST_CASE("config and training are the JSON that the documentation shows") {
  const TempDir folder;
  Classifier classifier = tiny_ensemble();
  classifier.training.set_by_data = {"epochs", "batch-size"};
  classifier.training.validation_epochs = {{1, 0.75, 0.5, 0.25, 1}};
  save_model(classifier, folder / "model");
  const ordered_json metadata = parts_of(folder / "model").header["__metadata__"];
  CHECK(metadata["config"].get<std::string>() ==
        R"({"text":{"post_headers":true,"strip_quotes":false,"strip_footers":false,)"
        R"("subject_weight":5,"keep_case":false,"token_pattern":"words","min_ngram":1,)"
        R"("max_ngram":1,"min_char_ngram":0,"max_char_ngram":0,"columns":[]},)"
        R"("vocabulary":{"min_df":1,"max_df":1.0,"max_features":0,"stop_words":"none"},)"
        R"("weighting":{"weighting":"count","norm":"none","input_norm":1.0,"token_scale":"none"},)"
        R"("network":{"hidden":[3,2],"members":2,"calibrated":true}})");
  CHECK(metadata["training"].get<std::string>() ==
        R"({"seed":0,"documents":4,"held_out":0,"empty":0,"repaired":0,"label_documents":[2,2],)"
        R"("data_digest":"","libtorch_version":"","optimizer":"lazy-adam","batch_size":4,)"
        R"("lr":0.0,"lr_schedule":"linear","dropout":0.0,"word_dropout":0.0,"set_by_data":["epochs","batch-size"],)"
        R"("weight_decay":0.0,"label_smoothing":0.0,"class_weight":"none","best_epoch":1,)"
        R"("epochs":[{"epoch":1,"loss":0.5,"lr":0.001}],)"
        R"("validation_epochs":[{"epoch":1,"loss":0.75,"lr":0.5,"valid_loss":0.25,)"
        R"("valid_accuracy":1.0}]})");
}

TEST_CASE("numbers stand in the file in little-endian C order") {
  const TempDir folder;
  save_model(tiny_classifier(), folder / "model");
  const FileParts parts = parts_of(folder / "model");
  // 0.25 is 0x3e800000.
  CHECK(bytes_of(parts, "output.bias") == std::string("\0\0\x80\x3e\0\0\0\0", 8));
  // Row by row: 1 0 1, 0 1 1.
  CHECK(bytes_of(parts, "hidden2.weight") == std::string("\0\0\x80\x3f\0\0\0\0\0\0\x80\x3f"
                                                         "\0\0\0\0\0\0\x80\x3f\0\0\x80\x3f",
                                                         24));
  CHECK(bytes_of(parts, "labels.offsets") == std::string("\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0"
                                                         "\x0d\0\0\0\0\0\0\0",
                                                         24));
  CHECK(bytes_of(parts, "labels.bytes") == "baseballspace");
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
  const bool ensemble = GENERATE(false, true);
  const Classifier saved = ensemble ? tiny_ensemble() : extreme_classifier();
  const std::int64_t size = save_model(saved, folder / "model");
  const ModelSummary summary = summarize_model(folder / "model");
  const ordered_json metadata = parts_of(folder / "model").header["__metadata__"];

  CHECK(summary.newsclf_version == metadata["newsclf_version"]);
  CHECK_FALSE(summary.newsclf_version.empty());
  CHECK(summary.digest == metadata["digest"]);
  CHECK(summary.file_bytes == size);
  CHECK(summary.shape == saved.network.shape);
  CHECK(summary.temperature == saved.network.temperature);
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

TEST_CASE("a vectorizer is loaded with its tokens checked, and without a look at the network") {
  const TempDir folder;
  save_model(extreme_classifier(), folder / "model");
  const Vectorizer loaded = load_vectorizer(folder / "model");
  CHECK(loaded.vocabulary().token(0) == "Ελληνικά \U0001F680");
  CHECK(loaded.factors().idf[1] == 1.0f / 3);
  CHECK(loaded.factors().token_scale[1] == 5.5f);
  check_equal(loaded.options(), extreme_classifier().vectorizer.options());

  const FileParts whole = parts_of(folder / "model");
  const auto with_nan = [&](const char* tensor) {
    std::string bytes = whole.bytes;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::size_t begin = whole.header.at(tensor)["data_offsets"][0];
    std::memcpy(bytes.data() + whole.data_start + begin, &nan, sizeof nan);
    return folder.write("damaged", bytes);
  };
  CHECK(load_vectorizer(with_nan("hidden1.weight")).vocabulary().size() == 2);
  for (const char* tensor : {"features.idf", "features.token_scale"}) {
    const std::string path = with_nan(tensor);
    CHECK(error_of([&] { load_vectorizer(path); }).find("expected finite numbers") !=
          std::string::npos);
  }
  std::string bytes = whole.bytes;
  bytes[whole.data_start + whole.header.at("vocabulary.bytes")["data_offsets"][0]
                               .get<std::size_t>()] = '\xff';
  const std::string path = folder.write("damaged", bytes);
  CHECK(error_of([&] { load_vectorizer(path); }).find("vocabulary: ") != std::string::npos);
}

TEST_CASE("an ensemble answers the same once it is loaded") {
  const TempDir folder;
  const Classifier saved = tiny_ensemble();
  save_model(saved, folder / "model");
  const Classifier loaded = load_model(folder / "model");
  const auto documents = corpus({{"", "moon"}, {"", "ball bat"}, {"", ""}});
  const SparseRows rows = transform(saved.vectorizer, documents);
  CHECK(native_logits(loaded.network, rows) == native_logits(saved.network, rows));
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
