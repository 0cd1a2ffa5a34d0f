// SPDX-License-Identifier: MIT
#include "newsclf/corpus/read_limits.hpp"

#include <fmt/format.h>

#include "newsclf/corpus/document.hpp"
#include "newsclf/text/utf8.hpp"

namespace newsclf {

std::string describe_size(std::size_t bytes) {
  constexpr std::size_t kKiB = std::size_t{1} << 10, kMiB = std::size_t{1} << 20;
  if (bytes % kMiB == 0) return fmt::format("{} MiB", bytes / kMiB);
  if (bytes % kKiB == 0) return fmt::format("{} KiB", bytes / kKiB);
  return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
}

Document document_of(std::string_view text, std::size_t most) {
  constexpr std::size_t kLongestCharacter = 4;  // so that one that is cut here lies behind `most`
  if (text.size() > most) text = text.substr(0, most + kLongestCharacter);
  Document document;
  document.text = text;
  document.may_be_post = true;
  repair_utf8(document.text, InvalidUtf8::kReplace, "");
  document.text.resize(cut_to(document.text, most).size());
  return document;
}

Error long_document(std::string_view where, const ReadLimits& limits) {
  return {ErrorCode::kLongDocument, where,
          "this document is longer than " + describe_size(limits.document)};
}

void DocumentMemory::add(std::size_t bytes, std::string_view id) {
  const std::lock_guard lock(mutex_);
  ++documents_;
  used_ += static_cast<std::int64_t>(sizeof(Document) + bytes);
  if (bytes > largest_) {
    largest_ = bytes;
    largest_id_ = id;
  }
  if (limit_ == 0 || used_ <= limit_) return;
  constexpr double kMega = 1e6;
  throw Error(
      ErrorCode::kTooMuchToRead, place_,
      fmt::format("its first {} document{} would bring the memory for documents to {:.1f} MB, but "
                  "the limit is {:.1f} MB (the largest of them, {}, has {:.1f} MB)",
                  documents_, documents_ == 1 ? "" : "s", static_cast<double>(used_) / kMega,
                  static_cast<double>(limit_) / kMega, largest_id_,
                  static_cast<double>(largest_) / kMega));
}

}  // namespace newsclf
