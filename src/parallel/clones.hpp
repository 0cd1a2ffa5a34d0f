// SPDX-License-Identifier: MIT
// Loops compiled for several kinds of x86-64 processors; the best one is chosen when the library is
// loaded. Sanitizers do not support that.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define NEWSCLF_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NEWSCLF_CLONES
#endif
