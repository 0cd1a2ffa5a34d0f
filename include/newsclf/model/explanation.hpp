// SPDX-License-Identifier: MIT
// Why a document got its label: the contribution of each of its tokens to a logit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "newsclf/features/sparse_rows.hpp"
#include "newsclf/model/network.hpp"

namespace newsclf {

/// What one token of a document adds to a label's logit.
struct TokenContribution {
  std::int32_t column;  ///< of the token, in the vocabulary
  float contribution;   ///< above 0: evidence for the label, below 0: against it

  bool operator==(const TokenContribution&) const = default;
};

/// Attributes logits to the tokens of documents by integrated gradients (Sundararajan, Taly & Yan,
/// "Axiomatic Attribution for Deep Networks", 2017): a token's contribution is its weight in the
/// row times the mean of the logit's gradient along the straight path from the empty document to
/// the row. The contributions add up to the difference between the document's logit and the empty
/// document's. Weight times gradient at the row itself would not: after a ReLU that the document
/// switched or a softmax that it saturated, that gradient no longer explains the logit.
///
/// For one network the mean is exact because the gradient is constant between the points where a
/// unit switches. The logit of an ensemble is smooth between these points; there, adaptive
/// quadrature integrates the gradient and checks the result against the logit. The cost does not
/// depend on the document: about a hundred forward passes through the layers after the first. It is
/// bounded: the gradient is exact up to the 16,384th of these points on a path, or fewer with more
/// than 500 labels and members; behind it, the path is followed in as many equal steps.
class Explainer {
 public:
  explicit Explainer(const Ensemble& ensemble);

  /// The contributions of the tokens of `row` to the logit of `label`, in ascending order of
  /// columns. Their sum is logit(row) - base_logit(label), up to 1e-4 times the larger of 1 and
  /// that difference unless too many units switch (see above). May be called from any thread.
  std::vector<TokenContribution> explain(const SparseRow& row, std::int32_t label) const;

  /// The logit of `label` for a document without known tokens.
  float base_logit(std::int32_t label) const {
    return base_logits_[static_cast<std::size_t>(label)];
  }

 private:
  Ensemble ensemble_;
  std::vector<float> base_logits_;
};

/// The tokens of a document that contributed most.
struct Reasons {
  std::vector<TokenContribution> in_favour;  ///< contributions above 0, the largest first
  std::vector<TokenContribution> against;    ///< contributions below 0, the smallest first
};

/// At most `most` tokens on each side; equal contributions are ordered by column.
Reasons strongest_reasons(std::span<const TokenContribution> contributions, std::size_t most);

}  // namespace newsclf
