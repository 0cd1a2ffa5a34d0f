// SPDX-License-Identifier: MIT
// Keeps a fitted vectorizer and the rows of its documents for later trainings: a safetensors file
// with the tensors
//
//   row_offsets      I64 [documents + 1]  row r is [row_offsets[r], row_offsets[r + 1])
//   kinds            I64 [3]              number of tokens of each kind
//   row_values       F32 [entries]        weights
//   idf, token_scale F32 [tokens] or [0]  factors of the weights
//   row_columns      U32 [entries]        columns, ascending within a row
//   token_offsets    U32 [tokens + 1]     token c is [token_offsets[c], token_offsets[c + 1])
//   token_bytes      U8                   all tokens, concatenated
//
// and the metadata `format` ("newsclf-rows"), `format_version`, `key` and, as in a model, `digest`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/safetensors.hpp"

namespace newsclf {

/// What determines the rows: two fits with equal keys give equal rows.
/// @param labels see `fit_vectorizer`
std::string key_of_rows(DocumentStream& documents, const VectorizerOptions& options,
                        std::span<const std::int32_t> labels);

/// A vectorizer and rows in a file, which is mapped.
class CachedRows {
 public:
  /// Opens the file at `path` if it has this key. @param documents number of rows
  /// @return std::nullopt if the file does not exist or has another key
  /// @throws Error if the file is damaged
  static std::optional<CachedRows> open(const std::string& path, const std::string& key,
                                        const VectorizerOptions& options, std::size_t documents);
  /// Writes the file; an existing one is replaced when the new one is complete.
  /// @throws Error if it cannot be written
  static void write(const std::string& path, const std::string& key, const Vectorizer& vectorizer,
                    const RowsView& rows);

  const Vectorizer& vectorizer() const { return vectorizer_; }
  const RowsView& rows() const { return rows_; }

 private:
  Safetensors file_;
  Vectorizer vectorizer_;
  RowsView rows_;
};

}  // namespace newsclf
