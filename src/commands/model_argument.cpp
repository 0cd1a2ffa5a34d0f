// SPDX-License-Identifier: MIT
// A safetensors file begins with the size of its header (64 bits, the low ones first) and the header,
// an object of JSON.
#include "commands/model_argument.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "newsclf/error/error.hpp"

namespace newsclf {

namespace fs = std::filesystem;

bool looks_like_model(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  char first[10] = {};
  std::ifstream(path, std::ios::binary).read(first, sizeof first);
  // No header is as large as 2^32 bytes, and no text holds zeros.
  return std::string_view(first + 4, 6) == std::string_view("\0\0\0\0{\"", 6);
}

void check_model_argument(const std::string& path, std::span<const std::string> others) {
  std::error_code ignored;
  if (looks_like_model(path)) return;
  for (const std::string& other : others)
    if (looks_like_model(other))
      throw Error(path,
                  fmt::format("this is {}, and {} is a model",
                              fs::is_directory(path, ignored) ? "a folder" : "not a newsclf model",
                              other),
                  "did you swap them? the model comes first");
  if (fs::is_regular_file(path, ignored) && std::ifstream(path).good())
    throw Error(path, "this is not a newsclf model", "give the file that newsclf train wrote");
}

}  // namespace newsclf
