// SPDX-License-Identifier: MIT
// What a user of the program can do about errors of the library, by its options.
#pragma once

#include <string>

#include "newsclf/error/error.hpp"

namespace newsclf {

/// `what()`, and "; REMEDY" where the error's code has one.
std::string message_with_remedy(const Error& error);

}  // namespace newsclf
