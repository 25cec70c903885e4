#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our prover beside EZKL: same ONNX file, same input, same machine, one after the other.

Called by scripts/bench.sh. Writes out/bench/prover.json (a list, see `row`), out/bench/prover.md, and
docs/prover-growth.svg: how constraints and time grow over families of perceptrons and convolutional
nets with random weights. What EZKL refuses, or is not let finish, has the reason in its column.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import families
import plot

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "bench"

# Visibility of inputs, one or one for each, and of weights.
SHOWN, HIDDEN = "private public", "public private"
# Folder, input range, further arguments for ours, and the visibilities that both are measured in. Ranges and
# bits are those of the models' READMEs.
MODELS = [
	("mlp-mnist", 0, 255, [], [SHOWN, HIDDEN]),
	("lenet5-mnist", 0, 255, [], [SHOWN, HIDDEN]),
	("cnn-digits", 0, 16, [], [SHOWN]),
	("credit", 0, 24, ["tensor=add_result1", "weight-bits=12"], [SHOWN]),
	("forest", 0, 24, [], [SHOWN]),
	("xgboost", 0, 24, [], [SHOWN]),
	("lightgbm", 0, 24, [], [SHOWN]),
	("digits", 0, 16, [], [SHOWN, HIDDEN]),
	("recommender", 0, 15, ["range=item:0:199"], ["private,public public"]),
	("lstm", 0, 255, [], [SHOWN]),
	("detector", 0, 16, ["weight-bits=10", "activation-bits=14"], [SHOWN]),
	("nanogpt", 0, 46, [], [SHOWN]),
]
QUICK = {"mlp-mnist", "digits", "credit", "recommender"}
# Circuits without lookups are counted and not set up; this long they may take to compile, which the
# largest models do not.
PLAIN_SECONDS = 300


def run(command):
	"""The JSON object that a command prints; its complaints go where ours go."""
	done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
	if done.returncode != 0:
		sys.exit(f"error: {command[0]} ended with {done.returncode}")
	return json.loads(done.stdout[done.stdout.index("{") :])


def plain(*arguments):
	"""Constraints of the circuit without lookups; None where it is more than is allowed, or takes too long."""
	command = command_of(*arguments, proofs=0, kind="plain")
	try:
		done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PLAIN_SECONDS)
	except subprocess.TimeoutExpired:
		print(f"plain: more than {PLAIN_SECONDS} s to compile", file=sys.stderr)
		return None
	return json.loads(done.stdout)["constraints"] if done.returncode == 0 else None


def ours(*arguments, proofs, inputs=None):
	return run(command_of(*arguments, proofs=proofs, kind="rounds", inputs=inputs))


def theirs(args, onnx, visibility, proofs):
	"""What EZKL takes, or `outcome` and `why`. It has one visibility for all inputs: private if one is."""
	shown, weights = visibility.split()
	shown = "private" if "private" in shown else "public"
	command = [args.ezkl, ROOT / "scripts" / "bench" / "ezkl_peer.py", onnx, onnx.parent / "input.json"]
	command += ["--input", shown, "--weights", weights, "--proofs", proofs]
	return run(command + ["--seconds", args.peer_seconds])


def command_of(args, onnx, low, high, extra, visibility, *, proofs, kind, inputs=None):
	shown, weights = visibility.split()
	command = [args.measure, onnx, f"min={low}", f"max={high}", f"proofs={proofs}", f"kind={kind}"]
	command += [f"input-visibility={shown}", f"weights={weights}", *extra]
	if (onnx.parent / "input.json").exists():
		command.append(f"input={onnx.parent / 'input.json'}")
	if inputs:
		command.append(f"inputs={inputs}")
	return [str(c) for c in command]


def row(name, visibility, mine, plain, peer):
	"""One line of prover.json."""
	shown, weights = visibility.split()
	keys = ["setup_s", "prove_s", "verify_ms", "peak_mb", "pk_mb", "proof_bytes"]
	side = lambda got: {key: got[key] for key in keys}
	# The greedier of setup and proving, as the peer's is the greediest of its steps.
	mine = {**mine, "prove_mb": mine["peak_mb"], "peak_mb": max(mine["peak_mb"], mine["setup_mb"])}
	accuracy = mine["accuracy"] or {}
	# The largest of scores; of several outputs it need not be any.
	outputs = accuracy.get("outputs", [])
	proved = peer if peer and "prove_s" in peer else None
	return {
		"model": name,
		"input": shown,
		"weights": weights,
		"constraints": mine["constraints"],
		"constraints_plain": plain,
		"domain": mine["domain"],
		"agreement": outputs[0]["agreement"] if len(outputs) == 1 else None,
		"max_error": accuracy.get("max_error"),
		"inputs": accuracy.get("inputs"),
		"ours": {**side(mine), "prove_mb": mine["prove_mb"], "load_s": mine["load_s"], "witness_ms": mine["witness_ms"]},
		"range": mine["range"],
		"peer": {**side(proved), **{key: proved[key] for key in ("constraints", "domain", "proofs")}} if proved else peer,
		"speedup": proved and proved["prove_s"] / mine["prove_s"],
	}


def number(value, digits=3):
	if value is None:
		return ""
	return f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}" if value < 100 else f"{value:,.0f}"


def share(value):
	return "" if value is None else f"{100 * value:.2f} %"


def table(rows):
	head = ["model", "input", "weights", "constraints", "plain", "domain", "agreement", "max error"]
	head += ["setup s", "prove s", "verify ms", "memory MB", "key MB"]
	head += ["EZKL rows", "prove s", "verify ms", "memory MB", "key MB", "speed-up"]
	lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
	for r in rows:
		mine, peer = r["ours"], r["peer"] or {}
		cells = [r["model"], r["input"], r["weights"], number(r["constraints"])]
		cells += [number(r["constraints_plain"]), number(r["domain"]), share(r["agreement"]), share(r["max_error"])]
		cells += [number(mine[k]) for k in ["setup_s", "prove_s", "verify_ms", "peak_mb", "pk_mb"]]
		why = f"{peer['outcome']}: {peer['why']}".replace("|", "\\|") if "why" in peer else None
		cells += [why or number(peer.get("constraints"))]
		cells += [number(peer.get(k)) for k in ["prove_s", "verify_ms", "peak_mb", "pk_mb"]]
		cells.append(f"{r['speedup']:.0f}x" if r["speedup"] else "")
		lines.append("| " + " | ".join(cells) + " |")
	return "\n".join(lines) + "\n"


def agreement_inputs(args, onnx):
	"""1,000 inputs with the float model's outputs by onnxruntime, or the model's own reference."""
	if onnx.parent.name.endswith("-mnist"):
		out = OUT / f"{onnx.parent.name}.inputs.json"
		script = ROOT / "models" / "common" / "inputs.py"
		command = [sys.executable, script, onnx, "--out", out]
		subprocess.run(command + (["--data", args.data] if args.data else []), check=True, stdout=sys.stderr)
		return out
	reference = onnx.parent / "reference.json"
	return reference if reference.exists() else None


def main():
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--measure", required=True, help="our example binary")
	parser.add_argument("--ezkl", help="Python that has EZKL; without it the peer is skipped")
	parser.add_argument("--no-peer", action="store_true")
	parser.add_argument("--data", type=Path, help="folder that holds mnist/")
	parser.add_argument("--quick", action="store_true")
	parser.add_argument("--proofs", type=int, default=5)
	parser.add_argument("--peer-seconds", type=int, default=900, help="that EZKL gets for a model, proofs and all")
	args = parser.parse_args()
	proofs = 1 if args.quick else args.proofs
	rows = []
	for name, low, high, extra, cases in MODELS:
		if args.quick and name not in QUICK:
			continue
		onnx = ROOT / "models" / name / f"{name}.onnx"
		inputs = agreement_inputs(args, onnx)
		for case in cases:
			print(f"{name}, inputs and weights {case}", file=sys.stderr)
			asked = (args, onnx, low, high, extra, case)
			mine = ours(*asked, proofs=proofs, inputs=inputs)
			peer = theirs(args, onnx, case, proofs) if args.ezkl else None
			rows.append(row(name, case, mine, plain(*asked), peer))
			(OUT / "prover.json").write_text(json.dumps(rows, indent="\t") + "\n")
			(OUT / "prover.md").write_text(table(rows))
	if not args.quick:
		grown = []
		for family, size, onnx in families.write(OUT / "families"):
			mine = ours(args, onnx, 0, 255, [], SHOWN, proofs=3)
			keys = ["constraints", "domain", "prove_s", "pk_mb", "peak_mb"]
			grown.append({"family": family, "parameters": size, **{k: mine[k] for k in keys}})
			print(f"{family}, {size} parameters: {mine['prove_s']:.3f} s", file=sys.stderr)
		(OUT / "growth.json").write_text(json.dumps(grown, indent="\t") + "\n")
		(ROOT / "docs" / "prover-growth.svg").write_text(plot.growth(grown))
	print((OUT / "prover.md").read_text())


if __name__ == "__main__":
	main()
