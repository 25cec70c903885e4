#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains boosted trees that score credit and writes every file not written by hand."""

import sys
from pathlib import Path

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import cross_val_score

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common.scoring import main

TREES = 20
DEPTH = 3


def fit(features, good):
	"""Twenty boosted trees of depth 3 at most, eight leaves each."""
	model = GradientBoostingClassifier(
		n_estimators=TREES, max_depth=DEPTH, learning_rate=0.2, random_state=2024
	)
	score = cross_val_score(model, features, good, cv=5, scoring="roc_auc").mean()
	model.fit(features, good)
	trees = [tree.tree_ for tree in model.estimators_[:, 0]]
	branches = [
		(int(feature), float(threshold))
		for tree in trees
		for feature, threshold, left in zip(tree.feature, tree.threshold, tree.children_left)
		if left >= 0
	]
	return model, {
		"cross_validated_auc": round(float(score), 4),
		"trees": len(trees),
		"depth": max(tree.max_depth for tree in trees),
		"branches": len(branches),
		"different_branches": len(set(branches)),
		"leaves": sum(int(tree.n_leaves) for tree in trees),
	}


if __name__ == "__main__":
	main(FOLDER, "forest", fit)
