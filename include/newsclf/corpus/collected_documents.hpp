// SPDX-License-Identifier: MIT
// Documents that are in memory, or in a file if they are too large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/document_facts.hpp"
#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// Receives documents in order, as they are read.
class DocumentSink {
 public:
  virtual ~DocumentSink() = default;
  /// Moves from `documents`.
  virtual void add(std::span<Document> documents) = 0;
  /// Bytes of documents that may still be in memory together.
  virtual std::size_t room() const = 0;
  /// Where to put what exceeds it.
  virtual const std::string& folder() const = 0;
};

/// Documents in a file without a name, and the facts about them. Their ids and other columns are
/// not kept. Call order: `add* finish (next* rewind)*`.
class DocumentsOnDisk : public DocumentStream {
 public:
  /// @throws Error if no file can be created in `folder`
  explicit DocumentsOnDisk(const std::string& folder);
  ~DocumentsOnDisk() override;

  /// @throws Error if the disk is full
  void add(const Document& document);
  void finish();

  std::span<const Document> next() override;
  void rewind() override;
  KnownDocuments known() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class CollectedDocuments : public DocumentSink {
 public:
  /// @param folder where documents go that do not fit; empty: all stay in memory
  /// @param most bytes of documents in memory
  CollectedDocuments(std::string folder, std::int64_t most);

  void add(std::span<Document> documents) override;
  std::size_t room() const override;
  const std::string& folder() const override { return folder_; }

  /// Moves all documents to a file, if they are in memory. @throws Error if the disk is full
  void move_to_disk();
  bool are_on_disk() const { return on_disk_ != nullptr; }
  /// All documents; call it after the last `add`.
  DocumentStream& stream();

 private:
  std::string folder_;
  std::int64_t most_, used_ = 0;
  std::vector<Document> in_memory_;
  std::unique_ptr<DocumentsOnDisk> on_disk_;
  std::unique_ptr<StoredDocuments> stored_;
};

}  // namespace newsclf
