// SPDX-License-Identifier: MIT
// Compiles loops for several generations of x86-64 processors; the loader picks the best version.
// Sanitizers do not support this.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define NEWSCLF_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NEWSCLF_CLONES
#endif
