// SPDX-License-Identifier: MIT
// Each way in which the vocabulary and the labels of a model can be malformed: point 8 of what
// loading checks.
#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

/// A slot of the index, as vocabulary.hpp describes it.
std::int64_t slot_of(std::string_view token, std::uint32_t column) {
  const std::uint64_t hash = XXH3_64bits(token.data(), token.size());
  return static_cast<std::int64_t>((hash & 0xFFFFFFFF00000000u) | (column + 1));
}

/// The slots of the index that are in use, by column.
std::vector<std::size_t> slots_in_use() {
  const Classifier classifier = tiny_classifier();
  const auto index = classifier.vectorizer.vocabulary().index();
  std::vector<std::size_t> slots(4);
  for (std::size_t s = 0; s < index.size(); ++s)
    if (index[s] != 0) slots[static_cast<std::uint32_t>(index[s]) - 1] = s;
  return slots;
}

}  // namespace

// 8. Vocabulary and labels.

TEST_CASE("the offsets of the tokens rise from 0 to the end of their bytes") {
  const auto with_offset = [](std::size_t i, std::int64_t offset) {
    return ModelFile().put("vocabulary.offsets", i, offset);
  };
  refused(with_offset(0, 1), "vocabulary: the first offset is 1, not 0");
  refused(with_offset(4, 15), "vocabulary: the last offset is 15, not the 16 bytes there are");
  refused(with_offset(4, 17), "vocabulary: the last offset is 17, not the 16 bytes there are");
  refused(with_offset(1, 10), "vocabulary: token 1 has no bytes: offsets 10 and 9");
  refused(with_offset(1, -1), "vocabulary: token 0 has no bytes: offsets 0 and -1");
  refused(with_offset(2, std::int64_t{1} << 62), "vocabulary: token 2 has no bytes");
}

TEST_CASE("no token is empty") {
  refused(ModelFile().put("vocabulary.offsets", 1, std::int64_t{0}),
          "vocabulary: token 0 has no bytes: offsets 0 and 0");
}

TEST_CASE("no token stands twice in the vocabulary") {
  // moon orbit ball bat -> moon orbit moon bat, also in the index: behind the first one.
  const std::vector<std::size_t> slots = slots_in_use();
  ModelFile file;
  for (std::size_t i = 0; i < 4; ++i) file.put("vocabulary.bytes", 9 + i, "moon"[i]);
  file.put("vocabulary.index", slots[2], std::int64_t{0});
  file.put("vocabulary.index", slots[0] + 1, slot_of("moon", 2));
  refused(file, "vocabulary: token 2 is not found through the index, or stands there twice");
}

TEST_CASE("tokens are UTF-8, each for itself") {
  refused(ModelFile().put("vocabulary.bytes", 5, '\xff'), "vocabulary: byte 5 is not UTF-8");
  // The last byte of moon and the first of orbit make one character.
  refused(ModelFile().put("vocabulary.bytes", 3, '\xc3').put("vocabulary.bytes", 4, '\xa9'),
          "vocabulary: token 1 begins inside a character");
}

TEST_CASE("the index of the vocabulary has a power of two of slots, twice as many as tokens") {
  refused(with_index({}), "vocabulary: an index of 0 slots for 4 tokens");
  refused(with_index(std::vector<std::int64_t>(4)), "vocabulary: an index of 4 slots for 4 tokens");
  refused(with_index(std::vector<std::int64_t>(1000)),
          "vocabulary: an index of 1000 slots for 4 tokens");
}

TEST_CASE("the index of the vocabulary holds every token once, where it is looked for") {
  const std::vector<std::size_t> slots = slots_in_use();
  const auto with_slot = [](std::size_t slot, std::int64_t value) {
    return ModelFile().put("vocabulary.index", slot, value);
  };
  refused(with_slot(slots[3], 0), "vocabulary: the index holds 3 of 4 tokens");
  refused(with_slot(slots[3] ^ 1, slot_of("bat", 3)), "vocabulary: the index holds 5 of 4 tokens");
  refused(with_slot(slots[3], slot_of("bat", 4)),
          "vocabulary: a slot of the index names token 4 of 4");
  refused(with_slot(slots[3], slot_of("bat", 0xFFFFFFFF)),
          "vocabulary: a slot of the index names token -1 of 4");
  refused(with_slot(slots[3], slot_of("bat", 2)), "vocabulary: token 3 is not found");
  refused(with_slot(slots[3], slot_of("bad", 3)), "vocabulary: token 3 is not found");
  refused(with_slot(slots[3], 0).put("vocabulary.index", slots[3] ^ 512, slot_of("bat", 3)),
          "vocabulary: token 3 is not found");
  refused(with_index(std::vector<std::int64_t>(8, slot_of("moon", 0))),
          "vocabulary: the index holds 8 of 4 tokens");
}

TEST_CASE("the offsets of the labels rise from 0 to the end of their bytes") {
  const auto with_offset = [](std::size_t i, std::int64_t offset) {
    return ModelFile().put("labels.offsets", i, offset);
  };
  refused_by_header(with_offset(0, 1), ": expected offsets from 0 to 13, found 1 to 13");
  refused_by_header(with_offset(2, 14), ": expected offsets from 0 to 13, found 0 to 14");
  refused_by_header(with_offset(1, 14), ": expected rising offsets, found 0 before 14");
  refused_by_header(with_offset(1, -1), ": expected rising offsets, found 0 before -1");
}

TEST_CASE("labels are distinct, in byte order and not empty") {
  refused_by_header(with_labels("space", "space"),
                    ": expected distinct labels in byte order, found 'space' before 'space'");
  refused_by_header(with_labels("space", "baseball"),
                    ": expected distinct labels in byte order, found 'space' before 'baseball'");
  refused_by_header(with_labels("", "space"), ": expected rising offsets, found 0 before 0");
}

TEST_CASE("labels are UTF-8 without tabs and line ends") {
  const std::string rule = ": expected labels of UTF-8 without tabs and line ends, found label ";
  refused_by_header(with_labels("base\tball", "space"), rule + "0");
  refused_by_header(with_labels("baseball", "spa\nce"), rule + "1");
  refused_by_header(with_labels("baseball", "spa\rce"), rule + "1");
  refused_by_header(with_labels("base\xff", "space"), rule + "0");
  refused_by_header(with_labels("a\xc3", "\xa9"), rule + "0");
}

TEST_CASE("a model has two labels or more") {
  Classifier classifier = tiny_classifier();
  classifier.labels = LabelSet({"space"});
  classifier.network.shape.labels = 1;
  classifier.network.output_weight = classifier.network.output_weight.first(2);
  classifier.network.output_bias = classifier.network.output_bias.first(1);
  refused_by_header(ModelFile(classifier), ": expected two labels or more, found 2 offsets");
}
