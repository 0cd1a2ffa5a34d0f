// SPDX-License-Identifier: MIT
#include "newsclf/corpus/read_counts.hpp"

namespace newsclf {

ReadCounts& ReadCounts::operator+=(const ReadCounts& others) {
  for (const ReadCountField& field : kReadCountFields) this->*field.count += others.*field.count;
  bytes += others.bytes;
  links.insert(links.end(), others.links.begin(), others.links.end());
  unreadable.insert(unreadable.end(), others.unreadable.begin(), others.unreadable.end());
  return *this;
}

}  // namespace newsclf
