// SPDX-License-Identifier: MIT
// fastText's spellings of commands and options, for hands and scripts that are used to them.
#pragma once

#include <string>
#include <vector>

namespace newsclf {

/// The words of a command line, without the program's name, with fastText's spellings replaced by
/// ours: `supervised -input F -output M -epoch 3` becomes `train F -o M --epochs 3`. All other
/// words stay as they are. `warnings` gets a line for each spelling whose meaning here is not quite
/// the same.
/// @throws WrongCommandLine for a spelling of fastText's that has no equal here
std::vector<std::string> translate_fasttext(std::vector<std::string> words,
                                            std::vector<std::string>& warnings);

}  // namespace newsclf
