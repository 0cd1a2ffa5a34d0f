// SPDX-License-Identifier: MIT
// What is worth knowing about documents before a model is trained on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/names/choice.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

/// What is left of a document when differences of case (simple lower-casing) and of white space are
/// taken out; of a post, its subject without leading `re:` and its body alone, so that the same
/// message sent twice, or to two groups, is one. Empty where nothing is left.
std::string content_of(const Document& document);

/// Places of documents of one content, ascending; two or more together.
struct CopyGroup {
  std::vector<std::size_t> data;  ///< in the first collection
  std::vector<std::size_t> test;  ///< in the second
  bool identical = false;         ///< their texts are the same byte for byte
};

/// All documents of `data` and `test` whose content another one has too, in the order of the first
/// document of each group; empty documents are no copies of each other. Contents are found equal by
/// XXH3-128 and then compared. Memory: 16 bytes a document.
std::vector<CopyGroup> find_copies(std::span<const Document> data, std::span<const Document> test,
                                   Workers& workers);

inline constexpr std::size_t kLongestComparedPart = 64;

/// Groups of names (their places, ascending) that look like spellings of one name, in the order of
/// their first. Two names are alike if they hold a letter and differ in case, in composed against
/// decomposed accents and in ` _-./` alone (but not in those between two digits: `v1.0`, `v10`); or
/// if one part of the name looks mistyped. Parts end at ` _-./`, before a capital letter behind a
/// small one, and between letters and digits. A part looks mistyped if both spellings are of
/// letters below U+2E80 alone (in Chinese one character makes another word), begin with the same
/// letter (few errors change the first one; another one is mostly another word: `internal`,
/// `external`), are apart by
///   - two neighbours swapped, of 4 letters or more, or
///   - one letter more, less or other, the longer one of 5 letters or more, or
///   - two of these, both of 8 letters or more, if one of the names is rare: used at most a tenth
///     as often as the other (`hypertension` and `hypotension` are both in use).
/// Parts of more than `kLongestComparedPart` letters never look mistyped: they would make the index
/// of parts too large, which spares comparing every two names.
/// @param names well-formed UTF-8, distinct
/// @param uses how often each name is used
std::vector<std::vector<std::size_t>> similar_names(std::span<const std::string> names,
                                                    std::span<const std::int64_t> uses);

/// In the order in which they are reported. Behind each: what `Finding::count` counts, and what
/// else is filled in.
enum class FindingKind {
  kNotUtf8,               ///< documents that are not UTF-8; `documents` where it is certain which
  kReplacementCharacter,  ///< documents with U+FFFD, if some of them had it before; `documents`
  kLoneSurrogate,         ///< documents with half a surrogate pair in a JSON escape
  kMisreadUtf8,           ///< documents of misread UTF-8, see `EncodingSigns`; `documents`
  kUtf16,                 ///< documents that look like UTF-16 or UTF-32; `documents`
  kControlCharacters,     ///< documents that look binary, see `EncodingSigns`; `documents`
  kEmpty,                 ///< documents of white space alone; `documents`
  kEmptyBody,             ///< posts with nothing below their headers; `documents`
  kDuplicate,             ///< documents with a copy of the same label before them; `copies`
  kContradiction,         ///< documents with a copy of another label; `copies`
  kInTest,                ///< documents of the test data with a copy in the data; `copies`
  kRareLabel,             ///< labels of fewer than 5 documents, or 1 % of the largest's; `labels`
  kSimilarLabels,         ///< labels that look like another, see `similar_names`; `similar`
  kSingleLabel,           ///< 1, where all documents have one label; `labels`
  kUnknownTestLabel,      ///< labels of the test data that the data do not have; `labels`
  kSeveralLabels,         ///< documents with several labels, read as the first
  kUnlabelled,            ///< records without a label, not read
  kUnreadable,            ///< files that could not be read; `files`, each with its reason
  kLink,                  ///< symbolic links, not followed; `files`
  kOutside,               ///< files outside any label folder, not read
  kNotRegular,            ///< pipes, sockets and devices, not read
};
inline constexpr Choice<FindingKind> kFindingKinds[] = {
    {"not_utf8", FindingKind::kNotUtf8},
    {"replacement_character", FindingKind::kReplacementCharacter},
    {"lone_surrogate", FindingKind::kLoneSurrogate},
    {"misread_utf8", FindingKind::kMisreadUtf8},
    {"utf16", FindingKind::kUtf16},
    {"control_characters", FindingKind::kControlCharacters},
    {"empty", FindingKind::kEmpty},
    {"empty_body", FindingKind::kEmptyBody},
    {"duplicate", FindingKind::kDuplicate},
    {"contradiction", FindingKind::kContradiction},
    {"in_test", FindingKind::kInTest},
    {"rare_label", FindingKind::kRareLabel},
    {"similar_labels", FindingKind::kSimilarLabels},
    {"single_label", FindingKind::kSingleLabel},
    {"unknown_test_label", FindingKind::kUnknownTestLabel},
    {"several_labels", FindingKind::kSeveralLabels},
    {"unlabelled", FindingKind::kUnlabelled},
    {"unreadable", FindingKind::kUnreadable},
    {"link", FindingKind::kLink},
    {"outside", FindingKind::kOutside},
    {"not_regular", FindingKind::kNotRegular},
};

/// One thing that was found; at least one document, label or file has it.
struct Finding {
  FindingKind kind;
  std::int64_t count;
  std::vector<std::size_t> documents = {};             ///< places in the data
  std::vector<CopyGroup> copies = {};                  ///< places in the data and the test data
  std::vector<std::string> labels = {};                ///< in byte order
  std::vector<std::vector<std::string>> similar = {};  ///< groups of labels
  std::vector<std::string> files = {};
};

struct LabelCount {
  std::string label;
  std::int64_t documents;
};

struct Inspection {
  std::vector<LabelCount> labels;  ///< in byte order
  std::size_t median_bytes;        ///< of the texts; of an even number the smaller middle one
  std::size_t largest;             ///< place of the first of the largest documents
  std::vector<Finding> findings;   ///< by kind
};

/// Fewer documents of a label than this are few, whatever the others have.
inline constexpr std::int64_t kFewDocuments = 5;
/// So is less than this share of the largest label's documents.
inline constexpr double kFewOfLargest = 0.01;

/// Looks over labelled documents, at least one. Files and folders that a reader passes over by rule
/// (hidden ones, blank lines, labels that were not asked for) are no findings.
/// @param test documents that the model is to be scored on; none: it is not looked at
/// @param policy that both were read by
Inspection inspect_corpus(const Corpus& data, const Corpus& test, InvalidUtf8 policy,
                          Workers& workers);

}  // namespace newsclf
