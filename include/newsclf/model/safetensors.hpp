// SPDX-License-Identifier: MIT
// The safetensors container: a JSON header that names tensors, then their bytes. Reader and writer
// are stricter than the reference implementation (huggingface/safetensors).
//
//   8 bytes   N, little-endian: length of the header
//   N bytes   {"__metadata__":{"key":"value",…},"tensor":{"dtype":"F32","shape":[2,3],
//             "data_offsets":[0,24]},…} and spaces, so that the data starts on a multiple of 64
//   the rest  the tensors: little-endian, C order, contiguous in the order of their offsets
#pragma once

#include "newsclf/io/atomic_file.hpp"
#include "newsclf/names/choice.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace newsclf {

enum class Dtype { kI64, kF32, kU8 };
inline constexpr Choice<Dtype> kDtypes[] = {
    {"I64", Dtype::kI64}, {"F32", Dtype::kF32}, {"U8", Dtype::kU8}};

/// A tensor that is to be written, or that stands in a mapped file.
struct Tensor {
  std::string name;
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< as many as `dtype` and `shape` say

  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// @param values of int64, float or bytes
template <typename T>
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const T> values) {
  constexpr Dtype kFloatOrByte = std::is_same_v<T, float> ? Dtype::kF32 : Dtype::kU8;
  constexpr Dtype kDtype = std::is_same_v<T, std::int64_t> ? Dtype::kI64 : kFloatOrByte;
  return {std::move(name), kDtype, std::move(shape), std::as_bytes(values)};
}

/// A file mapped into memory, its header read and checked; nothing of the data is touched.
struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;        ///< in the order of their offsets
  std::span<const std::byte> file;    ///< all of it
  std::string_view header;            ///< the N bytes
  std::shared_ptr<const void> owner;  ///< keeps the mapping alive
};

/// Looks at the metadata before the tensors are looked at, so that a file of a newer format can be
/// told from a damaged one; throws `Error` to refuse the file.
using MetadataCheck = std::function<void(const std::map<std::string, std::string>&)>;

/// Maps and checks the file at `path`.
/// @throws Error naming the byte offset, what was expected and what was found
Safetensors map_safetensors(const std::string& path, const MetadataCheck& check_metadata);

/// To be called before most of a mapped file is read. Until then the system does not read ahead of
/// the pages that are touched, so that a look at the header brings nothing else from the disk.
void read_ahead(const Safetensors& file);

/// Writes `tensors` (given with non-increasing element sizes) and `metadata`, with one more entry
/// of it, `digest`: the XXH3-128 of every byte of the file but its own 32 hex digits. The file
/// appears under its name when it is whole and on disk; what stood there before is untouched until
/// then. Returns its size in bytes.
/// @throws Error if it cannot be written; as `AtomicFile` where it is not to replace what is there
std::int64_t write_safetensors(const std::string& path, std::map<std::string, std::string> metadata,
                               const std::vector<Tensor>& tensors,
                               Replace replace = Replace::kAllow);

/// Recomputes the digest of a mapped file and compares it with the one in its metadata.
/// @throws Error if they differ or there is none
void check_digest(const Safetensors& file, const std::string& path);

}  // namespace newsclf
