// SPDX-License-Identifier: MIT
#include "commands/tuning_log.hpp"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "newsclf/error/error.hpp"
#include "newsclf/io/byte_source.hpp"

namespace newsclf {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const TuningSource& source) {
  return {{"data", source.data}, {"held_out", source.held_out}, {"options", source.options}};
}

Json json_of(const Trial& trial) {
  Json options = Json::object();
  for (const auto& [option, value] : trial.options) options[option] = value;
  Json out = {{"trial", trial.number},          {"candidate", trial.candidate},
              {"fold", trial.fold + 1},         {"options", options},
              {"documents", trial.documents},   {"scored", trial.score.documents},
              {"correct", trial.score.correct}, {"gained", trial.score.gained},
              {"lost", trial.score.lost},       {"seconds", trial.seconds}};
  if (trial.candidate == 0) out["wrong"] = trial.wrong;
  if (!trial.failure.empty()) out["failure"] = trial.failure;
  if (trial.is_too_slow) out["too_slow"] = true;
  if (trial.retries) out["retries"] = true;
  return out;
}

/// @throws nlohmann::json::exception if a member is missing or of another type
Trial trial_of(const Json& json) {
  Trial trial;
  json.at("trial").get_to(trial.number);
  json.at("candidate").get_to(trial.candidate);
  trial.fold = json.at("fold").get<std::int32_t>() - 1;
  for (const auto& [option, value] : json.at("options").items())
    trial.options.push_back({option, value.get<std::string>()});
  json.at("documents").get_to(trial.documents);
  json.at("scored").get_to(trial.score.documents);
  json.at("correct").get_to(trial.score.correct);
  json.at("gained").get_to(trial.score.gained);
  json.at("lost").get_to(trial.score.lost);
  json.at("seconds").get_to(trial.seconds);
  if (json.contains("wrong")) json.at("wrong").get_to(trial.wrong);
  if (json.contains("failure")) json.at("failure").get_to(trial.failure);
  trial.is_too_slow = json.value("too_slow", false);
  trial.retries = json.value("retries", false);
  return trial;
}

}  // namespace

TuningLog::TuningLog(const std::string& path, const TuningSource& source) : path_(path) {
  if (path.empty()) return;
  std::error_code ignored;
  const bool exists = std::filesystem::is_regular_file(path, ignored) &&
                      std::filesystem::file_size(path, ignored) > 0;
  file_.reset(std::fopen(path.c_str(), "ae"));
  if (!file_) throw Error(path, std::string("cannot be written: ") + std::strerror(errno));
  if (std::filesystem::is_regular_file(path, ignored) &&
      ::flock(::fileno(file_.get()), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw Error(path, "another run is writing this log", "use another name for --log");
  if (exists)
    read(source);
  else
    write(text_of(json_of(source)) + '\n');
}

void TuningLog::read(const TuningSource& source) {
  const std::string remedy = "use another name for --log";
  const std::string text = open_bytes(path_)->read_all();
  std::size_t begin = 0;
  for (int line = 1;; ++line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    try {
      const Json json = Json::parse(std::string_view(text).substr(begin, end - begin));
      if (line > 1) {
        earlier_.push_back(trial_of(json));
      } else {
        const TuningSource of_log = {json.at("data"), json.at("held_out"), json.at("options")};
        if (of_log.data != source.data || of_log.held_out != source.held_out)
          throw Error(path_, "this is the log of a search with other documents", remedy);
        if (of_log.options != source.options)
          throw Error(path_, "this is the log of a search with other options: " + of_log.options,
                      remedy);
      }
    } catch (const nlohmann::json::exception&) {
      throw Error(fmt::format("{}, line {}", path_, line), "this is not a log of tune", remedy);
    }
    begin = end + 1;
  }
  if (begin == 0) throw Error(path_, "this is not a log of tune", remedy);
  std::error_code failed;
  if (begin < text.size()) std::filesystem::resize_file(path_, begin, failed);
  if (failed) throw Error(path_, "cannot be written: " + failed.message());
}

void TuningLog::add(const Trial& trial) {
  if (!path_.empty()) write(text_of(json_of(trial)) + '\n');
}

void TuningLog::write(const std::string& line) {
  if (std::fputs(line.c_str(), file_.get()) == EOF || std::fflush(file_.get()) != 0)
    throw Error(path_, std::string("cannot be written: ") + std::strerror(errno));
}

}  // namespace newsclf
