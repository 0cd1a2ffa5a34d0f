// SPDX-License-Identifier: MIT
#include "newsclf/corpus/document.hpp"

namespace newsclf {

ReadCounts& ReadCounts::operator+=(const ReadCounts& others) {
  read += others.read;
  empty += others.empty;
  repaired += others.repaired;
  lone_surrogates += others.lone_surrogates;
  more_labels += others.more_labels;
  bytes += others.bytes;
  unlabelled += others.unlabelled;
  other_labels += others.other_labels;
  blank += others.blank;
  outside += others.outside;
  hidden += others.hidden;
  not_regular += others.not_regular;
  links.insert(links.end(), others.links.begin(), others.links.end());
  unreadable.insert(unreadable.end(), others.unreadable.begin(), others.unreadable.end());
  return *this;
}

}  // namespace newsclf
