/* SPDX-License-Identifier: MIT
 * Labels the lines of stdin with a newsclf model; prints label TAB probability per line.
 *   cc -std=c11 predict.c $(pkg-config --cflags --libs newsclf) -o predict
 *   ./predict MODEL < lines.txt
 */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <newsclf.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  newsclf_model* model;
  if (argc != 2) {
    fprintf(stderr, "usage: predict MODEL < lines.txt\n");
    return 2;
  }
  newsclf_status status = newsclf_load(argv[1], &model);

  char* line = NULL;
  size_t room = 0;
  for (ssize_t size; status == NEWSCLF_OK && (size = getline(&line, &room, stdin)) >= 0;) {
    if (size > 0 && line[size - 1] == '\n') --size;
    const newsclf_text text = {line, (size_t)size};
    int32_t label;
    float probability;
    const newsclf_answers best = {
        .size = sizeof best, .k = 1, .labels = &label, .probabilities = &probability};
    status = newsclf_predict(model, &text, 1, NULL, &best);
    if (status == NEWSCLF_OK)
      printf("%s\t%.9g\n", newsclf_label(model, (size_t)label), probability);
  }
  if (status != NEWSCLF_OK) fprintf(stderr, "predict: %s\n", newsclf_last_error());
  free(line);
  newsclf_free(model);
  return status == NEWSCLF_OK ? 0 : 1;
}
