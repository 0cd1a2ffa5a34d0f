// SPDX-License-Identifier: MIT
// The limits on the memory of input: options and messages.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/console.hpp"
#include "newsclf/corpus/document.hpp"
#include "newsclf/corpus/read_limits.hpp"

namespace newsclf {

/// Adds --max-document, --on-long, --max-record.
/// @param may_skip whether documents may be skipped; otherwise each has its line of output
void add_limit_options(CLI::App& app, ReadLimits& limits, bool may_skip);

/// Limits the memory for documents to half of the machine's, unless a limit is set: what is
/// computed from them takes memory too.
void set_memory_limit(ReadLimits& limits);

/// Warns if documents were longer than the limit.
void warn_of_long_documents(const Console& console, const ReadCounts& counts,
                            const ReadLimits& limits);

}  // namespace newsclf
