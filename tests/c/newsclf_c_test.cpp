// SPDX-License-Identifier: MIT
// The C interface, through libnewsclf.so only.
#include <fmt/format.h>
#include <newsclf.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "support/support.hpp"

using namespace newsclf;
using namespace newsclf::testing;
using Catch::Matchers::Contains;

namespace {

using Model = std::unique_ptr<newsclf_model, decltype(&newsclf_free)>;

Model load(const std::string& path) {
  newsclf_model* model = nullptr;
  INFO(newsclf_last_error());
  REQUIRE(newsclf_load(path.c_str(), &model) == NEWSCLF_OK);
  return {model, &newsclf_free};
}

Model load_bytes(std::string_view bytes) {
  newsclf_model* model = nullptr;
  REQUIRE(newsclf_load_bytes(bytes.data(), bytes.size(), &model) == NEWSCLF_OK);
  return {model, &newsclf_free};
}

Model load(const Classifier& classifier) {
  const TempDir folder;
  save_model(classifier, folder / "model");
  return load(folder / "model");
}

std::string fixture() { return source_file("tests/fixtures/model/model.safetensors"); }

std::vector<std::string> fixture_texts() {
  std::istringstream file(read_file(source_file("tests/fixtures/model/texts")));
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) texts.push_back(line);
  REQUIRE(texts.size() == 7);
  return texts;
}

/// The texts as C arguments.
std::vector<newsclf_text> views(std::span<const std::string> texts) {
  std::vector<newsclf_text> out;
  for (const std::string& text : texts) out.push_back({text.data(), text.size()});
  return out;
}

newsclf_options with_threads(int threads) { return {sizeof(newsclf_options), threads, 0}; }

std::vector<float> probabilities_of(const newsclf_model* model, std::span<const newsclf_text> texts,
                                    const newsclf_options* options = nullptr) {
  std::vector<float> out(texts.size() * newsclf_label_count(model));
  const newsclf_status status =
      newsclf_predict_proba(model, texts.data(), texts.size(), options, out.data());
  if (status != NEWSCLF_OK) throw std::runtime_error(newsclf_last_error());
  return out;
}

std::vector<float> probabilities_of(const newsclf_model* model, std::string_view text,
                                    const newsclf_options* options = nullptr) {
  const newsclf_text view = {text.data(), text.size()};
  return probabilities_of(model, {&view, 1}, options);
}

/// More text than is answered by the calling thread alone.
std::vector<std::string> many_texts() {
  std::vector<std::string> all;
  const std::vector<std::string> texts = fixture_texts();
  for (std::size_t i = 0; i < 40; ++i)
    for (const std::string& text : texts) all.push_back(text.substr(text.size() * 3 * i / 400));
  return all;
}

newsclf_answers no_arrays(std::size_t k) {
  newsclf_answers answers = {};
  answers.size = sizeof answers;
  answers.k = k;
  return answers;
}

/// Every array of `newsclf_answers`.
struct Answers {
  Answers(const newsclf_model* model, std::span<const newsclf_text> texts, std::size_t k)
      : labels(texts.size() * k),
        probabilities(texts.size() * k),
        confidences(texts.size()),
        answered(texts.size(), 7),
        known_tokens(texts.size()) {
    const newsclf_answers answers = {sizeof answers,     k,
                                     labels.data(),      probabilities.data(),
                                     confidences.data(), answered.data(),
                                     known_tokens.data()};
    REQUIRE(newsclf_predict(model, texts.data(), texts.size(), nullptr, &answers) == NEWSCLF_OK);
  }

  std::vector<std::int32_t> labels;
  std::vector<float> probabilities, confidences;
  std::vector<std::uint8_t> answered;
  std::vector<std::size_t> known_tokens;
};

/// The answers as the program writes them.
std::string as_jsonl(const newsclf_model* model, std::span<const newsclf_text> texts,
                     bool has_thresholds) {
  const std::size_t k = newsclf_label_count(model);
  const Answers answers(model, texts, k);
  std::string out;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const auto name = [&](std::size_t rank) {
      return newsclf_label(model, static_cast<std::size_t>(answers.labels[t * k + rank]));
    };
    out +=
        fmt::format("{{\"label\":\"{}\",\"probability\":{},\"top\":[",
                    answers.answered[t] == 1 ? name(0) : "unknown", answers.probabilities[t * k]);
    for (std::size_t rank = 0; rank < k; ++rank)
      out += fmt::format("{}{{\"label\":\"{}\",\"probability\":{}}}", rank == 0 ? "" : ",",
                         name(rank), answers.probabilities[t * k + rank]);
    out += fmt::format("],\"known_tokens\":{}", answers.known_tokens[t]);
    if (has_thresholds) out += fmt::format(",\"confidence\":{}", answers.confidences[t]);
    if (answers.answered[t] == 0) out += fmt::format(",\"refused\":\"{}\"", name(0));
    out += "}\n";
  }
  return out;
}

std::string by_program(const std::string& model, std::span<const std::string> texts) {
  std::string records;
  for (const std::string& text : texts) records += nlohmann::json{{"text", text}}.dump() + "\n";
  const Outcome outcome = run_newsclf(
      {"predict", model, "--format", "jsonl", "--output-format", "jsonl", "-k", "all", "-q"},
      records);
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

/// Runs `work` in a child process; returns what it returns, or -1 if a signal ends it, such as that
/// of an alarm.
int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    int status = 99;
    try {
      status = work();
    } catch (const std::exception&) {  // the status tells
    }
    ::_exit(status);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The reasons and words for a label.
struct Explanation {
  Explanation(const newsclf_model* model, std::string_view text, std::int32_t label,
              const newsclf_options* options = nullptr) {
    const newsclf_text view = {text.data(), text.size()};
    std::size_t reason_count = 0, word_count = 0;
    REQUIRE(newsclf_explain(model, view, label, options, nullptr, &reason_count, nullptr,
                            &word_count) == NEWSCLF_OK);
    reasons.resize(reason_count);
    words.resize(word_count);
    REQUIRE(newsclf_explain(model, view, label, options, reasons.data(), &reason_count,
                            words.data(), &word_count) == NEWSCLF_OK);
    REQUIRE(reason_count == reasons.size());
    REQUIRE(word_count == words.size());
  }

  template <typename Part>
  static double sum_of(const std::vector<Part>& parts) {
    double sum = 0;
    for (const Part& part : parts) sum += static_cast<double>(part.contribution);
    return sum;
  }
  std::string_view token(std::size_t r) const { return {reasons[r].token, reasons[r].token_size}; }

  std::vector<newsclf_reason> reasons;
  std::vector<newsclf_word> words;
};

}  // namespace

// ---- models -------------------------------------------------------------------------------------

TEST_CASE("C: the version is that of the program") {
  CHECK(run_newsclf({"--version"}).out.find(newsclf_version()) != std::string::npos);
}

TEST_CASE("C: labels have names in the order of their bytes") {
  const Model model = load(fixture());
  REQUIRE(newsclf_label_count(model.get()) == 3);
  CHECK(newsclf_label(model.get(), 0) == std::string("astronomy"));
  CHECK(newsclf_label(model.get(), 1) == std::string("cycling"));
  CHECK(newsclf_label(model.get(), 2) == std::string("gardening"));
  CHECK(newsclf_label(model.get(), 3) == nullptr);
}

TEST_CASE("C: info is what the program prints") {
  const Model model = load(fixture());
  const Outcome outcome = run_newsclf({"info", fixture(), "--json", "-"});
  CHECK(newsclf_info(model.get()) == outcome.out);
  CHECK(newsclf_info(model.get()) == newsclf_info(model.get()));
}

TEST_CASE("C: a model keeps its answers when its file is removed") {
  const TempDir folder;
  std::filesystem::copy_file(fixture(), folder / "model");
  const Model model = load(folder / "model");
  const auto before = probabilities_of(model.get(), "new telescope");
  write_file(folder / "model", "");
  std::filesystem::remove(folder / "model");
  CHECK(probabilities_of(model.get(), "new telescope") == before);
}

TEST_CASE("C: files that cannot be loaded have a status that says why, and no model") {
  const TempDir folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const auto& [path, expected] : {std::pair(folder / "none", NEWSCLF_NOT_FOUND),
                                       {folder.write("file", "") + "/none", NEWSCLF_NOT_FOUND},
                                       {folder / ".", NEWSCLF_CANNOT_READ},
                                       {folder / "pipe", NEWSCLF_CANNOT_READ},
                                       {folder / std::string(300, 'x'), NEWSCLF_CANNOT_READ},
                                       {folder / "file", NEWSCLF_BAD_MODEL},
                                       {source_file("README.md"), NEWSCLF_BAD_MODEL}}) {
    auto* model = reinterpret_cast<newsclf_model*>(1);
    CHECK(newsclf_load(path.c_str(), &model) == expected);
    CHECK(model == nullptr);
    CHECK_THAT(newsclf_last_error(), Contains(path + ": "));
  }
}

TEST_CASE("C: messages are one line of UTF-8, whatever the name of the file") {
  newsclf_model* model = nullptr;
  CHECK(newsclf_load("/no\xff\n", &model) == NEWSCLF_NOT_FOUND);
  CHECK_THAT(newsclf_last_error(), Contains("/no\uFFFD\\x0a: cannot open the model"));
}

TEST_CASE("C: every thread has its own last error, which is empty at first") {
  newsclf_model* model = nullptr;
  CHECK(newsclf_load("/none", &model) == NEWSCLF_NOT_FOUND);
  std::string of_other = "?";
  std::thread([&] { of_other = newsclf_last_error(); }).join();
  CHECK(of_other.empty());
  // A call that succeeds leaves it alone.
  CHECK(newsclf_load(fixture().c_str(), &model) == NEWSCLF_OK);
  newsclf_free(model);
  CHECK_THAT(newsclf_last_error(), Contains("/none: "));
}

TEST_CASE("C: a model saved to bytes and loaded from them is the same") {
  const std::string file = read_file(fixture());
  const Model model = load(fixture());
  std::size_t size = 0;
  CHECK(newsclf_save_bytes(model.get(), nullptr, 0, &size) == NEWSCLF_OK);
  REQUIRE(size == file.size());
  std::string bytes(size + 1, '?');
  CHECK(newsclf_save_bytes(model.get(), bytes.data(), size - 1, &size) == NEWSCLF_OK);
  CHECK(size == file.size());
  CHECK(bytes == std::string(size + 1, '?'));
  // Nothing need be aligned.
  CHECK(newsclf_save_bytes(model.get(), bytes.data() + 1, size, &size) == NEWSCLF_OK);
  CHECK(bytes == "?" + file);

  Model copy = load_bytes(std::string_view(bytes).substr(1));
  bytes.assign(bytes.size(), '!');
  CHECK(newsclf_save_bytes(copy.get(), bytes.data(), size, &size) == NEWSCLF_OK);
  CHECK(bytes == file + "!");
  const std::vector<std::string> texts = fixture_texts();
  CHECK(probabilities_of(copy.get(), views(texts)) == probabilities_of(model.get(), views(texts)));
  CHECK(newsclf_info(copy.get()) == std::string(newsclf_info(model.get())));
}

TEST_CASE("C: damaged and incomplete bytes are bad models") {
  const std::string file = read_file(fixture());
  auto* model = reinterpret_cast<newsclf_model*>(1);
  const auto is_refused = [&](const std::string& bytes) {
    return newsclf_load_bytes(bytes.data(), bytes.size(), &model) == NEWSCLF_BAD_MODEL &&
           model == nullptr;
  };
  CHECK(is_refused(""));
  CHECK_THAT(newsclf_last_error(), Contains("model in memory: expected at least 8 bytes, found 0"));
  CHECK(newsclf_load_bytes(nullptr, 0, &model) == NEWSCLF_BAD_MODEL);
  CHECK(is_refused(file + '\0'));
  for (std::size_t size = 0; size < file.size(); size += 97)
    if (!is_refused(file.substr(0, size))) FAIL("loaded the first " << size << " bytes");
  for (std::size_t place = 0; place < file.size(); place += 97) {
    std::string damaged = file;
    damaged[place] = static_cast<char>(damaged[place] ^ 4);
    if (!is_refused(damaged)) FAIL("loaded with another byte " << place);
  }
}

#ifndef NEWSCLF_LEAVE_NORMALLY  // sanitizers reserve more memory than such a limit allows
TEST_CASE("C: a lack of memory has its own status") {
  CHECK(in_child([] {
          const rlimit none = {1, 1};
          if (::setrlimit(RLIMIT_AS, &none) != 0) return 50;
          newsclf_model* model = nullptr;
          return static_cast<int>(newsclf_load(fixture().c_str(), &model));
        }) == NEWSCLF_NO_MEMORY);
}
#endif

TEST_CASE("C: without a model there is nothing to free and nothing to show") {
  newsclf_free(nullptr);
  CHECK(newsclf_label_count(nullptr) == 0);
  CHECK(newsclf_label(nullptr, 0) == nullptr);
  CHECK(newsclf_info(nullptr) == nullptr);
  CHECK(newsclf_last_error() == std::string("model must not be NULL"));
}

// ---- predicting ---------------------------------------------------------------------------------

TEST_CASE("C: the answers are those of the program, bit for bit") {
  const Model model = load(fixture());
  std::vector<std::string> texts = fixture_texts();
  texts.push_back("Subject: chain\n\nprune the roses in spring");
  texts.push_back(std::string("bicycle\0telescope", 17));
  CHECK(as_jsonl(model.get(), views(texts), false) == by_program(fixture(), texts));
}

TEST_CASE("C: a text may not be answered if the model has thresholds") {
  const TempDir folder;
  Classifier classifier = tiny_classifier();
  classifier.thresholds = {.values = {0.5f, 0.9f}, .documents = 1};
  save_model(classifier, folder / "model");
  const Model model = load(folder / "model");
  const std::vector<std::string> texts = {"moon orbit", "moon orbit xyz", "ball", "", "moon bat"};
  const Answers answers(model.get(), views(texts), 1);
  // The confidence of the second is 2/3 of its probability; a text without words has none.
  CHECK(answers.answered == std::vector<std::uint8_t>{1, 0, 1, 0, 1});
  CHECK(answers.confidences[1] == Approx(answers.probabilities[1] * 2 / 3));
  CHECK(as_jsonl(model.get(), views(texts), true) == by_program(folder / "model", texts));
}

TEST_CASE("C: only the wanted arrays are written, and the first k labels are the same for any k") {
  const Model model = load(fixture());
  const std::vector<std::string> texts = fixture_texts();
  const Answers all(model.get(), views(texts), 3);
  const Answers best(model.get(), views(texts), 1);
  const std::vector<float> by_label = probabilities_of(model.get(), views(texts));
  for (std::size_t t = 0; t < texts.size(); ++t) {
    CHECK(best.labels[t] == all.labels[3 * t]);
    CHECK(best.probabilities[t] == all.probabilities[3 * t]);
    for (std::size_t rank = 0; rank < 3; ++rank)
      CHECK(all.probabilities[3 * t + rank] ==
            by_label[3 * t + static_cast<std::size_t>(all.labels[3 * t + rank])]);
  }
  const newsclf_answers none = no_arrays(1);
  CHECK(newsclf_predict(model.get(), views(texts).data(), 7, nullptr, &none) == NEWSCLF_OK);
}

TEST_CASE("C: no texts need no arrays") {
  const Model model = load(fixture());
  const newsclf_answers answers = no_arrays(1);
  CHECK(newsclf_predict(model.get(), nullptr, 0, nullptr, &answers) == NEWSCLF_OK);
  CHECK(newsclf_predict_proba(model.get(), nullptr, 0, nullptr, nullptr) == NEWSCLF_OK);
}

TEST_CASE("C: a text of size 0 needs no data") {
  const Model model = load(fixture());
  const newsclf_text empty = {nullptr, 0};
  CHECK(probabilities_of(model.get(), {&empty, 1}) == probabilities_of(model.get(), ""));
}

TEST_CASE("C: neither other texts nor the number of threads change an answer") {
  const Model model = load(fixture());
  const std::vector<std::string> texts = many_texts();
  std::vector<float> alone;
  for (const std::string& text : texts) {
    const std::vector<float> one = probabilities_of(model.get(), text);
    alone.insert(alone.end(), one.begin(), one.end());
  }
  CHECK(probabilities_of(model.get(), views(texts)) == alone);
  for (const int threads : {1, 2, 3, 8, 1024}) {
    const newsclf_options options = with_threads(threads);
    CHECK(probabilities_of(model.get(), views(texts), &options) == alone);
  }
}

TEST_CASE("C: texts are answered block by block") {
  // Two blocks by number, and three by size.
  const Model model = load(tiny_classifier());
  const std::vector<std::string> few = {"moon", "ball bat", "", "moon bat xyz", "orbit moon moon"};
  std::vector<std::string> many, large;
  for (std::size_t t = 0; t < 5000; ++t) many.push_back(few[t * 7 % 5]);
  for (std::size_t t = 0; t < 5; ++t) large.push_back(few[t] + std::string(8 << 20, ' '));
  const std::vector<float> expected = probabilities_of(model.get(), views(few));
  CHECK(probabilities_of(model.get(), views(large)) == expected);
  const std::vector<float> found = probabilities_of(model.get(), views(many));
  for (std::size_t t = 0; t < many.size(); ++t)
    if (found[2 * t] != expected[t * 7 % 5 * 2]) FAIL("text " << t);
}

TEST_CASE("C: invalid UTF-8 is read as U+FFFD, and a NUL byte as any other") {
  const Model model = load(tiny_classifier());
  CHECK(probabilities_of(model.get(), "moon\xff orbit") ==
        probabilities_of(model.get(), "moon\uFFFD orbit"));
  CHECK(probabilities_of(model.get(), std::string_view("moon\0bat", 8)) ==
        probabilities_of(model.get(), "moon bat"));
}

TEST_CASE("C: a long text is cut at a character") {
  const Model model = load(tiny_classifier());
  const auto cut = [&](std::string_view text, std::size_t most) {
    const newsclf_options options = {sizeof options, 0, most};
    return probabilities_of(model.get(), text, &options);
  };
  const auto moon = probabilities_of(model.get(), "moon");
  CHECK(cut("moon ball", 4) == moon);
  CHECK(cut("moon ball", 8) == probabilities_of(model.get(), "moon bal"));
  CHECK(cut("moon ball", 9) == probabilities_of(model.get(), "moon ball"));
  CHECK(cut("moon ball", static_cast<std::size_t>(-1)) ==
        probabilities_of(model.get(), "moon ball"));
  // Half of a character would be read as U+FFFD, and `moon` would still be known.
  CHECK(cut("moon \u00e9", 6) == moon);
  CHECK(cut("moo\u0144", 4) == probabilities_of(model.get(), "moo"));
  // Three bytes that are one U+FFFD, of the same length.
  CHECK(cut("\xf0\x9f\x9a moon ball", 8) == moon);
  CHECK(cut("\xff moon ball", 8) == moon);
  // The default.
  const std::string long_text = std::string(16 << 20, ' ') + "moon";
  CHECK(probabilities_of(model.get(), long_text) == probabilities_of(model.get(), ""));
  CHECK(cut(long_text, 17 << 20) == moon);
}

TEST_CASE("C: arguments out of range are refused, and nothing is written") {
  const Model owner = load(fixture());
  const newsclf_model* const model = owner.get();
  const newsclf_text text = {"moon", 4};
  std::vector<float> probabilities(3, -1);
  std::int32_t label = -7;
  newsclf_answers answers = no_arrays(1);
  answers.labels = &label;
  const auto refuses = [&](newsclf_status status, const std::string& message) {
    CHECK(status == NEWSCLF_INVALID_ARGUMENT);
    CHECK(newsclf_last_error() == message);
  };
  const auto predict = [&](const newsclf_options* options = nullptr) {
    return newsclf_predict(model, &text, 1, options, &answers);
  };

  newsclf_model* loaded = nullptr;
  refuses(newsclf_load(nullptr, &loaded), "path must not be NULL");
  refuses(newsclf_load("x", nullptr), "model must not be NULL");
  refuses(newsclf_load_bytes(nullptr, 1, &loaded), "bytes must not be NULL");
  refuses(newsclf_load_bytes("x", 1, nullptr), "model must not be NULL");
  std::size_t size = 0;
  refuses(newsclf_save_bytes(nullptr, nullptr, 0, &size), "model and size must not be NULL");
  refuses(newsclf_save_bytes(model, nullptr, 0, nullptr), "model and size must not be NULL");
  refuses(newsclf_save_bytes(model, nullptr, 1, &size), "bytes must not be NULL");

  refuses(newsclf_predict(nullptr, &text, 1, nullptr, &answers),
          "model and answers must not be NULL");
  refuses(newsclf_predict(model, &text, 1, nullptr, nullptr), "model and answers must not be NULL");
  refuses(newsclf_predict(model, nullptr, 1, nullptr, &answers), "texts must not be NULL");
  const newsclf_text texts[] = {text, {nullptr, 1}};
  refuses(newsclf_predict(model, texts, 2, nullptr, &answers),
          "the data of text 1 must not be NULL");
  for (const std::size_t k : {std::size_t{0}, std::size_t{4}, static_cast<std::size_t>(-1)}) {
    answers.k = k;
    refuses(predict(), "answers.k must be from 1 to 3");
  }
  answers.k = 1;
  answers.size = 8;
  refuses(predict(), "answers.size must be sizeof(newsclf_answers)");
  answers.size = sizeof answers;
  newsclf_options options = with_threads(-1);
  refuses(predict(&options), "options.threads must be from 0 to 1024");
  options.threads = 1025;
  refuses(predict(&options), "options.threads must be from 0 to 1024");
  options.size = 0;
  refuses(predict(&options), "options.size must be sizeof(newsclf_options)");

  refuses(newsclf_predict_proba(nullptr, &text, 1, nullptr, probabilities.data()),
          "model must not be NULL");
  refuses(newsclf_predict_proba(model, nullptr, 1, nullptr, probabilities.data()),
          "texts must not be NULL");
  refuses(newsclf_predict_proba(model, &text, 1, nullptr, nullptr),
          "probabilities must not be NULL");
  refuses(newsclf_predict_proba(model, &text, 1, &options, probabilities.data()),
          "options.size must be sizeof(newsclf_options)");

  newsclf_reason reason = {};
  newsclf_word word = {};
  refuses(newsclf_explain(nullptr, text, 0, nullptr, nullptr, &size, nullptr, nullptr),
          "model must not be NULL");
  refuses(newsclf_explain(model, {nullptr, 1}, 0, nullptr, nullptr, &size, nullptr, nullptr),
          "the data of text 0 must not be NULL");
  refuses(newsclf_explain(model, text, 0, nullptr, &reason, nullptr, nullptr, nullptr),
          "reason_count must not be NULL");
  refuses(newsclf_explain(model, text, 0, nullptr, nullptr, nullptr, &word, nullptr),
          "word_count must not be NULL");
  for (const std::int32_t wrong : {-2, 3})
    refuses(newsclf_explain(model, text, wrong, nullptr, nullptr, &size, nullptr, nullptr),
            "label must be from -1 to 2");
  refuses(newsclf_explain(model, text, 0, &options, nullptr, &size, nullptr, nullptr),
          "options.size must be sizeof(newsclf_options)");

  CHECK(loaded == nullptr);
  CHECK(label == -7);
  CHECK(probabilities == std::vector<float>(3, -1));
  CHECK(size == 0);
}

// ---- explaining ---------------------------------------------------------------------------------

TEST_CASE("C: contributions add up to the change of a logit, and words to the contributions") {
  const Model model = load(fixture());
  const std::string text = fixture_texts().back();
  const std::vector<float> of_text = probabilities_of(model.get(), text);
  const std::vector<float> of_nothing = probabilities_of(model.get(), "");
  std::vector<double> sums;
  for (std::int32_t label = 0; label < 3; ++label) {
    const Explanation explanation(model.get(), text, label);
    REQUIRE(explanation.reasons.size() > 50);
    sums.push_back(Explanation::sum_of(explanation.reasons));
    CHECK(Explanation::sum_of(explanation.words) == Approx(sums.back()).margin(1e-4));
    for (std::size_t r = 1; r < explanation.reasons.size(); ++r)
      CHECK(std::abs(explanation.reasons[r - 1].contribution) >=
            std::abs(explanation.reasons[r].contribution));
    std::size_t end = 0;
    for (const newsclf_word& word : explanation.words) {
      CHECK(word.begin >= end);
      CHECK(word.end > word.begin);
      end = word.end;
    }
    CHECK(end <= text.size());
  }
  // The difference of two logits is the logarithm of the ratio of the probabilities.
  for (const std::size_t label : {std::size_t{1}, std::size_t{2}}) {
    const auto difference = [&](const std::vector<float>& probabilities) {
      return std::log(static_cast<double>(probabilities[label] / probabilities[0]));
    };
    CHECK(sums[label] - sums[0] ==
          Approx(difference(of_text) - difference(of_nothing)).margin(1e-3));
  }
}

TEST_CASE("C: an explanation names tokens and their places in the text, most important first") {
  const Model model = load(tiny_classifier());
  const Explanation explanation(model.get(), "Ball, xyz moon moon", 0);
  REQUIRE(explanation.reasons.size() == 2);
  REQUIRE(explanation.words.size() == 3);
  CHECK(explanation.words[0].begin == 0);
  CHECK(explanation.words[0].end == 4);
  CHECK(explanation.words[1].begin == 10);
  CHECK(explanation.words[2].end == 19);
  const bool moon_first = explanation.token(0) == "moon";
  CHECK(explanation.token(moon_first ? 0 : 1) == "moon");
  CHECK(explanation.token(moon_first ? 1 : 0) == "ball");
  CHECK(explanation.words[0].contribution == explanation.reasons[moon_first ? 1 : 0].contribution);
}

TEST_CASE("C: the label -1 stands for the most probable one") {
  const Model model = load(tiny_classifier());
  for (const auto& [text, label] : {std::pair("moon", 1), {"bat", 0}})
    CHECK(Explanation(model.get(), text, -1).reasons[0].contribution ==
          Explanation(model.get(), text, label).reasons[0].contribution);
}

TEST_CASE("C: places refer to the text as given, also if it is not UTF-8 or is cut") {
  const Model model = load(tiny_classifier());
  // One byte and three bytes that each become one U+FFFD, and characters of two and four bytes.
  const std::string_view text = "\xff moon \xf0\x9f\x9a ball \u00e9 \U0001F680 bat";
  const Explanation explanation(model.get(), text, 0);
  REQUIRE(explanation.words.size() == 3);
  const auto word = [&](std::size_t w) {
    return text.substr(explanation.words[w].begin,
                       explanation.words[w].end - explanation.words[w].begin);
  };
  CHECK(word(0) == "moon");
  CHECK(word(1) == "ball");
  CHECK(word(2) == "bat");
  // 17 bytes of the repaired text end after `ball`.
  const newsclf_options options = {sizeof options, 0, 17};
  const Explanation cut(model.get(), text, 0, &options);
  REQUIRE(cut.words.size() == 2);
  CHECK(cut.words[1].begin == explanation.words[1].begin);
  CHECK(cut.words[1].end == explanation.words[1].end);
}

TEST_CASE("C: as many reasons and words are written as have room, and all are counted") {
  const Model model = load(tiny_classifier());
  const newsclf_text text = {"moon orbit ball", 15};
  const Explanation all(model.get(), "moon orbit ball", 1);
  newsclf_reason reasons[2] = {};
  newsclf_word words[2] = {};
  std::size_t reason_count = 1, word_count = 1;
  REQUIRE(newsclf_explain(model.get(), text, 1, nullptr, reasons, &reason_count, words,
                          &word_count) == NEWSCLF_OK);
  CHECK(reason_count == 3);
  CHECK(word_count == 3);
  CHECK(reasons[0].token == all.reasons[0].token);
  CHECK(reasons[1].token == nullptr);
  CHECK(words[0].end == 4);
  CHECK(words[1].end == 0);
  CHECK(newsclf_explain(model.get(), text, 1, nullptr, nullptr, nullptr, nullptr, nullptr) ==
        NEWSCLF_OK);
  const Explanation of_nothing(model.get(), "", -1);
  CHECK(of_nothing.reasons.empty());
  CHECK(of_nothing.words.empty());
}

// ---- threads and processes ----------------------------------------------------------------------

TEST_CASE("C: eight threads use one model at once and get the same bits") {
  const Model model = load(fixture());
  const std::vector<std::string> texts = many_texts();
  const std::vector<newsclf_text> all = views(texts);
  const std::vector<float> expected = probabilities_of(model.get(), all);
  const std::string info = newsclf_info(model.get());
  const Explanation explanation(model.get(), texts[0], 0);
  const Model fresh = load(fixture());  // whose info nobody has asked for
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < 8; ++number)
    threads.emplace_back([&, number] {
      different += newsclf_info(fresh.get()) != info;
      const newsclf_options options = with_threads(static_cast<int>(number % 3));
      different += probabilities_of(fresh.get(), all, &options) != expected;
      for (std::size_t i = 0; i < 2000; ++i) {
        const std::size_t t = (i * 8 + number) % all.size();
        const std::vector<float> one = probabilities_of(fresh.get(), {&all[t], 1});
        different += !std::equal(one.begin(), one.end(), &expected[3 * t]);
        std::size_t count = 0;
        if (i % 100 == 0)
          different += newsclf_explain(fresh.get(), all[0], 0, nullptr, nullptr, &count, nullptr,
                                       nullptr) != NEWSCLF_OK ||
                       count != explanation.reasons.size();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}

TEST_CASE("C: a child process predicts with the model of its parent, whose threads are using it") {
  const Model model = load(fixture());
  const std::vector<std::string> texts = many_texts();
  const std::vector<newsclf_text> all = views(texts);
  const newsclf_options options = with_threads(4);
  const std::vector<float> expected = probabilities_of(model.get(), all, &options);
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      while (!stop) {
        if (t == 0)
          probabilities_of(model.get(), all, &options);
        else
          probabilities_of(model.get(), {all.data(), 1});
      }
    });
  for (int child = 0; child < 20; ++child)
    CHECK(in_child([&] {
            if (probabilities_of(model.get(), all, &options) != expected) return 1;
            const std::vector<float> one = probabilities_of(model.get(), {all.data(), 1});
            if (!std::equal(one.begin(), one.end(), expected.begin())) return 2;
            if (newsclf_info(model.get()) == nullptr) return 3;
            newsclf_model* other = nullptr;
            if (newsclf_load(fixture().c_str(), &other) != NEWSCLF_OK) return 4;
            newsclf_free(other);
            return 0;
          }) == 0);
  stop = true;
  for (std::thread& thread : threads) thread.join();
}
