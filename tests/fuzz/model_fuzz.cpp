// SPDX-License-Identifier: MIT
// Loads model files with a valid digest. A file that is accepted labels documents and explains the
// labels: all numbers are finite, and probabilities sum to 1. The mutator changes the header and
// the data of a file separately, so that most files reach the checks behind the container's.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "fuzz/fuzz.hpp"
#include "fuzz/memory_file.hpp"
#include "model/digest.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"

using namespace newsclf;
using namespace newsclf::fuzz;
using newsclf::testing::le64;
using newsclf::testing::with_digest;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

/// The header, without padding, and the data of a model file.
struct Parts {
  std::string header, data;

  explicit Parts(std::string_view file) {
    std::uint64_t size = 0;
    if (file.size() >= 8) std::memcpy(&size, file.data(), 8);
    if (size == 0 || size > file.size() - 8) return;
    header = file.substr(8, size);
    header.resize(header.find_last_not_of(' ') + 1);
    data = file.substr(8 + size);
  }
  std::string bytes() const {
    std::string padded = header;
    padded.resize((8 + padded.size() + 63) / 64 * 64 - 8, ' ');
    return le64(padded.size()) + padded + data;
  }
};

void mutate(std::string& text, std::size_t most) {
  const std::size_t size = text.size();
  text.resize(most);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, most));
}

/// Replaces an integer of the header.
void change_number(std::string& header, std::minstd_rand& random) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t begin = header.find_first_of(kDigits, random() % header.size());
  if (begin == std::string::npos) return;
  const std::size_t end = std::min(header.find_first_not_of(kDigits, begin), header.size());
  // Unsigned: the neighbours of the largest number wrap around.
  const auto number = std::strtoull(header.substr(begin, end - begin).c_str(), nullptr, 10);
  const std::string others[] = {"0",
                                "1",
                                "2",
                                "3",
                                "1e300",
                                "1e-300",
                                "0.5",
                                "-1",
                                "65536",
                                "2147483647",
                                "4294967295",
                                "281474976710656",
                                "1048576",
                                "1000000",
                                "0.000001",
                                std::to_string(number - 1),
                                "18446744073709551615",
                                std::to_string(number + 1),
                                std::to_string(number * 2)};
  header.replace(begin, end - begin, others[random() % std::size(others)]);
}

/// Replaces a number of a tensor of floats.
void change_float(std::string& data, std::minstd_rand& random) {
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kNumbers[] = {0,
                                1,
                                -1,
                                1e-45F,
                                1e6F,
                                -1e6F,
                                1e19F,
                                -1e19F,
                                1e22F,
                                -1e22F,
                                1e30F,
                                1e37F,
                                -1e37F,
                                3e38F,
                                kMost,
                                -kMost,
                                0.01F,
                                100,
                                std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};
  const float number = kNumbers[random() % std::size(kNumbers)];
  std::memcpy(data.data() + random() % (data.size() / sizeof number) * sizeof number, &number,
              sizeof number);
}

/// The first tokens of the vocabulary, and text that has nothing to do with it.
std::vector<Document> documents_for(const Vocabulary& vocabulary) {
  constexpr std::int32_t kMost = 40;
  std::string tokens;
  for (std::int32_t c = 0; c < std::min(vocabulary.size(), kMost); ++c)
    tokens.append(vocabulary.token(c)).append(" ");
  std::string many;
  for (int n = 0; n < 500; ++n) many += "ball moon ";
  std::vector<Document> documents;
  for (const std::string& text : {tokens, std::string("moon orbit"), std::string("ball bat moon"),
                                  many, std::string(), std::string("caf\u00e9 \u65e5\u672c")})
    documents.push_back({.id = "d", .label = "", .text = text});
  documents.push_back(
      {.id = "p", .label = "", .text = "Subject: moon\n\n> ball\nbat\n-- \n", .may_be_post = true});
  return documents;
}

void check_answer(const Prediction& prediction) {
  double sum = 0;
  for (const RankedLabel& ranked : prediction.labels) {
    require(ranked.probability >= 0 && ranked.probability <= 1, "a probability is from 0 to 1");
    sum += static_cast<double>(ranked.probability);
  }
  require(std::abs(sum - 1) < 1e-3, "probabilities sum to 1", std::to_string(sum));
  require(prediction.confidence >= 0 && prediction.confidence <= 1, "confidence is from 0 to 1");
  for (const auto& side : {prediction.reasons->in_favour, prediction.reasons->against})
    for (const TokenContribution& reason : side)
      require(std::isfinite(reason.contribution), "a contribution is finite");
}

/// Returns whether `read` accepts the file.
template <typename Read>
bool accepts(const Read& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    message_of(error);
    return false;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static Workers workers(1);
  const MemoryFile file(with_digest(std::string(reinterpret_cast<const char*>(bytes), size)));
  const std::string path = file.path();
  Classifier classifier;
  const bool loaded = accepts([&] { classifier = load_model(path); });
  const bool summarized = accepts([&] { summarize_model(path); });
  const bool has_vectorizer = accepts([&] { load_vectorizer(path); });
  require(!loaded || (summarized && has_vectorizer), "parts of a valid model are valid");
  require(!has_vectorizer || summarized, "the header of a valid vocabulary is valid");
  if (!loaded) return 0;
  Predictor predictor(classifier, workers);
  const std::vector<Document> documents = documents_for(classifier.vectorizer.vocabulary());
  for (const Prediction& prediction : predictor.predict(documents, {.labels = 0, .reasons = 3}))
    check_answer(prediction);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size,
                                               std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  Parts parts(std::string_view(reinterpret_cast<const char*>(bytes), size));
  const std::size_t way = parts.data.size() < 8 ? 0 : random() % 8;
  if (way == 0) return LLVMFuzzerMutate(bytes, size, most);
  if (way <= 2) mutate(parts.header, parts.header.size() + 64);
  if (way == 3 || way == 4) change_number(parts.header, random);
  if (way == 5 || way == 6) change_float(parts.data, random);
  if (way == 7) mutate(parts.data, parts.data.size());
  const std::string changed = parts.bytes();
  if (changed.size() > most) return LLVMFuzzerMutate(bytes, size, most);
  std::memcpy(bytes, changed.data(), changed.size());
  return changed.size();
}
