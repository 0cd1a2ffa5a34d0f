// SPDX-License-Identifier: MIT
// The safetensors container: a JSON header that describes tensors, then their bytes. Reader and
// writer are stricter than the reference implementation (huggingface/safetensors).
//
//   8 bytes   N, the length of the header, little-endian
//   N bytes   {"__metadata__":{"key":"value",…},"tensor":{"dtype":"F32","shape":[2,3],
//             "data_offsets":[0,24]},…} and spaces, so that the data starts at a multiple of 64
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

/// In decreasing order of the elements' sizes. F16 is IEEE 754 binary16; its bits are in a
/// `std::uint16_t`.
enum class Dtype { kI64, kF64, kF32, kU32, kF16, kI8, kU8 };
inline constexpr Choice<Dtype> kDtypes[] = {
    {"I64", Dtype::kI64}, {"F64", Dtype::kF64}, {"F32", Dtype::kF32}, {"U32", Dtype::kU32},
    {"F16", Dtype::kF16}, {"I8", Dtype::kI8},   {"U8", Dtype::kU8}};

template <typename T>
inline constexpr Dtype kDtypeOf = Dtype::kU8;  // of bytes
template <>
inline constexpr Dtype kDtypeOf<std::int64_t> = Dtype::kI64;
template <>
inline constexpr Dtype kDtypeOf<double> = Dtype::kF64;
template <>
inline constexpr Dtype kDtypeOf<float> = Dtype::kF32;
template <>
inline constexpr Dtype kDtypeOf<std::uint32_t> = Dtype::kU32;
template <>
inline constexpr Dtype kDtypeOf<std::uint16_t> = Dtype::kF16;
template <>
inline constexpr Dtype kDtypeOf<std::int8_t> = Dtype::kI8;

/// A tensor to write, or a tensor that was read.
struct Tensor {
  std::string name;
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< as many as `dtype` and `shape` imply

  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// @param values of the type of a dtype
template <typename T>
Tensor make_tensor(std::string name, std::vector<std::int64_t> shape, std::span<const T> values) {
  return {std::move(name), kDtypeOf<T>, std::move(shape), std::as_bytes(values)};
}

/// A file in memory, so that it cannot change while it is used.
struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;        ///< in the order of their offsets; zeros before `read`
  std::span<const std::byte> file;    ///< the whole file
  std::string_view header;            ///< the N bytes
  std::span<const std::byte> data;    ///< the rest
  std::shared_ptr<const void> owner;  ///< keeps the memory alive
  /// Reads a part of `data`, such as the bytes of a tensor. @throws Error if that fails
  std::function<void(std::span<const std::byte> part)> read;
};

/// Checks the metadata before the tensors are checked, so that it can distinguish a newer format
/// from a damaged file; throws `Error` to refuse the file.
using MetadataCheck = std::function<void(const std::map<std::string, std::string>&)>;

/// Reads and checks the header of the file at `path`.
/// @throws Error with the byte offset, the expected and the found value
Safetensors open_safetensors(const std::string& path, const MetadataCheck& check_metadata);
/// The same for the bytes of a file, which `Safetensors::read` copies. @param name in messages
Safetensors open_safetensors(const std::string& name, std::span<const std::byte> bytes,
                             const MetadataCheck& check_metadata);

/// Writes `tensors` (in non-increasing order of element sizes) and `metadata`, to which it adds the
/// entry `digest`: the XXH3-128 of every byte of the file except its own 32 hex digits. The file
/// appears at `path` when it is complete and on disk; until then an existing file stays untouched.
/// Returns the size in bytes.
/// @throws Error if the file cannot be written; as `AtomicFile` if `replace` forbids replacing one
std::int64_t write_safetensors(const std::string& path, std::map<std::string, std::string> metadata,
                               const std::vector<Tensor>& tensors,
                               Replace replace = Replace::kAllow);

/// The size in bytes of the file that `write_safetensors` writes.
std::int64_t safetensors_bytes(std::map<std::string, std::string> metadata,
                               const std::vector<Tensor>& tensors);

/// Recomputes the digest of a file whose data was read and compares it with the one in its
/// metadata. @throws Error if the digests differ or the metadata has none
void check_digest(const Safetensors& file, const std::string& path);

}  // namespace newsclf
