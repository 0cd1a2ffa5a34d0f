// SPDX-License-Identifier: MIT
// The C interface, see newsclf.h. It has no locks and keeps no threads, so that a child process
// can use the models of its parent after fork().
#include "newsclf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "newsclf/corpus/read_limits.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/features/marked_words.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/parallel/workers.hpp"
#include "newsclf/report/model_report.hpp"
#include "newsclf/text/utf8.hpp"

namespace {

using namespace newsclf;

// ---- errors -------------------------------------------------------------------------------------

struct InvalidArgument : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

void require(bool holds, const char* problem) {
  if (!holds) throw InvalidArgument(problem);
}

thread_local std::string last_message;
thread_local const char* last_error = "";

newsclf_status fail(newsclf_status status, std::string_view message) noexcept {
  try {
    last_message = replace_invalid_utf8(message);  // file names need not be UTF-8
    last_error = last_message.c_str();
  } catch (const std::bad_alloc&) {
    last_error = "out of memory";
  }
  return status;
}

/// @param other the status of errors with another code
newsclf_status status_of(ErrorCode code, newsclf_status other) {
  switch (code) {
    case ErrorCode::kNoFile:
      return NEWSCLF_NOT_FOUND;
    case ErrorCode::kMachine:
    case ErrorCode::kUnusableFile:
      return NEWSCLF_CANNOT_READ;
    case ErrorCode::kNoMemory:
      return NEWSCLF_NO_MEMORY;
    default:
      return other;
  }
}

/// Runs `work`. @param of_error the status of an `Error` that has none of its own
template <typename Work>
newsclf_status guard(const Work& work, newsclf_status of_error = NEWSCLF_FAILED) noexcept {
  try {
    work();
    return NEWSCLF_OK;
  } catch (const InvalidArgument& error) {
    return fail(NEWSCLF_INVALID_ARGUMENT, error.what());
  } catch (const Error& error) {
    return fail(status_of(error.code(), of_error), error.what());
  } catch (const std::bad_alloc&) {
    return fail(NEWSCLF_NO_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return fail(NEWSCLF_FAILED, error.what());
  }
}

// ---- predictors ---------------------------------------------------------------------------------

/// A predictor and its threads.
struct Labeller {
  Labeller(const Classifier& classifier, int threads)
      : workers(threads), predictor(classifier, workers) {}

  Workers workers;
  Predictor predictor;
};

/// Predictors with one thread that are not in use. Has no lock, which another thread could hold
/// while the process forks.
class IdleLabellers {
 public:
  IdleLabellers() = default;
  ~IdleLabellers() {
    while (take()) {
    }
  }
  IdleLabellers(const IdleLabellers&) = delete;
  IdleLabellers& operator=(const IdleLabellers&) = delete;

  /// Returns null if there are none.
  std::unique_ptr<Labeller> take() {
    for (std::atomic<Labeller*>& place : places_)
      if (Labeller* const labeller = place.exchange(nullptr))
        return std::unique_ptr<Labeller>(labeller);
    return nullptr;
  }
  void put(std::unique_ptr<Labeller> labeller) {
    for (std::atomic<Labeller*>& place : places_) {
      Labeller* none = nullptr;
      if (!place.compare_exchange_strong(none, labeller.get())) continue;
      labeller.release();  // NOLINT(bugprone-unused-return-value): now in `place`
      return;
    }
  }

 private:
  std::array<std::atomic<Labeller*>, 64> places_{};
};

}  // namespace

struct newsclf_model {
  explicit newsclf_model(WholeModel loaded) : file(std::move(loaded)) {}
  ~newsclf_model() { delete info.load(); }
  newsclf_model(const newsclf_model&) = delete;
  newsclf_model& operator=(const newsclf_model&) = delete;

  std::size_t labels() const { return static_cast<std::size_t>(file.classifier.labels.size()); }

  const WholeModel file;
  mutable IdleLabellers idle;
  mutable std::atomic<const std::string*> info{nullptr};  // made when it is first asked for
};

namespace {

std::string_view view_of(const newsclf_text& text) { return {text.data, text.size}; }

/// The options with their defaults filled in.
newsclf_options checked(const newsclf_options* options) {
  newsclf_options used{sizeof used, 0, 0};
  if (options != nullptr) {
    require(options->size == sizeof used, "options.size must be sizeof(newsclf_options)");
    used = *options;
  }
  require(used.threads >= 0 && used.threads <= 1024, "options.threads must be from 0 to 1024");
  if (used.max_document == 0) used.max_document = ReadLimits{}.document;
  return used;
}

std::span<const newsclf_text> checked(const newsclf_text* texts, std::size_t count) {
  require(texts != nullptr || count == 0, "texts must not be NULL");
  for (std::size_t t = 0; t < count; ++t)
    if (texts[t].data == nullptr && texts[t].size > 0)
      throw InvalidArgument(fmt::format("the data of text {} must not be NULL", t));
  return {texts, count};
}

/// Whether starting threads and allocating their buffers would cost more than it saves.
bool is_small(std::span<const newsclf_text> texts) {
  constexpr std::size_t kFew = 64, kShort = 64 << 10;
  if (texts.size() > kFew) return false;
  std::size_t bytes = 0;
  for (const newsclf_text& text : texts)
    if (text.size > kShort || (bytes += text.size) > kShort) return false;
  return true;
}

/// Calls `work(labeller)` with a predictor for `texts`.
template <typename Work>
void with_labeller(const newsclf_model& model, std::span<const newsclf_text> texts,
                   const newsclf_options& options, const Work& work) {
  const Classifier& classifier = model.file.classifier;
  if (is_small(texts)) {
    std::unique_ptr<Labeller> labeller = model.idle.take();
    if (!labeller) labeller = std::make_unique<Labeller>(classifier, 1);
    work(*labeller);
    model.idle.put(std::move(labeller));  // not after an exception, which leaves half a row in it
    return;
  }
  const int threads = options.threads > 0 ? options.threads : available_threads();
  Labeller labeller(classifier,
                    static_cast<int>(std::min(static_cast<std::size_t>(threads), texts.size())));
  work(labeller);
}

/// Calls `write(t, prediction)` for every text t, in blocks whose memory is bounded.
/// @param labels number of labels per prediction
template <typename Write>
void predict_all(const newsclf_model& model, std::span<const newsclf_text> texts,
                 const newsclf_options& options, std::size_t labels, const Write& write) {
  constexpr std::size_t kBlockBytes = std::size_t{16} << 20;
  with_labeller(model, texts, options, [&](Labeller& labeller) {
    const std::size_t most = labeller.predictor.documents_at_once();
    for (std::size_t first = 0; first < texts.size();) {
      std::size_t last = first;
      for (std::size_t bytes = 0; last < texts.size() && last - first < most && bytes < kBlockBytes;
           ++last)
        bytes += std::min(texts[last].size, options.max_document);
      std::vector<Document> block(last - first);
      labeller.workers.for_each(block.size(), 64, [&](std::size_t d) {
        block[d] = document_of(view_of(texts[first + d]), options.max_document);
      });
      for (const Prediction& prediction : labeller.predictor.predict(block, {.labels = labels}))
        write(first++, prediction);
    }
  });
}

template <typename... Source>
newsclf_status load(newsclf_model** model, const Source&... source) {
  return guard([&] { *model = new newsclf_model(load_whole_model(source...)); }, NEWSCLF_BAD_MODEL);
}

/// Writes as many of `items` to `out` as have room; sets `*count` to the number of all.
template <typename Item>
void write_items(const std::vector<Item>& items, Item* out, std::size_t* count) {
  if (out != nullptr) std::copy_n(items.begin(), std::min(*count, items.size()), out);
  if (count != nullptr) *count = items.size();
}

std::vector<newsclf_reason> reasons_of(std::vector<TokenContribution> contributions,
                                       const Vocabulary& vocabulary) {
  std::ranges::sort(contributions, {}, [](const TokenContribution& token) {
    return std::pair(-std::abs(token.contribution), token.column);
  });
  std::vector<newsclf_reason> reasons;
  for (const auto& [column, contribution] : contributions) {
    const std::string_view token = vocabulary.token(column);
    reasons.push_back({token.data(), token.size(), contribution});
  }
  return reasons;
}

/// @param text as given, of which `document` was made
/// @param row of the document
std::vector<newsclf_word> words_of(std::string_view text, const Document& document,
                                   const Vectorizer& vectorizer, const SparseRow& row,
                                   std::span<const TokenContribution> contributions) {
  std::vector<float> values;
  for (const TokenContribution& token : contributions) values.push_back(token.contribution);
  const std::vector<MarkedWord> marked = mark_words(vectorizer, document, {row.columns, values});
  std::vector<std::size_t> places;
  for (const MarkedWord& word : marked)
    places.insert(places.end(), {word.place.begin, word.place.end});
  if (!text.starts_with(document.text)) places = offsets_before_repair(text, std::move(places));
  std::vector<newsclf_word> words;
  for (std::size_t w = 0; w < marked.size(); ++w)
    words.push_back({places[2 * w], places[2 * w + 1], static_cast<float>(marked[w].value)});
  return words;
}

}  // namespace

// ---- the interface ------------------------------------------------------------------------------

const char* newsclf_version(void) { return NEWSCLF_VERSION; }

const char* newsclf_last_error(void) { return last_error; }

newsclf_status newsclf_load(const char* path, newsclf_model** model) {
  if (model == nullptr) return fail(NEWSCLF_INVALID_ARGUMENT, "model must not be NULL");
  *model = nullptr;
  if (path == nullptr) return fail(NEWSCLF_INVALID_ARGUMENT, "path must not be NULL");
  return load(model, path);
}

newsclf_status newsclf_load_bytes(const void* bytes, size_t size, newsclf_model** model) {
  if (model == nullptr) return fail(NEWSCLF_INVALID_ARGUMENT, "model must not be NULL");
  *model = nullptr;
  if (bytes == nullptr && size > 0) return fail(NEWSCLF_INVALID_ARGUMENT, "bytes must not be NULL");
  return load(model, "model in memory", std::span(static_cast<const std::byte*>(bytes), size));
}

newsclf_status newsclf_save_bytes(const newsclf_model* model, void* bytes, size_t capacity,
                                  size_t* size) {
  return guard([&] {
    require(model != nullptr && size != nullptr, "model and size must not be NULL");
    require(bytes != nullptr || capacity == 0, "bytes must not be NULL");
    const std::span<const std::byte> file = model->file.bytes;
    *size = file.size();
    if (file.size() <= capacity) std::ranges::copy(file, static_cast<std::byte*>(bytes));
  });
}

void newsclf_free(newsclf_model* model) { delete model; }

size_t newsclf_label_count(const newsclf_model* model) {
  return model == nullptr ? 0 : model->labels();
}

const char* newsclf_label(const newsclf_model* model, size_t label) {
  if (label >= newsclf_label_count(model)) return nullptr;
  return model->file.classifier.labels.to_label(static_cast<std::int32_t>(label)).c_str();
}

const char* newsclf_info(const newsclf_model* model) {
  const std::string* info = nullptr;
  const newsclf_status status = guard([&] {
    require(model != nullptr, "model must not be NULL");
    info = model->info.load();
    if (info != nullptr) return;
    auto made = std::make_unique<const std::string>(json_summary(model->file.summary, false));
    // If another thread was faster, `info` is now what it made.
    if (model->info.compare_exchange_strong(info, made.get())) info = made.release();
  });
  return status == NEWSCLF_OK ? info->c_str() : nullptr;
}

newsclf_status newsclf_predict(const newsclf_model* model, const newsclf_text* texts, size_t count,
                               const newsclf_options* options, const newsclf_answers* answers) {
  return guard([&] {
    require(model != nullptr && answers != nullptr, "model and answers must not be NULL");
    require(answers->size == sizeof *answers, "answers.size must be sizeof(newsclf_answers)");
    const std::size_t k = answers->k;
    if (k < 1 || k > model->labels())
      throw InvalidArgument(fmt::format("answers.k must be from 1 to {}", model->labels()));
    const Thresholds& thresholds = model->file.classifier.thresholds;
    const auto write = [&](std::size_t place, const Prediction& prediction) {
      const std::vector<RankedLabel>& labels = prediction.labels;
      for (std::size_t l = 0; l < k; ++l) {
        if (answers->labels != nullptr) answers->labels[place * k + l] = labels[l].label;
        if (answers->probabilities != nullptr)
          answers->probabilities[place * k + l] = labels[l].probability;
      }
      if (answers->confidences != nullptr) answers->confidences[place] = prediction.confidence;
      if (answers->answered != nullptr)
        answers->answered[place] = thresholds.allow(labels.front().label, prediction.confidence);
      if (answers->known_tokens != nullptr) answers->known_tokens[place] = prediction.known_tokens;
    };
    predict_all(*model, checked(texts, count), checked(options), k, write);
  });
}

newsclf_status newsclf_predict_proba(const newsclf_model* model, const newsclf_text* texts,
                                     size_t count, const newsclf_options* options,
                                     float* probabilities) {
  return guard([&] {
    require(model != nullptr, "model must not be NULL");
    require(probabilities != nullptr || count == 0, "probabilities must not be NULL");
    const std::size_t width = model->labels();
    predict_all(*model, checked(texts, count), checked(options), width,
                [&](std::size_t place, const Prediction& prediction) {
                  float* const row = probabilities + place * width;
                  for (const auto& [label, probability] : prediction.labels)
                    row[label] = probability;
                });
  });
}

newsclf_status newsclf_explain(const newsclf_model* model, newsclf_text text, int32_t label,
                               const newsclf_options* options, newsclf_reason* reasons,
                               size_t* reason_count, newsclf_word* words, size_t* word_count) {
  return guard([&] {
    require(model != nullptr, "model must not be NULL");
    require(reasons == nullptr || reason_count != nullptr, "reason_count must not be NULL");
    require(words == nullptr || word_count != nullptr, "word_count must not be NULL");
    if (label < -1 || label >= model->file.classifier.labels.size())
      throw InvalidArgument(fmt::format("label must be from -1 to {}", model->labels() - 1));
    const newsclf_options used = checked(options);
    const auto texts = checked(&text, 1);
    const Document document = document_of(view_of(text), used.max_document);
    with_labeller(*model, texts, used, [&](Labeller& labeller) {
      const Vectorizer& vectorizer = model->file.classifier.vectorizer;
      const ScoredRows scored = labeller.predictor.score({&document, 1});
      const std::int32_t explained = label < 0 ? rank_labels(scored.logits).front().label : label;
      const auto contributions = labeller.predictor.explain(0, explained);
      if (word_count != nullptr) {
        const SparseRow row = scored.rows.row(0);
        write_items(words_of(view_of(text), document, vectorizer, row, contributions), words,
                    word_count);
      }
      write_items(reasons_of(contributions, vectorizer.vocabulary()), reasons, reason_count);
    });
  });
}
