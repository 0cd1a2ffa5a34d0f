// SPDX-License-Identifier: MIT
// newsclf predict: a filter, one line in, one label out.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "newsclf/commands/command_options.hpp"
#include "newsclf/commands/commands.hpp"
#include "newsclf/commands/scoring.hpp"
#include "newsclf/corpus/line_reader.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {
namespace {

struct PredictCommand {
  std::string model;
  InvalidUtf8 invalid_utf8 = InvalidUtf8::kReplace;
  ScoringOptions scoring;
};

struct PredictCounts {
  std::int64_t documents = 0;
  std::int64_t repaired = 0;
  std::int64_t without_known_token = 0;
};

/// Backslash-escapes what would break a line of TSV.
std::string escaped(const std::string& label) {
  std::string out;
  for (const char c : label) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void tell_counts(const Console& console, const PredictCounts& counts, InvalidUtf8 policy) {
  if (counts.repaired > 0)
    console.note(fmt::format("{} of {} documents were not UTF-8 ({})", with_commas(counts.repaired),
                             with_commas(counts.documents), name_of(kInvalidUtf8Policies, policy)));
  if (counts.without_known_token > 0)
    console.note(
        fmt::format("{} of {} documents hold no token that the model knows: their answer "
                    "says nothing",
                    with_commas(counts.without_known_token), with_commas(counts.documents)));
}

void run_predict(const PredictCommand& command, const Console& console) {
  const Classifier classifier = load_model(command.model);
  const Scorer score = make_scorer(classifier.network, command.scoring);
  std::vector<std::string> names;
  for (const std::string& label : classifier.labels.labels()) names.push_back(escaped(label));
  if (::isatty(STDIN_FILENO) != 0)
    console.note("reading documents from the terminal, one a line; Ctrl-D ends");

  LineReader reader(STDIN_FILENO, "standard input");
  Transformer transformer(classifier.vectorizer);
  PredictCounts counts;
  Document document;
  SparseRows rows;
  std::string answers;
  // Whatever has arrived is answered before more is waited for.
  for (auto lines = reader.read(); !lines.empty(); lines = reader.read()) {
    rows.clear();
    std::optional<Error> refused;
    for (const std::string_view line : lines) {
      ++counts.documents;
      document.text = line;
      try {
        counts.repaired += repair_utf8(document.text, command.invalid_utf8,
                                       fmt::format("standard input, line {}", counts.documents));
      } catch (const Error& error) {  // told behind the answers to the lines before it
        refused = error;
        break;
      }
      transformer.transform(document, rows);
      counts.without_known_token += rows.row(rows.size() - 1).columns.empty();
    }
    const std::vector<float> logits = score(rows);
    answers.clear();
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const Prediction prediction =
          decide(std::span(logits).subspan(r * names.size(), names.size()));
      fmt::format_to(std::back_inserter(answers), "{}\t{}\n",
                     names[static_cast<std::size_t>(prediction.label)], prediction.probability);
    }
    write_stdout(answers);
    if (refused) throw *refused;
  }
  tell_counts(console, counts, command.invalid_utf8);
}

}  // namespace

void setup_predict(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand(
      "predict", "label documents: one line of stdin in, one line of stdout out");
  auto command = std::make_shared<PredictCommand>();
  sub->add_option("MODEL", command->model, "a model file")
      ->required()
      ->type_name("FILE")
      ->group("Data");
  add_invalid_utf8_option(*sub, command->invalid_utf8);
  add_scoring_options(*sub, command->scoring);
  add_general_options(*sub, console);
  sub->footer(
      "Writes label TAB probability for every line, in order, as lines arrive.\n\n"
      "Examples:\n"
      "  echo 'the shuttle reached orbit' | newsclf predict news.safetensors\n"
      "  newsclf predict news.safetensors < lines.txt | cut -f1 | sort | uniq -c");
  sub->callback([command, &console] {
    check_scoring_options(command->scoring);
    run_predict(*command, console);
  });
}

}  // namespace newsclf
