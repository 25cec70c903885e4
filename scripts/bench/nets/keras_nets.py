# SPDX-License-Identifier: Apache-2.0
"""Small Keras models as tf2onnx writes them, channels last and all."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers

from .net import SEED, Input, Net


def convolutional():
	return [
		layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(),
		layers.SeparableConv2D(12, 3, padding="same", activation="swish"), layers.GlobalAveragePooling2D(),
		layers.Dropout(0.2), layers.Dense(10, activation="softmax"),
	]  # fmt: skip


def gelu(x):
	"""By tanh: tf2onnx has no word for the exact one's erfc."""
	return keras.activations.gelu(x, approximate=True)


def perceptron():
	return [
		layers.Dense(24, activation=gelu), layers.LayerNormalization(), layers.Dense(12, activation="elu"),
		layers.Dense(3),
	]  # fmt: skip


def recurrent():
	return [layers.LSTM(10, return_sequences=True), layers.GRU(8), layers.Dense(2)]


def decoder():
	return [
		layers.Dense(3 * 3 * 8), layers.Reshape((3, 3, 8)),
		layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="leaky_relu"),
		layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same", activation="tanh"),
	]  # fmt: skip


class Attention(layers.Layer):
	"""An embedding and a multi-head attention with its residual and norm."""

	def __init__(self):
		super().__init__()
		self.embedding = layers.Embedding(40, 12)
		self.attention = layers.MultiHeadAttention(2, 6)
		self.norm = layers.LayerNormalization()

	def call(self, tokens):
		x = self.embedding(tokens)
		return self.norm(x + self.attention(x, x, use_causal_mask=True))


def attention():
	return [Attention(), layers.GlobalAveragePooling1D(), layers.Dense(3)]


# Name, layers, input.
ARCHITECTURES = [
	("Keras CNN", convolutional, Input("image", (1, 8, 8, 1), 0.0, 1.0)),
	("Keras perceptron", perceptron, Input("features", (1, 12), -2.0, 2.0)),
	("Keras LSTM and GRU", recurrent, Input("series", (1, 8, 3), -1.0, 1.0)),
	("Keras decoder", decoder, Input("code", (1, 6), -2.0, 2.0)),
	("Keras attention", attention, Input("tokens", (1, 8), 0, 39, np.int32)),
]


def export(build, inputs, path):
	keras.utils.set_random_seed(SEED)
	kind = tf.as_dtype(inputs.dtype)
	start = keras.Input(inputs.shape[1:], batch_size=1, dtype=kind.name, name=inputs.name)
	x = start
	for layer in build():
		x = layer(x)
	model = keras.Model(start, x)
	call = tf.function(lambda x: model(x, training=False))
	signature = [tf.TensorSpec(inputs.shape, kind, name=inputs.name)]
	tf2onnx.convert.from_function(call, signature, opset=18, output_path=str(path))


def nets():
	for name, build, inputs in ARCHITECTURES:
		yield Net(name, "tf2onnx", lambda path, build=build, inputs=inputs: export(build, inputs, path), [inputs])
