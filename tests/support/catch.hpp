// SPDX-License-Identifier: MIT
// Catch2. CMake says which version: the headers of another one may be in the search path too.
#pragma once

#if NEWSCLF_CATCH2_MAJOR >= 3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
