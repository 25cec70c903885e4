//! Random models for tests.
#![allow(dead_code)]

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	circuit::{Evaluated, Public, Secrets},
	graph::{Channel, IntGraph, MatMul, Node, Op, Requantize},
	random_salt, CompiledModel,
};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{commit, Role, Scalar, Scales, TensorSpec, Visibility};

/// The same numbers every time.
pub fn rng(seed: u64) -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(seed)
}

/// A tensor of integers that stand for themselves.
pub fn spec(dims: &[u32], bits: u8, min: i32, max: i32) -> TensorSpec {
	let dims = dims.to_vec().try_into().unwrap();
	TensorSpec { dims, bits, min, max, scales: Scales::ONE }
}

/// A tensor that fills its width.
pub fn full(dims: &[u32], bits: u8) -> TensorSpec {
	let half = 1i64 << (bits - 1);
	spec(dims, bits, (-half) as i32, (half - 1) as i32)
}

/// The shape of a random perceptron.
#[derive(Clone, Debug)]
pub struct Shape {
	/// Input, hidden layers, output.
	pub sizes: Vec<u32>,
	/// Ends in an argmax.
	pub argmax: bool,
	/// With ReLU between layers.
	pub rectify: bool,
	/// Width of hidden values.
	pub bits: u8,
	/// Range of the input.
	pub input: (i32, i32),
	/// Seed of parameters and shifts.
	pub seed: u64,
}

/// A model of that shape with random parameters.
pub fn model(shape: &Shape, visibility: Visibility) -> CompiledModel {
	let rng = &mut rng(shape.seed);
	let mut nodes: Vec<Node> = Vec::new();
	let mut layer = |name: String, op| {
		let inputs = vec![nodes.len() as u32];
		nodes.push(Node { name, inputs, op });
	};
	let mut parameters = Vec::new();
	let mut bound: i64 = i64::from(shape.input.0.abs().max(shape.input.1.abs()));
	let count = shape.sizes.len() - 1;
	for i in 0..count {
		let (inputs, outputs) = (shape.sizes[i], shape.sizes[i + 1]);
		let (weights, bias) = (full(&[outputs, inputs], 8), full(&[outputs], 12));
		let dense = MatMul { rows: 1, groups: 1, weights, bias, windows: None };
		parameters.push((0..inputs * outputs).map(|_| rng.gen_range(-128..=127)).collect());
		parameters.push((0..outputs).map(|_| rng.gen_range(-2048..=2047)).collect());
		layer(format!("dense{i}"), Op::MatMul(dense));
		bound = bound * 128 * i64::from(inputs) + 2048;
		if i + 1 < count {
			let width = 64 - bound.leading_zeros();
			let mut channel = || {
				let multiplier = rng.gen_range(1..=5);
				let fits = width + 3 - u32::from(shape.bits).min(width);
				// With ReLU some shifts are small enough to saturate.
				let least = if shape.rectify { fits.saturating_sub(6) } else { fits + 1 };
				Channel::new(multiplier, rng.gen_range(least..=fits + 1) as u8)
			};
			let channels = match rng_choice(shape.seed) {
				true => vec![channel()],
				false => (0..outputs).map(|_| channel()).collect(),
			};
			let half = 1 << (shape.bits - 1);
			let (min, max) = if shape.rectify { (0, 2 * half - 1) } else { (-half, half - 1) };
			let op = Op::Requantize(Requantize { min, max, channels });
			layer(format!("rescale{i}"), op);
			bound = 1 << shape.bits;
		}
	}
	let classes = shape.sizes[count];
	let output = if shape.argmax {
		layer("argmax".into(), Op::ArgMax);
		spec(&[1], 8, 0, classes as i32 - 1)
	} else {
		full(&[classes], 32)
	};
	let (min, max) = shape.input;
	let input = spec(&[1, shape.sizes[0]], 9, min, max);
	let graph = IntGraph { input, nodes, output };
	let salt = match visibility {
		Visibility::Public => Scalar::ZERO,
		Visibility::Private => random_salt(rng),
	};
	CompiledModel::new(visibility, graph, parameters, vec![], salt).unwrap()
}

fn rng_choice(seed: u64) -> bool {
	seed.is_multiple_of(2)
}

/// A random input in range.
pub fn input(model: &CompiledModel, seed: u64) -> Vec<i32> {
	let mut rng = rng(seed);
	let spec = model.input();
	(0..spec.len()).map(|_| rng.gen_range(spec.min..=spec.max)).collect()
}

/// The honest witness satisfies every constraint, and says what the interpreter says.
pub fn agrees(model: &CompiledModel, values: &[i32], seed: u64) {
	let rng = &mut rng(seed);
	let [input_salt, output_salt, ctx] = [(); 3].map(|()| random_salt(rng));
	let trace = model.trace(values).unwrap();
	for (range, value) in model.plan().ranges.iter().flatten().zip(trace.values.iter().flatten()) {
		assert!((range.min..=range.max).contains(value), "{value} outside {range:?}");
	}
	let circuit = model.describe();
	let words = circuit.words(model.parameters(), to_field(&model.params_salt()).unwrap());
	let secrets = Secrets {
		trace: &trace,
		words: &words,
		parameters: model.parameters(),
		params_salt: to_field(&model.params_salt()).unwrap(),
		input_salt: to_field(&input_salt).unwrap(),
		output_salt: to_field(&output_salt).unwrap(),
		ctx: to_field(&ctx).unwrap(),
	};
	let assigned = circuit.assign(secrets);
	let system = model.circuit();
	let wires = match model.checks().rounds() {
		0 => assigned.witness.wires,
		_ => {
			let challenge = to_field(&random_salt(rng)).unwrap();
			let both = Evaluated { input: true, output: true };
			let evaluated = circuit.assign(secrets).complete(&circuit, both, challenge);
			assert_eq!(system.first_broken(&evaluated.unwrap()), None);
			let evaluated = Evaluated::default();
			assigned.complete(&circuit, evaluated, challenge).unwrap()
		}
	};
	assert_eq!(system.wires, wires.len());
	assert_eq!(system.first_broken(&wires), None);
	let counts = model.cost().counts;
	assert_eq!((counts.constraints, counts.wires), (system.len() as u64, system.wires as u64));
	assert_eq!(counts.sides(), [&system.a_wires, &system.b_wires].map(|w| w.len() as u64));

	let output = model.evaluate(values).unwrap();
	let at = |wire: u32| from_field(wires[wire as usize]);
	let Public { params, input, output: out, ctx: context, .. } = circuit.public();
	assert_eq!(params.map(at), model.params_commitment());
	assert_eq!(at(input), commit::<Direct>(Role::Input, model.input(), values, input_salt));
	assert_eq!(at(out), commit::<Direct>(Role::Output, model.output(), &output, output_salt));
	assert_eq!(at(context), ctx);
}
