// SPDX-License-Identifier: MIT
// The headers that most programs need: read documents, train, save, load, predict.
#pragma once

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/predictor.hpp"
