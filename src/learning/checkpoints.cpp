// SPDX-License-Identifier: MIT
#include "learning/checkpoints.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/descriptor.hpp"
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
  for (const char* const key : {"identity", "place"})
    if (!metadata.contains(key)) refuse_file(path, key, "a JSON object", "nothing");
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

Checkpoints::Checkpoints(const CheckpointOptions& options) : options_(options) {
  if (!options.resume.empty()) saved_ = read(options.resume);
}

Checkpoints::Saved Checkpoints::read(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0)
    throw file_error(path, "cannot open the checkpoint", errno);
  Saved saved{
      open_safetensors(path, [&](const Metadata& metadata) { check_metadata(metadata, path); }),
      {},
      {},
      {}};
  saved.file.read(saved.file.data);
  check_digest(saved.file, path);
  saved.identity = parse_training_identity(saved.file.metadata.at("identity"), path);
  saved.place = parse_training_place(saved.file.metadata.at("place"), path);
  const TrainingPlace& place = saved.place;
  if (saved.identity.refit &&
      (place.best_epoch < 1 || place.best_epoch > std::ssize(place.validation_epochs)))
    refuse_file(path, "\"best_epoch\"", "an epoch", fmt::format("{}", place.best_epoch));
  saved.state = {place.epoch,  place.step,   place.lowered_from, place.elapsed_s,
                 place.device, place.epochs, saved.file.tensors};
  return saved;
}

const TrainingPlace* Checkpoints::refit() const {
  return saved_ && saved_->identity.refit ? &saved_->place : nullptr;
}

void Checkpoints::keep_first(const TrainingResult& first, float temperature) {
  first_.validation_epochs = first.epochs;
  first_.best_epoch = first.best_epoch;
  first_.temperature = static_cast<double>(temperature);
}

void Checkpoints::expect(const TrainingIdentity& identity) {
  identity_ = identity;
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

bool Checkpoints::is_due() {
  begun_.reset();
  if (options_.path.empty()) return false;
  if (options_.is_interrupted && options_.is_interrupted()) return true;
  const std::chrono::duration<double> since = std::chrono::steady_clock::now() - last_;
  return since.count() >= options_.every_s;
}

void Checkpoints::save(const TrainingState& state) {
  TrainingPlace place = first_;
  place.epoch = state.epoch;
  place.step = state.step;
  place.lowered_from = state.lowered_from;
  place.elapsed_s = state.elapsed_s;
  place.device = state.device;
  place.epochs = state.epochs;
  std::vector<Tensor> tensors = state.arrays;
  std::ranges::stable_sort(tensors, {}, &Tensor::dtype);  // by decreasing size of the elements
  write_safetensors(options_.path,
                    {{"format", kCheckpointFormat},
                     {"format_version", kCheckpointVersion},
                     {"identity", identity_json(identity_)},
                     {"place", place_json(place)}},
                    tensors);
  last_ = std::chrono::steady_clock::now();
  if (options_.is_interrupted && options_.is_interrupted()) throw Interrupted(options_.path);
}

std::string digest_rows(const TrainingData& data) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset(state.get());
  const auto update = [&](const auto& values) {
    const std::uint64_t size = values.size();
    XXH3_128bits_update(state.get(), &size, sizeof size);
    XXH3_128bits_update(state.get(), values.data(), size * sizeof values[0]);
  };
  const auto update_rows = [&](const LabelledRows& rows) {
    update(rows.rows.offsets);
    update(rows.rows.columns);
    update(rows.rows.values);
    update(rows.labels);
  };
  update_rows(data.train);
  if (data.held_out) update_rows(*data.held_out);
  update(data.label_weights);
  update(data.left_out);
  if (data.start != nullptr) {
    update(data.start->columns);
    update(data.start->labels);
    for (const Network* const network : data.start->networks) {
      if (network == nullptr) continue;
      update(FirstWeight(*network).floats());
      update(network->hidden2_weight);
      update(network->output_weight);
    }
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace newsclf
