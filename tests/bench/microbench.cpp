// SPDX-License-Identifier: MIT
// Times each hot loop of newsclf separately on the documents of a tree, so that a change of one
// loop is visible without reading documents, loading LibTorch or running the other loops.
#include <ATen/Parallel.h>
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
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/label_set.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/analyzer.hpp"
#include "newsclf/features/vectorizer.hpp"
#include "newsclf/model/network.hpp"
#include "newsclf/parallel/random.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/training/options.hpp"
#include "training/batch.hpp"
#include "training/mlp.hpp"
#include "training/optimizer.hpp"

namespace newsclf {
namespace {

constexpr std::int64_t kMembers = 3;
constexpr std::int64_t kBatchSize = 128;
constexpr std::uint64_t kSeed = 0;

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
  [[maybe_unused]] const auto result = work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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

/// Times steps of `mlp` on full batches of shuffled documents (on one smaller batch if there are
/// too few). A run is one pass over the documents; building the batches is not timed.
Measurement measure_training_step(const LabelledRows& data, Mlp& mlp, const NetworkShape& shape,
                                  Workers& workers) {
  const auto documents = static_cast<std::int64_t>(data.rows.size());
  TrainingOptions given;
  given.batch_size = std::min(kBatchSize, documents);
  given.members = kMembers;
  const TrainingOptions options = resolve_options(given, documents, shape.labels);
  const auto optimizer =
      make_optimizer({OptimizerKind::kRowRmsprop, *options.weight_decay, {}}, mlp.ptr(), workers);
  BatchBuilder batches(data, {.columns = {0, static_cast<std::int32_t>(shape.inputs)}},
                       torch::kCPU);
  std::vector<std::int64_t> order(data.rows.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Random random(kSeed);
  random.shuffle(std::span(order));

  mlp->train();
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  const std::size_t steps = order.size() / batch_size;
  const double seconds = median_of_runs([&] {
    double sum = 0;
    for (std::size_t step = 0; step < steps; ++step) {
      const Batch batch = batches.build(std::span(order).subspan(step * batch_size, batch_size),
                                        optimizer->columns());
      sum += seconds_of([&] {
        const torch::Tensor loss = optimizer->gradients(batch);
        optimizer->apply(*options.lr);
        return loss;
      });
    }
    return sum / static_cast<double>(steps);
  });
  return {"training_step", seconds, options.batch_size, kDocuments};
}

void run(const BenchOptions& options) {
  at::set_num_threads(1);  // as in training, where `workers` share large operations
  Workers workers(options.threads);
  const Corpus corpus = read_corpus({options.folder}, {}, workers).corpus;
  const std::vector<Document>& documents = corpus.documents;
  const LabelSet labels = LabelSet::of(documents);
  if (labels.size() < 2)
    throw Error(options.folder, "all documents have the label '" + labels.to_label(0) + "'",
                "give a folder with documents of at least two labels");
  StoredDocuments stored(documents);
  const std::vector<std::int32_t> label_of = label_ids(stored, labels);
  const Reporter report(options);

  VectorizerOptions weighted;  // the defaults of `newsclf train`
  if (are_short(stored)) add_char_ngrams(weighted.text);
  weighted.weighting.token_scale = TokenScale::kNb;
  VectorizerOptions counted = weighted;
  counted.weighting = {.weighting = Weighting::kCount, .norm = Norm::kNone};
  const auto fit = [&](const VectorizerOptions& vectorizer) {
    StoredRows writer;
    Vectorizer fitted = fit_vectorizer(stored, vectorizer, label_of, workers, writer);
    return std::pair(std::move(fitted), std::move(writer.rows));
  };
  const auto report_text = [&](const char* name, const auto& work) {
    report({name, median_seconds(work), corpus.counts.bytes, kBytes});
  };
  report_text("tokenize", [&] { return tokenize(documents, weighted.text, workers); });
  report_text("count", [&] { return fit(counted); });
  report_text("fit", [&] { return fit(weighted); });
  const std::pair<Vectorizer, SparseRows> fitted = fit(weighted);
  const Vectorizer& vectorizer = fitted.first;
  const SparseRows& rows = fitted.second;
  report_text("transform", [&] {
    StoredRows writer;
    transform(vectorizer, stored, workers, writer);
    return std::move(writer.rows);
  });

  const NetworkShape shape{vectorizer.vocabulary().size(), 100, 100, labels.size(), kMembers};
  Mlp mlp(MlpOptions{.shape = shape, .seed = kSeed});
  Random random(kSeed);
  mlp->initialize(random, workers);
  const Network network = copy_weights(*mlp);
  const auto forward = [&] { return native_logits(network, rows, workers); };
  report({"forward", median_seconds(forward), corpus.counts.read, kDocuments});
  report(measure_training_step({rows, label_of}, mlp, shape, workers));
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
