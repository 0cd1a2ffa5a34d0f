// SPDX-License-Identifier: MIT
// Accepts fastText's names of commands and options, for users and scripts that know them.
#pragma once

#include <string>
#include <vector>

namespace newsclf {

/// Replaces fastText's names in a command line, without the program's name, by those of newsclf:
/// `supervised -input F -output M -epoch 3` becomes `train F --output M --epochs 3`. Other words do
/// not change. Adds a line to `warnings` for each option whose meaning differs slightly.
/// @throws WrongCommandLine for an option of fastText that newsclf does not support
std::vector<std::string> translate_fasttext(std::vector<std::string> words,
                                            std::vector<std::string>& warnings);

}  // namespace newsclf
