// SPDX-License-Identifier: MIT
// What most programs need: read documents, learn, save, load, predict.
#pragma once

#include "newsclf/corpus/corpus_reader.hpp"
#include "newsclf/corpus/document_stream.hpp"
#include "newsclf/error/error.hpp"
#include "newsclf/learning/learn.hpp"
#include "newsclf/model/classifier.hpp"
#include "newsclf/model/predictor.hpp"
#include "newsclf/training/backend.hpp"
