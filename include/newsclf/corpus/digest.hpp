// SPDX-License-Identifier: MIT
// A fingerprint of documents, to tell whether two models saw the same ones.
#pragma once

#include <string>

#include "newsclf/corpus/document_stream.hpp"

namespace newsclf {

/// XXH3-128 (32 hex digits) over the sizes (64 bits, little-endian) and bytes of all labels and
/// texts, in order; ids are left out, so that the same documents from another folder have the same
/// digest.
std::string digest_documents(DocumentStream& documents);

}  // namespace newsclf
