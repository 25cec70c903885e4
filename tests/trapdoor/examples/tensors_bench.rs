//! What several inputs cost a verifier: from the bytes of tensors to a verdict, natively, on one core, for
//! each kind of key. `tensors_bench [--repeats N]` prints JSON, milliseconds, the least of N of ways measured
//! in turns: differences are of microseconds, and whatever else runs only adds. Proofs are made up with a
//! trapdoor key; they cost what others cost.

use std::{hint::black_box, time::Instant};

use serde_json::json;
use zkml_groth16::{prepare, prepare_params, verify, PreparedKey, VerifyError};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, CircuitKey, ModelId, ParamsKind, Proof, Role, Scalar, Scales, Statement,
	Tensor, TensorSpec,
};
use zkml_trapdoor::Trapdoor;

/// Numbers of inputs, and bytes of each; the first is what others are compared with.
const SHAPES: [(usize, u32); 3] = [(1, 64), (8, 8), (8, 64)];
/// Verifications that are timed together.
const RUNS: u32 = 5;

/// A submission as a verifier gets it.
struct Case {
	key: PreparedKey,
	statement: Statement,
	inputs: Tensors,
	output: Tensors,
	proof: Proof,
}

/// Tensors of one specification: bytes, or digests of hidden ones.
struct Tensors {
	role: Role,
	spec: TensorSpec,
	bytes: Vec<Vec<u8>>,
	shown: bool,
}

impl Tensors {
	fn new(role: Role, count: usize, len: u32, shown: bool) -> Self {
		let dims = vec![len].try_into().expect("one dimension");
		let spec = TensorSpec { dims, bits: 8, min: -128, max: 127, scales: Scales::ONE };
		let byte = |i: usize, j: u32| (i as u32 * 37 + j * 11) as u8;
		let bytes = (0..count).map(|i| (0..len).map(|j| byte(i, j)).collect()).collect();
		Self { role, spec, bytes, shown }
	}

	/// Digests and values, as the chain finds them.
	fn read(&self, key: &CircuitKey) -> (Vec<Scalar>, Vec<Vec<i32>>) {
		let Self { role, spec, bytes, shown } = self;
		if !shown {
			let hidden = |number: u8| Scalar::from_hash([number; 32]);
			return ((1..).map(hidden).take(bytes.len()).collect(), Vec::new());
		}
		let each = bytes.iter().map(|bytes| {
			let values = spec.decode(bytes).expect("bytes of the tensor");
			let digest = match key {
				CircuitKey::Plain(_) => commit::<Direct>(*role, spec, &values, Scalar::ZERO),
				_ => digest(*role, spec, bytes),
			};
			(digest, values)
		});
		each.unzip()
	}

	fn tensors<'a>(&'a self, values: &'a [Vec<i32>]) -> Vec<Tensor<'a>> {
		values.iter().map(|values| Tensor::Public(&self.spec, values)).collect()
	}
}

impl Case {
	fn new(trapdoor: &Trapdoor, count: usize, len: u32, shown: bool) -> Self {
		let key = prepare(&trapdoor.circuit()).expect("a good key");
		let key = match key.key.params() {
			ParamsKind::Input => key,
			ParamsKind::Point => {
				let params = prepare_params(&key, &trapdoor.params_point()).expect("a good point");
				key.with_params(params)
			}
		};
		let inputs = Tensors::new(Role::Input, count, len, shown);
		let output = Tensors::new(Role::Output, 1, 1, true);
		let statement = Statement {
			circuit: key.key.hash(),
			model: ModelId([3; 32]),
			version: 1,
			params: Scalar::ONE,
			inputs: Default::default(),
			outputs: Default::default(),
			ctx: Scalar::from_hash([4; 32]),
		};
		let mut case = Self { key, statement, inputs, output, proof: trapdoor.prove(&[], 1) };
		// Its commitments do not depend on the public inputs.
		let public = case.public();
		case.proof = trapdoor.prove(&public, 1);
		assert_eq!(case.verify(), Ok(()));
		case
	}

	/// The public inputs, as the chain derives them.
	fn public(&self) -> Vec<Scalar> {
		let (inputs, values) = self.inputs.read(&self.key.key);
		let (outputs, results) = self.output.read(&self.key.key);
		let statement = Statement {
			inputs: inputs.try_into().expect("eight at most"),
			outputs: outputs.try_into().expect("one"),
			..self.statement.clone()
		};
		match &self.key.key {
			CircuitKey::Plain(_) => statement.public_inputs::<Direct>().to_vec(),
			key => statement.round_inputs::<Direct>(
				key.params(),
				&self.inputs.tensors(&values),
				&self.output.tensors(&results),
				&self.proof.commitments,
			),
		}
	}

	fn verify(&self) -> Result<(), VerifyError> {
		verify(&self.key, &self.public(), &self.proof)
	}
}

/// Milliseconds of one run.
fn each(run: impl Fn()) -> f64 {
	let start = Instant::now();
	(0..RUNS).for_each(|_| run());
	start.elapsed().as_secs_f64() * 1e3 / f64::from(RUNS)
}

fn main() {
	let mut arguments = std::env::args().skip(1);
	let repeats = match (arguments.next().as_deref(), arguments.next()) {
		(None, _) => 100,
		(Some("--repeats"), Some(n)) => n.parse().expect("a number"),
		_ => panic!("expected --repeats N"),
	};
	let kinds = [
		("plain", Trapdoor::new(1)),
		("rounds", Trapdoor::with_rounds(1, 1)),
		("committed", Trapdoor::committed(1)),
	];
	let mut rows = Vec::new();
	for (kind, trapdoor) in kinds {
		for shown in [true, false] {
			let cases = SHAPES.map(|(count, len)| Case::new(&trapdoor, count, len, shown));
			let mut least = [(f64::INFINITY, f64::INFINITY); SHAPES.len()];
			for _ in 0..repeats {
				for (case, (whole, derived)) in cases.iter().zip(&mut least) {
					*whole = whole.min(each(|| assert_eq!(case.verify(), Ok(()))));
					*derived = derived.min(each(|| drop(black_box(case.public()))));
				}
			}
			for ((inputs, bytes), (ms, derived_ms)) in SHAPES.into_iter().zip(least) {
				rows.push(json!({
					"kind": kind, "shown": shown, "inputs": inputs, "bytes": bytes,
					"ms": ms, "derived_ms": derived_ms, "ratio": ms / least[0].0,
				}));
			}
		}
	}
	println!("{}", serde_json::to_string_pretty(&rows).expect("numbers and names"));
}
