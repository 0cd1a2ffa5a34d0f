// SPDX-License-Identifier: MIT
#include "newsclf/model/classifier.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

#include "model/saved_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

void check_equal(const VectorizerOptions& actual, const VectorizerOptions& expected) {
  CHECK(actual.text.post_headers == expected.text.post_headers);
  CHECK(actual.text.strip_quotes == expected.text.strip_quotes);
  CHECK(actual.text.strip_footers == expected.text.strip_footers);
  CHECK(actual.text.subject_weight == expected.text.subject_weight);
  CHECK(actual.text.keep_case == expected.text.keep_case);
  CHECK(actual.text.token_pattern == expected.text.token_pattern);
  CHECK(actual.text.min_script_ngram == expected.text.min_script_ngram);
  CHECK(actual.text.max_script_ngram == expected.text.max_script_ngram);
  CHECK(actual.text.min_ngram == expected.text.min_ngram);
  CHECK(actual.text.max_ngram == expected.text.max_ngram);
  CHECK(actual.text.min_char_ngram == expected.text.min_char_ngram);
  CHECK(actual.text.max_char_ngram == expected.text.max_char_ngram);
  CHECK(actual.text.max_long_ngram == expected.text.max_long_ngram);
  CHECK(actual.vocabulary.min_df == expected.vocabulary.min_df);
  CHECK(actual.vocabulary.min_char_df == expected.vocabulary.min_char_df);
  CHECK(actual.vocabulary.min_long_df == expected.vocabulary.min_long_df);
  CHECK(actual.vocabulary.max_df == expected.vocabulary.max_df);
  CHECK(actual.vocabulary.max_features == expected.vocabulary.max_features);
  CHECK(actual.weighting.weighting == expected.weighting.weighting);
  CHECK(actual.weighting.norm == expected.weighting.norm);
  CHECK(actual.weighting.input_norm == expected.weighting.input_norm);
  CHECK(actual.weighting.token_scale == expected.weighting.token_scale);
}

/// Compares bits, so that -0 differs from 0.
void check_equal(std::span<const float> actual, std::span<const float> expected) {
  CHECK(std::ranges::equal(std::as_bytes(actual), std::as_bytes(expected)));
}

void check_equal(const Network& actual, const Network& expected) {
  check_equal(actual.first_weight, expected.first_weight);
  check_equal(actual.first_bias, expected.first_bias);
  check_equal(actual.hidden2_weight, expected.hidden2_weight);
  check_equal(actual.hidden2_bias, expected.hidden2_bias);
  check_equal(actual.output_weight, expected.output_weight);
  check_equal(actual.output_bias, expected.output_bias);
}

/// Compares all except the weights.
void check_same_shape(const Ensemble& actual, const Ensemble& expected) {
  REQUIRE(actual.networks.size() == expected.networks.size());
  for (std::size_t n = 0; n < expected.networks.size(); ++n) {
    CHECK(actual.networks[n].shape == expected.networks[n].shape);
    CHECK(actual.networks[n].first_column == expected.networks[n].first_column);
  }
  CHECK(actual.all_shares() == expected.all_shares());
  CHECK(actual.rescales_parts == expected.rescales_parts);
  CHECK(actual.temperature == expected.temperature);
}

void check_equal(const Ensemble& actual, const Ensemble& expected) {
  check_same_shape(actual, expected);
  for (std::size_t n = 0; n < expected.networks.size(); ++n)
    check_equal(actual.networks[n], expected.networks[n]);
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

TEST_CASE("a loaded classifier equals the saved one") {
  const TempDir folder;
  const std::vector<Classifier> classifiers = {tiny_classifier(), tiny_ensemble(),
                                               tiny_with_linear(), tiny_of_all_kinds(),
                                               extreme_classifier()};
  const Classifier& saved = classifiers[GENERATE(0u, 1u, 2u, 3u, 4u)];
  save_model(saved, folder / "model");
  const Classifier loaded = load_model(folder / "model");

  check_equal(loaded.vectorizer.options(), saved.vectorizer.options());
  check_equal(loaded.vectorizer.vocabulary(), saved.vectorizer.vocabulary());
  CHECK(loaded.vectorizer.counts() == saved.vectorizer.counts());
  check_equal(loaded.vectorizer.factors().idf, saved.vectorizer.factors().idf);
  check_equal(loaded.vectorizer.factors().token_scale, saved.vectorizer.factors().token_scale);
  CHECK(loaded.labels.labels() == saved.labels.labels());
  check_equal(loaded.ensemble, saved.ensemble);
  CHECK(loaded.training == saved.training);
  CHECK(loaded.columns == saved.columns);
}

TEST_CASE("a loaded vectorizer gives the same rows as the fitted one") {
  const TempDir folder;
  const auto documents = corpus({{"baseball", "ball bat ball"}, {"space", "moon orbit déjà"}});
  Classifier classifier = tiny_classifier();
  const auto [vectorizer, rows] = fit_vectorizer(documents, {});
  classifier.vectorizer = vectorizer;
  const std::vector<float> weights(5 * 3, 0.5f);
  classifier.ensemble.networks[0].shape.inputs = 5;
  classifier.ensemble.networks[0].first_weight = weights;
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
  check_equal(loaded.ensemble, tiny_classifier().ensemble);
}

TEST_CASE("a classifier is always saved as the same bytes, even after loading") {
  const TempDir folder;
  const auto make = GENERATE(tiny_ensemble, tiny_of_all_kinds, extreme_classifier);
  save_model(make(), folder / "first");
  save_model(make(), folder / "second");
  save_model(load_model(folder / "first"), folder / "third");
  CHECK(read_file(folder / "second") == read_file(folder / "first"));
  CHECK(read_file(folder / "third") == read_file(folder / "first"));
}

TEST_CASE("saving returns the size of the file") {
  const TempDir folder;
  const std::int64_t size = save_model(tiny_classifier(), folder / "model");
  CHECK(size == static_cast<std::int64_t>(std::filesystem::file_size(folder / "model")));
}

TEST_CASE("saving into a folder that does not exist is an error") {
  const TempDir folder;
  const std::string message =
      error_of([&] { save_model(tiny_classifier(), folder / "missing/model"); });
  CHECK(message.starts_with(folder / "missing/model" + ": cannot create a file in its folder: "));
}

TEST_CASE("a summary shows what is in the file") {
  const TempDir folder;
  const bool ensemble = GENERATE(false, true);
  const Classifier saved = ensemble ? tiny_of_all_kinds() : extreme_classifier();
  const std::int64_t size = save_model(saved, folder / "model");
  const ModelSummary summary = summarize_model(folder / "model");
  const ordered_json metadata = parts_of(folder / "model").header["__metadata__"];

  CHECK(summary.newsclf_version == metadata["newsclf_version"]);
  CHECK_FALSE(summary.newsclf_version.empty());
  CHECK(summary.digest == metadata["digest"]);
  CHECK(summary.file_bytes == size);
  CHECK(summary.tokens == saved.vectorizer.vocabulary().size());
  check_same_shape(summary.ensemble, saved.ensemble);
  CHECK(summary.labels.labels() == saved.labels.labels());
  check_equal(summary.options, saved.vectorizer.options());
  CHECK(summary.training == saved.training);
  CHECK(summary.columns == saved.columns);
}

TEST_CASE("a model in use does not change when its file is overwritten or truncated") {
  const TempDir folder;
  const std::string model = folder / "model";
  save_model(tiny_of_all_kinds(), model);
  const Classifier loaded = load_model(model);
  std::filesystem::resize_file(model, 0);
  check_equal(loaded.ensemble, tiny_of_all_kinds().ensemble);
  check_equal(loaded.vectorizer.vocabulary(), tiny_of_all_kinds().vectorizer.vocabulary());
  save_model(loaded, folder / "copy");
  folder.write("model", std::string(100'000, 'x'));
  check_equal(loaded.ensemble, load_model(folder / "copy").ensemble);
}

TEST_CASE("a summary does not check the weights, but loading does") {
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

TEST_CASE("loading only the vectorizer checks its tokens but not the network") {
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
  bytes[whole.data_start +
        whole.header.at("vocabulary.bytes")["data_offsets"][0].get<std::size_t>()] = '\xff';
  const std::string path = folder.write("damaged", bytes);
  CHECK(error_of([&] { load_vectorizer(path); }).find("vocabulary: ") != std::string::npos);
}

TEST_CASE("a loaded ensemble gives the same logits") {
  const TempDir folder;
  const auto make = GENERATE(tiny_ensemble, tiny_with_linear, tiny_of_all_kinds);
  const Classifier saved = make();
  save_model(saved, folder / "model");
  const Classifier loaded = load_model(folder / "model");
  const auto documents = corpus({{"", "moon"}, {"", "ball bat"}, {"", ""}});
  const SparseRows rows = transform(saved.vectorizer, documents);
  CHECK(native_logits(loaded.ensemble, rows) == native_logits(saved.ensemble, rows));
}

TEST_CASE("a model file that is truncated anywhere is refused") {
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
