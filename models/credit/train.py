#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the credit score, a small perceptron, and writes every file not written by hand."""

import sys
from pathlib import Path

import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.scoring import main

HIDDEN = 16


def fit(features, good):
	"""A StandardScaler and a perceptron 24-16-1; weight decay by five-fold cross-validation."""
	perceptron = MLPClassifier((HIDDEN,), solver="lbfgs", max_iter=10_000, random_state=2024)
	search = GridSearchCV(
		make_pipeline(StandardScaler(), perceptron),
		{"mlpclassifier__alpha": [3, 10, 30, 100]},
		scoring="roc_auc",
		cv=5,
	).fit(features, good)
	model = search.best_estimator_
	weights = model[-1].coefs_
	return model, {
		"weight_decay": search.best_params_["mlpclassifier__alpha"],
		"cross_validated_auc": round(float(search.best_score_), 4),
		"largest_weight_of_each_layer": [round(float(np.abs(w).max()), 4) for w in weights],
		"parameters": sum(t.size for t in [*weights, *model[-1].intercepts_]),
	}


if __name__ == "__main__":
	main(FOLDER, "credit", fit)
