// SPDX-License-Identifier: MIT
// newsclf predict: a filter, one line in, one label out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "newsclf/commands/command_options.hpp"
#include "newsclf/commands/commands.hpp"
#include "newsclf/commands/scoring.hpp"
#include "newsclf/corpus/line_reader.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/text/utf8.hpp"

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

/// Turns lines that follow each other into rows: the share of one thread.
struct LineTransformer {
  Transformer transformer;
  Document document{};
  SparseRows rows{};
  PredictCounts counts{};
  std::optional<Error> refused{};  // what ended the share early

  /// @param before lines of the stream before the first of `lines`
  void transform(std::span<const std::string_view> lines, std::int64_t before, InvalidUtf8 policy) {
    rows.clear();
    counts = {};
    for (const std::string_view line : lines) {
      document.text = line;
      if (find_invalid_utf8(line) != std::string_view::npos) {
        try {
          const std::int64_t number = before + counts.documents + 1;
          counts.repaired +=
              repair_utf8(document.text, policy, fmt::format("standard input, line {}", number));
        } catch (const Error& error) {
          refused = error;
          return;
        }
      }
      transformer.transform(document, rows);
      ++counts.documents;
      counts.without_known_token += rows.row(rows.size() - 1).columns.empty();
    }
  }
};

/// Shares lines out among threads and puts their rows together again.
class ParallelTransformer {
 public:
  /// Borrows both.
  ParallelTransformer(const Vectorizer& vectorizer, Workers& workers) : workers_(workers) {
    for (int share = 0; share < kSharesPerThread * workers.threads(); ++share)
      shares_.push_back({Transformer(vectorizer)});
  }

  /// The rows of `lines`, up to the first one that `policy` refuses. They hold until the next call.
  const SparseRows& transform(std::span<const std::string_view> lines, InvalidUtf8 policy) {
    const std::size_t of_a_share = (lines.size() + shares_.size() - 1) / shares_.size();
    const std::int64_t before = counts_.documents;
    workers_.for_each(shares_.size(), 1, [&](std::size_t share) {
      const std::size_t first = std::min(share * of_a_share, lines.size());
      shares_[share].transform(lines.subspan(first, std::min(of_a_share, lines.size() - first)),
                               before + static_cast<std::int64_t>(first), policy);
    });
    rows_.clear();
    for (LineTransformer& share : shares_) {
      rows_.append(share.rows);
      counts_.documents += share.counts.documents;
      counts_.repaired += share.counts.repaired;
      counts_.without_known_token += share.counts.without_known_token;
      refused_ = share.refused;
      if (refused_) break;
    }
    return rows_;
  }

  /// Of all lines so far.
  const PredictCounts& counts() const { return counts_; }
  const std::optional<Error>& refused() const { return refused_; }

 private:
  static constexpr int kSharesPerThread = 2;

  Workers& workers_;
  std::vector<LineTransformer> shares_;
  SparseRows rows_;
  PredictCounts counts_;
  std::optional<Error> refused_;
};

void run_predict(const PredictCommand& command, const Console& console) {
  const Classifier classifier = load_model(command.model);
  Workers workers(command.scoring.threads);
  const Scorer score = make_scorer(classifier.network, command.scoring, workers);
  std::vector<std::string> names;
  for (const std::string& label : classifier.labels.labels()) names.push_back(escaped(label));
  if (::isatty(STDIN_FILENO) != 0)
    console.note("reading documents from the terminal, one a line; Ctrl-D ends");

  LineReader reader(STDIN_FILENO, "standard input");
  ParallelTransformer transformer(classifier.vectorizer, workers);
  std::string answers;
  // Whatever has arrived is answered before more is waited for.
  for (auto lines = reader.read(); !lines.empty(); lines = reader.read()) {
    const SparseRows& rows = transformer.transform(lines, command.invalid_utf8);
    const std::vector<float> logits = score(rows);
    answers.clear();
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const Prediction prediction =
          decide(std::span(logits).subspan(r * names.size(), names.size()));
      fmt::format_to(std::back_inserter(answers), "{}\t{}\n",
                     names[static_cast<std::size_t>(prediction.label)], prediction.probability);
    }
    write_stdout(answers);
    if (transformer.refused()) throw *transformer.refused();
  }
  tell_counts(console, transformer.counts(), command.invalid_utf8);
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
