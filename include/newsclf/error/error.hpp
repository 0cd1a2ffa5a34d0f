// SPDX-License-Identifier: MIT
// The one exception type for what a user can put right.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

/// What is wrong, where the remedy depends on who calls the library: the program names its options,
/// a C++ program sets members of the options structs.
enum class ErrorCode {
  kGeneral,     ///< none of the others; `what()` says all there is to say
  kFileExists,  ///< a file that is not to be replaced
};

/// Something a user can put right. `what()` is one line:
/// `where: what is wrong; what to do`, the last part only where there is something to say.
/// Thrown across the boundary of the training library, hence the visibility.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(std::string_view where, std::string_view problem, std::string_view remedy = {})
      : std::runtime_error(compose(where, problem, remedy)) {}
  /// An error whose remedy the caller knows, by its code.
  Error(ErrorCode code, std::string_view where, std::string_view problem)
      : Error(where, problem) {
    code_ = code;
  }

  ErrorCode code() const { return code_; }

  /// `text` with what could break a line, or speak to the terminal, as \xNN: messages quote file
  /// names and damaged files.
  static std::string escape_controls(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte != 0x7F)
        out.push_back(c);
      else
        out.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return out;
  }

 private:
  ErrorCode code_ = ErrorCode::kGeneral;

  static std::string compose(std::string_view where, std::string_view problem,
                             std::string_view remedy) {
    std::string line(where);
    line.append(": ").append(problem);
    if (!remedy.empty()) line.append("; ").append(remedy);
    return escape_controls(line);
  }
};

}  // namespace newsclf
