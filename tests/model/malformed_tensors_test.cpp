// SPDX-License-Identifier: MIT
// Every tensor of every kind of model malformed in every way that a tensor can be: checks 3, 4, 8
// and 9 of loading.
#include <limits>

#include "model/edited_model.hpp"
#include "model/kinds_of_models.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

using nlohmann::ordered_json;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kMost = std::numeric_limits<float>::max();

/// Calls `visit` with the name and the entry of each tensor.
void for_each_tensor(const ModelFile& file, const auto& visit) {
  const auto header = ordered_json::parse(file.header);
  for (const auto& [name, entry] : header.items())
    if (name != "__metadata__") visit(name, entry);
}

std::size_t count_of(const ordered_json& entry) {
  std::size_t count = 1;
  for (const std::size_t dimension : entry["shape"]) count *= dimension;
  return count;
}

/// `file` with another entry for `tensor`; an empty one removes it.
ModelFile with_entry(const ModelFile& file, const std::string& tensor, const ordered_json& entry) {
  ModelFile changed = file;
  auto header = ordered_json::parse(file.header);
  if (entry.empty())
    header.erase(tensor);
  else
    header[tensor] = entry;
  changed.header = header.dump();
  return changed;
}

/// Checks that a model with any of these numbers at any place of `tensor` is refused.
template <typename T>
void refused_with_any_of(const ModelFile& file, const std::string& tensor, std::size_t count,
                         const std::vector<T>& numbers) {
  for (std::size_t i = 0; i < count; ++i)
    for (const T number : numbers)
      refused(ModelFile(file).put(tensor.c_str(), i, number), "tensor \"" + tensor + "\" at byte ");
}

}  // namespace

TEST_CASE("every number of every tensor of floats must be finite and not too large") {
  for (const KindOfModel& kind : kinds_of_models()) {
    const ModelFile& file = kind.file;
    CAPTURE(kind.name);
    for_each_tensor(file, [&](const std::string& tensor, const ordered_json& entry) {
      if (entry["dtype"] == "F32")
        refused_with_any_of<float>(file, tensor, count_of(entry),
                                   {kInfinity, -kInfinity, kNan, -kNan, kMost, -kMost});
      if (entry["dtype"] == "F16")
        refused_with_any_of<std::uint16_t>(file, tensor, count_of(entry),
                                           {0x7C00, 0xFC00, 0x7C01, 0x7E00, 0xFFFF});
    });
  }
}

TEST_CASE("no tensor may be missing, have another name or appear in a copy") {
  for (const KindOfModel& kind : kinds_of_models()) {
    const ModelFile& file = kind.file;
    CAPTURE(kind.name);
    for_each_tensor(file, [&](const std::string& tensor, const ordered_json& entry) {
      refused_by_header(with_entry(file, tensor, {}), "");
      const ModelFile renamed = with_entry(with_entry(file, tensor, {}), tensor + "s", entry);
      refused_by_header(renamed, "the header has no tensor \"" + tensor + '"');
      refused_by_header(with_entry(file, tensor + "s", entry), "");
    });
  }
}

TEST_CASE("every tensor must have the dtype and the number of dimensions of its name") {
  const std::map<std::string, std::vector<std::string>> others = {
      {"F32", {"U32"}}, {"U32", {"F32"}}, {"U8", {"I8"}}, {"I8", {"U8"}}};
  for (const KindOfModel& kind : kinds_of_models()) {
    const ModelFile& file = kind.file;
    CAPTURE(kind.name);
    for_each_tensor(file, [&](const std::string& tensor, const ordered_json& entry) {
      const std::string place = "tensor \"" + tensor + "\" at byte ";
      const std::string dtype = entry["dtype"];
      if (const auto same_size = others.find(dtype); same_size != others.end())
        for (const std::string& other : same_size->second) {
          ordered_json changed = entry;
          changed["dtype"] = other;
          refused_by_header(with_entry(file, tensor, changed), place);
          refused_by_header(with_entry(file, tensor, changed),
                            "expected " + dtype + ", found " + other);
        }
      ordered_json wide = entry, deep = entry, flat = entry;
      wide["shape"].push_back(1);
      deep["shape"].insert(deep["shape"].begin(), 1);
      flat["shape"] = {count_of(entry)};
      for (const ordered_json& changed : {wide, deep, flat}) {
        if (changed == entry) continue;
        refused_by_header(with_entry(file, tensor, changed), place);
        refused_by_header(with_entry(file, tensor, changed), ": expected shape [");
      }
    });
  }
}

TEST_CASE("every tensor must begin where the one before ends, and have the size of its shape") {
  for (const KindOfModel& kind : kinds_of_models()) {
    const ModelFile& file = kind.file;
    CAPTURE(kind.name);
    for_each_tensor(file, [&](const std::string& tensor, const ordered_json& entry) {
      for (const std::size_t end : {std::size_t{0}, std::size_t{1}})
        for (const int by : {-1, 1, 8}) {
          ordered_json changed = entry;
          const auto offset = entry["data_offsets"][end].get<std::int64_t>() + by;
          if (offset < 0) continue;
          changed["data_offsets"][end] = offset;
          refused_by_header(with_entry(file, tensor, changed),
                            "in the header at byte 8, tensor \"" + tensor + "\": expected ");
        }
      ordered_json larger = entry;
      larger["shape"][0] = larger["shape"][0].get<std::int64_t>() + 1;
      refused_by_header(with_entry(file, tensor, larger),
                        "tensor \"" + tensor + "\": expected data_offsets ");
    });
  }
}

TEST_CASE("every offset of the vocabulary and of the labels must be above the one before") {
  for (const KindOfModel& kind : kinds_of_models()) {
    const ModelFile& file = kind.file;
    CAPTURE(kind.name);
    for_each_tensor(file, [&](const std::string& tensor, const ordered_json& entry) {
      for (std::size_t i = 0; i < count_of(entry); ++i) {
        if (tensor == "vocabulary.offsets")
          for (const std::uint32_t offset : {i == 0 ? 1U : 0U, 999U, 0xFFFFFFFFU})
            refused(ModelFile(file).put(tensor.c_str(), i, offset), "vocabulary: ");
        if (tensor == "labels.offsets")
          for (const std::int64_t offset : {i == 0 ? std::int64_t{1} : std::int64_t{0},
                                            std::int64_t{-1}, std::int64_t{1} << 62})
            refused_by_header(ModelFile(file).put(tensor.c_str(), i, offset),
                              "tensor \"labels.offsets\" at byte ");
      }
    });
  }
}

TEST_CASE("thresholds must be numbers from 0 to 2, one per label") {
  const ModelFile file(tiny_with_all_tensors());
  const std::string rule = ": expected numbers from 0 to 2, found ";
  refused_by_header(ModelFile(file).put("thresholds", 0, -0.5f), rule + "-0.5");
  refused_by_header(ModelFile(file).put("thresholds", 1, 2.5f), rule + "2.5");
  refused_by_header(ModelFile(file).put("thresholds", 1, kNan), rule + "nan");
  const auto edited = [&](const char* field, const ordered_json& value) {
    return ModelFile(file).edit_json("config",
                                     [&](auto& config) { config["thresholds"][field] = value; });
  };
  const std::string place = ", config, thresholds: \"";
  refused_by_header(edited("goal", "recall"), place + "goal\": expected precision or coverage");
  refused_by_header(edited("target", 1.5), place + "target\": expected a number from 0 to 1");
  refused_by_header(edited("per_label", 1), place + "per_label\": expected true or false");
  for (const char* count : {"documents", "answered", "correct"})
    refused_by_header(edited(count, -1), place + count + "\": expected an integer from 0 to ");
  refused_by_header(
      ModelFile(file).edit_json("config", [](auto& config) { config.erase("thresholds"); }),
      "tensors, found ");
  refused_by_header(ModelFile().edit_json("config",
                                          [&](auto& config) {
                                            config["thresholds"] = ordered_json::parse(
                                                R"({"goal":"coverage","target":1,"per_label":true,)"
                                                R"("documents":1,"answered":1,"correct":1})");
                                          }),
                    "the header has no tensor \"thresholds\"");
}

TEST_CASE("every network must have the form of weights that config names") {
  for (const KindOfModel& kind : kinds_of_models())
    for (const char* form : {"f32", "f16", "i8", "low-rank"}) {
      CAPTURE(kind.name, form);
      ModelFile changed = kind.file;
      bool same = false;
      changed.edit_json("config", [&](auto& config) {
        for (auto& network : config["ensemble"]["networks"]) {
          same = network["weights"] == form;
          network["weights"] = form;
        }
      });
      if (!same) refused_by_header(changed, "");
    }
}
