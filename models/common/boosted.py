# SPDX-License-Identifier: Apache-2.0
"""What xgboost and lightgbm have in common: both exporters, and the figures of their trees."""

from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.model_selection import cross_val_score

from . import credit
from .scoring import save, scikit

TREES = 20
DEPTH = 3
OPSET = 13


def by_onnxmltools(convert, **options):
	"""What exports a classifier by a converter of onnxmltools; the files hold old sets of operators."""

	def export(classifier, path):
		kind = [("features", FloatTensorType([1, len(credit.FEATURES)]))]
		# Its name would be a random one.
		model = convert(classifier, path.stem, initial_types=kind, target_opset=OPSET, **options)
		# Nor is the order of these the same each time.
		sets = sorted(model.opset_import, key=lambda one: one.domain)
		del model.opset_import[:]
		model.opset_import.extend(sets)
		save(model, path)

	return export


def by_skl2onnx(alias, converter):
	"""What exports a classifier by skl2onnx, which is told of its converter, as in a pipeline."""

	def export(classifier, path):
		update_registered_converter(
			type(classifier),
			alias,
			calculate_linear_classifier_output_shapes,
			converter,
			options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
		)
		scikit(classifier, path)

	return export


def fitted(build, trees):
	"""What fits a model; `trees(model)` gives its branches as pairs of feature and threshold."""

	def fit(features, good):
		features = features.astype("float32")
		score = cross_val_score(build(), features, good, cv=5, scoring="roc_auc").mean()
		model = build().fit(features, good)
		branches = trees(model)
		return model, {
			"cross_validated_auc": round(float(score), 4),
			"trees": TREES,
			"depth": DEPTH,
			"branches": len(branches),
			"different_branches": len(set(branches)),
			"leaves": len(branches) + TREES,
		}

	return fit
