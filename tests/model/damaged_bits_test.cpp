// SPDX-License-Identifier: MIT
// Every truncation and every flipped bit of small models. The digest finds all of them; behind a
// digest computed again, a model is refused or answers with finite probabilities that sum to 1.
#include <cmath>

#include "model/edited_model.hpp"
#include "model/kinds_of_models.hpp"
#include "newsclf/model/predictor.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// Loads a model file of these bytes; returns whether it is accepted.
bool is_accepted(const TempDir& folder, const std::string& bytes, Classifier& classifier) {
  const std::string path = folder.write("model", bytes);
  try {
    classifier = load_model(path);
    return true;
  } catch (const Error& error) {
    const std::string message = error.what();
    if (!message.starts_with(path) || Error::escape_controls(message) != message)
      FAIL("not one line about the file: " << message);
    return false;
  }
}

bool is_accepted(const TempDir& folder, const std::string& bytes) {
  Classifier classifier;
  return is_accepted(folder, bytes, classifier);
}

/// Whether all answers are finite, and the probabilities of each sum to 1.
bool gives_sound_answers(const Classifier& classifier) {
  static Workers alone(1);
  static const std::vector<Document> documents = {
      {.id = "a", .label = "", .text = "moon ball bat orbit moon"},
      {.id = "b", .label = "", .text = "<moo ball bat"},
      {.id = "c", .label = "", .text = ""}};
  Predictor predictor(classifier, alone);
  for (const Prediction& answer : predictor.predict(documents, {.labels = 0, .reasons = 2})) {
    double sum = 0;
    for (const RankedLabel& ranked : answer.labels) sum += static_cast<double>(ranked.probability);
    if (!(std::abs(sum - 1) < 1e-3) || !std::isfinite(answer.confidence)) return false;
    for (const auto& side : {answer.reasons->in_favour, answer.reasons->against})
      for (const TokenContribution& reason : side)
        if (!std::isfinite(reason.contribution)) return false;
  }
  return true;
}

void flip(std::string& bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
}

}  // namespace

TEST_CASE("every truncation of a model is refused") {
  const TempDir folder;
  const std::string whole = ModelFile(tiny_with_all_tensors()).bytes();
  CHECK(is_accepted(folder, whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (is_accepted(folder, whole.substr(0, size))) FAIL("accepted: the first " << size);
    if (is_accepted(folder, with_digest(whole.substr(0, size))))
      FAIL("accepted with a digest: the first " << size);
  }
}

TEST_CASE("every flipped bit of a model is found") {
  const TempDir folder;
  std::string bytes = ModelFile().bytes();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    flip(bytes, bit);
    if (is_accepted(folder, bytes)) FAIL("accepted: bit " << bit % 8 << " of byte " << bit / 8);
    flip(bytes, bit);
  }
}

TEST_CASE("a model with a flipped bit and a valid digest is refused or gives sound answers") {
  const TempDir folder;
  std::size_t accepted = 0, files = 0;
  for (const KindOfModel& kind : kinds_of_models()) {
    const std::string whole = kind.file.bytes();
    // The header of one model suffices.
    const std::size_t first = files == 0 ? 0 : whole.size() - kind.file.data.size();
    for (std::size_t bit = 8 * first; bit < 8 * whole.size(); ++bit) {
      std::string bytes = whole;
      flip(bytes, bit);
      Classifier classifier;
      ++files;
      if (!is_accepted(folder, with_digest(bytes), classifier)) continue;
      ++accepted;
      if (!gives_sound_answers(classifier))
        FAIL(kind.name << ": wrong answers with bit " << bit % 8 << " of byte " << bit / 8);
    }
  }
  INFO(accepted << " of " << files << " were accepted");
  CHECK(files > 30000);
  CHECK(accepted > 1000);
}
