// SPDX-License-Identifier: MIT
// The one exception type for what a user can put right.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace newsclf {

/// What is wrong, where the remedy depends on who calls the library: the program names its options,
/// a C++ program sets members of the options structs.
enum class ErrorCode {
  kGeneral,            ///< none of the others; `what()` says all there is to say
  kDiverged,           ///< a training whose loss is not finite
  kFewToHoldOut,       ///< a share of documents that is less than one
  kFileExists,         ///< a file that is not to be replaced
  kFolderOfFormat,     ///< a folder, where the format is one of files
  kLabelHeldOutAlone,  ///< a label that only held-out documents have
  kLabelOfNone,        ///< a label that was asked for and that no document has
  kNoDeviceMemory,     ///< a training that exceeds the memory of its CUDA device
  kNoIdColumn,         ///< a column or key of ids that is not there
  kNoLabelColumn,      ///< the same of labels; or it cannot be told
  kNoTextColumn,       ///< the same of text
  kNoTokens,           ///< a vocabulary that all tokens are left out of
  kNotUtf8,            ///< a text that is to be refused
  kTooManyTokens,      ///< a vocabulary that cannot be counted
  kTooMuchMemory,      ///< a training that would exceed its limit
  kUnknownFormat,      ///< documents whose format cannot be told, or has no labels
  kUnknownHeader,      ///< a first record that may be a header or a document
};

/// Something a user can put right. `what()` is one line:
/// `where: what is wrong; what to do`, the last part only where there is something to say.
/// Thrown across the boundary of the training library, hence the visibility.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(std::string_view where, std::string_view problem, std::string_view remedy = {})
      : std::runtime_error(compose(where, problem, remedy)) {}
  /// An error whose remedy the caller knows, by its code.
  Error(ErrorCode code, std::string_view where, std::string_view problem) : Error(where, problem) {
    code_ = code;
  }

  ErrorCode code() const { return code_; }

  /// `text` with what could break a line, speak to the terminal or turn the direction of writing,
  /// each byte of it as \xNN: messages quote file names and damaged files.
  static std::string escape_controls(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    while (!text.empty()) {
      const std::size_t escaped = length_of_control(text);
      for (const char c : text.substr(0, escaped)) {
        const auto byte = static_cast<unsigned char>(c);
        out.append("\\x").append({kDigits[byte >> 4], kDigits[byte & 15]});
      }
      if (escaped == 0) out.push_back(text.front());
      text.remove_prefix(escaped == 0 ? 1 : escaped);
    }
    return out;
  }

 private:
  ErrorCode code_ = ErrorCode::kGeneral;

  /// Bytes of the control character that `text` begins with; 0 where it begins with another.
  static std::size_t length_of_control(std::string_view text) {
    const auto byte = [&](std::size_t i) {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) <= 0x9F) return 2;  // U+0080 to U+009F
    const bool overrides = byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE;  // U+202A to E
    const bool isolates = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;   // U+2066 to 9
    return byte(0) == 0xE2 && (overrides || isolates) ? 3 : 0;
  }

  static std::string compose(std::string_view where, std::string_view problem,
                             std::string_view remedy) {
    std::string line(where);
    line.append(": ").append(problem);
    if (!remedy.empty()) line.append("; ").append(remedy);
    return escape_controls(line);
  }
};

}  // namespace newsclf
