#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
r"""Measures EZKL, the peer at proving, on one model and one input, and prints one JSON object.

    python3 -m venv /tmp/ezkl && /tmp/ezkl/bin/pip install -r scripts/bench/requirements-ezkl.txt
    cd models/mlp-mnist && /tmp/ezkl/bin/python ../../scripts/bench/ezkl_peer.py mlp-mnist.onnx \
        input.json --input private --weights public --reference reference.json

EZKL is used as its own guide says: gen-settings, calibrate for `resources` with its own search of
scales (raise with --target accuracy, or fix with --input-scale and --param-scale), compile, setup,
witness, prove, verify. All else is EZKL's default. Public weights are its `fixed`, private ones
its `private`, which commits to nothing; the output is public. The structured reference string comes
from `gen_srs` (not secure, not timed as setup) and is kept in --srs-dir.

Every step runs in a process of its own, so that its peak memory is its own. Times are taken within
it, without the interpreter's start; proving includes reading the proving key, as in EZKL's tool.

At the scales that its calibration picks for raw pixels, 13 and 13, outputs are off by some tenths
with no label changed; `--input-scale 0 --param-scale 16` is closer at the same cost.

Where EZKL cannot, or is not let, the object has `outcome`, `step` and `why` instead:

- refused: the step failed, with the last line that EZKL said;
- stopped: all steps together took more than --seconds, or one more than --memory-gb. Proofs alone are
  cut short: it ends with fewer of them, one at least;
- not tried: the table that EZKL lays out for the model would take more memory than that, by BYTES_A_ROW.

Keys: constraints (rows of the Halo2 table), domain (2^logrows), setup_s, prove_s and verify_ms
(medians), peak_mb (the greediest step), pk_mb, vk_bytes, proof_bytes, proofs (how many were made),
max_error (largest absolute difference between EZKL's outputs and onnxruntime's), label_agreement (of the
last output with more than one number), settings, and a list of steps with their processor time (all
cores, interpreter included): on a busy machine the better measure. MB are 10^6 bytes.
"""

import argparse
import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Rows that Halo2 keeps for blinding, as EZKL assumes (5 factors and one more).
BLINDING = 6
# Memory of its setup and proofs for each row of the table, 2^logrows, with its default number of columns: it
# took 690 MB at 2^16 and 5,158 MB at 2^19 (docs/prover.md).
BYTES_A_ROW = 9_800
# Seconds between two looks at a step.
LOOK = 0.05
VISIBILITY = {"input": {"private": "private", "public": "public"}}
VISIBILITY["weights"] = {"private": "private", "public": "fixed"}


class Given(Exception):
	"""Why there are no figures: refused, stopped or not tried, the step, and the reason."""

	def __init__(self, outcome, step, why):
		super().__init__(f"{outcome} at {step}: {why}")
		self.report = {"outcome": outcome, "step": step, "why": why}


class Bounds:
	"""How much time is left for all steps, and how much memory each may take."""

	def __init__(self, seconds, gigabytes):
		self.seconds, self.gigabytes = seconds, gigabytes
		self.start = time.monotonic()

	def left(self):
		return self.seconds - (time.monotonic() - self.start)

	def passed(self, pid):
		"""What a running step has passed, if anything."""
		if self.left() < 0:
			return f"more than {self.seconds} s"
		try:
			status = Path(f"/proc/{pid}/status").read_text()
		except OSError:
			return None
		# A step that has just ended has no memory.
		resident = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
		if int(resident.split()[1]) * 1024 > self.gigabytes * 1e9:
			return f"more than {self.gigabytes:.3g} GB of memory"
		return None


def memory_gb():
	"""Four fifths of this machine's memory."""
	return 0.8 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def timed(call):
	"""Seconds that `call` takes, and its result; a result of False is an error."""
	start = time.perf_counter()
	result = call()
	if result is False:
		raise RuntimeError("EZKL answered False")
	return time.perf_counter() - start, result


def step_settings(o):
	"""Generates and calibrates the settings."""
	import ezkl

	args = ezkl.PyRunArgs()
	args.input_visibility = VISIBILITY["input"][o["input_visibility"]]
	args.param_visibility = VISIBILITY["weights"][o["weights_visibility"]]
	args.output_visibility = "public"
	if o["input_scale"] is None:
		seconds, _ = timed(lambda: ezkl.gen_settings(o["model"], "settings.json", args))
		more, _ = timed(
			lambda: ezkl.calibrate_settings(o["input"], o["model"], "settings.json", o["target"])
		)
		return {"seconds": seconds + more}
	args.input_scale, args.param_scale = o["input_scale"], o["param_scale"]
	seconds, _ = timed(lambda: ezkl.gen_settings(o["model"], "settings.json", args))
	# Without calibration EZKL leaves 2^17 rows whatever is needed: take the fewest that do.
	settings = json.loads(Path("settings.json").read_text())
	ranges = [high - low + 1 for low, high in settings["required_range_checks"]]
	rows = max([settings["num_rows"], *ranges]) + BLINDING
	args.logrows = math.ceil(math.log2(rows))
	ezkl.gen_settings(o["model"], "settings.json", args)
	return {"seconds": seconds}


def step_compile(o):
	"""Compiles the circuit; makes the SRS if there is none of the size."""
	import ezkl

	seconds, _ = timed(lambda: ezkl.compile_circuit(o["model"], "model.ezkl", "settings.json"))
	srs = Path(o["srs"])
	made = None
	if not srs.exists():
		part = srs.with_suffix(".part")
		made, _ = timed(lambda: ezkl.gen_srs(str(part), o["logrows"]))
		part.rename(srs)
	return {"seconds": seconds, "srs_seconds": made}


def step_setup(o):
	"""Makes both keys."""
	import ezkl

	seconds, _ = timed(lambda: ezkl.setup("model.ezkl", "vk.key", "pk.key", o["srs"]))
	return {"seconds": seconds}


def step_witness(o):
	"""Computes the witness."""
	import ezkl

	seconds, _ = timed(
		lambda: ezkl.gen_witness(o["input"], "model.ezkl", "witness.json", "vk.key", o["srs"])
	)
	return {"seconds": seconds}


def step_prove(o):
	"""Proves once."""
	import ezkl

	seconds, _ = timed(
		lambda: ezkl.prove("witness.json", "model.ezkl", "pk.key", "proof.json", o["srs"])
	)
	return {"seconds": seconds}


def step_verify(o):
	"""Verifies as often as asked."""
	import ezkl

	times = [
		timed(lambda: ezkl.verify("proof.json", "settings.json", "vk.key", o["srs"]))[0]
		for _ in range(o["verifications"])
	]
	return {"seconds": statistics.median(times)}


def step_fidelity(o):
	"""Compares EZKL's outputs with those of the float model over the samples."""
	import ezkl
	import numpy as np
	import onnxruntime

	session = onnxruntime.InferenceSession(o["model"], providers=["CPUExecutionProvider"])
	kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}

	def tensor(declared, values):
		shape = [d if isinstance(d, int) else 1 for d in declared.shape]
		return np.array(values, dtype=kinds[declared.type]).reshape(shape)

	scales = json.loads(Path("settings.json").read_text())["model_output_scales"]
	samples = [json.loads(Path(o["input"]).read_text())["input_data"]]
	if o["reference"]:
		rows = [row["input"] for row in json.loads(Path(o["reference"]).read_text())]
		samples = [row if isinstance(row[0], list) else [row] for row in rows]
	error, agree = 0.0, []
	for sample in samples:
		Path("sample.json").write_text(json.dumps({"input_data": sample}))
		witness = ezkl.gen_witness("sample.json", "model.ezkl", "sample.witness.json")
		got = [[ezkl.felt_to_float(v, s) for v in out] for out, s in zip(witness["outputs"], scales)]
		feeds = {d.name: tensor(d, values) for d, values in zip(session.get_inputs(), sample)}
		expected = [np.asarray(value).reshape(-1) for value in session.run(None, feeds)]
		same = None
		for numbers, truth in zip(got, expected):
			error = max(error, float(np.abs(truth - numbers).max()))
			if len(truth) > 1:
				same = int(np.argmax(numbers) == np.argmax(truth))
		agree += [] if same is None else [same]
	agreement = sum(agree) / len(agree) if agree else None
	return {"max_error": error, "label_agreement": agreement, "samples": len(samples)}


STEPS = {name[5:]: value for name, value in globals().items() if name.startswith("step_")}


def last_words(path, offset):
	"""The last line that a step wrote behind `offset`, without colours."""
	with open(path, "rb") as log:
		log.seek(offset)
		text = re.sub(r"\x1b\[[0-9;]*m", "", log.read().decode(errors="replace"))
	lines = [line.strip() for line in text.splitlines() if line.strip()]
	return lines[-1][:200] if lines else "no word"


def run(name, options, folder, log, bounds):
	"""Runs a step in a process of its own: its result, peak memory in bytes, processor seconds."""
	command = [sys.executable, str(Path(__file__).resolve()), "--step", name]
	result = folder / "result.json"
	result.unlink(missing_ok=True)
	(folder / "options.json").write_text(json.dumps(options))
	log.flush()
	offset = os.path.getsize(log.name)
	child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
	passed = None
	try:
		ended, status, usage = os.wait4(child.pid, os.WNOHANG)
		while not ended and passed is None:
			time.sleep(LOOK)
			passed = bounds.passed(child.pid)
			ended, status, usage = os.wait4(child.pid, os.WNOHANG)
		if not ended:
			child.kill()
			_, status, usage = os.wait4(child.pid, 0)
	except BaseException:
		child.kill()
		raise
	child.returncode = os.waitstatus_to_exitcode(status)
	if passed and not ended:
		raise Given("stopped", name, passed)
	if child.returncode != 0 or not result.exists():
		said = last_words(log.name, offset)
		raise Given("refused", name, said if child.returncode > 0 else f"ended by signal {-child.returncode}: {said}")
	used = {"peak": usage.ru_maxrss * 1024, "cpu": usage.ru_utime + usage.ru_stime}
	return json.loads(result.read_text()) | used | {"step": name}


def prove(options, folder, log, bounds, count):
	"""As many proofs as asked for and as there is time for, one at least."""
	steps = []
	while len(steps) < count:
		start = time.monotonic()
		steps.append(run("prove", options, folder, log, bounds))
		# One proof's time is kept for what comes behind them.
		if bounds.left() < 2 * (time.monotonic() - start):
			break
	return steps


def measure(args, folder):
	"""All steps in `folder`; the object to print."""
	options = {
		"model": str(args.model.resolve()),
		"input": str(args.data.resolve()),
		"reference": args.reference and str(args.reference.resolve()),
		"input_visibility": args.input,
		"weights_visibility": args.weights,
		"target": args.target,
		"input_scale": args.input_scale,
		"param_scale": args.param_scale,
		"verifications": args.verifications,
	}
	bounds = Bounds(args.seconds, args.memory_gb)
	with open(folder / "log.txt", "w") as log:
		steps = [run("settings", options, folder, log, bounds)]
		settings = json.loads((folder / "settings.json").read_text())
		chosen = settings["run_args"]
		needed = BYTES_A_ROW * 2 ** chosen["logrows"] / 1e9
		if needed > args.memory_gb:
			why = f"2^{chosen['logrows']} rows, some {needed:.3g} GB of memory"
			raise Given("not tried", "compile", why)
		options["logrows"] = chosen["logrows"]
		args.srs_dir.mkdir(parents=True, exist_ok=True)
		options["srs"] = str((args.srs_dir / f"kzg{chosen['logrows']}.srs").resolve())
		steps += [run(name, options, folder, log, bounds) for name in ("compile", "setup", "witness")]
		steps += prove(options, folder, log, bounds, args.proofs)
		steps += [run(name, options, folder, log, bounds) for name in ("verify", "fidelity")]
	times = [s["seconds"] for s in steps if s["step"] == "prove"]
	by_name = {s["step"]: s for s in steps}
	proof = json.loads((folder / "proof.json").read_text())
	# Comparing outputs and making the SRS are no part of what a user of EZKL needs memory for.
	measured = [s for s in steps if s["step"] not in ("fidelity", "compile")]
	return {
		"tool": f"ezkl {settings['version']}",
		"model": args.model.name,
		"input": args.input,
		"weights": args.weights,
		"constraints": settings["num_rows"],
		"domain": 2 ** chosen["logrows"],
		"setup_s": round(by_name["setup"]["seconds"], 3),
		"prove_s": round(statistics.median(times), 3),
		"witness_s": round(by_name["witness"]["seconds"], 3),
		"verify_ms": round(1000 * by_name["verify"]["seconds"], 2),
		"peak_mb": round(max(s["peak"] for s in measured) / 1e6, 1),
		"pk_mb": round((folder / "pk.key").stat().st_size / 1e6, 1),
		"vk_bytes": (folder / "vk.key").stat().st_size,
		"proof_bytes": len(bytes(proof["proof"])),
		"max_error": round(by_name["fidelity"]["max_error"], 6),
		"label_agreement": by_name["fidelity"]["label_agreement"],
		"samples": by_name["fidelity"]["samples"],
		"proofs": len(times),
		"cores": os.cpu_count(),
		"settings": {
			"calibration": args.target if args.input_scale is None else None,
			**{
				key: chosen[key]
				for key in (
					"input_scale",
					"param_scale",
					"scale_rebase_multiplier",
					"logrows",
					"num_inner_cols",
					"decomp_base",
					"decomp_legs",
					"lookup_range",
					"disable_freivalds",
				)
			},
		},
		"steps": [
			{
				"step": s["step"],
				"seconds": s.get("seconds") and round(s["seconds"], 3),
				"cpu_seconds": round(s["cpu"], 3),
				"peak_mb": round(s["peak"] / 1e6, 1),
			}
			for s in steps
		],
	}


def main():
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("model", type=Path, help="ONNX file")
	parser.add_argument("data", type=Path, help='input file: {"input_data": [[...]]}')
	parser.add_argument("--input", choices=VISIBILITY["input"], default="private")
	parser.add_argument("--weights", choices=VISIBILITY["weights"], default="public")
	parser.add_argument("--target", choices=["resources", "accuracy"], default="resources")
	parser.add_argument("--input-scale", type=int, help="with --param-scale: no calibration")
	parser.add_argument("--param-scale", type=int)
	parser.add_argument("--proofs", type=int, default=3)
	parser.add_argument("--verifications", type=int, default=9)
	parser.add_argument("--reference", type=Path, help="samples on which outputs are compared")
	parser.add_argument("--seconds", type=int, default=900, help="for all steps together")
	parser.add_argument("--memory-gb", type=float, default=memory_gb(), help="for each step")
	parser.add_argument("--srs-dir", type=Path, default=Path(tempfile.gettempdir()) / "ezkl-srs")
	args = parser.parse_args()
	if (args.input_scale is None) != (args.param_scale is None):
		parser.error("expected both --input-scale and --param-scale or neither, got one")
	if args.proofs < 1 or args.verifications < 1:
		parser.error("expected --proofs and --verifications of at least 1")
	# A proving key has gigabytes: ended from outside, too, the folder must go.
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
	with tempfile.TemporaryDirectory(prefix="ezkl-") as folder:
		try:
			report = measure(args, Path(folder))
		except Given as given:
			report = {"model": args.model.name, "input": args.input, "weights": args.weights, **given.report}
	print(json.dumps(report, indent="\t"))


if __name__ == "__main__":
	if sys.argv[1:2] == ["--step"]:
		given = json.loads(Path("options.json").read_text())
		Path("result.json").write_text(json.dumps(STEPS[sys.argv[2]](given)))
	else:
		main()
