// SPDX-License-Identifier: MIT
#include "learning/checkpoints.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/descriptor.hpp"
#include "io/digest.hpp"
#include "model/strict_json.hpp"
#include "newsclf/error/error.hpp"

namespace newsclf {
namespace {

using Metadata = std::map<std::string, std::string>;
using nlohmann::json;

void check_metadata(const Metadata& metadata, const std::string& path) {
  const auto require = [&](const char* key, const std::string& expected) {
    const auto found = metadata.find(key);
    if (found == metadata.end() || found->second != expected)
      refuse_file(path, key, expected,
                  found == metadata.end() ? "nothing" : "'" + found->second + "'");
  };
  require("format", kCheckpointFormat);
  require("format_version", kCheckpointVersion);
  if (!metadata.contains("checkpoint")) refuse_file(path, "checkpoint", "a JSON object", "nothing");
}

/// The first value in which two trainings differ, "training lr is 0.02, here 0.05", beside the
/// documents.
std::string first_difference(TrainingIdentity saved, const TrainingIdentity& here) {
  saved.rows_digest = here.rows_digest;
  const json before = json::parse(identity_json(saved)), now = json::parse(identity_json(here));
  for (const json& step : json::diff(before, now)) {
    const json::json_pointer place(step["path"].get<std::string>());
    std::string name = place.to_string().substr(1);
    std::ranges::replace(name, '/', ' ');
    const auto value_in = [&](const json& all) {
      return all.contains(place) ? all.at(place).dump() : "nothing";
    };
    return fmt::format("{} is {}, here {}", name, value_in(before), value_in(now));
  }
  return {};
}

}  // namespace

Checkpoints::Checkpoints(const CheckpointOptions& options, bool writes)
    : options_(options), writes_(writes) {
  if (!options.resume.empty()) saved_ = read(options.resume);
}

Checkpoints::Saved Checkpoints::read(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0)
    throw file_error(path, "cannot open the checkpoint", errno);
  Safetensors file =
      open_safetensors(path, [&](const Metadata& metadata) { check_metadata(metadata, path); });
  file.read(file.data);
  check_digest(file, path);
  auto [identity, place, first] = parse_checkpoint_record(file.metadata.at("checkpoint"), path);
  TrainingState state{std::move(place), file.tensors};
  return {std::move(file), std::move(identity), std::move(first), std::move(state)};
}

const FirstTraining* Checkpoints::first_training() const {
  return saved_ && saved_->first ? &*saved_->first : nullptr;
}

void Checkpoints::expect(const TrainingIdentity& identity,
                         const std::optional<FirstTraining>& first, std::function<void()> check) {
  identity_ = identity;
  first_ = first;
  check_ = std::move(check);
  if (!saved_) return;
  const std::string difference = first_difference(saved_->identity, identity);
  if (!difference.empty() || saved_->identity.rows_digest != identity.rows_digest)
    throw Error(options_.resume,
                difference.empty()
                    ? "this checkpoint is of a training on other documents"
                    : "this checkpoint is of a training with other options: " + difference,
                "use the documents and options with which it was written");
}

const TrainingState* Checkpoints::begin() {
  begun_ = std::exchange(saved_, std::nullopt);
  return begun_ ? &begun_->state : nullptr;
}

bool Checkpoints::is_interrupted() const {
  return options_.is_interrupted && options_.is_interrupted();
}

bool Checkpoints::is_due() {
  begun_.reset();  // the training has copied it
  if (options_.path.empty()) return false;
  if (is_interrupted()) return true;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_;
  return since.count() >= options_.every_s;
}

void Checkpoints::save(const TrainingState& state) {
  check_();
  if (writes_) write(state);
  last_ = std::chrono::steady_clock::now();
  if (is_interrupted()) throw Interrupted(options_.path);
}

void Checkpoints::write(const TrainingState& state) const {
  std::vector<Tensor> tensors = state.arrays;
  std::ranges::stable_sort(tensors, {}, &Tensor::dtype);  // by decreasing size of the elements
  write_safetensors(options_.path,
                    {{"format", kCheckpointFormat},
                     {"format_version", kCheckpointVersion},
                     {"checkpoint", checkpoint_json({identity_, state, first_})}},
                    tensors);
}

std::string digest_rows(const TrainingData& data) {
  Digest digest;
  const auto add = [&](const LabelledRows& rows) {
    digest.add_sized(rows.rows.offsets);
    digest.add_sized(rows.rows.columns);
    digest.add_sized(rows.rows.values);
    digest.add_sized(rows.labels);
  };
  add(data.train);
  if (data.held_out) add(*data.held_out);
  digest.add_sized(data.label_weights);
  digest.add_sized(data.left_out);
  if (data.start != nullptr) {
    digest.add_sized(data.start->columns);
    digest.add_sized(data.start->labels);
    for (const Network* const network : data.start->networks) {
      if (network == nullptr) continue;
      digest.add_sized(FirstWeight(*network).floats());
      digest.add_sized(network->hidden2_weight);
      digest.add_sized(network->output_weight);
    }
  }
  return digest.hex();
}

}  // namespace newsclf
