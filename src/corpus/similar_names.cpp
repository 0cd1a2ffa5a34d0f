// SPDX-License-Identifier: MIT
#include "newsclf/corpus/inspection.hpp"

#include <utf8proc.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>

#include "newsclf/names/edit_distance.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

enum class Sort { kSmall, kCapital, kLetter, kDigit, kSeparator, kOther };

Sort sort_of(char32_t c) {
  if (c < 0x80 && std::string_view(" _-./").find(static_cast<char>(c)) != std::string_view::npos)
    return Sort::kSeparator;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category == UTF8PROC_CATEGORY_LL) return Sort::kSmall;
  if (category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT) return Sort::kCapital;
  // Other letters and marks have consecutive categories.
  if (category >= UTF8PROC_CATEGORY_LM && category <= UTF8PROC_CATEGORY_ME) return Sort::kLetter;
  if (category == UTF8PROC_CATEGORY_ND) return Sort::kDigit;
  return category == UTF8PROC_CATEGORY_ZS ? Sort::kSeparator : Sort::kOther;
}

bool is_letter(Sort sort) {
  return sort == Sort::kSmall || sort == Sort::kCapital || sort == Sort::kLetter;
}

/// Returns the characters of `name` in normalization form C.
std::u32string characters_of(const std::string& name) {
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> composed(
      utf8proc_NFC(reinterpret_cast<const utf8proc_uint8_t*>(name.c_str())), &std::free);
  const std::string_view text =
      composed ? reinterpret_cast<const char*>(composed.get()) : name.c_str();
  std::u32string characters;
  for (std::size_t i = 0; i < text.size();) characters.push_back(decode_utf8(text, i));
  return characters;
}

struct Part {
  std::u32string text;  // in lower case
  bool has_letters_alone = true;
};

/// A name split into parts, in lower case.
struct Spelling {
  std::u32string folded;  // without separators; those between digits become '.'
  std::vector<Part> parts;
  bool has_letters = false;
};

Spelling spell(const std::string& name) {
  Spelling spelling;
  bool separated = true;  // a separator precedes this character
  Sort before = Sort::kSeparator;
  for (const char32_t c : characters_of(name)) {
    const Sort sort = sort_of(c);
    if (sort == Sort::kSeparator) {
      separated = true;
      continue;
    }
    const auto lower = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    if (separated && before == Sort::kDigit && sort == Sort::kDigit)
      spelling.folded.push_back(U'.');
    spelling.folded.push_back(lower);
    const bool new_part = separated || (before == Sort::kSmall && sort == Sort::kCapital) ||
                          (before == Sort::kDigit) != (sort == Sort::kDigit);
    if (new_part) spelling.parts.emplace_back();
    Part& part = spelling.parts.back();
    part.text.push_back(lower);
    constexpr char32_t kFirstIdeograph = 0x2E80;  // CJK Radicals Supplement and everything after it
    part.has_letters_alone = part.has_letters_alone && is_letter(sort) && c < kFirstIdeograph;
    spelling.has_letters = spelling.has_letters || is_letter(sort);
    separated = false;
    before = sort;
  }
  return spelling;
}

/// Whether swapping two neighbouring characters turns `a` into `b`.
bool are_swapped(std::u32string_view a, std::u32string_view b) {
  if (a.size() != b.size()) return false;
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
  return a.end() - x >= 2 && x[0] == y[1] && x[1] == y[0] && std::equal(x + 2, a.end(), y + 2);
}

bool is_mistyped(std::u32string_view a, std::u32string_view b, bool one_is_rare) {
  const std::size_t shorter = std::min(a.size(), b.size());
  const std::size_t longer = std::max(a.size(), b.size());
  if (longer - shorter > 2) return false;
  if (shorter >= 4 && are_swapped(a, b)) return true;
  const std::size_t allowed = shorter >= 8 && one_is_rare ? 2 : longer >= 5 ? 1 : 0;
  return allowed > 0 && edit_distance(a, b) <= allowed;
}

/// Disjoint sets of names: a forest in which each name points towards the first of its group.
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t first_of(std::size_t name) {
    while (parent_[name] != name) name = parent_[name] = parent_[parent_[name]];
    return name;
  }
  void join(std::size_t a, std::size_t b) {
    a = first_of(a);
    b = first_of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

/// Whether one of two names is used at most a tenth as often as the other.
bool is_rare(std::int64_t uses, std::int64_t others) {
  return 10 * std::min(uses, others) <= std::max(uses, others);
}

/// Returns the key shared by names that differ only in part `k`, and not in its first letter.
std::u32string all_but(const Spelling& spelling, std::size_t k) {
  std::u32string key;
  for (std::size_t p = 0; p < spelling.parts.size(); ++p) {
    const std::u32string& text = spelling.parts[p].text;
    key += p == k ? U"\n" + text.substr(0, 1) : text;
    key += U' ';
  }
  return key;
}

/// Visits `text` and every text left after deleting up to `deletions` characters from `begin` on.
template <typename Visit>
void visit_shortened(const std::u32string& text, std::size_t begin, int deletions,
                     const Visit& visit) {
  visit(text);
  if (deletions == 0) return;
  for (std::size_t i = begin; i < text.size(); ++i)
    visit_shortened(std::u32string(text).erase(i, 1), i, deletions - 1, visit);
}

/// Visits pairs of `texts` (indexes) with the same first letter, including all pairs at most
/// `deletions` edits apart or with two swapped neighbours: deleting that many letters from both
/// gives a common text (the symmetric deletions of SymSpell).
template <typename Visit>
void visit_close(std::span<const std::u32string* const> texts, int deletions, const Visit& visit) {
  std::vector<std::pair<std::uint64_t, std::size_t>> shortened;  // hash, index of the text
  for (std::size_t t = 0; t < texts.size(); ++t)
    visit_shortened(*texts[t], 1, deletions, [&](const std::u32string& text) {
      shortened.emplace_back(XXH3_64bits(text.data(), text.size() * sizeof text[0]), t);
    });
  std::ranges::sort(shortened);
  for (std::size_t first = 0, i = 0; i < shortened.size(); ++i) {
    if (shortened[i].first != shortened[first].first) first = i;
    for (std::size_t k = first; k < i; ++k) visit(shortened[k].second, shortened[i].second);
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> similar_names(std::span<const std::string> names,
                                                    std::span<const std::int64_t> uses) {
  std::vector<Spelling> spellings;
  for (const std::string& name : names) spellings.push_back(spell(name));

  Groups groups(names.size());
  std::map<std::u32string_view, std::size_t> by_folded;
  std::map<std::u32string, std::vector<std::pair<std::size_t, std::size_t>>> by_rest;
  for (std::size_t n = 0; n < names.size(); ++n) {
    const Spelling& spelling = spellings[n];
    if (!spelling.has_letters) continue;
    const auto [place, is_new] = by_folded.emplace(spelling.folded, n);
    if (!is_new) groups.join(place->second, n);
    for (std::size_t k = 0; k < spelling.parts.size(); ++k)
      if (const Part& part = spelling.parts[k]; part.has_letters_alone && part.text.size() >= 4 &&
                                                part.text.size() <= kLongestComparedPart)
        by_rest[all_but(spelling, k)].emplace_back(n, k);
  }
  const auto [fewest, most] =
      uses.empty() ? std::ranges::minmax_result<std::int64_t>{0, 0} : std::ranges::minmax(uses);
  for (const auto& of_rest : by_rest) {
    const auto& candidates = of_rest.second;
    if (candidates.size() < 2) continue;
    std::vector<const std::u32string*> texts;
    for (const auto& [name, part] : candidates) texts.push_back(&spellings[name].parts[part].text);
    visit_close(texts, is_rare(fewest, most) ? 2 : 1, [&](std::size_t i, std::size_t j) {
      const std::size_t a = candidates[i].first, b = candidates[j].first;
      if (groups.first_of(a) != groups.first_of(b) &&
          is_mistyped(*texts[i], *texts[j], is_rare(uses[a], uses[b])))
        groups.join(a, b);
    });
  }

  std::map<std::size_t, std::vector<std::size_t>> members;
  for (std::size_t n = 0; n < names.size(); ++n) members[groups.first_of(n)].push_back(n);
  std::vector<std::vector<std::size_t>> similar;
  for (auto& [first, group] : members)
    if (group.size() > 1) similar.push_back(std::move(group));
  return similar;
}

}  // namespace newsclf
