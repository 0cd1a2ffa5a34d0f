// SPDX-License-Identifier: MIT
// What most programs need: read documents, learn, save, load, predict.
#pragma once

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/predictor.hpp"
