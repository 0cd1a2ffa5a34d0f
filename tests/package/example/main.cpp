// SPDX-License-Identifier: MIT
// Labels the lines of stdin with a newsclf model; prints label TAB probability per line. If DATA is
// given, in a form that `newsclf train` reads, trains the model on it first.
//   label_lines MODEL [DATA] < lines.txt
#include <newsclf/newsclf.hpp>

#include <exception>
#include <iostream>
#include <limits>
#include <string>

namespace {

void train(const std::string& data, const std::string& model) {
  const auto backend = newsclf::open_backend();  // loads LibTorch meanwhile
  newsclf::Workers workers(newsclf::available_threads());
  const newsclf::Corpus corpus = newsclf::read_corpus({data}, {}, workers).corpus;
  newsclf::StoredDocuments documents(corpus.documents);
  newsclf::save_model(newsclf::learn(documents, {}, *backend, workers), model);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: label_lines MODEL [DATA] < lines.txt\n";
    return 2;
  }
  try {
    if (argc == 3) train(argv[2], argv[1]);
    newsclf::Predictor predictor(newsclf::Classifier::load(argv[1]));
    std::cout.precision(std::numeric_limits<float>::max_digits10);
    for (std::string line; std::getline(std::cin, line);) {
      const newsclf::Prediction best = predictor.predict(line);
      std::cout << best.label << '\t' << best.probability << '\n';
    }
  } catch (const std::exception& error) {  // newsclf::Error has a one-line message
    std::cerr << "label_lines: " << error.what() << '\n';
    return 1;
  }
}
