// SPDX-License-Identifier: MIT
// Opening the training library, and LibTorch with it, where they are really used.
#pragma once

#include "newsclf/training/library.hpp"

namespace newsclf {

/// Opens the training library on the first call; it stays open until the process ends. The library
/// stands beside the program, or where `cmake --install` puts it, seen from the program: a tree that
/// was installed can be moved. May be called from any thread.
/// @throws Error that says what is missing and how to get it
const TrainingLibrary& open_training_library();

}  // namespace newsclf
