// SPDX-License-Identifier: MIT
// Every way in which the container of a model can be malformed: checks 1 to 4 of loading.
#include "newsclf/model/safetensors.hpp"

#include <sys/stat.h>

#include <limits>

#include "model/edited_model.hpp"

using namespace newsclf;
using namespace newsclf::testing;

namespace {

const std::string kLabelsBytes = R"("labels.bytes":{"dtype":"U8","shape":[13],)"
                                 R"("data_offsets":[176,189]})";

}  // namespace

TEST_CASE("the files of these tests are valid before they are edited") {
  const TempDir folder;
  CHECK(load_model(folder.write("model", ModelFile().bytes())).labels.size() == 2);
  CHECK(load_model(folder.write("labels", with_labels("a", "b").bytes())).labels.size() == 2);
  CHECK(load_model(folder.write("ensemble", ModelFile(tiny_ensemble()).bytes())).labels.size() ==
        2);
  CHECK(load_model(folder.write("full", full_model().edit_json("config", [](auto&) {}).bytes()))
            .labels.size() == 2);
}

// 1. The file and the length of its header.

TEST_CASE("a missing file, a folder and a pipe are refused as models") {
  const TempDir folder;
  std::filesystem::create_directory(folder / "folder");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(error_of([&] { load_model(folder / "missing"); }) ==
        folder / "missing" +
            ": cannot open the model: No such file or directory; give the file "
            "that newsclf train wrote");
  CHECK(error_of([&] { load_model(folder / "folder"); }) ==
        folder / "folder" +
            ": this is a folder, not a model file; give the file that newsclf "
            "train wrote");
  CHECK(error_of([&] { load_model(folder / "pipe"); }) ==
        folder / "pipe" + ": this is not a regular file; copy the model to a file first");
}

TEST_CASE("a file of fewer than 8 bytes is too short") {
  refused_by_header(std::string(), "expected at least 8 bytes, found 0");
  refused_by_header(std::string(7, 'x'), "expected at least 8 bytes, found 7");
}

TEST_CASE("the header has at least 2 bytes") {
  refused_by_header(le64(0) + "{}", "at byte 0, length of the header: expected 2 to 2, found 0");
  refused_by_header(le64(1) + "{}", "at byte 0, length of the header: expected 2 to 2, found 1");
}

TEST_CASE("the header ends within the file") {
  refused_by_header(le64(3) + "{}", "at byte 0, length of the header: expected 2 to 2, found 3");
  refused_by_header(ModelFile().bytes().substr(0, 1000),
                    "at byte 0, length of the header: "
                    "expected 2 to 992, found ");
}

TEST_CASE("a header length whose end overflows is refused") {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  refused_by_header(le64(kMost) + "{}", "found 18446744073709551615");
  refused_by_header(le64(kMost - 7) + "{}", "found 18446744073709551608");
  refused_by_header(le64(std::uint64_t{1} << 63) + "{}", "found 9223372036854775808");
}

TEST_CASE("the header has at most 16 MiB") {
  const std::size_t size = (16 << 20) + 1;
  refused_by_header(le64(size) + "{}" + std::string(size, ' '),
                    "at byte 0, length of the header: expected 2 to 16777216, found 16777217");
}

// 2. The text of the header.

TEST_CASE("the header begins with a brace") {
  refused_by_header(header_alone(" {}"), "at byte 8, header: expected '{', found byte 0x20");
  refused_by_header(header_alone("[]"), "at byte 8, header: expected '{', found byte 0x5b");
}

TEST_CASE("the header is UTF-8") {
  refused_by_header(header_alone("{\"a\xff\":1}"),
                    "at byte 11, header: expected UTF-8, found byte 0xff");
  refused_by_header(header_alone("{\"\xed\xa0\x80\":1}"),
                    "at byte 10, header: expected UTF-8, found byte 0xed");
}

TEST_CASE("only spaces follow the closing brace") {
  refused_by_header(header_alone("{}\n"),
                    "at byte 10, header: expected only spaces after the "
                    "last '}', found byte 0x0a");
  refused_by_header(header_alone("{}x"), "found byte 0x78");
  refused_by_header(header_alone(std::string("{}\0", 3)), "found byte 0x00");
  refused_by_header(header_alone("{} {}"), "found a syntax error at byte 4 of the JSON");
}

TEST_CASE("the header is JSON") {
  refused_by_header(header_alone("{a}"),
                    "header at byte 8: expected a JSON object that obeys the "
                    "rules of model files, found a syntax error at byte 2 of the JSON");
  refused_by_header(header_alone("{\"a\":1,}"), "found a syntax error");
  refused_by_header(header_alone("{\"a\":NaN}"), "found a syntax error");
  refused_by_header(header_alone("{\"\\ud800\":1}"), "found a syntax error");
  refused_by_header(header_alone("{/* no */}"), "found a syntax error");
  refused_by_header(header_alone("{\"a\":null}"), "found a null");
}

TEST_CASE("the header is at most four levels deep") {
  refused_by_header(header_alone(R"({"a":{"b":{"c":{"d":{}}}}})"), "found more than 4 levels");
  refused_by_header(header_alone(R"({"a":{"shape":[[[1]]]}})"), "found more than 4 levels");
  refused_by_header(header_alone("{\"a\":" + std::string(1 << 20, '[') + "}"),
                    "found more than 4 levels");
}

TEST_CASE("a repeated key at any level of the header is refused") {
  refused_by_header(ModelFile().edit(kLabelsBytes, kLabelsBytes + "," + kLabelsBytes),
                    "found the key \"labels.bytes\" twice");
  refused_by_header(ModelFile().edit(kLabelsBytes, R"("labels.bytes":{"dtype":"U8","dtype":"U8",)"
                                                   R"("shape":[13],"data_offsets":[176,189]})"),
                    "found the key \"dtype\" twice");
  refused_by_header(
      ModelFile().edit(R"("format":"newsclf")", R"("format":"newsclf","format":"newsclf")"),
      "found the key \"format\" twice");
  refused_by_header(
      ModelFile().edit(R"("format":"newsclf")", R"("format":"newsclf","f\u006frmat":"newsclf")"),
      "found the key \"format\" twice");
}

TEST_CASE("a tensor has exactly three fields") {
  refused_by_header(ModelFile().edit(R"([176,189])", R"([176,189],"strides":[1])"),
                    "in the header at byte 8, tensor \"labels.bytes\": expected dtype, shape and "
                    "data_offsets, found the field \"strides\"");
  refused_by_header(ModelFile().edit(R"(,"data_offsets":[176,189])", ""),
                    "tensor \"labels.bytes\": expected dtype, shape and data_offsets, found 2");
  refused_by_header(ModelFile().edit(kLabelsBytes, R"("labels.bytes":7)"),
                    "tensor \"labels.bytes\": expected an object, found number");
}

TEST_CASE("the fields of a tensor have their types") {
  refused_by_header(ModelFile().edit(R"("shape":[13])", R"("shape":13)"),
                    "tensor \"labels.bytes\", shape: expected an array of integers, found number");
  refused_by_header(ModelFile().edit(R"("shape":[13])", R"("shape":["13"])"),
                    "tensor \"labels.bytes\", shape: expected an integer, found string");
  refused_by_header(
      ModelFile().edit(R"("U8","shape":[13])", R"(8,"shape":[13])"),
      "tensor \"labels.bytes\": expected dtype I64, F64, F32, U32, F16, I8 or U8, found 8");
  refused_by_header(ModelFile().edit("[176,189]", "[189]"),
                    "tensor \"labels.bytes\": expected two data_offsets, found [189]");
  refused_by_header(ModelFile().edit("[176,189]", "[176,189,189]"),
                    "expected two data_offsets, found [176,189,189]");
}

TEST_CASE("the metadata is an object of strings") {
  refused_by_header(ModelFile().edit(R"("format_version":"2")", R"("format_version":2)"),
                    "__metadata__: expected strings, found number in \"format_version\"");
  refused_by_header(header_alone(R"({"__metadata__":[]})"),
                    "__metadata__: expected an object, found array");
}

TEST_CASE("an integer of the header has no sign, fraction or exponent and is at most 2^48") {
  const auto with_size = [](const std::string& size) {
    return ModelFile().edit(R"("shape":[13])", R"("shape":[)" + size + "]");
  };
  refused_by_header(with_size("-13"), "found the signed number -13");
  refused_by_header(with_size("-0"), "found the signed number 0");
  refused_by_header(with_size("13.0"), "found the number 13.0, not an integer up to 2^48");
  refused_by_header(with_size("13e0"), "found the number 13e0, not an integer up to 2^48");
  refused_by_header(with_size("281474976710657"), "found the number 281474976710657, over 2^48");
  refused_by_header(with_size("18446744073709551629"), "found the number 18446744073709551629");
  refused_by_header(with_size("1e999"),
                    "expected a JSON object that obeys the rules of model files");
  refused_by_header(with_size("+13"), "found a syntax error");
  refused_by_header(with_size("013"), "found a syntax error");
  // 2^48 itself is allowed, but it is the wrong size here.
  refused_by_header(with_size("281474976710656"),
                    "expected data_offsets 281474976710656 bytes apart, found [176,189]");
}

// 3. The tensors.

TEST_CASE("a dtype that models do not use is refused") {
  refused_by_header(
      ModelFile().edit(R"("U8","shape":[13])", R"("BF16","shape":[13])"),
      "tensor \"labels.bytes\": expected dtype I64, F64, F32, U32, F16, I8 or U8, found \"BF16\"");
}

TEST_CASE("a tensor has the dtype expected for its name") {
  refused_by_header(ModelFile().edit(R"("U8","shape":[16])", R"("F32","shape":[4])"),
                    "tensor \"vocabulary.bytes\" at byte ");
  refused_by_header(ModelFile().edit(R"("U8","shape":[16])", R"("F32","shape":[4])"),
                    ": expected U8, found F32");
}

TEST_CASE("a tensor has the rank expected for its name") {
  refused_by_header(ModelFile().edit("[4,3]", "[12]"),
                    "expected shape [4,3] (-1: any), found [12]");
  refused_by_header(ModelFile().edit("[16]", "[16,1]"),
                    "expected shape [-1] (-1: any), found [16,1]");
  refused_by_header(ModelFile().edit("[13]", "[]").edit("[176,189]", "[176,177]").drop(12),
                    "expected shape [-1] (-1: any), found []");
}

TEST_CASE("the size of a tensor does not overflow") {
  refused_by_header(ModelFile().edit("[13]", "[281474976710656,281474976710656]"),
                    "tensor \"labels.bytes\": expected a size below 2^63, found shape "
                    "[281474976710656,281474976710656]");
  // 4829434979085 * 7639297 is 2^65 + 13, which would wrap around to 13, the right size.
  refused_by_header(ModelFile().edit("[13]", "[4829434979085,7639297]"),
                    "expected a size below 2^63");
}

TEST_CASE("the offsets of a tensor differ by its size") {
  refused_by_header(ModelFile().edit("[176,189]", "[176,188]"),
                    "tensor \"labels.bytes\": expected data_offsets 13 bytes apart, found "
                    "[176,188]");
  refused_by_header(ModelFile().edit("[176,189]", "[189,176]"),
                    "expected data_offsets 13 bytes apart, found [189,176]");
  refused_by_header(ModelFile().edit("[160,176]", "[160,174]"),
                    "tensor \"vocabulary.bytes\": expected data_offsets 16 bytes apart");
}

TEST_CASE("a hole between tensors is refused") {
  refused_by_header(ModelFile().edit("[176,189]", "[177,190]").append("x"),
                    "tensor \"labels.bytes\": expected data at offset 176 without gap or "
                    "overlap, found offset 177");
}

TEST_CASE("a hole before the first tensor is refused") {
  refused_by_header(
      ModelFile().edit(R"("shape":[3],"data_offsets":[0,)", R"("shape":[2],"data_offsets":[8,)"),
      "tensor \"labels.offsets\": expected data at offset 0 without gap or overlap, found offset "
      "8");
}

TEST_CASE("overlapping tensors are refused") {
  refused_by_header(ModelFile().edit("[176,189]", "[175,188]").drop(1),
                    "tensor \"labels.bytes\": expected data at offset 176 without gap or "
                    "overlap, found offset 175");
  refused_by_header(ModelFile().edit("[132,140]", "[108,116]"), "without gap or overlap");
}

TEST_CASE("bytes after the last tensor are refused") {
  const std::string size = std::to_string(ModelFile().bytes().size());
  const std::string one_more = std::to_string(ModelFile().bytes().size() + 1);
  refused_by_header(ModelFile().append("x"),
                    "end of the data: expected a file of " + size + " bytes, found " + one_more);
}

TEST_CASE("a truncated last tensor is refused") {
  const std::string size = std::to_string(ModelFile().bytes().size());
  const std::string one_less = std::to_string(ModelFile().bytes().size() - 1);
  refused_by_header(ModelFile().drop(1),
                    "end of the data: expected a file of " + size + " bytes, found " + one_less);
}

TEST_CASE("the error for a truncated file shows its expected size") {
  const std::string size = std::to_string(ModelFile().bytes().size());
  refused_by_header(ModelFile().drop(150),
                    "end of the data: expected a file of " + size + " bytes, found ");
}

TEST_CASE("a tensor far larger than the file is refused without allocating memory") {
  refused_by_header(ModelFile().edit(R"("shape":[13],"data_offsets":[176,189])",
                                     R"("shape":[281474976710480],)"
                                     R"("data_offsets":[176,281474976710656])"),
                    "end of the data: expected a file of ");
}

TEST_CASE("every tensor begins on a multiple of its element size") {
  refused_by_header(
      ModelFile()
          .edit(kLabelsBytes,
                kLabelsBytes + R"(,"more":{"dtype":"F32","shape":[1],"data_offsets":[189,193]})")
          .append("\0\0\0\0"),
      "tensor \"more\": expected an offset that is a multiple of the element size, found offset "
      "189");
}

TEST_CASE("the data begins on a multiple of 64") {
  const ModelFile file;
  refused_by_header(le64(file.header.size() + 1) + file.header + " " + file.data,
                    ", data: expected a multiple of 64");
}

// 4. The expected tensors and their shapes.

TEST_CASE("a missing tensor is refused") {
  refused_by_header(ModelFile().edit("," + kLabelsBytes, "").drop(13),
                    "the header has no tensor \"labels.bytes\"");
  refused_by_header(ModelFile().edit("\"output.bias\"", "\"output.base\""),
                    "the header has no tensor \"output.bias\"");
  refused_by_header(ModelFile().edit_inner(R"("weighting":"count")", R"("weighting":"tfidf")"),
                    "the header has no tensor \"features.idf\"");
}

TEST_CASE("an unexpected tensor is refused") {
  refused_by_header(
      ModelFile()
          .edit(kLabelsBytes,
                kLabelsBytes + R"(,"more":{"dtype":"U8","shape":[1],"data_offsets":[189,190]})")
          .append("x"),
      "expected 10 tensors, found 11");
  refused_by_header(
      ModelFile().edit(kLabelsBytes,
                       kLabelsBytes + R"(,"more":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})"),
      "expected 10 tensors, found 11");
}

TEST_CASE("the shapes agree with each other") {
  refused_by_header(ModelFile().edit("[4,3]", "[3,4]"),
                    "expected shape [4,3] (-1: any), found [3,4]");
  refused_by_header(ModelFile().edit("[2,3]", "[3,2]"),
                    "expected shape [2,3] (-1: any), found [3,2]");
  refused_by_header(ModelFile().edit(R"("shape":[2,2])", R"("shape":[4,1])"),
                    "expected shape [2,2] (-1: any), found [4,1]");
  refused_by_header(ModelFile().edit_inner(R"("hidden":[3,2])", R"("hidden":[2,3])"),
                    "expected shape [4,2] (-1: any), found [4,3]");
  // One offset less for the tokens.
  refused_by_header(
      ModelFile()
          .edit(R"([5],"data_offsets":[140,160])", R"([4],"data_offsets":[140,156])")
          .edit(R"([16],"data_offsets":[160,176])", R"([20],"data_offsets":[156,176])"),
      "config, kinds: expected a sum of 3, found 4");
}

TEST_CASE("a vocabulary without offsets is refused") {
  refused_by_header(ModelFile()
                        .edit(R"([2],"data_offsets":[132,140])", R"([7],"data_offsets":[132,160])")
                        .edit(R"([5],"data_offsets":[140,160])", R"([0],"data_offsets":[160,160])"),
                    "expected at least 1 token, found -1");
}
