// SPDX-License-Identifier: MIT
// newsclf info: shows what is in a model file.
#include <fmt/format.h>

#include "commands/command_options.hpp"
#include "commands/commands.hpp"
#include "commands/outputs.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/report/model_report.hpp"
#include "newsclf/report/numbers.hpp"

namespace newsclf {
namespace {

struct InfoCommand {
  std::string model;
  bool verify = false;
  bool vocabulary = false;
  Output json{"--json", ""};
};

/// Prints a header line, then one line per token in column order: the token, and its idf and scale
/// if the model has them.
void write_vocabulary(const Vectorizer& vectorizer) {
  constexpr std::size_t kPiece = 1 << 16;
  const Vocabulary& vocabulary = vectorizer.vocabulary();
  const auto& [idf, token_scale] = vectorizer.factors();
  std::string out = "token";
  if (!idf.empty()) out += "\tidf";
  if (!token_scale.empty()) out += "\ttoken_scale";
  out += '\n';
  for (std::int32_t column = 0; column < vocabulary.size(); ++column) {
    const auto c = static_cast<std::size_t>(column);
    out += escape_tsv(vocabulary.token(column));
    if (!idf.empty()) fmt::format_to(std::back_inserter(out), "\t{}", idf[c]);
    if (!token_scale.empty()) fmt::format_to(std::back_inserter(out), "\t{}", token_scale[c]);
    out += '\n';
    if (out.size() < kPiece) continue;
    write_stdout(out);
    out.clear();
  }
  write_stdout(out);
}

void run_info(const InfoCommand& command, const Console& console) {
  check_outputs({command.json}, {{"the model itself", {command.model}}}, console);
  if (command.verify) {
    load_model(command.model);
    console.note("verified: digest, vocabulary and weights are intact");
  }
  const ModelSummary model = summarize_model(command.model);
  std::string on_stdout = text_summary(model, console.verbose);
  put_result(command.json, [&] { return json_summary(model, command.verify); }, on_stdout);
  if (command.vocabulary)
    write_vocabulary(load_vectorizer(command.model));
  else
    write_stdout(on_stdout);
}

}  // namespace

void setup_info(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("info", "show what is in a model file");
  auto command = std::make_shared<InfoCommand>();
  begin_group(*sub, "Data");
  sub->add_option("MODEL", command->model, "a model file")->required()->type_name("FILE");
  sub->add_flag("--verify", command->verify, "check the whole file, not only its header");
  begin_group(*sub, "Output");
  sub->add_flag("--vocabulary", command->vocabulary,
                "print the tokens instead, one line per token in column order, with its weights");
  add_result_option(*sub, command->json, "everything as JSON");
  add_general_options(*sub, console);
  sub->footer(
      "-v also shows every training epoch.\n\n"
      "Examples:\n"
      "  newsclf info news.safetensors\n"
      "  newsclf info news.safetensors --verify --json - | jq .training.epochs\n"
      "  newsclf info news.safetensors --vocabulary | sort -k2,2g | head");
  sub->callback([command, &console] {
    if (command->vocabulary && command->json.is_stdout())
      throw CLI::ValidationError("--vocabulary", "--json - already uses stdout");
    check_model_argument(command->model);
    run_info(*command, console);
  });
}

}  // namespace newsclf
