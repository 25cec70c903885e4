# SPDX-License-Identifier: Apache-2.0
"""scikit-learn pipelines as skl2onnx writes them, xgboost and lightgbm as onnxmltools does.

Fitted on data that comes with scikit-learn: wine (13 measurements, 3 kinds), breast cancer (30, 2) and
diabetes (10, a number).
"""

import warnings

import numpy as np
import onnx
from sklearn import datasets
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
	AdaBoostClassifier,
	ExtraTreesRegressor,
	GradientBoostingClassifier,
	IsolationForest,
	RandomForestClassifier,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
	Binarizer,
	OneHotEncoder,
	PolynomialFeatures,
	RobustScaler,
	StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from .net import SEED, Input, Net


def wine():
	return datasets.load_wine(return_X_y=True)


def cancer():
	return datasets.load_breast_cancer(return_X_y=True)


def diabetes():
	rows, target = datasets.load_diabetes(return_X_y=True)
	return rows * 10, target


def encoded():
	"""The first two columns of wine as classes of a one-hot encoder, the rest scaled."""
	columns = ColumnTransformer([("kinds", OneHotEncoder(), [0]), ("rest", StandardScaler(), list(range(1, 13)))])
	return make_pipeline(columns, LogisticRegression(max_iter=500))


def rounded():
	rows, target = wine()
	rows[:, 0] = np.round(rows[:, 0])
	return rows, target


# Name, model, data.
SKLEARN = [
	("logistic regression", lambda: make_pipeline(StandardScaler(), LogisticRegression()), wine),
	("elastic net", lambda: ElasticNet(alpha=0.1), diabetes),
	("support vector classifier", lambda: make_pipeline(StandardScaler(), SVC(probability=False)), wine),
	("support vector regression", lambda: SVR(C=100.0), diabetes),
	("linear support vectors", LinearSVC, wine),
	("k-means", lambda: make_pipeline(StandardScaler(), KMeans(4, n_init=1, random_state=SEED)), wine),
	("naive Bayes", lambda: make_pipeline(StandardScaler(), GaussianNB()), wine),
	("naive Bayes of bits", lambda: make_pipeline(StandardScaler(), Binarizer(), BernoulliNB()), cancer),
	("decision tree", lambda: DecisionTreeClassifier(max_depth=4, random_state=SEED), wine),
	("random forest", lambda: RandomForestClassifier(10, max_depth=4, random_state=SEED), wine),
	("extra trees regression", lambda: ExtraTreesRegressor(8, max_depth=4, random_state=SEED), diabetes),
	("gradient boosting", lambda: GradientBoostingClassifier(n_estimators=8, random_state=SEED), wine),
	("AdaBoost", lambda: AdaBoostClassifier(n_estimators=6, random_state=SEED), wine),
	("isolation forest", lambda: IsolationForest(n_estimators=5, max_samples=32, random_state=SEED), wine),
	(
		"perceptron with scaler",
		lambda: make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(12,), max_iter=600, random_state=SEED)),
		cancer,
	),
	(
		"regression with polynomials",
		lambda: make_pipeline(
			PolynomialFeatures(2, include_bias=False),
			RobustScaler(),
			MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, random_state=SEED),
		),
		diabetes,
	),
	("principal components", lambda: make_pipeline(StandardScaler(), PCA(4), LogisticRegression()), wine),
	("nearest neighbours", lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(3)), wine),
	("Gaussian mixture", lambda: make_pipeline(StandardScaler(), PCA(3), GaussianMixture(2, random_state=SEED)), wine),
	("Gaussian process", lambda: GaussianProcessRegressor(alpha=1.0, normalize_y=True), diabetes),
	("one-hot encoder", encoded, rounded),
]


def features(rows):
	"""The input of a table's model: ranges are those of each column."""
	rows = np.asarray(rows, dtype=np.float32)
	return Input("features", (1, rows.shape[1]), rows.min(0).tolist(), rows.max(0).tolist(), rows=rows)


def fitted(build, data):
	rows, target = data()
	with warnings.catch_warnings():
		warnings.simplefilter("ignore")
		return build().fit(np.asarray(rows, dtype=np.float32), target)


# Classifiers whose converters make no dictionaries to begin with.
PLAIN = LinearSVC


def save(model, path):
	onnx.save(model, str(path))


def scikit(build, data, path):
	from skl2onnx import to_onnx
	from skl2onnx.common.data_types import FloatTensorType

	model = fitted(build, data)
	kind = [("features", FloatTensorType([1, data()[0].shape[1]]))]
	last = model.steps[-1][1] if hasattr(model, "steps") else model
	# A classifier's probabilities as a tensor, where its converter would make a list of dictionaries.
	options = {id(model): {"zipmap": False}} if hasattr(last, "classes_") and not isinstance(last, PLAIN) else None
	save(to_onnx(model, initial_types=kind, options=options, target_opset={"": 18, "ai.onnx.ml": 3}), path)


def boosted(package, regression, path):
	from onnxmltools.convert import convert_lightgbm, convert_xgboost
	from onnxmltools.convert.common.data_types import FloatTensorType

	common = {"n_estimators": 8, "max_depth": 3, "random_state": SEED, "n_jobs": 1}
	if package == "xgboost":
		import xgboost

		build = (xgboost.XGBRegressor if regression else xgboost.XGBClassifier)(**common)
		convert = convert_xgboost
	else:
		import lightgbm

		build = (lightgbm.LGBMRegressor if regression else lightgbm.LGBMClassifier)(**common, verbose=-1)
		convert = convert_lightgbm
	data = diabetes if regression else cancer
	model = fitted(lambda: build, data)
	kind = [("features", FloatTensorType([1, data()[0].shape[1]]))]
	extra = {} if package == "xgboost" or regression else {"zipmap": True}
	save(convert(model, initial_types=kind, target_opset=15, **extra), path)


def nets():
	for name, build, data in SKLEARN:
		write = lambda path, build=build, data=data: scikit(build, data, path)
		yield Net(name, "skl2onnx", write, [features(data()[0])])
	for package in ("xgboost", "lightgbm"):
		for regression, what in ((False, "classifier"), (True, "regression")):
			write = lambda path, package=package, regression=regression: boosted(package, regression, path)
			data = diabetes if regression else cancer
			yield Net(f"{package} {what}", "onnxmltools", write, [features(data()[0])])
