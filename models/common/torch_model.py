# SPDX-License-Identifier: Apache-2.0
"""How the script of a model that torch trains begins, and how it writes the ONNX file."""

import argparse
from pathlib import Path

import torch


def begin(folder, words, seed):
	"""The folder that `--out` names, `folder` without it; torch is seeded, on one thread.

	`words` are the script's docstring, whose first line says in `--help` what it does.
	"""
	parser = argparse.ArgumentParser(description=words.splitlines()[0])
	parser.add_argument("--out", type=Path, default=folder)
	out = parser.parse_args().out
	out.mkdir(parents=True, exist_ok=True)
	settle(seed)
	return out


def settle(seed):
	"""One thread and this seed: with others sums round differently, and files have other bytes."""
	torch.set_num_threads(1)
	torch.manual_seed(seed)


def export(model, path, inputs, outputs, opset=17, **more):
	"""Writes the model as ONNX, by the exporter that traces it.

	`inputs` has for each input's name a tensor of its shape and type, `outputs` are names, `more` is
	what else `torch.onnx.export` is to be told.
	"""
	torch.onnx.export(
		model.eval(),
		tuple(inputs.values()),
		str(path),
		input_names=list(inputs),
		output_names=outputs,
		opset_version=opset,
		dynamo=False,
		**more,
	)
