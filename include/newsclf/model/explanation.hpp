// SPDX-License-Identifier: MIT
// Why a document got its label: the share that each of its tokens has in a logit.
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
  std::int32_t column;  ///< the token's, in the vocabulary
  float contribution;   ///< above 0 it speaks for the label, below 0 against it

  bool operator==(const TokenContribution&) const = default;
};

/// Shares out logits among the tokens of documents by integrated gradients (Sundararajan, Taly &
/// Yan, "Axiomatic Attribution for Deep Networks", 2017): a token's contribution is its weight in
/// the row times the mean of the logit's gradient along the straight path from the empty document
/// to the row. The contributions add up to what the document changes in the logit. Weight times
/// gradient at the row itself would not: behind a ReLU that the document has switched, or a softmax
/// that it has saturated, the gradient no longer tells how the logit came about.
///
/// For one network the mean is exact, since the gradient is constant between the points where a
/// unit switches; for an ensemble, whose logit is smooth there, it is integrated by adaptive
/// quadrature, and checked against the logit itself. It costs the same for any document: some
/// hundred forward passes behind the first layer.
class Explainer {
 public:
  explicit Explainer(const Network& network);

  /// The contributions of the tokens of `row` to the logit of `label`, columns ascending. Their sum
  /// is logit(row) - base_logit(label), up to 1e-4 times the larger of 1 and that difference.
  /// May be called from any thread.
  std::vector<TokenContribution> explain(const SparseRow& row, std::int32_t label) const;

  /// The logit of `label` for a document without known tokens.
  float base_logit(std::int32_t label) const {
    return base_logits_[static_cast<std::size_t>(label)];
  }

 private:
  Network network_;
  std::vector<float> base_logits_;
};

/// The tokens of a document that spoke loudest.
struct Reasons {
  std::vector<TokenContribution> in_favour;  ///< contributions above 0, the largest first
  std::vector<TokenContribution> against;    ///< contributions below 0, the smallest first
};

/// At most `most` tokens of either kind; equal contributions in order of columns.
Reasons strongest_reasons(std::span<const TokenContribution> contributions, std::size_t most);

}  // namespace newsclf
