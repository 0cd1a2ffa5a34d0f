// SPDX-License-Identifier: MIT
#include "newsclf/corpus/label_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

using Floats = std::vector<float>;

Floats balanced(const std::vector<std::int32_t>& label_of, std::int32_t labels) {
  return balanced_label_weights(label_of, labels);
}

/// The labels of these tests, in byte order.
LabelSet example_labels() { return LabelSet({"baseball", "space", "talk politics"}); }

/// Reads the weights from a file that contains `text`.
Floats read(const std::string& text) {
  const TempDir folder;
  return read_label_weights(folder.write("weights.tsv", text), example_labels());
}

/// Checks that a file that contains `text` is refused with `message` for its line `line`.
void refused(const std::string& text, int line, const std::string& message) {
  const TempDir folder;
  const std::string path = folder.write("weights.tsv", text);
  CHECK(error_of([&] { read_label_weights(path, example_labels()); }) ==
        path + ", line " + std::to_string(line) + ": " + message);
}

}  // namespace

TEST_CASE("a balanced weight is inversely proportional to the label's number of documents") {
  // 8 documents of 3 labels, of which 4, 1 and 3: 8 / (3 * 4), 8 / (3 * 1), 8 / (3 * 3).
  require_close(balanced({0, 0, 2, 1, 0, 2, 0, 2}, 3), Floats{2.0f / 3, 8.0f / 3, 8.0f / 9}, 1e-7);
  CHECK(balanced({1, 0, 1, 1}, 2) == Floats{2, 2.0f / 3});
}

TEST_CASE("balanced weights are 1 if all labels have the same number of documents") {
  CHECK(balanced({0, 1, 2, 2, 1, 0}, 3) == Floats{1, 1, 1});
  CHECK(balanced({0, 0}, 1) == Floats{1});
}

TEST_CASE("balanced weights give every label the same total, and the mean over documents is 1") {
  const std::vector<std::int32_t> label_of = {0, 0, 2, 1, 0, 2, 0, 2, 0, 0, 3};
  const Floats weights = balanced(label_of, 4);
  std::vector<double> of_label(4);
  for (const std::int32_t label : label_of)
    of_label[static_cast<std::size_t>(label)] += weights[static_cast<std::size_t>(label)];
  for (const double sum : of_label) CHECK(sum == Approx(11 / 4.0));
}

TEST_CASE("a weights file lists the labels in any order") {
  CHECK(read("space\t0.5\ntalk politics\t1e2\nbaseball\t3\n") == Floats{3, 0.5f, 100});
}

TEST_CASE("a label that the file does not list has weight 1") {
  CHECK(read("space\t0.25\n") == Floats{1, 0.25f, 1});
  CHECK(read("") == Floats{1, 1, 1});
}

TEST_CASE("empty lines and a missing final newline are ignored") {
  CHECK(read("\nspace\t2\n\n\nbaseball\t4") == Floats{4, 2, 1});
}

TEST_CASE("a label may contain spaces, and nothing may follow the weight") {
  CHECK(read("talk politics\t2\n") == Floats{1, 1, 2});
  refused("talk politics 2\n", 1, "missing tab; write LABEL TAB WEIGHT");
  refused("space\t2 \n", 1,
          "the weight must be a number above 0, got '2 '; write a number such as 2.5");
  refused("space\t 2\n", 1,
          "the weight must be a number above 0, got ' 2'; write a number such as 2.5");
  refused("space\t2\t3\n", 1,
          "no document has the label 'space\\x092'; the labels are baseball, space, talk politics");
}

TEST_CASE("a weights line without a tab is refused") {
  refused("space\t2\nbaseball\n", 2, "missing tab; write LABEL TAB WEIGHT");
  refused("space\t2\n\n \n", 3, "missing tab; write LABEL TAB WEIGHT");
}

TEST_CASE("a weight for an unknown label is refused") {
  const std::string known = "'; the labels are baseball, space, talk politics";
  refused("space\t2\nspade\t2\n", 2, "no document has the label 'spade" + known);
  refused("Space\t2\n", 1, "no document has the label 'Space" + known);
  refused("\t2\n", 1, "no document has the label '" + known);
}

TEST_CASE("labels in a file of weights are trimmed, as labels of documents are") {
  CHECK(read(" space\u00a0\t2\n") == read("space\t2\n"));
}

TEST_CASE("a second weight for a label is refused") {
  refused("space\t2\nbaseball\t1\nspace\t2\n", 3, "duplicate weight of 'space'; keep one");
}

TEST_CASE("a weight that is not a number is refused") {
  for (const std::string weight :
       {"", "two", "2x", "0x10", "+2", "1,5", "2.5.1", "1e", "--1", "1e39", "1e-60", "2\r"}) {
    const std::string shown = weight == "2\r" ? "2\\x0d" : weight;
    refused("baseball\t1\nspace\t" + weight + "\n", 2,
            "the weight must be a number above 0, got '" + shown + "'; write a number such as 2.5");
  }
}

TEST_CASE("a weight of 0 or below, infinity and NaN are refused") {
  for (const std::string weight :
       {"0", "0.0", "-0", "-1", "-1e-9", "inf", "-inf", "infinity", "INF", "nan", "-nan"})
    refused(
        "space\t" + weight + "\n", 1,
        "the weight must be a number above 0, got '" + weight + "'; write a number such as 2.5");
}

TEST_CASE("control characters in an error about weights are escaped") {
  refused(std::string("sp\0ce\x1b\t1\n", 9), 1,
          "no document has the label 'sp\\x00ce\\x1b'; the labels are baseball, space, talk "
          "politics");
}

TEST_CASE("a weights file that is missing or is a folder is an error") {
  const TempDir folder;
  const std::string missing = folder / "missing.tsv";
  CHECK(error_of([&] { read_label_weights(missing, example_labels()); }) ==
        missing + ": cannot be read: No such file or directory");
  CHECK(error_of([&] { read_label_weights(folder.path().string(), example_labels()); }) ==
        folder.path().string() + ": cannot be read: Is a directory");
}
