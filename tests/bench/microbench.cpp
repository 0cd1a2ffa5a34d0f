// SPDX-License-Identifier: MIT
// Times each hot loop of newsclf separately on the documents of a tree, as a training with default
// options and labelling with its model run it.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/backend.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/learners.hpp"
#include "training/rates.hpp"
#include "training/side_by_side.hpp"

/// Linked into this program: what `open_backend` loads.
extern "C" const newsclf::Backend* newsclf_training_backend(const char* version);

namespace newsclf {
namespace {

struct BenchOptions {
  std::string folder;  ///< with one subfolder per label and one file per document
  int threads = 1;     ///< number of threads
  bool json = false;   ///< print one JSON object per line instead of a table
};

/// What a loop processes, and how its rate is printed.
struct Unit {
  const char* name;
  const char* rate;      ///< unit of the rate in the table
  const char* rate_key;  ///< JSON key of the rate
  double scale;          ///< factor from amount per second to that unit
};
constexpr Unit kBytes{"bytes", "MB/s", "mb_per_s", 1e-6};
constexpr Unit kDocuments{"documents", "documents/s", "documents_per_s", 1};

/// The time of one loop, and the amount processed in that time.
struct Measurement {
  const char* name;
  double seconds;
  std::int64_t amount;
  const Unit& unit;
};

/// The seconds that `work` takes, without freeing its result.
template <typename Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  if constexpr (std::is_void_v<decltype(work())>) {
    work();
    return elapsed();
  } else {
    [[maybe_unused]] const auto result = work();
    return elapsed();
  }
}

/// The median of five runs after a warm-up run. `run` returns its own time in seconds.
template <typename Run>
double median_of_runs(const Run& run) {
  run();
  std::array<double, 5> seconds;
  for (double& s : seconds) s = run();
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

template <typename Work>
double median_seconds(const Work& work) {
  return median_of_runs([&] { return seconds_of(work); });
}

/// Prints each measurement as soon as it is available.
class Reporter {
 public:
  /// Borrows `options`.
  explicit Reporter(const BenchOptions& options) : options_(options) {
    if (!options_.json)
      std::printf("%-13s  %7s  %-19s  %10s  rate\n", "name", "threads", "processed", "seconds");
  }

  void operator()(const Measurement& m) const {
    const double rate = static_cast<double>(m.amount) * m.unit.scale / m.seconds;
    if (options_.json)
      std::printf(
          R"({"name": "%s", "threads": %d, "%s": %)" PRId64 R"(, "seconds": %.6g, "%s": %.6g})"
          "\n",
          m.name, options_.threads, m.unit.name, m.amount, m.seconds, m.unit.rate_key, rate);
    else
      std::printf("%-13s  %7d  %9" PRId64 " %-9s  %10.6f  %8.1f %s\n", m.name, options_.threads,
                  m.amount, m.unit.name, m.seconds, rate, m.unit.rate);
    if (std::fflush(stdout) != 0)
      throw Error("stdout", "cannot write the results", "check where stdout goes");
  }

 private:
  const BenchOptions& options_;
};

/// The number of token occurrences in all documents.
std::int64_t tokenize(std::span<const Document> documents, const TextOptions& options,
                      Workers& workers) {
  constexpr std::int64_t kPiece = 64;
  std::atomic<std::int64_t> occurrences = 0;
  workers.share(static_cast<std::int64_t>(documents.size()), kPiece,
                [&](std::int64_t begin, std::int64_t end) {
                  Analyzer analyzer(options);
                  std::size_t count = 0;
                  for (std::int64_t d = begin; d < end; ++d)
                    count += analyzer.analyze(documents[static_cast<std::size_t>(d)]).size();
                  occurrences += static_cast<std::int64_t>(count);
                });
  return occurrences;
}

/// Times what the training of an ensemble on the CPU does in a step: building the batches, a step
/// of one perceptron, one of the linear member; and an epoch of all learners, side by side. Repeats
/// the first epoch, in which all of them learn.
void measure_training(const TrainingData& data, const TrainingOptions& options, Workers& workers,
                      const Reporter& report) {
  const auto documents = static_cast<std::int64_t>(data.train.rows.size());
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::int64_t steps = steps_an_epoch(options, documents);
  const Rates rates(options, options.epochs * steps);
  Random random(options.seed);
  Learners learners(data, options, rates, torch::kCPU, random, workers, nullptr);
  std::vector<std::int64_t> order = all_rows(data.train.rows);
  random.shuffle(std::span(order));

  const auto build = [&](std::int64_t step) {
    const std::size_t begin = static_cast<std::size_t>(step) * batch_size;
    learners.build(std::span(order).subspan(begin, std::min(batch_size, order.size() - begin)),
                   step);
  };
  const auto take = [&](std::size_t learner, std::int64_t step) {
    learners.take_step(learner, step, 1);
  };
  // Takes all steps, one after the other, of which only a part is timed.
  enum class Part { kBatches, kPerceptron, kLinear };
  const auto report_part = [&](const char* name, Part part) {
    const std::size_t timed = part == Part::kPerceptron ? 0 : learners.count_apart() - 1;
    const auto run = [&] {
      double in_batches = 0, in_learner = 0;
      for (std::int64_t step = 0; step < steps; ++step) {
        in_batches += seconds_of([&] { build(step); });
        in_learner += seconds_of([&] { take(timed, step); });
      }
      return part == Part::kBatches ? in_batches : in_learner;
    };
    report({name, median_of_runs(run), documents, kDocuments});
  };
  report_part("batches", Part::kBatches);
  report_part("perceptron", Part::kPerceptron);
  report_part("linear_member", Part::kLinear);
  report({"epoch", median_seconds([&] {
            take_side_by_side({.steps = steps,
                               .learners = learners.count_apart(),
                               .prepare = build,
                               .take = take,
                               .taken = [](std::int64_t) {}},
                              workers);
          }),
          documents, kDocuments});
}

void run(const BenchOptions& options) {
  Workers workers(options.threads);
  const Corpus corpus = read_corpus({options.folder}, {}, workers).corpus;
  const std::vector<Document>& documents = corpus.documents;
  StoredDocuments stored(documents);
  const Classifier classifier =
      learn(stored, {}, *newsclf_training_backend(NEWSCLF_VERSION), workers);
  const std::vector<std::int32_t> label_of = label_ids(stored, classifier.labels);
  const Reporter report(options);

  const VectorizerOptions& chosen = classifier.vectorizer.options();
  VectorizerOptions words = chosen;
  words.text.max_long_ngram = 0;
  words.weighting = {.weighting = Weighting::kCount, .norm = Norm::kNone};
  const auto fit = [&](const VectorizerOptions& vectorizer) {
    StoredRows writer;
    Vectorizer fitted = fit_vectorizer(stored, vectorizer, label_of, workers, writer);
    return std::pair(std::move(fitted), std::move(writer.rows));
  };
  const auto transformed = [&] {
    StoredRows writer;
    transform(classifier.vectorizer, stored, workers, writer);
    return std::move(writer.rows);
  };
  const auto report_text = [&](const char* name, const auto& work) {
    report({name, median_seconds(work), corpus.counts.bytes, kBytes});
  };
  report_text("tokenize", [&] { return tokenize(documents, words.text, workers); });
  report_text("count", [&] { return fit(words); });
  report_text("fit", [&] { return fit(chosen); });
  report_text("transform", transformed);
  const SparseRows labelled = transformed();
  report({"forward",
          median_seconds([&] { return native_logits(classifier.ensemble, labelled, workers); }),
          corpus.counts.read, kDocuments});

  const auto [vectorizer, rows] = fit(chosen);
  TrainingData data{{rows, label_of}, {}, vectorizer.vocabulary().size(), classifier.labels.size()};
  data.perceptron_inputs = {vectorizer.columns(TokenKind::kCharNgram, TokenKind::kWord)};
  data.linear_inputs = vectorizer.columns(TokenKind::kWord, TokenKind::kLongNgram);
  data.rescales_parts = true;
  measure_training(data, classifier.training.options, workers, report);
}

}  // namespace
}  // namespace newsclf

int main(int argc, char** argv) {
  enum ExitStatus { kDone = 0, kFailed = 1, kWrongCommandLine = 2 };
  newsclf::BenchOptions options;
  CLI::App app("Times the hot loops of newsclf, each by itself.", "microbench");
  app.add_option("FOLDER", options.folder, "one subfolder per label, one file per document")
      ->required()
      ->type_name("");
  app.add_option("--threads", options.threads, "number of threads")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--json", options.json, "print one JSON object per line instead of a table");
  try {
    app.parse(argc, argv);
    newsclf::run(options);
    return kDone;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "microbench: command line: %s; see microbench --help\n", error.what());
    return kWrongCommandLine;
  } catch (const newsclf::Error& error) {
    std::fprintf(stderr, "microbench: %s\n", error.what());
  } catch (const std::bad_alloc&) {
    std::fputs("microbench: out of memory; give a smaller FOLDER\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "microbench: unexpected error: %s; please report it\n", error.what());
  }
  return kFailed;
}
