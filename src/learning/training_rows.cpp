// SPDX-License-Identifier: MIT
#include "learning/training_rows.hpp"

#include <cstdio>

#include "newsclf/error/error.hpp"

namespace newsclf {

Vectorizer fit_or_reuse(DocumentStream& documents, const VectorizerOptions& options,
                        std::span<const std::int32_t> labels, Workers& workers, TrainingRows& rows,
                        const DiskFitOptions& disk, const std::string& cache,
                        const std::function<void(const RowsCached&)>& report) {
  const std::string key = cache.empty() ? cache : key_of_rows(documents, options, labels);
  if (!cache.empty()) {
    try {
      rows.cached = CachedRows::open(cache, key, options, labels.size());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kMachine) throw;
      report({RowsCached::kDamaged, cache, error.what()});
    }
    if (rows.cached) {
      report({RowsCached::kReused, cache});
      return rows.cached->vectorizer();
    }
  }
  Vectorizer fitted =
      fit_vectorizer_on_disk(documents, options, labels, workers, *rows.on_disk, disk);
  if (!cache.empty()) {
    CachedRows::write(cache, key, fitted, rows.on_disk->view());
    try {
      rows.check();
    } catch (const Error&) {
      std::remove(cache.c_str());
      throw;
    }
    report({RowsCached::kWritten, cache});
  }
  return fitted;
}

}  // namespace newsclf
