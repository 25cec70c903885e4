//! Inside a node's executor, host functions and pure WASM give the same answers to everything.

mod blob;

use std::{path::Path, time::Instant};

use blob::Blob;
use zkml_attacks::{published, verifier, verifier::Backend};
use zkml_groth16::{Batch, BatchItem, PreparedKey, PreparedParams, VerifyError};
use zkml_primitives::{CircuitKey, Proof, RangeProof, Scalar, G1};
use zkml_trapdoor::Trapdoor;

/// A commitment to parameters, examined.
fn prepared_params(
	blob: &Blob,
	key: &PreparedKey,
	point: &G1,
) -> Result<PreparedParams, VerifyError> {
	blob.call("prepare_params", (key, point))
}

/// A key for these parameters.
fn prepared(blob: &Blob, key: &CircuitKey, params: Option<&G1>) -> Result<PreparedKey, String> {
	let key = blob.prepared(key).map_err(|e| e.to_string())?;
	let Some(point) = params else { return Ok(key) };
	let params = prepared_params(blob, &key, point).map_err(|e| e.to_string())?;
	Ok(key.with_params(params))
}

impl Backend for Blob {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		self.prepared(key).map(|_| ()).map_err(|e| e.to_string())
	}

	fn verify(
		&mut self,
		key: &CircuitKey,
		params: Option<&G1>,
		inputs: &[Scalar],
		proof: &Proof,
	) -> Result<(), String> {
		let key = prepared(self, key, params)?;
		let answer: Result<(), VerifyError> = self.call("verify", (key, inputs, proof, 1u32));
		answer.map_err(|e| e.to_string())
	}

	fn verify_range(
		&mut self,
		key: &CircuitKey,
		params: &G1,
		range: &RangeProof,
	) -> Result<(), String> {
		let key = prepared(self, key, Some(params))?;
		let answer: Result<(), VerifyError> = self.call("verify_range", (key, range, 1u32));
		answer.map_err(|e| e.to_string())
	}
}

/// Checks each proof as one of three, at this place, the others being good ones under another key, or under
/// the same with other parameters if they are a point.
struct Batched(Blob, usize);

impl Backend for Batched {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		self.0.prepare(key)
	}

	fn verify(
		&mut self,
		key: &CircuitKey,
		params: Option<&G1>,
		inputs: &[Scalar],
		proof: &Proof,
	) -> Result<(), String> {
		let Self(blob, at) = self;
		// The trapdoor of the attacks' own key.
		let known = Trapdoor::committed(1).with_params_of(Scalar::from_hash([2; 32]));
		let (company, theirs, count) = match known.circuit() == *key {
			true => (known.clone(), Some(known.params_point()), 4),
			false => (Trapdoor::with_rounds(99, 1), None, 5),
		};
		let keys = vec![
			prepared(blob, &company.circuit(), theirs.as_ref())?,
			prepared(blob, key, params)?,
		];
		let good = |n: u8| {
			let inputs = vec![Scalar::from_hash([n; 32]); count];
			BatchItem { key: 0, proof: company.prove(&inputs, n.into()), inputs }
		};
		let mut items = vec![good(1), good(2)];
		items.insert(*at, BatchItem { key: 1, inputs: inputs.to_vec(), proof: proof.clone() });
		let batch: Option<Batch> = blob.call("verify_batch", (keys, items, 1u32));
		let mut results = batch.expect("one run").results;
		let answer = results.remove(*at).map_err(|e| e.to_string());
		assert_eq!(results, [Ok(()); 2], "the company of {answer:?}");
		answer
	}

	/// There is no batch of them.
	fn verify_range(
		&mut self,
		key: &CircuitKey,
		params: &G1,
		range: &RangeProof,
	) -> Result<(), String> {
		self.0.verify_range(key, params, range)
	}
}

#[test]
fn every_attack_gets_the_same_answer_alone_and_in_a_batch() {
	let native = verifier::run(&mut Blob::new(true));
	assert_eq!(native, verifier::run(&mut Blob::new(false)));
	for at in 0..3 {
		assert_eq!(native, verifier::run(&mut Batched(Blob::new(true), at)));
	}
	assert_eq!(native, verifier::run(&mut Batched(Blob::new(false), 1)));
}

#[test]
fn every_published_proof_gets_the_same_answer_alone_and_in_a_batch() {
	let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors"));
	let native = published::run(&mut Blob::new(true), folder);
	assert_eq!(native, published::run(&mut Blob::new(false), folder));
	for native_too in [true, false] {
		let batched = published::run(&mut Batched(Blob::new(native_too), 2), folder);
		assert_eq!(native, batched);
	}
}

#[test]
fn both_ways_prepare_the_same_key_and_hash_alike() {
	let key = published::load(
		Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors")),
		"semaphore-v4",
	)
	.key;
	let (native, pure) = (Blob::new(true), Blob::new(false));
	assert_eq!(native.prepared(&key), pure.prepared(&key));
	let trapdoor = Trapdoor::committed(1);
	let (key, point) = (native.prepared(&trapdoor.circuit()).unwrap(), trapdoor.params_point());
	let params = prepared_params(&native, &key, &point);
	assert!(params.is_ok());
	assert_eq!(params, prepared_params(&pure, &key, &point));
	let mut inputs = [Scalar::ZERO; 16];
	for (index, input) in inputs.iter_mut().enumerate() {
		*input = Scalar::from_hash([index as u8 * 17; 32]);
	}
	let hashes: (Scalar, Scalar) = native.call("poseidon", inputs);
	assert_eq!(hashes, pure.call("poseidon", inputs));
	let polynomials = vec![inputs[..3].to_vec(), inputs[3..4].to_vec(), inputs[4..].to_vec()];
	let point = Scalar::from_hash([0xee; 32]);
	let evaluated: Scalar = native.call("evaluate", (&polynomials, point, 2u32));
	assert_eq!(evaluated, pure.call("evaluate", (&polynomials, point, 2u32)));
}

/// Calls twice, and gives the milliseconds that one of `times` runs takes.
fn each(times: u32, run: impl Fn(u32)) -> f64 {
	let timed = |times: u32| {
		let start = Instant::now();
		run(times);
		start.elapsed()
	};
	timed(1); // compiles and warms up
	let (none, all) = (timed(0), timed(times));
	all.saturating_sub(none).as_secs_f64() * 1e3 / f64::from(times)
}

/// Prints what verification costs each way; figures for the reader, nothing is asserted of them.
#[test]
fn one_verification_is_timed_both_ways() {
	let vector = published::load(
		Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors")),
		"worldid-inclusion",
	);
	for (native, times) in [(true, 50u32), (false, 10)] {
		let blob = Blob::new(native);
		let way = if native { "by host function" } else { "in pure WASM" };
		let verify = |key: &CircuitKey, inputs: &[Scalar], proof: &Proof| {
			let key = blob.prepared(key).unwrap();
			each(times, |times| {
				let answer: Result<(), VerifyError> =
					blob.call("verify", (&key, inputs, proof, times));
				assert_eq!(answer, Ok(()));
			})
		};
		let time = verify(&vector.key, &vector.inputs, &vector.proof);
		println!("one Groth16 verification {way}: {time:.3} ms");
		let trapdoor = Trapdoor::with_rounds(1, 1);
		let statement = verifier::statement(&trapdoor, &verifier::context());
		let inputs = trapdoor.inputs(&statement, [&[], &[]], 1);
		let time = verify(&trapdoor.circuit(), &inputs, &trapdoor.prove(&inputs, 1));
		println!("the same with a commit round {way}: {time:.3} ms");
		let trapdoor = Trapdoor::committed(1);
		let key = prepared(&blob, &trapdoor.circuit(), Some(&trapdoor.params_point())).unwrap();
		let range = trapdoor.prove_range(1);
		let time = each(times, |times| {
			let answer: Result<(), VerifyError> = blob.call("verify_range", (&key, &range, times));
			assert_eq!(answer, Ok(()));
		});
		println!("a proof of range {way}: {time:.3} ms");
		// 784 bytes are 26 words, behind 1 and their header.
		let words = vec![vec![Scalar::from_hash([7; 32]); 28]];
		let time = each(20 * times, |times| {
			let _: Scalar = blob.call("evaluate", (&words, words[0][0], times));
		});
		println!("784 public bytes at the challenge {way}: {time:.3} ms");
	}
}
