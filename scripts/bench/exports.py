#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Common architectures as people export them: what of them can be proved, and how close it comes.

Called by scripts/bench.sh. Small nets are made by `torch.onnx.export` (both exporters), tf2onnx,
skl2onnx and onnxmltools (`nets/`); each is compiled as a user would compile it, with ranges and some
inputs, and held to ONNX Runtime on inputs that compiling did not see:

- right: every output within 3 % of its range (labels: the same), with constraints that hold;
- refused: reading or compiling says why not;
- wrong: all else, a crash and a time-out among them.

`--more` adds nets of one or two layers, operator by operator, as other tools' examples have them. Writes
out/bench/exports.json and exports.md, and fails if anything is wrong.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from nets.net import CALIBRATION, HELD_OUT, SEED

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "bench"
TOLERANCE = 0.03
# Bits of weights, hidden values and tables: what compiling takes by itself, and what to ask for if that
# is too coarse.
WIDTHS = [[8, 12, 10], [12, 16, 12], [16, 20, 14]]


def families(more):
	"""The modules that make nets; each is asked for only when its turn comes, since some start slowly."""
	from nets import learn_nets, torch_nets

	yield from torch_nets.nets()
	yield from learn_nets.nets()
	if more:
		from nets import more_nets, tree_nets

		yield from more_nets.nets()
		yield from tree_nets.nets()
	# Last: its libraries bring threads of their own.
	from nets import keras_nets

	yield from keras_nets.nets()


def numbers(values):
	"""A flat list for JSON, which has no words for what is not finite."""
	flat = np.asarray(values, dtype=np.float64).ravel()
	return [float(x) if np.isfinite(x) else None for x in flat]


def ends(inputs):
	"""Ranges of an input, `[min, max]` each."""
	low, high = np.atleast_1d(inputs.low), np.atleast_1d(inputs.high)
	return [[float(a), float(b)] for a, b in zip(low, high)]


def operators(path):
	"""The operators of a file, each once."""
	model = onnx.load(str(path), load_external_data=False)
	return sorted({node.op_type for node in model.graph.node})


def expected(session, inputs, values):
	"""What the float model makes of each input: for each output its name, whether it is a label, and rows."""
	names = [o.name for o in session.get_outputs()]
	results = [
		session.run(names, {i.name: v[k] for i, v in zip(inputs, values)}) for k in range(len(values[0]))
	]
	outputs = []
	for index, name in enumerate(names):
		rows = [row[index] for row in results]
		if not isinstance(rows[0], np.ndarray):
			# A ZipMap's list of dictionaries: its numbers in the order of the classes.
			rows = [np.array([list(entry.values()) for entry in row]) for row in rows]
		label = rows[0].dtype.kind in "iub"
		outputs.append({"name": name, "label": label, "expected": [numbers(row) for row in rows]})
	return outputs


def prepare(net, folder):
	"""A net as files; what its exporter says if it fails."""
	case = {"name": net.name, "exporter": net.exporter}
	path = folder / f"{net.name} {net.exporter}".replace(" ", "-").replace(",", "")
	path.mkdir()
	try:
		net.write(path / "model.onnx")
		session = onnxruntime.InferenceSession(str(path / "model.onnx"), providers=["CPUExecutionProvider"])
		declared = session.get_inputs()
		for i, d in zip(net.inputs, declared):
			i.name = d.name
		rng = np.random.default_rng(SEED)
		drawn = [i.draw(CALIBRATION + HELD_OUT, rng) for i in net.inputs]
		outputs = expected(session, net.inputs, [v[CALIBRATION:] for v in drawn])
	except Exception as error:
		return {**case, "operators": [], "outcome": "not exported", "why": f"{type(error).__name__}: {error}"}
	case_file = {
		"inputs": [
			{
				"name": i.name,
				"ranges": ends(i),
				"calibration": [numbers(row) for row in values[:CALIBRATION]],
				"values": [numbers(row) for row in values[CALIBRATION:]],
			}
			for i, values in zip(net.inputs, drawn)
		],
		"outputs": outputs,
		"tolerance": TOLERANCE,
	}
	return {**case, "operators": operators(path / "model.onnx"), "folder": str(path), "file": case_file}


def run(example, case, limit):
	"""What the example says of a case, with the first widths that are fine enough."""
	if "outcome" in case:
		return case
	folder, file, refusals = case.pop("folder"), case.pop("file"), []
	for widths in WIDTHS:
		(Path(folder) / "case.json").write_text(json.dumps({**file, "widths": widths}))
		try:
			done = subprocess.run([example, folder], capture_output=True, text=True, timeout=limit)
		except subprocess.TimeoutExpired:
			return {**case, "outcome": "wrong", "why": f"not done within {limit} s"}
		try:
			said = json.loads(done.stdout)
		except json.JSONDecodeError:
			why = done.stderr.strip().splitlines()
			return {**case, "outcome": "wrong", "why": f"ended with {done.returncode}: {' '.join(why[:3])}"}
		if said["outcome"] == "right":
			break
		refusals += [said["why"]] if said["why"] not in refusals else []
	# What is refused for another reason with more bits is refused for both.
	return {**case, **said, "why": "; ".join(refusals), "widths": widths}


def table(head, rows):
	lines = [head, ["---"] * len(head), *rows]
	return "\n".join("| " + " | ".join(str(c).replace("|", "\\|").replace("\n", " ") for c in line) + " |" for line in lines) + "\n"


def report(cases):
	count = lambda what: sum(case["outcome"] == what for case in cases)
	text = f"{len(cases)} exports: {count('right')} proved, {count('refused')} refused, {count('wrong')} wrong"
	missing = count("not exported")
	text += f", {missing} that their exporter refuses.\n\n" if missing else ".\n\n"
	rows = []
	for case in cases:
		right = case["outcome"] == "right"
		error = f"{100 * case['error']:.2f} %" if right else case["why"][:400]
		bits = "/".join(map(str, case["widths"])) if right else ""
		constraints = f"{case['constraints']:,}" if right else ""
		rows.append([case["name"], case["exporter"], case["outcome"], error, constraints, bits])
	return text + table(["architecture", "exporter", "", "largest error, or why not", "constraints", "bits"], rows)


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--example", required=True, help="the compiled example `exports`")
	parser.add_argument("--only", default="", help="nets whose name or exporter holds this")
	parser.add_argument("--more", action="store_true", help="also nets of one or two layers, operator by operator")
	parser.add_argument("--limit", type=float, default=300, help="seconds for a case")
	parser.add_argument("--jobs", type=int, default=2, help="cases at the same time")
	parser.add_argument("--keep", type=Path, help="an empty folder for the files, which are thrown away otherwise")
	args = parser.parse_args()
	warnings.simplefilter("ignore")
	onnxruntime.set_default_logger_severity(3)
	with tempfile.TemporaryDirectory(prefix="zkml-exports-") as folder:
		folder = args.keep or Path(folder)
		folder.mkdir(parents=True, exist_ok=True)
		wanted = (net for net in families(args.more) if args.only.lower() in f"{net.name} {net.exporter}".lower())
		prepared = [prepare(net, folder) for net in wanted]
		if not prepared:
			sys.exit(f"error: expected part of a net's or an exporter's name, got {args.only!r}")
		with ThreadPoolExecutor(args.jobs) as pool:
			cases = list(pool.map(lambda case: run(args.example, case, args.limit), prepared))
	text = report(cases)
	OUT.mkdir(parents=True, exist_ok=True)
	if not args.only:
		(OUT / "exports.json").write_text(json.dumps(cases, indent=1))
		(OUT / "exports.md").write_text(text)
	print(text)
	sys.exit(1 if any(case["outcome"] == "wrong" for case in cases) else 0)


if __name__ == "__main__":
	main()
