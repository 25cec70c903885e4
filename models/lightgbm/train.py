#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains lightgbm's trees that score credit and writes every file not written by hand."""

import sys
from pathlib import Path

from lightgbm import LGBMClassifier
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm as converter

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import boosted
from common.scoring import main

LEAVES = 8


def build():
	return LGBMClassifier(
		n_estimators=boosted.TREES,
		num_leaves=LEAVES,
		max_depth=boosted.DEPTH,
		learning_rate=0.2,
		random_state=2024,
		n_jobs=1,
		deterministic=True,
		verbose=-1,
	)


def trees(model):
	"""The branches, as pairs of feature and threshold."""
	nodes = model.booster_.trees_to_dataframe()
	nodes = nodes[nodes["split_feature"].notna()]
	return list(zip(nodes["split_feature"], nodes["threshold"]))


if __name__ == "__main__":
	exports = {
		"lightgbm": boosted.by_onnxmltools(convert_lightgbm, zipmap=False),
		"lightgbm-skl2onnx": boosted.by_skl2onnx("LightGbmLGBMClassifier", converter),
	}
	main(FOLDER, "lightgbm", boosted.fitted(build, trees), exports)
