// SPDX-License-Identifier: MIT
// newsclf train: documents in, model file out.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <future>

#include "newsclf/cli/training_library.hpp"
#include "newsclf/commands/command_options.hpp"
#include "newsclf/commands/commands.hpp"
#include "newsclf/corpus/digest.hpp"
#include "newsclf/corpus/split.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/model/atomic_file.hpp"
#include "newsclf/model/classifier.hpp"

namespace newsclf {
namespace {

namespace fs = std::filesystem;

struct TrainCommand {
  TrainCommand() { vectorizer.weighting.token_scale = TokenScale::kNb; }

  DataOptions data;
  double valid_fraction = 0;
  VectorizerOptions vectorizer;
  TrainingOptions training;
  std::string output;
  bool force = false;
};

constexpr Choice<bool> kPostHeaders[] = {{"keep", true}, {"strip", false}};

// ---- setup: what is typed ----------------------------------------------------------------------

int parse_int(const std::string& option, std::string_view text, int low, int high) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < low || number > high)
    throw CLI::ValidationError(option,
                               fmt::format("'{}' is no number from {} to {}", text, low, high));
  return number;
}

/// "2" is 1 to 2, "2-3" is 2 to 3.
void parse_ngrams(const std::string& text, TextOptions& options) {
  constexpr int kLongest = 10;
  const std::size_t dash = text.find('-');
  const std::string_view view = text;
  const int low =
      dash == std::string::npos ? 1 : parse_int("--word-ngrams", view.substr(0, dash), 1, kLongest);
  options.max_ngram = parse_int(
      "--word-ngrams", dash == std::string::npos ? view : view.substr(dash + 1), low, kLongest);
  options.min_ngram = low;
}

void parse_strip(const std::vector<std::string>& parts, TextOptions& options) {
  for (const std::string& part : parts) {
    if (part == "quotes")
      options.strip_quotes = true;
    else if (part == "footers")
      options.strip_footers = true;
    else
      throw CLI::ValidationError("--strip", "'" + part + "' is none of quotes or footers");
  }
}

void add_text_options(CLI::App& app, VectorizerOptions& options) {
  TextOptions& text = options.text;
  const std::string group = "Text";
  add_choice(app, "--post-headers", text.post_headers, kPostHeaders,
             "the header block of newsgroup posts as text")
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--strip", [&text](const auto& parts) { parse_strip(parts, text); },
         "leave out of posts: quotes, footers, or both")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("PARTS")
      ->group(group);
  add_number(app, "--subject-weight", text.subject_weight, 0, 1000, "N",
             "count a post's subject this many more times")
      ->group(group);
  app.add_flag("--keep-case", text.keep_case, "tell Space from space")->group(group);
  add_choice(app, "--token-pattern", text.token_pattern, kTokenPatterns,
             "tokens are runs of word characters, or of anything but white space")
      ->group(group);
  app.add_option_function<std::string>(
         "--word-ngrams", [&text](const std::string& range) { parse_ngrams(range, text); },
         "runs of N (or M to N) neighbouring tokens count as tokens; 2 means 1-2")
      ->type_name("M-N")
      ->default_str("1")
      ->group(group);

  VocabularyOptions& vocabulary = options.vocabulary;
  add_number(app, "--min-df", vocabulary.min_df, std::int64_t{1}, std::int64_t{1} << 40, "N",
             "leave out tokens of fewer documents")
      ->group(group);
  add_number(app, "--max-df", vocabulary.max_df, 0.0, 1.0, "SHARE",
             "leave out tokens of a larger share of the documents")
      ->group(group);
  add_number(app, "--max-features", vocabulary.max_features, std::int64_t{0}, std::int64_t{1} << 31,
             "N", "keep the N tokens of the most documents; 0 keeps all")
      ->group(group);
  add_choice(app, "--weighting", options.weighting.weighting, kWeightings,
             "what a token of a document weighs: tf, 1, 1 + ln tf, or (1 + ln tf) idf")
      ->group(group);
  add_choice(app, "--token-scale", options.weighting.token_scale, kTokenScales,
             "multiply that by how strongly the token speaks for a label (naive Bayes)")
      ->group(group);
  add_choice(app, "--norm", options.weighting.norm, kNorms,
             "bring every document to the same Euclidean norm, or leave it")
      ->group(group);
}

void add_training_options(CLI::App& app, TrainingOptions& options) {
  constexpr std::int64_t kMost = 1'000'000;
  app.add_option_function<std::vector<std::int64_t>>(
         "--hidden",
         [&options](const std::vector<std::int64_t>& units) {
           if (units.size() != 2 || std::min(units[0], units[1]) < 1 ||
               std::max(units[0], units[1]) > 65536)
             throw CLI::ValidationError("--hidden", "give two numbers from 1 to 65536");
           options.hidden1 = units[0];
           options.hidden2 = units[1];
         },
         "units of the two hidden layers")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("H1,H2")
      ->default_str(fmt::format("{},{}", options.hidden1, options.hidden2))
      ->group("Model");
  add_number(app, "--dropout", options.dropout, 0.0, 0.99, "SHARE",
             "share of hidden units dropped in a step")
      ->group("Model");

  const std::string group = "Training";
  add_choice(app, "--optimizer", options.optimizer, kOptimizers,
             "Adam over all weights, or over the first layer's rows that a batch holds")
      ->group(group);
  add_number(app, "--epochs", options.epochs, std::int64_t{1}, kMost, "N",
             "passes over the documents")
      ->default_str("10 to 60, the fewer documents a label the more")
      ->group(group);
  add_number(app, "--batch-size", options.batch_size, std::int64_t{1}, kMost, "N",
             "documents a step")
      ->default_str("16 to 128, the fewer documents the fewer")
      ->group(group);
  add_number(app, "--lr", options.lr, 1e-30, 1e30, "RATE", "rate of the first step")->group(group);
  add_choice(app, "--lr-schedule", options.lr_schedule, kLrSchedules,
             "the rate falls to 0 over the training, or stays")
      ->group(group);
  app.add_option_function<std::string>(
         "--seed",
         [&options](const std::string& text) {
           const char* const end = text.data() + text.size();
           const auto [stop, error] = std::from_chars(text.data(), end, options.seed);
           if (error != std::errc() || stop != end)
             throw CLI::ValidationError("--seed", "'" + text + "' is no number from 0 to 2^64-1");
         },
         "of weights, order and dropout; same seed, same model")
      ->type_name("N")
      ->default_str("0")
      ->group(group);
  add_machine_options(app, options.threads, options.device, group);
}

// ---- run: what is done -------------------------------------------------------------------------

/// Refuses, before any work, an output that could not be written in the end.
void check_output(const TrainCommand& command, const Console& console) {
  const fs::path path = command.output;
  const AtomicFile probe(command.output);  // what will be done in the end, without the commit
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(path, ignored))) return;
  if (!command.force)
    throw Error(command.output, "this file is already there",
                "take another name, or --force to replace it");
  console.note(fmt::format("{} is there and will be replaced", command.output));
}

void check_labels(const LabelSet& labels, std::size_t documents) {
  if (labels.size() < 2)
    throw Error("training data",
                fmt::format("all {} documents have the label '{}'", documents, labels.to_label(0)),
                "give documents of two labels or more");
}

/// Documents to learn from and documents held out of it.
struct SplitDocuments {
  std::vector<Document> train;
  std::vector<Document> held_out;
};

SplitDocuments split_documents(std::vector<Document> documents, const LabelSet& labels,
                               double fraction, std::uint64_t seed) {
  if (fraction <= 0) return {std::move(documents), {}};
  const Split split =
      stratified_split(label_ids(documents, labels), thread_keys(documents), fraction, seed);
  SplitDocuments parts;
  for (const std::size_t i : split.train) parts.train.push_back(std::move(documents[i]));
  for (const std::size_t i : split.held_out) parts.held_out.push_back(std::move(documents[i]));
  return parts;
}

/// Shows where training stands: a bar on a terminal, a line an epoch elsewhere.
class TrainingTeller {
 public:
  TrainingTeller(const Console& console, std::int64_t documents)
      : console_(console), bar_(console), documents_(documents) {}

  void operator()(const TrainingProgress& progress) {
    const auto done = static_cast<double>((progress.epoch - 1) * documents_ + progress.documents);
    const auto all = static_cast<double>(progress.epochs * documents_);
    const double rate = done / std::max(progress.elapsed_s, 1e-9);
    if (progress.epoch_end != nullptr) {
      last_ = fmt::format("loss {:.4f}", progress.epoch_end->loss);
      if (progress.epoch_end->valid_accuracy)
        last_ +=
            fmt::format(", held-out accuracy {:.2f} %", 100 * *progress.epoch_end->valid_accuracy);
    }
    const std::string text = fmt::format("epoch {}/{}  {}  {} documents/s", progress.epoch,
                                         progress.epochs, last_, with_commas(std::llround(rate)));
    const bool last = progress.epoch_end != nullptr && progress.epoch == progress.epochs;
    if (last) bar_.clear();
    if (bar_.is_shown() && !last)
      bar_.update(done / all, text + fmt::format("  {} left", duration((all - done) / rate)));
    else if (progress.epoch_end != nullptr)
      console_.note(text);
  }

 private:
  const Console& console_;
  ProgressBar bar_;
  std::int64_t documents_;
  std::string last_ = "loss -";
};

TrainingRecord make_record(const SplitDocuments& documents, std::span<const std::int32_t> label_of,
                           const LabelSet& labels, const ReadCounts& counts,
                           const TrainingResult& result, const TrainingLibrary& library) {
  const TrainingOptions& options = result.options;
  TrainingRecord record;
  record.seed = options.seed;
  record.documents = static_cast<std::int64_t>(documents.train.size());
  record.held_out = static_cast<std::int64_t>(documents.held_out.size());
  record.empty = counts.empty;
  record.repaired = counts.repaired;
  record.label_documents.assign(static_cast<std::size_t>(labels.size()), 0);
  for (const std::int32_t label : label_of)
    ++record.label_documents[static_cast<std::size_t>(label)];
  record.data_digest = digest_documents(documents.train);
  record.libtorch_version = library.libtorch_version;
  record.optimizer = name_of(kOptimizers, options.optimizer);
  record.batch_size = options.batch_size;
  record.lr = options.lr;
  record.lr_schedule = name_of(kLrSchedules, options.lr_schedule);
  record.dropout = options.dropout;
  record.epochs = result.epochs;
  return record;
}

/// Ends a training that diverged: keeps the last good state beside the output, which stays as it
/// was.
[[noreturn]] void give_up(const TrainCommand& command, const Classifier& last_good,
                          std::int64_t epoch) {
  std::string kept = "nothing was written";
  if (epoch > 1) {
    std::string path = command.output + ".last-good";
    for (int n = 2; fs::exists(path); ++n) path = fmt::format("{}.last-good.{}", command.output, n);
    save_model(last_good, path);
    kept = fmt::format("the model after epoch {} is kept in {}", epoch - 1, path);
  }
  throw Error("training", fmt::format("the loss is no longer finite in epoch {}", epoch),
              fmt::format("take a lower --lr than {}; {}", command.training.lr, kept));
}

void tell_result(const Console& console, const TrainCommand& command, const Classifier& classifier,
                 std::int64_t file_bytes, const TrainingResult& result) {
  console.note(fmt::format("wrote {}: {} tokens, {} labels, hidden {},{}, {}", command.output,
                           with_commas(classifier.network.shape.inputs), classifier.labels.size(),
                           classifier.network.shape.hidden1, classifier.network.shape.hidden2,
                           file_size(file_bytes)));
  if (const auto accuracy = result.epochs.back().valid_accuracy)
    console.note(fmt::format("accuracy on the {} documents held out: {:.2f} %",
                             with_commas(classifier.training.held_out), 100 * *accuracy));
  else
    console.note("nothing was held out: --valid-fraction 0.1 would tell how good it is");
  console.note(fmt::format("score it: newsclf eval {} DATA", command.output));
}

void run_train(const TrainCommand& command, const Console& console) {
  check_output(command, console);
  // LibTorch takes a while to load: let it, on the side.
  auto opening = std::async(std::launch::async, open_training_library);

  Corpus corpus = read_data(command.data, console);
  const LabelSet labels = LabelSet::of(corpus.documents);
  check_labels(labels, corpus.documents.size());
  const SplitDocuments documents = split_documents(std::move(corpus.documents), labels,
                                                   command.valid_fraction, command.training.seed);
  const std::vector<std::int32_t> train_labels = label_ids(documents.train, labels);
  const std::vector<std::int32_t> held_out_labels = label_ids(documents.held_out, labels);

  auto [vectorizer, train_rows] = fit_vectorizer(documents.train, command.vectorizer, train_labels);
  // Beyond this line the vocabulary is fixed; the held-out documents are only looked up in it.
  const SparseRows held_out_rows = transform(vectorizer, documents.held_out);
  console.note(fmt::format("{} documents to learn from, {} held out, {} tokens",
                           with_commas(static_cast<std::int64_t>(documents.train.size())),
                           with_commas(static_cast<std::int64_t>(documents.held_out.size())),
                           with_commas(vectorizer.vocabulary().size())));

  TrainingData data{{train_rows, train_labels}, {}, vectorizer.vocabulary().size(), labels.size()};
  if (!documents.held_out.empty())
    data.held_out.emplace(LabelledRows{held_out_rows, held_out_labels});
  const TrainingLibrary& library = opening.get();
  TrainingResult result;
  {
    TrainingTeller teller(console, static_cast<std::int64_t>(documents.train.size()));
    result = library.train(data, command.training, std::ref(teller));
  }
  console.detail(
      fmt::format("trained on {} with LibTorch {}", result.device, library.libtorch_version));

  const Classifier classifier{
      std::move(vectorizer), labels, result.network,
      make_record(documents, train_labels, labels, corpus.counts, result, library)};
  if (result.diverged_in_epoch) give_up(command, classifier, *result.diverged_in_epoch);
  const std::int64_t file_bytes = save_model(classifier, command.output);
  tell_result(console, command, classifier, file_bytes, result);
}

}  // namespace

void setup_train(CLI::App& app, Console& console) {
  CLI::App* const sub = app.add_subcommand("train", "learn a model from labelled documents");
  auto command = std::make_shared<TrainCommand>();
  add_data_options(*sub, command->data);
  add_number(*sub, "--valid-fraction", command->valid_fraction, 0.0, 0.9, "SHARE",
             "hold out this share of the documents and score them after every epoch; posts of one "
             "subject stay on one side")
      ->group("Data");
  add_text_options(*sub, command->vectorizer);
  add_training_options(*sub, command->training);
  sub->add_option("-o,--output", command->output, "the model file to write")
      ->required()
      ->type_name("MODEL")
      ->group("Output");
  sub->add_flag("--force", command->force, "replace the model file if it is there")
      ->group("Output");
  add_general_options(*sub, console);
  sub->footer(
      "Examples:\n"
      "  newsclf train 20news-bydate-train -o news.safetensors\n"
      "  newsclf train posts -o space.safetensors --labels sci.space,sci.med\n"
      "  newsclf train posts -o try.safetensors --valid-fraction 0.1 --hidden 300,100");
  sub->callback([command, &console] {
    if (command->output.empty() || command->output == "-")
      throw CLI::ValidationError("--output", "a model is written to a file; give its name");
    run_train(*command, console);
  });
}

}  // namespace newsclf
