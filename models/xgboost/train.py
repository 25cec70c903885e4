#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains xgboost's trees that score credit and writes every file not written by hand."""

import sys
from pathlib import Path

from onnxmltools.convert import convert_xgboost
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost as converter
from xgboost import XGBClassifier

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from common import boosted
from common.scoring import main


def build():
	return XGBClassifier(
		n_estimators=boosted.TREES, max_depth=boosted.DEPTH, learning_rate=0.2, random_state=2024, n_jobs=1
	)


def trees(model):
	"""The branches, as pairs of feature and threshold."""
	nodes = model.get_booster().trees_to_dataframe()
	nodes = nodes[nodes["Feature"] != "Leaf"]
	return list(zip(nodes["Feature"], nodes["Split"]))


if __name__ == "__main__":
	exports = {
		"xgboost": boosted.by_onnxmltools(convert_xgboost),
		"xgboost-skl2onnx": boosted.by_skl2onnx("XGBoostXGBClassifier", converter),
	}
	main(FOLDER, "xgboost", boosted.fitted(build, trees), exports)
