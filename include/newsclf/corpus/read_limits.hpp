// SPDX-License-Identifier: MIT
// Limits on the memory that input can take, whatever it contains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "newsclf/error/error.hpp"
#include "newsclf/names/choice.hpp"

namespace newsclf {

struct Document;

/// What happens to a document that is longer than `ReadLimits::document`.
enum class OnLong {
  kCut,    ///< only its first bytes are used, in whole characters
  kSkip,   ///< it is skipped
  kError,  ///< it is an error
};
inline constexpr Choice<OnLong> kOnLong[] = {
    {"cut", OnLong::kCut}, {"skip", OnLong::kSkip}, {"error", OnLong::kError}};

/// In bytes. Reading one document takes about three times the larger of the first two limits.
struct ReadLimits {
  std::size_t document = std::size_t{16} << 20;  ///< of a document as stored, and of its text
  std::size_t record = std::size_t{64} << 20;    ///< of a record of CSV, TSV or JSONL
  OnLong on_long = OnLong::kCut;                 ///< what to do with longer documents
  std::int64_t memory = 0;       ///< of all documents that are in memory together; 0: no limit
  std::int64_t memory_used = 0;  ///< of these, documents that were read before
};

/// Returns a size for messages: "16 MiB", "100 KiB", "1500 bytes".
std::string describe_size(std::size_t bytes);

/// The document of a text that is in memory, which may be a post: its first `most` bytes, in whole
/// characters. Invalid UTF-8 in it is read as with `InvalidUtf8::kReplace`.
Document document_of(std::string_view text, std::size_t most = ReadLimits{}.document);

/// The error for a document that is longer than the limit.
Error long_document(std::string_view where, const ReadLimits& limits);

/// The memory taken by documents that are read into memory together. Thread-safe.
class DocumentMemory {
 public:
  /// @param place name of the input in messages
  DocumentMemory(const ReadLimits& limits, std::string place)
      : limit_(limits.memory), used_(limits.memory_used), place_(std::move(place)) {}

  /// Adds a document whose text has `bytes` bytes (see `memory_of`).
  /// @throws Error if the limit is exceeded, with the number of documents and the largest one
  void add(std::size_t bytes, std::string_view id);

 private:
  std::mutex mutex_;
  std::int64_t limit_, used_;
  std::string place_;
  std::int64_t documents_ = 0;
  std::size_t largest_ = 0;
  std::string largest_id_;
};

}  // namespace newsclf
