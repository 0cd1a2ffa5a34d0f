// SPDX-License-Identifier: MIT
// The counts of documents, records and files in `ReadCounts`, by name.
#pragma once

#include <cstdint>
#include <string_view>

#include "newsclf/corpus/document.hpp"

namespace newsclf {

struct ReadCountField {
  std::string_view name;
  std::int64_t ReadCounts::*count;
  std::string_view not_read = {};  ///< what it counts, where that was skipped and is reported
};
inline constexpr ReadCountField kReadCountFields[] = {
    {"read", &ReadCounts::read},
    {"empty", &ReadCounts::empty},
    {"repaired", &ReadCounts::repaired},
    {"lone_surrogates", &ReadCounts::lone_surrogates},
    {"more_labels", &ReadCounts::more_labels},
    {"unlabelled", &ReadCounts::unlabelled, "records without a label"},
    {"other_labels", &ReadCounts::other_labels, "records of labels that were not asked for"},
    {"blank", &ReadCounts::blank},
    {"outside", &ReadCounts::outside, "files outside any label folder"},
    {"hidden", &ReadCounts::hidden, "files or folders whose name begins with a dot"},
    {"not_regular", &ReadCounts::not_regular, "pipes, sockets or devices"},
};

}  // namespace newsclf
