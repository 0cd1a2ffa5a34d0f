// SPDX-License-Identifier: MIT
// Every way in which the vocabulary and the labels of a model can be malformed: check 8 of loading.
#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

// 8. Vocabulary and labels.

TEST_CASE("token offsets must rise from 0 to the end of the token bytes") {
  const auto with_offset = [](std::size_t i, std::uint32_t offset) {
    return ModelFile().put("vocabulary.offsets", i, offset);
  };
  refused(with_offset(0, 1), "vocabulary: the first offset is 1, not 0");
  refused(with_offset(4, 15), "vocabulary: the last offset is 15, but the number of bytes is 16");
  refused(with_offset(4, 17), "vocabulary: the last offset is 17, but the number of bytes is 16");
  refused(with_offset(1, 10), "vocabulary: token 1 has no bytes: offsets 10 and 9");
  refused(with_offset(2, 0xFFFFFFFF),
          "vocabulary: token 2 has no bytes: offsets 4294967295 and 13");
}

TEST_CASE("an empty token is refused") {
  refused(ModelFile().put("vocabulary.offsets", 1, std::uint32_t{0}),
          "vocabulary: token 0 has no bytes: offsets 0 and 0");
}

TEST_CASE("a repeated token in the vocabulary is refused") {
  // moon orbit ball bat -> moon orbit moon bat
  ModelFile file;
  for (std::size_t i = 0; i < 4; ++i) file.put("vocabulary.bytes", 9 + i, "moon"[i]);
  refused(file, "vocabulary: token 2 appears twice");
}

TEST_CASE("every single token must be UTF-8") {
  refused(ModelFile().put("vocabulary.bytes", 5, '\xff'), "vocabulary: byte 5 is not UTF-8");
  // The last byte of moon and the first byte of orbit form one character.
  refused(ModelFile().put("vocabulary.bytes", 3, '\xc3').put("vocabulary.bytes", 4, '\xa9'),
          "vocabulary: token 1 begins inside a character");
}

TEST_CASE("label offsets must rise from 0 to the end of the label bytes") {
  const auto with_offset = [](std::size_t i, std::int64_t offset) {
    return ModelFile().put("labels.offsets", i, offset);
  };
  refused_by_header(with_offset(0, 1), ": expected offsets from 0 to 13, found 1 to 13");
  refused_by_header(with_offset(2, 14), ": expected offsets from 0 to 13, found 0 to 14");
  refused_by_header(with_offset(1, 14), ": expected increasing offsets, found 0 before 14");
  refused_by_header(with_offset(1, -1), ": expected increasing offsets, found 0 before -1");
}

TEST_CASE("labels must be distinct, in byte order and not empty") {
  refused_by_header(with_labels("space", "space"),
                    ": expected distinct labels in byte order, found 'space' before 'space'");
  refused_by_header(with_labels("space", "baseball"),
                    ": expected distinct labels in byte order, found 'space' before 'baseball'");
  refused_by_header(with_labels("", "space"), ": expected increasing offsets, found 0 before 0");
}

TEST_CASE("labels must be UTF-8 without control characters") {
  const std::string rule = ": expected UTF-8 labels without control characters, found '";
  for (const std::string control : {"\t", "\n", "\r", "\x1b[1m", "\x7f", "\u009b", "\u202e"}) {
    const std::string shown = Error::escape_controls(control);
    refused_by_header(with_labels("base" + control + "ball", "space"), rule + "base" + shown);
    refused_by_header(with_labels("baseball", "spa" + control + "ce"), rule + "spa" + shown);
  }
  refused_by_header(with_labels("base\xff", "space"), rule + "base\xff', which is not UTF-8");
  refused_by_header(with_labels("a\xc3", "\xa9"), rule + "a");
}

TEST_CASE("a model must have at least two labels") {
  Classifier classifier = tiny_classifier();
  classifier.labels = LabelSet({"space"});
  Network& network = classifier.ensemble.networks[0];
  network.shape.labels = 1;
  network.output_weight = network.output_weight.first(2);
  network.output_bias = network.output_bias.first(1);
  refused_by_header(ModelFile(classifier), ": expected at least two labels, found 2 offsets");
}
