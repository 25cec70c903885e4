//! What verification costs inside a node's executor, by host function and in pure WASM, beside bare
//! `ark-groth16` with a prepared key: `verifier_bench [--repeats N]` prints JSON, milliseconds per
//! proof on one core, medians. Proofs are made up with a trapdoor key; they cost what others cost.

#[path = "../tests/blob/mod.rs"]
mod blob;

use std::time::Instant;

use ark_bn254::{Bn254, Fr};
use ark_ff::PrimeField;
use ark_groth16::{prepare_verifying_key, Groth16, PreparedVerifyingKey, VerifyingKey};
use blob::Blob;
use serde_json::{json, Value};
use zkml_groth16::{prepare_params, read_g1, read_g2, Batch, BatchItem, PreparedKey, VerifyError};
use zkml_primitives::{CircuitKey, ParamsKind, Proof, Scalar};
use zkml_trapdoor::Trapdoor;

/// Both ways.
struct Bench {
	native: Blob,
	wasm: Blob,
	repeats: usize,
}

fn median(mut times: Vec<f64>) -> f64 {
	times.sort_by(f64::total_cmp);
	times[times.len() / 2]
}

/// Milliseconds of one of `times` runs.
fn each(times: u32, run: &dyn Fn(u32)) -> f64 {
	let timed = |times: u32| {
		let start = Instant::now();
		run(times);
		start.elapsed()
	};
	let (none, all) = (timed(0), timed(times));
	all.saturating_sub(none).as_secs_f64() * 1e3 / f64::from(times)
}

impl Bench {
	/// Medians of some ways to do a thing, measured in turns. Each has its number of runs.
	fn in_turns<const N: usize>(&self, ways: [(u32, &dyn Fn(u32)); N]) -> [f64; N] {
		ways.iter().for_each(|(_, run)| run(1));
		let mut times = [(); N].map(|()| Vec::new());
		for _ in 0..self.repeats {
			for ((count, run), times) in ways.iter().zip(&mut times) {
				times.push(each(*count, run));
			}
		}
		times.map(median)
	}

	/// A key, with its parameters if they are a point.
	fn prepared(&self, trapdoor: &Trapdoor) -> PreparedKey {
		let key = self.native.prepared(&trapdoor.circuit()).expect("a good key");
		if key.key.params() == ParamsKind::Input {
			return key;
		}
		let params = prepare_params(&key, &trapdoor.params_point()).expect("a good point");
		key.with_params(params)
	}

	/// One proof: by host function, in WASM, and bare.
	fn single(&self, trapdoor: &Trapdoor, inputs: &[Scalar]) -> [f64; 3] {
		let prepared = self.prepared(trapdoor);
		let proof = trapdoor.prove(inputs, 1);
		let run = |blob: &Blob, times: u32| {
			let arguments = (&prepared, inputs, &proof, times);
			let answer: Result<(), VerifyError> = blob.call("verify", arguments);
			assert_eq!(answer, Ok(()));
		};
		// A plain key stands for one with rounds, which arkworks does not have.
		let plain = Trapdoor::with_inputs(1, inputs.len());
		let bare = Bare::new(&plain, inputs);
		self.in_turns([
			(40, &|times| run(&self.native, times)),
			(4, &|times| run(&self.wasm, times)),
			(40, &|times| (0..times).for_each(|_| assert!(bare.verify()))),
		])
	}

	/// A batch, per proof: by host function and in WASM.
	fn batch(&self, keys: &[Trapdoor], inputs: usize, size: u32) -> [f64; 2] {
		let items: Vec<_> = (0..size)
			.map(|n| {
				let key = n % keys.len() as u32;
				let inputs = distinct(inputs, n);
				let proof = keys[key as usize].prove(&inputs, u64::from(n) + 1);
				BatchItem { key, inputs, proof }
			})
			.collect();
		let keys: Vec<PreparedKey> = keys.iter().map(|key| self.prepared(key)).collect();
		let run = |blob: &Blob, times: u32| {
			let batch: Option<Batch> = blob.call("verify_batch", (&keys, &items, times));
			assert!(batch.is_none_or(|batch| batch.singly == 0), "all proofs are good");
		};
		let runs = (80 / size).max(1);
		let times = self.in_turns([
			(runs, &|times| run(&self.native, times)),
			((runs / 8).max(1), &|times| run(&self.wasm, times)),
		]);
		times.map(|time| time / f64::from(size))
	}

	/// The examination of a key, and arkworks' preparation of it, which checks nothing.
	fn key(&self, trapdoor: &Trapdoor) -> [f64; 3] {
		let key = trapdoor.circuit();
		let run = |blob: &Blob, times: u32| {
			let good: u32 = blob.call("prepare_often", (&key, times));
			assert_eq!(good, times);
		};
		let points = ark_key(&key);
		self.in_turns([
			(20, &|times| run(&self.native, times)),
			(3, &|times| run(&self.wasm, times)),
			(20, &|times| {
				(0..times).for_each(|_| drop(std::hint::black_box(prepare_verifying_key(&points))));
			}),
		])
	}
}

/// Arkworks' verifier.
struct Bare {
	key: PreparedVerifyingKey<Bn254>,
	inputs: Vec<Fr>,
	proof: ark_groth16::Proof<Bn254>,
}

fn ark_key(key: &CircuitKey) -> VerifyingKey<Bn254> {
	let points = key.points();
	let g2 = |point| read_g2(point).expect("a good key");
	VerifyingKey {
		alpha_g1: read_g1(points.alpha).expect("a good key"),
		beta_g2: g2(points.beta),
		gamma_g2: g2(points.gamma),
		delta_g2: g2(points.delta),
		gamma_abc_g1: points.ic.iter().map(|point| read_g1(point).expect("a good key")).collect(),
	}
}

impl Bare {
	fn new(trapdoor: &Trapdoor, inputs: &[Scalar]) -> Self {
		let Proof { a, b, c, .. } = trapdoor.prove(inputs, 1);
		let g1 = |point| read_g1(&point).expect("a good proof");
		Self {
			key: prepare_verifying_key(&ark_key(&trapdoor.circuit())),
			inputs: inputs.iter().map(|input| Fr::from_be_bytes_mod_order(&input.0)).collect(),
			proof: ark_groth16::Proof { a: g1(a), b: read_g2(&b).expect("a good proof"), c: g1(c) },
		}
	}

	fn verify(&self) -> bool {
		Groth16::<Bn254>::verify_proof(&self.key, &self.proof, &self.inputs).unwrap_or(false)
	}
}

/// Full-size inputs that no other proof has.
fn distinct(count: usize, number: u32) -> Vec<Scalar> {
	let mut inputs = vec![Scalar::from_hash([0xa5; 32]); count];
	for (index, input) in inputs.iter_mut().enumerate() {
		input.0[24..28].copy_from_slice(&number.to_be_bytes());
		input.0[31] = index as u8;
	}
	inputs
}

fn main() {
	// arkworks' `parallel` is on by unification; one core is what is asked for.
	let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
	pool.install(run);
}

fn run() {
	let mut arguments = std::env::args().skip(1);
	let repeats = match (arguments.next().as_deref(), arguments.next()) {
		(None, _) => 5,
		(Some("--repeats"), Some(n)) => n.parse().expect("a number"),
		_ => panic!("expected --repeats N"),
	};
	let bench = Bench { native: Blob::new(true), wasm: Blob::new(false), repeats };
	let mut rows: Vec<Value> = Vec::new();
	let mut row = |case: &str, kind: &str, inputs: usize, batch: u32, ms: [f64; 3], ratio: f64| {
		rows.push(json!({
			"case": case, "kind": kind, "inputs": inputs, "batch": batch,
			"native_ms": ms[0], "wasm_ms": ms[1], "bare_ms": ms[2], "ratio": ratio,
		}));
	};
	let mut bare = 0.0;
	for inputs in [1, 4, 16, 64] {
		let trapdoor = match inputs {
			4 => Trapdoor::new(1),
			_ => Trapdoor::with_inputs(1, inputs),
		};
		let ms = bench.single(&trapdoor, &distinct(inputs, 0));
		row("one proof", "plain", inputs, 1, ms, ms[0] / ms[2]);
		if inputs == 4 {
			bare = ms[2];
		}
	}
	let ms = bench.single(&Trapdoor::with_rounds(1, 1), &distinct(5, 0));
	row("one proof", "rounds", 5, 1, ms, ms[0] / ms[2]);
	let ms = bench.single(&Trapdoor::committed(1), &distinct(4, 0));
	row("one proof", "committed", 4, 1, ms, ms[0] / ms[2]);
	type Key = fn(u64) -> Trapdoor;
	let kinds: [(&str, usize, Key); 3] = [
		("plain", 4, Trapdoor::new),
		("rounds", 5, |seed| Trapdoor::with_rounds(seed, 1)),
		("committed", 4, Trapdoor::committed),
	];
	for (kind, inputs, key) in kinds {
		for models in [1u64, 8] {
			let keys: Vec<_> = (1..=models).map(key).collect();
			let mut single = 0.0;
			for size in [1, 4, 16, 64, 256] {
				let [native, wasm] = bench.batch(&keys, inputs, size);
				if size == 1 {
					let alone = bench.single(&keys[0], &distinct(inputs, 0));
					single = alone[0];
				}
				let case = if models == 1 { "batch, one model" } else { "batch, eight models" };
				row(case, kind, inputs, size, [native, wasm, bare], native / single);
			}
		}
	}
	for (kind, trapdoor, inputs) in [
		("plain", Trapdoor::new(1), 4),
		("rounds", Trapdoor::with_rounds(1, 1), 5),
		("committed", Trapdoor::committed(1), 4),
		("program", Trapdoor::with_inputs(1, 64), 64),
	] {
		let ms = bench.key(&trapdoor);
		row("key registration", kind, inputs, 1, ms, ms[0] / ms[2]);
	}
	println!("{}", serde_json::to_string_pretty(&rows).expect("numbers and names"));
}
