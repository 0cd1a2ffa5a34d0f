// SPDX-License-Identifier: MIT
// Model files that are malformed in one way: a small edit changes a well-formed file, and the
// digest is computed again so that no other check refuses the file.
#pragma once

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "model/digest.hpp"
#include "newsclf/model/classifier.hpp"
#include "support/support.hpp"

namespace newsclf::testing {

/// An editable model file: header and data.
struct ModelFile {
  std::string header;  ///< without padding
  std::string data;

  ModelFile() : ModelFile(tiny_classifier()) {}
  explicit ModelFile(const Classifier& classifier) {
    const TempDir folder;
    save_model(classifier, folder / "model");
    const std::string file = read_file(folder / "model");
    std::uint64_t size = 0;
    std::memcpy(&size, file.data(), 8);
    header = file.substr(8, size);
    header.resize(header.find_last_of('}') + 1);
    data = file.substr(8 + size);
  }

  /// Replaces the only occurrence of `from` in the header.
  ModelFile& edit(const std::string& from, const std::string& to) {
    const std::size_t place = header.find(from);
    INFO("to be replaced: " << from);
    REQUIRE(place != std::string::npos);
    REQUIRE(header.find(from, place + 1) == std::string::npos);
    header.replace(place, from.size(), to);
    return *this;
  }
  /// Replaces text within `config` or `training`, which are JSON in a string.
  ModelFile& edit_inner(const std::string& from, const std::string& to) {
    const auto escaped = [](const std::string& text) {
      const std::string dumped = nlohmann::json(text).dump();
      return dumped.substr(1, dumped.size() - 2);
    };
    return edit(escaped(from), escaped(to));
  }
  /// Changes `config` or `training`: calls `edit` with the parsed JSON.
  template <typename Edit>
  ModelFile& edit_json(const char* entry, const Edit& edit) {
    auto parsed = nlohmann::ordered_json::parse(header);
    auto& text = parsed["__metadata__"][entry];
    auto inner = nlohmann::ordered_json::parse(text.get<std::string>());
    edit(inner);
    text = inner.dump();
    header = parsed.dump();
    return *this;
  }
  /// Replaces one number of a tensor.
  template <typename T>
  ModelFile& put(const char* tensor, std::size_t i, T value) {
    const std::size_t begin = nlohmann::json::parse(header)[tensor]["data_offsets"][0];
    std::memcpy(data.data() + begin + i * sizeof value, &value, sizeof value);
    return *this;
  }
  /// Replaces all numbers of a tensor, or its first ones.
  ModelFile& put_all(const std::string& tensor, std::span<const float> numbers) {
    const std::size_t begin = nlohmann::json::parse(header)[tensor]["data_offsets"][0];
    std::memcpy(data.data() + begin, numbers.data(), numbers.size_bytes());
    return *this;
  }
  ModelFile& append(const std::string& bytes) {
    data += bytes;
    return *this;
  }
  ModelFile& drop(std::size_t bytes) {
    data.resize(data.size() - bytes);
    return *this;
  }

  /// The bytes of the file, with the digest computed again if there is one.
  std::string bytes() const {
    std::string padded = header;
    while ((8 + padded.size()) % 64 != 0) padded += ' ';
    return with_digest(le64(padded.size()) + padded + data);
  }
};

/// Checks that loading the file throws a one-line error that begins with the path and contains
/// `expected`.
inline void refused(const std::string& bytes, const std::string& expected) {
  const TempDir folder;
  const std::string path = folder.write("model", bytes);
  INFO("expected in the message: " << expected);
  const std::string message = error_of([&] { load_model(path); });
  CHECK(message.starts_with(path));
  CHECK(message.find(expected) != std::string::npos);
  INFO(message);
  CHECK(message.find_first_of("\n\r\x1b") == std::string::npos);
}

inline void refused(const ModelFile& file, const std::string& expected) {
  refused(file.bytes(), expected);
}

/// Like `refused`, and `summarize_model`, which reads only the header, throws the error too.
inline void refused_by_header(const std::string& bytes, const std::string& expected) {
  refused(bytes, expected);
  const TempDir folder;
  const std::string path = folder.write("model", bytes);
  INFO("expected in the message: " << expected);
  CHECK(error_of([&] { summarize_model(path); }).find(expected) != std::string::npos);
}

inline void refused_by_header(const ModelFile& file, const std::string& expected) {
  refused_by_header(file.bytes(), expected);
}

/// A file of only the length and the header, padded.
inline std::string header_alone(std::string header) {
  while ((8 + header.size()) % 64 != 0) header += ' ';
  return le64(header.size()) + header;
}

/// A model file of `classifier` whose config describes the only network as `config`.
inline ModelFile with_network(const Classifier& classifier, const std::string& config) {
  return ModelFile(classifier).edit_json("config", [&](auto& json) {
    json["ensemble"]["networks"] = {nlohmann::ordered_json::parse(config)};
    json["ensemble"]["networks"][0]["weights"] = "f32";
  });
}

/// A model with every field of config and training, including the optional ones.
inline ModelFile full_model() {
  Classifier classifier = tiny_classifier();
  classifier.training.validation_epochs = {{1, 0.75, 0.5, 0.25, 1}};
  return ModelFile(classifier);
}

/// A model with these labels, which may be invalid.
inline ModelFile with_labels(const std::string& first, const std::string& second) {
  const auto bytes = static_cast<std::int64_t>(first.size() + second.size());
  ModelFile file;
  file.drop(13).append(first + second);
  file.edit(R"("shape":[13],"data_offsets":[176,189])", R"("shape":[)" + std::to_string(bytes) +
                                                            R"(],"data_offsets":[176,)" +
                                                            std::to_string(176 + bytes) + "]");
  file.put("labels.offsets", 1, static_cast<std::int64_t>(first.size()));
  file.put("labels.offsets", 2, bytes);
  return file;
}

}  // namespace newsclf::testing
