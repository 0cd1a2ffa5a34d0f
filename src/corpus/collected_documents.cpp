// SPDX-License-Identifier: MIT
#include "newsclf/corpus/collected_documents.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "io/digest.hpp"
#include "io/scratch_file.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {
namespace {

/// Before each document: `parts` of `TextPart` and `bytes` of text follow.
struct Head {
  std::uint64_t bytes;
  std::uint32_t label;  // in `DocumentFacts::labels`
  std::uint32_t parts;
  std::uint64_t may_be_post;
};

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

void add_layout(const Document& document, Digest& digest) {
  std::vector<std::int64_t> numbers = {document.may_be_post};
  for (const TextPart& part : document.parts)
    numbers.insert(numbers.end(),
                   {static_cast<std::int64_t>(part.end), static_cast<std::int64_t>(part.weight)});
  digest.add_sized(numbers);
}

}  // namespace

std::string digest_layouts(DocumentStream& documents) {
  if (const auto [facts, selected] = documents.known(); facts != nullptr)
    return facts->layout_digest;
  Digest digest;
  for_each_document(documents, [&](const Document& document) { add_layout(document, digest); });
  return digest.hex();
}

struct DocumentsOnDisk::State {
  explicit State(const std::string& folder) : file(folder) {}

  ScratchFile file;
  DocumentFacts facts;
  Digest digest, layout_digest;
  std::unordered_map<std::string, std::int32_t> label_ids;

  std::size_t offset = 0;  // of the next document
  std::vector<std::byte> bytes;
  std::vector<Document> block;  // reused, so that strings keep their memory

  std::int32_t id_of(const std::string& label) {
    const auto next = static_cast<std::int32_t>(facts.labels.size());
    const auto [place, is_new] = label_ids.try_emplace(label, next);
    if (is_new) facts.labels.push_back(label);
    return place->second;
  }
  /// Reads a document at the begin of `left` and removes it. @returns false if it is incomplete
  /// @throws Error if it cannot be one
  bool take(std::span<const std::byte>& left, std::size_t place) {
    Head head;
    if (left.size() < sizeof head) return false;
    std::memcpy(&head, left.data(), sizeof head);
    const std::size_t parts = head.parts * sizeof(TextPart);
    if (head.label >= facts.labels.size() || parts > file.size() || head.bytes > file.size())
      file.refuse();
    if (left.size() - sizeof head < parts + head.bytes) return false;
    if (place == block.size()) block.emplace_back();
    Document& document = block[place];
    document.label = facts.labels[head.label];
    document.may_be_post = head.may_be_post != 0;
    document.parts.resize(head.parts);
    left = left.subspan(sizeof head);
    if (parts > 0) std::memcpy(document.parts.data(), left.data(), parts);
    left = left.subspan(parts);
    document.text.assign(reinterpret_cast<const char*>(left.data()), head.bytes);
    left = left.subspan(head.bytes);
    return true;
  }
};

DocumentsOnDisk::DocumentsOnDisk(const std::string& folder)
    : state_(std::make_unique<State>(folder)) {}
DocumentsOnDisk::~DocumentsOnDisk() = default;

void DocumentsOnDisk::add(const Document& document) {
  DocumentFacts& facts = state_->facts;
  const std::int32_t label = state_->id_of(document.label);
  facts.label_of.push_back(label);
  facts.keys.push_back(thread_key(document));
  facts.empty += is_blank(document.text);
  facts.characters += static_cast<std::int64_t>(count_characters(document.text));
  state_->digest.add_sized(document.label);
  state_->digest.add_sized(document.text);
  add_layout(document, state_->layout_digest);
  const Head head{document.text.size(), static_cast<std::uint32_t>(label),
                  static_cast<std::uint32_t>(document.parts.size()), document.may_be_post};
  state_->file.append(bytes_of(head));
  state_->file.append(std::as_bytes(std::span(document.parts)));
  state_->file.append(std::as_bytes(std::span(document.text)));
}

void DocumentsOnDisk::finish() {
  state_->facts.digest = state_->digest.hex();
  state_->facts.layout_digest = state_->layout_digest.hex();
}

std::span<const Document> DocumentsOnDisk::next() {
  constexpr std::size_t kBlock = std::size_t{4} << 20;
  State& state = *state_;
  std::size_t count = 0;
  for (std::size_t size = kBlock; count == 0 && state.offset < state.file.size(); size *= 2) {
    state.bytes.resize(size);
    const std::span all = std::span(state.bytes).first(state.file.read(state.offset, state.bytes));
    std::span<const std::byte> left = all;
    while (state.take(left, count)) ++count;
    if (count == 0 && size > state.file.size()) state.file.refuse();
    state.offset += all.size() - left.size();
  }
  if (count == 0) state.file.check();
  return std::span<const Document>(state.block).first(count);
}

void DocumentsOnDisk::rewind() { state_->offset = 0; }

KnownDocuments DocumentsOnDisk::known() const { return {&state_->facts, nullptr}; }

CollectedDocuments::CollectedDocuments(std::string folder, std::int64_t most)
    : folder_(std::move(folder)), most_(most) {}

void CollectedDocuments::add(std::span<Document> documents) {
  for (Document& document : documents) {
    if (on_disk_ == nullptr) used_ += memory_of(document);
    if (on_disk_ == nullptr && !folder_.empty() && used_ > most_) move_to_disk();
    if (on_disk_ != nullptr)
      on_disk_->add(document);
    else
      in_memory_.push_back(std::move(document));
  }
}

std::size_t CollectedDocuments::room() const {
  return are_on_disk() ? 0 : static_cast<std::size_t>(std::max(most_ - used_, std::int64_t{0}));
}

void CollectedDocuments::move_to_disk() {
  if (on_disk_ != nullptr) return;
  on_disk_ = std::make_unique<DocumentsOnDisk>(folder_);
  for (Document& document : in_memory_) on_disk_->add(std::exchange(document, {}));
  std::vector<Document>().swap(in_memory_);
  stored_.reset();
  ::malloc_trim(0);  // the documents leave many small gaps
}

DocumentStream& CollectedDocuments::stream() {
  if (on_disk_ != nullptr) {
    on_disk_->finish();
    return *on_disk_;
  }
  stored_ = std::make_unique<StoredDocuments>(in_memory_);
  return *stored_;
}

}  // namespace newsclf
