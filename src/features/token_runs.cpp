// SPDX-License-Identifier: MIT
#include "features/token_runs.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <queue>
#include <utility>

namespace newsclf {
namespace {

/// Before the text of each token of a run.
struct RunToken {
  std::uint64_t hash;
  std::uint32_t size;  // of the text
  std::uint32_t documents;
  std::uint64_t kind;
};

constexpr std::size_t kFewSlots = 1024;

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

/// Reads one run, in order.
class RunReader {
 public:
  RunReader(const TokenRuns::Run& run, std::size_t buffer)
      : file_(run.file), next_(run.begin), end_(run.end), bytes_(buffer) {
    advance();
  }

  bool is_at_end() const { return is_at_end_; }
  const RunToken& token() const { return token_; }
  std::string_view text() const { return text_; }

  void advance() {
    is_at_end_ = left_.empty() && next_ == end_;
    if (is_at_end_) return;
    require(sizeof token_);
    std::memcpy(&token_, left_.data(), sizeof token_);
    require(sizeof token_ + token_.size);
    text_ = {reinterpret_cast<const char*>(left_.data()) + sizeof token_, token_.size};
    left_ = left_.subspan(sizeof token_ + token_.size);
  }

 private:
  /// Makes `size` bytes of the run available.
  void require(std::size_t size) {
    if (left_.size() >= size) return;
    const std::size_t kept = left_.size();
    std::ranges::copy(left_, bytes_.begin());
    if (bytes_.size() < size) bytes_.resize(std::min(size, kept + end_ - next_));
    const std::size_t more = std::min(bytes_.size() - kept, end_ - next_);
    if (kept + more < size || file_->read(next_, std::span(bytes_).subspan(kept, more)) < more)
      file_->refuse();
    next_ += more;
    left_ = std::span(bytes_).first(kept + more);
  }

  ScratchFile* file_;
  std::size_t next_, end_;  // the part of the file that is not in `bytes_` yet
  std::vector<std::byte> bytes_;
  std::span<const std::byte> left_;
  RunToken token_{};
  std::string_view text_;
  bool is_at_end_ = false;
};

}  // namespace

TokenRuns::TokenRuns(const std::string& folder, std::size_t memory)
    : most_slots_(std::max(std::bit_floor(memory / 2 / sizeof(Slot)), kFewSlots)),
      most_bytes_(memory / 3),
      slots_(kFewSlots),
      file_(folder) {}

void TokenRuns::add(std::span<const TokenOccurrence> occurrences) {
  // The table is larger than the caches: load the slots of all tokens at once.
  hashes_.clear();
  for (const TokenOccurrence& occurrence : occurrences) {
    hashes_.push_back(hash_of(occurrence.token));
    __builtin_prefetch(&slots_[hashes_.back() & (slots_.size() - 1)]);
  }
  for (std::size_t o = 0; o < occurrences.size(); ++o) {
    const std::string_view text = occurrences[o].token;
    Slot& slot = find(hashes_[o], text);
    if (slot.size == 0) {
      slot = {hashes_[o], texts_.size(), static_cast<std::uint32_t>(text.size()),
              1,          document_,     occurrences[o].kind};
      texts_ += text;
      if (++used_ > slots_.size() / 3 * 2) grow();
    } else if (slot.last != document_) {
      ++slot.documents;
      slot.last = document_;
    }
  }
}

TokenRuns::Slot& TokenRuns::find(std::uint64_t hash, std::string_view text) {
  std::size_t place = hash & (slots_.size() - 1);
  while (slots_[place].size != 0 && (slots_[place].hash != hash || text_of(slots_[place]) != text))
    place = (place + 1) & (slots_.size() - 1);
  return slots_[place];
}

void TokenRuns::grow() {
  std::vector<Slot> slots(2 * slots_.size());
  for (const Slot& slot : slots_) {
    if (slot.size == 0) continue;
    std::size_t place = slot.hash & (slots.size() - 1);
    while (slots[place].size != 0) place = (place + 1) & (slots.size() - 1);
    slots[place] = slot;
  }
  slots_ = std::move(slots);
}

void TokenRuns::end_document() {
  ++document_;
  // Before the table would grow beyond its limit.
  if (used_ < most_slots_ / 2 && texts_.size() < most_bytes_) return;
  write_run();
  if (slots_.size() > most_slots_) slots_ = std::vector<Slot>(most_slots_);
  std::ranges::fill(slots_, Slot());
}

void TokenRuns::finish() {
  write_run();
  std::vector<Slot>().swap(slots_);
  std::string().swap(texts_);
}

void TokenRuns::write_run() {
  if (used_ == 0) return;
  const auto last =
      std::partition(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.size != 0; });
  std::sort(slots_.begin(), last, [&](const Slot& a, const Slot& b) {
    return a.hash != b.hash ? a.hash < b.hash : text_of(a) < text_of(b);
  });
  Run run{&file_, file_.size(), 0};
  for (auto slot = slots_.begin(); slot != last; ++slot) {
    const RunToken token{slot->hash, slot->size, slot->documents,
                         static_cast<std::uint64_t>(slot->kind)};
    file_.append(std::as_bytes(std::span(&token, 1)));
    file_.append(std::as_bytes(std::span(text_of(*slot))));
  }
  run.end = file_.size();
  runs_.push_back(run);
  used_ = 0;
  texts_.clear();
}

void merge_runs(std::span<const TokenRuns::Run> runs, std::size_t memory,
                const std::function<void(std::string_view text, TokenKind kind,
                                         std::uint64_t documents)>& visit) {
  constexpr std::size_t kLeast = std::size_t{4} << 10, kMost = std::size_t{1} << 20;
  const std::size_t buffer = std::clamp(memory / (runs.size() + 1), kLeast, kMost);
  std::vector<RunReader> readers;
  readers.reserve(runs.size());  // `RunReader::text` must stay valid
  for (const TokenRuns::Run& run : runs) readers.emplace_back(run, buffer);
  const auto is_after = [&](std::size_t a, std::size_t b) {
    const RunReader &x = readers[a], &y = readers[b];
    return x.token().hash != y.token().hash ? x.token().hash > y.token().hash : x.text() > y.text();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(is_after)> order(is_after);
  for (std::size_t r = 0; r < readers.size(); ++r)
    if (!readers[r].is_at_end()) order.push(r);
  std::string text;
  while (!order.empty()) {
    const RunToken first = readers[order.top()].token();
    text = readers[order.top()].text();
    std::uint64_t documents = 0;
    while (!order.empty()) {
      const std::size_t r = order.top();
      RunReader& reader = readers[r];
      if (reader.token().hash != first.hash || reader.text() != text) break;
      documents += reader.token().documents;
      order.pop();
      reader.advance();
      if (!reader.is_at_end()) order.push(r);
    }
    if (first.kind >= kTokenKinds) runs.front().file->refuse();
    visit(text, static_cast<TokenKind>(first.kind), documents);
  }
}

}  // namespace newsclf
