/* SPDX-License-Identifier: MIT
 *
 * newsclf.h: label texts with a newsclf model, from C and from languages that call C.
 *
 *   newsclf_model* model;
 *   if (newsclf_load("news.safetensors", &model) != NEWSCLF_OK)
 *     die(newsclf_last_error());
 *   newsclf_text text = {"the shuttle reached orbit", 25};
 *   int32_t label;
 *   float probability;
 *   newsclf_answers best = {.size = sizeof best, .k = 1, .labels = &label,
 *                           .probabilities = &probability};
 *   if (newsclf_predict(model, &text, 1, NULL, &best) == NEWSCLF_OK)
 *     printf("%s %g\n", newsclf_label(model, label), probability);
 *   newsclf_free(model);
 *
 * Link with -lnewsclf. Training needs the program `newsclf` or the C++ library.
 *
 * Functions that can fail return a newsclf_status; newsclf_last_error() then describes the problem
 * in one line. After an invalid argument, output arrays are unchanged; after another failure, their
 * contents are unspecified. A model never changes after loading: any number of threads may use it
 * at the same time, and so may a child process after fork(). Only newsclf_free() must not overlap
 * with another use. No thread of the library outlives the call that started it.
 *
 * Compatibility: until 1.0, functions may change with the minor version. Structs begin with their
 * size, so that members can be added at their end; another size is an invalid argument.
 */
#ifndef NEWSCLF_H
#define NEWSCLF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(NEWSCLF_BUILDING_LIBRARY)
#define NEWSCLF_API __attribute__((visibility("default")))
#else
#define NEWSCLF_API
#endif

typedef enum newsclf_status {
  NEWSCLF_OK = 0,
  NEWSCLF_INVALID_ARGUMENT = 1, /* a null pointer, a number out of range */
  NEWSCLF_NOT_FOUND = 2,        /* the file does not exist */
  NEWSCLF_CANNOT_READ = 3,      /* permissions, a folder, a pipe, a disk error, a limit */
  NEWSCLF_BAD_MODEL = 4,        /* not a newsclf model, damaged, or of another version */
  NEWSCLF_NO_MEMORY = 5,        /* not enough memory */
  NEWSCLF_FAILED = 6,           /* none of the others */
} newsclf_status;

/* The version of the library, such as "0.1.0". */
NEWSCLF_API const char* newsclf_version(void);

/* What went wrong in the last call of this thread that failed: one line of UTF-8, valid until the
 * next call of this thread. Empty if none has failed yet. */
NEWSCLF_API const char* newsclf_last_error(void);

/* ---- models ---------------------------------------------------------------------------------- */

typedef struct newsclf_model newsclf_model;

/* Loads and checks a model file. On success *model must be freed with newsclf_free(); on failure it
 * is NULL. The file may be replaced or removed afterwards. */
NEWSCLF_API newsclf_status newsclf_load(const char* path, newsclf_model** model);

/* The same from the bytes of a model file, which are copied. Bytes that are no complete and intact
 * model file are NEWSCLF_BAD_MODEL. */
NEWSCLF_API newsclf_status newsclf_load_bytes(const void* bytes, size_t size,
                                              newsclf_model** model);

/* Writes the bytes of the model file, as they were loaded, to `bytes`, which has room for
 * `capacity`. *size receives their number; if it exceeds `capacity`, nothing is written, and the
 * call succeeds. To ask for the size, pass NULL and 0. */
NEWSCLF_API newsclf_status newsclf_save_bytes(const newsclf_model* model, void* bytes,
                                              size_t capacity, size_t* size);

/* Frees a model; NULL is ignored. */
NEWSCLF_API void newsclf_free(newsclf_model* model);

/* The number of labels, C, at least 2; 0 for NULL. */
NEWSCLF_API size_t newsclf_label_count(const newsclf_model* model);

/* The name of label 0 to C - 1, in alphabetical order of bytes: UTF-8, valid until the model is
 * freed; NULL for another number. */
NEWSCLF_API const char* newsclf_label(const newsclf_model* model, size_t label);

/* What `newsclf info --json` prints for the model: one JSON object, valid until the model is freed;
 * NULL if there is no memory or no model. */
NEWSCLF_API const char* newsclf_info(const newsclf_model* model);

/* ---- predicting ------------------------------------------------------------------------------ */

/* A text: `size` bytes at `data`, not NUL-terminated; `data` may be NULL if `size` is 0. Bytes that
 * are not valid UTF-8 are read as U+FFFD. A text that begins with the headers of a newsgroup post
 * is read as a post, as by the program. */
typedef struct newsclf_text {
  const char* data;
  size_t size;
} newsclf_text;

typedef struct newsclf_options {
  size_t size;         /* sizeof(newsclf_options) */
  int threads;         /* that share the texts, up to 1024; 0: as many as this process may use.
                          The calling thread alone answers a few short texts (64, 64 KiB). */
  size_t max_document; /* bytes; longer texts are cut at a character; 0: 16 MiB */
} newsclf_options;

/* Arrays that the caller provides for `count` texts. NULL: not wanted. */
typedef struct newsclf_answers {
  size_t size;          /* sizeof(newsclf_answers) */
  size_t k;             /* number of most probable labels per text, 1 to C, also if not wanted */
  int32_t* labels;      /* [count][k], most probable first */
  float* probabilities; /* [count][k], of these labels */
  float* confidences;   /* [count]: the first probability times the share of known words */
  uint8_t* answered;    /* [count]: 0 where the program answers `unknown` by thresholds, else 1 */
  size_t* known_tokens; /* [count]: distinct tokens of the text in the vocabulary */
} newsclf_answers;

/* Finds the most probable labels of each text. An answer depends neither on the other texts nor on
 * the number of threads. @param options NULL: the defaults */
NEWSCLF_API newsclf_status newsclf_predict(const newsclf_model* model, const newsclf_text* texts,
                                           size_t count, const newsclf_options* options,
                                           const newsclf_answers* answers);

/* Writes the probability of every label to `probabilities` [count][C]. */
NEWSCLF_API newsclf_status newsclf_predict_proba(const newsclf_model* model,
                                                 const newsclf_text* texts, size_t count,
                                                 const newsclf_options* options,
                                                 float* probabilities);

/* ---- explaining ------------------------------------------------------------------------------ */

/* What a token of the text adds to the logit of a label. */
typedef struct newsclf_reason {
  const char* token; /* UTF-8, not NUL-terminated, valid until the model is freed */
  size_t token_size;
  float contribution; /* above 0: evidence for the label, below 0: against it */
} newsclf_reason;

/* A word of the text and its share of the contributions. */
typedef struct newsclf_word {
  size_t begin, end; /* bytes of the text, [begin, end) */
  float contribution;
} newsclf_word;

/* Attributes the logit of a label to the known tokens of one text by integrated gradients
 * (Sundararajan, Taly & Yan, 2017): the contributions add up to the difference between the logits
 * of the text and of an empty text. Reasons are ordered by decreasing absolute contribution, words
 * by position, without overlap. Positions refer to the text as given, even if it is not UTF-8.
 * @param label 0 to C - 1; -1: the most probable one
 * @param reasons,words NULL, or arrays with room for *reason_count and *word_count entries; if
 *   there are more, only the first ones are written
 * @param reason_count,word_count receive the number that there are; NULL if not wanted */
NEWSCLF_API newsclf_status newsclf_explain(const newsclf_model* model, newsclf_text text,
                                           int32_t label, const newsclf_options* options,
                                           newsclf_reason* reasons, size_t* reason_count,
                                           newsclf_word* words, size_t* word_count);

#ifdef __cplusplus
}
#endif

#endif
