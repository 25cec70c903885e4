#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ONNX's own node tests: what of them can be proved, what is refused, and that nothing is wrong.

Called by scripts/bench.sh. Of every test whose inputs hold a float32 tensor the first such becomes the
model's input, and the other inputs become constants. A test that is refused so gets a second chance with all
its float32 tensors (up to 8) as inputs; the table says how many took it. Ranges are declared as what the
test's inputs span. Each case is compiled, its integers are evaluated and run through the circuit's constraints, and
the result is compared with what the test expects:

- right: in the shape expected and within 2 % (with which it compiles) of an element's own range, or of the
  largest size of an expected value, plus one step of the output's scale;
- refused: reading or compiling says why not;
- wrong: all else, a crash and a time-out among them.

Writes out/bench/operators.json and operators.md, and fails if anything is wrong. The main set holds the
tests of a single output that are no expansion of an operator into others; the rest is counted apart.
"""

import argparse
import collections
import json
import re
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "bench"


def is_float(value):
	return isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float32


def tensor(name, value):
	"""A constant of the type it has, if it is a tensor."""
	if isinstance(value, onnx.TensorProto):
		constant = onnx.TensorProto()
		constant.CopyFrom(value)
		constant.name = name
		return constant
	if value is None or isinstance(value, (list, dict)):
		return None
	return numpy_helper.from_array(np.asarray(value), name)


def numbers(value):
	"""A tensor's numbers; nothing if it has none. Integers and floats of few bits are numbers, too."""
	if isinstance(value, onnx.TensorProto):
		value = numpy_helper.to_array(value)
	if not isinstance(value, (np.ndarray, np.generic)):
		return None
	if value.dtype.kind in "fiub":
		return np.asarray(value, dtype=np.float64)
	few_bits = re.fullmatch(r"u?int[24]|b?float\w+", value.dtype.name)
	return value.astype(np.float32).astype(np.float64) if few_bits else None


def span(value):
	"""The smallest and the largest number, made apart if they are one: a range has to have an extent."""
	low, high = (float(value.min()), float(value.max())) if value.size else (0.0, 1.0)
	if low == high:
		low, high = low - max(abs(low), 1.0) / 2, high + max(abs(high), 1.0) / 2
	return low, high


def number(x):
	"""JSON has no words for what is not finite."""
	return float(x) if np.isfinite(x) else None


def rest(model, values, chosen):
	"""The model with all inputs but the chosen ones as constants; nothing if one is no tensor."""
	changed = onnx.ModelProto()
	changed.CopyFrom(model)
	graph = changed.graph
	inputs = list(graph.input)
	del graph.input[:]
	for index, (info, value) in enumerate(zip(inputs, values)):
		if index in chosen:
			shape = list(np.shape(value))
			graph.input.append(helper.make_tensor_value_info(info.name, onnx.TensorProto.FLOAT, shape))
			continue
		constant = tensor(info.name, value)
		if constant is None:
			return None
		graph.initializer.append(constant)
	return changed


def operators(model):
	names = []
	for node in model.graph.node:
		if node.op_type not in names:
			names.append(node.op_type)
	return names


def prepare(case, folder):
	"""A case as files; nothing if it has no float input."""
	values, outputs = case.data_sets[0]
	floats = [index for index, value in enumerate(values) if is_float(value)]
	if not floats:
		return None
	name = case.name.removeprefix("test_")
	expanded = re.search(r"_expanded(_ver\d+)?$", name) is not None
	# An expansion is filed under the operator that it expands.
	operator = operators(case.model)
	case_info = {"name": name, "expanded": expanded, "operator": "+".join(operator)}
	case_info["main"] = not expanded and len(outputs) == 1
	which = next((i for i, value in enumerate(outputs) if is_float(value)), 0)
	expected = numbers(outputs[which]) if which < len(outputs) else None
	model = rest(case.model, values, floats[:1])
	if model is None or expected is None:
		return {**case_info, "outcome": "refused", "why": "inputs and outputs that are no tensors of numbers"}
	output = model.graph.output[which].name if len(model.graph.output) > 1 else None
	folders = []
	for chosen in [floats[:1], floats] if 1 < len(floats) <= 8 else [floats[:1]]:
		path = folder / f"{name}-{len(chosen)}"
		path.mkdir()
		onnx.save(rest(case.model, values, chosen), path / "model.onnx")
		inputs = {}
		for index in chosen:
			low, high = span(values[index])
			inputs[case.model.graph.input[index].name] = {
				"values": [number(x) for x in values[index].ravel()],
				"min": number(low),
				"max": number(high),
			}
		case_file = {
			"inputs": inputs,
			"output": output,
			"dims": list(np.shape(expected)),
			"expected": [number(x) for x in expected.ravel()],
		}
		(path / "case.json").write_text(json.dumps(case_file))
		folders.append(str(path))
	return {**case_info, "folders": folders}


def run(example, case, limit):
	"""What the example says of a case."""
	if "outcome" in case:
		return case
	first, *others = case["folders"]
	result = judged(example, first, limit)
	for folder in others if result["outcome"] == "refused" else []:
		other = judged(example, folder, limit)
		if other["outcome"] != "refused":
			result = {**other, "inputs": "all"}
	return {**case, **result}


def judged(example, folder, limit):
	"""What the example says of a folder."""
	try:
		done = subprocess.run([example, folder], capture_output=True, text=True, timeout=limit)
	except subprocess.TimeoutExpired:
		return {"outcome": "wrong", "why": f"not done within {limit} s"}
	try:
		return json.loads(done.stdout)
	except json.JSONDecodeError:
		why = done.stderr.strip().splitlines()
		return {"outcome": "wrong", "why": f"ended with {done.returncode}: {' '.join(why[:3])}"}


def kind(why):
	"""A refusal without what is different from case to case."""
	why = re.sub(r"^node \S+ \((\w+)\): ", r"\1: ", why)
	return re.sub(r"-?\d[\d.e+-]*(, -?\d[\d.e+-]*)*", "N", why)[:110]


def table(head, rows):
	lines = [head, ["---"] * len(head), *rows]
	return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def count(cases):
	tally = collections.Counter(case["outcome"] for case in cases)
	return [tally["right"], tally["refused"], tally["wrong"]]


def report(cases):
	main = [case for case in cases if case["main"]]
	several = [case for case in cases if not case["main"] and not case["expanded"]]
	expanded = [case for case in cases if case["expanded"]]
	sets = [("one output", main), ("several outputs", several), ("expansions", expanded), ("all", cases)]
	head = ["", "right", "refused", "wrong"]
	text = f"ONNX's node tests, `onnx` {onnx.__version__}; right is within 2 % of an element's own range and a step of it.\n\n"
	text += table(head, [[name, *count(chosen)] for name, chosen in sets])
	second = sum(case.get("inputs") == "all" and case["outcome"] == "right" for case in main)
	text += f"\nOf those of one output {second} are right with all float32 tensors as inputs alone.\n"
	by_operator = collections.defaultdict(list)
	for case in main + several:
		by_operator[case["operator"]].append(case)
	text += "\nBy operator, without expansions:\n\n"
	text += table(head, [[name, *count(chosen)] for name, chosen in sorted(by_operator.items())])
	why = collections.Counter(kind(case["why"]) for case in main + several if case["outcome"] == "refused")
	text += "\nMost frequent refusals:\n\n" + table(["", "cases"], why.most_common(25))
	wrong = [[case["name"], case["why"]] for case in cases if case["outcome"] == "wrong"]
	if wrong:
		text += "\nWrong:\n\n" + table(["case", "how"], wrong)
	return text, [(name, count(chosen)) for name, chosen in sets]


def chosen(only):
	"""The tests whose name holds these letters, capital or not; ends with what there is if none does."""
	every = collect_testcases(None)
	cases = [case for case in every if only.lower() in case.name]
	if not cases:
		words = sorted({case.name.removeprefix("test_").split("_")[0] for case in every})
		sys.exit(f"error: expected part of a test's name, got {only!r}. Names begin with: {', '.join(words)}")
	return cases


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--example", required=True, help="the compiled example `operators`")
	parser.add_argument("--only", default="", help="cases whose name holds this")
	parser.add_argument("--limit", type=float, default=120, help="seconds for a case")
	parser.add_argument("--jobs", type=int, default=2, help="cases at the same time")
	args = parser.parse_args()
	# The tests compute with numbers that are not finite on purpose.
	warnings.simplefilter("ignore")
	np.seterr(all="ignore")
	with tempfile.TemporaryDirectory(prefix="zkml-operators-") as folder:
		cases = chosen(args.only)
		prepared = [case for case in (prepare(case, Path(folder)) for case in cases) if case]
		if not prepared:
			names = ", ".join(case.name.removeprefix("test_") for case in cases)
			sys.exit(f"error: expected a test with an input of 32-bit floats, got {len(cases)} without one: {names}")
		with ThreadPoolExecutor(args.jobs) as pool:
			cases = list(pool.map(lambda case: run(args.example, case, args.limit), prepared))
	for case in cases:
		case.pop("folders", None)
	OUT.mkdir(parents=True, exist_ok=True)
	text, sets = report(cases)
	if not args.only:
		(OUT / "operators.json").write_text(json.dumps(cases, indent=1))
		(OUT / "operators.md").write_text(text)
	print(text)
	for name, (right, refused, wrong) in sets:
		print(f"{name}: {right} right, {refused} refused, {wrong} wrong")
	sys.exit(1 if any(case["outcome"] == "wrong" for case in cases) else 0)


if __name__ == "__main__":
	main()
