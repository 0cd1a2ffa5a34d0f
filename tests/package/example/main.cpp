// SPDX-License-Identifier: MIT
// Labels the lines of stdin with a model of newsclf: label TAB probability for each.
//   label_lines MODEL < lines.txt
#include <newsclf/model/classifier.hpp>

#include <exception>
#include <iostream>
#include <limits>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: label_lines MODEL < lines.txt\n";
    return 2;
  }
  try {
    const auto classifier = newsclf::Classifier::load(argv[1]);
    std::cout.precision(std::numeric_limits<float>::max_digits10);
    for (std::string line; std::getline(std::cin, line);) {
      const auto [label, probability] = classifier.predict(line);
      std::cout << label << '\t' << probability << '\n';
    }
  } catch (const std::exception& error) {  // newsclf::Error says what is wrong in one line
    std::cerr << "label_lines: " << error.what() << '\n';
    return 1;
  }
}
