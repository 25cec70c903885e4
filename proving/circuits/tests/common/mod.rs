//! Random models for tests.

pub mod layers;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	circuit::{Evaluated, Public, Secrets},
	graph::{Channel, IntGraph, MatMul, Node, Op, Output, Requantize},
	random_salt, CompiledModel, InputError, Salts,
};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	chain, coefficients, commit, Evaluate, Role, Scalar, Scales, TensorSpec, Tensors, ValueInfo,
	Visibility,
};

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

/// An input or output of that name.
pub fn value(name: &str, tensor: TensorSpec) -> ValueInfo {
	ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor }
}

/// Inputs `x0`, `x1` and so on.
pub fn inputs(specs: impl IntoIterator<Item = TensorSpec>) -> Tensors<ValueInfo> {
	let named = |(i, spec)| value(&format!("x{i}"), spec);
	specs.into_iter().enumerate().map(named).collect::<Vec<_>>().try_into().unwrap()
}

/// Outputs `y0`, `y1` and so on: values with their specifications.
pub fn outputs(values: impl IntoIterator<Item = (u32, TensorSpec)>) -> Tensors<Output> {
	let named = |(i, (value, spec)): (usize, _)| Output {
		info: self::value(&format!("y{i}"), spec),
		value,
	};
	values.into_iter().enumerate().map(named).collect::<Vec<_>>().try_into().unwrap()
}

/// A graph of one input and one output, the last value.
pub fn graph(input: TensorSpec, nodes: Vec<Node>, output: TensorSpec) -> IntGraph {
	let outputs = outputs([(nodes.len() as u32, output)]);
	IntGraph { inputs: inputs([input]), nodes, outputs }
}

/// A model of one input and one output.
pub trait Single {
	/// The input.
	fn input(&self) -> &TensorSpec;
	/// The output.
	fn output(&self) -> &TensorSpec;
	/// Real numbers as integers of the input.
	fn quantize_input(&self, reals: &[f32]) -> Result<Vec<Vec<i32>>, InputError>;
}

impl Single for CompiledModel {
	fn input(&self) -> &TensorSpec {
		&self.graph().inputs[0].tensor
	}

	fn output(&self) -> &TensorSpec {
		&self.graph().outputs[0].info.tensor
	}

	fn quantize_input(&self, reals: &[f32]) -> Result<Vec<Vec<i32>>, InputError> {
		self.quantize_inputs(&[reals.to_vec()])
	}
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
	let graph = graph(input, nodes, output);
	let salt = match visibility {
		Visibility::Public => Scalar::ZERO,
		Visibility::Private => random_salt(rng),
	};
	CompiledModel::new(visibility, graph, parameters, vec![], salt).unwrap()
}

fn rng_choice(seed: u64) -> bool {
	seed.is_multiple_of(2)
}

/// Random inputs in range.
pub fn input(model: &CompiledModel, seed: u64) -> Vec<Vec<i32>> {
	let mut rng = rng(seed);
	each(model, |spec| (0..spec.len()).map(|_| rng.gen_range(spec.min..=spec.max)).collect())
}

/// All inputs at their lower ends, and at their upper ones.
pub fn edges(model: &CompiledModel) -> [Vec<Vec<i32>>; 2] {
	[|spec: &TensorSpec| spec.min, |spec: &TensorSpec| spec.max]
		.map(|end| each(model, |spec| vec![end(spec); spec.len() as usize]))
}

fn each(model: &CompiledModel, values: impl FnMut(&TensorSpec) -> Vec<i32>) -> Vec<Vec<i32>> {
	model.inputs().iter().map(|info| &info.tensor).map(values).collect()
}

/// The honest witness satisfies every constraint, and says what the interpreter says.
pub fn agrees(model: &CompiledModel, values: &[Vec<i32>], seed: u64) {
	let rng = &mut rng(seed);
	let Salts { inputs: ins, outputs: outs } = Salts::random(model, rng);
	let ctx = random_salt(rng);
	let numbers =
		|salts: &[Scalar]| -> Vec<_> { salts.iter().map(|salt| to_field(salt).unwrap()).collect() };
	let (input_salts, output_salts) = (numbers(&ins), numbers(&outs));
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
		input_salts: &input_salts,
		output_salts: &output_salts,
		ctx: to_field(&ctx).unwrap(),
	};
	let assigned = circuit.assign(secrets);
	let system = model.circuit();
	let results = model.evaluate(values).unwrap();
	let specs = || model.inputs().iter().map(|info| &info.tensor);
	let committed = |role, specs: Vec<&TensorSpec>, values: &[Vec<i32>], salts: &[Scalar]| {
		let all = specs.into_iter().zip(values).zip(salts);
		all.map(|((spec, values), salt)| commit::<Direct>(role, spec, values, *salt))
			.collect::<Vec<_>>()
	};
	let ins = committed(Role::Input, specs().collect(), values, &ins);
	let outs = committed(Role::Output, model.graph().output_specs().collect(), &results, &outs);
	assert_eq!(assigned.inputs().into_iter().map(from_field).collect::<Vec<_>>(), ins);
	assert_eq!(assigned.outputs().into_iter().map(from_field).collect::<Vec<_>>(), outs);
	let Public { params, input, output, ctx: context, challenge: drawn } = circuit.public();
	let (mut z, mut ways) = (Scalar::ZERO, Vec::new());
	let wires = match model.checks().rounds() {
		0 => assigned.witness.wires,
		_ => {
			z = random_salt(rng);
			let challenge = to_field(&z).unwrap();
			// All in clear, every other one, and none.
			for clear in [|_| true, |i: usize| i.is_multiple_of(2)] {
				let chosen = |count: usize| (0..count).map(clear).collect::<Vec<bool>>();
				let evaluated =
					Evaluated { inputs: chosen(values.len()), outputs: chosen(results.len()) };
				let wires = circuit.assign(secrets).complete(&circuit, &evaluated, challenge);
				ways.push((wires.unwrap(), evaluated));
			}
			assigned.complete(&circuit, &Evaluated::default(), challenge).unwrap()
		}
	};
	assert_eq!(system.wires, wires.len());
	assert_eq!(system.first_broken(&wires), None);
	let counts = model.cost().counts;
	assert_eq!((counts.constraints, counts.wires), (system.len() as u64, system.wires as u64));
	assert_eq!(counts.sides(), [&system.a_wires, &system.b_wires].map(|w| w.len() as u64));

	let at = |wire: u32| from_field(wires[wire as usize]);
	assert_eq!(params.map(at), model.params_commitment());
	assert_eq!(at(context), ctx);
	if model.checks().rounds() == 0 {
		assert_eq!([at(input), at(output)], [chain::<Direct>(&ins), chain::<Direct>(&outs)]);
		return;
	}
	ways.push((wires, Evaluated::default()));
	let ins = (Role::Input, specs().collect(), values, ins);
	let outs = (Role::Output, model.graph().output_specs().collect(), results.as_slice(), outs);
	for (wires, evaluated) in ways {
		assert_eq!(system.first_broken(&wires), None);
		let stands = |(role, specs, values, commitments): &(
			_,
			Vec<&TensorSpec>,
			&[Vec<i32>],
			Vec<Scalar>,
		),
		              chosen: &[bool]| {
			let polynomial = |(i, commitment): (usize, &Scalar)| match chosen.get(i) {
				Some(true) => coefficients(*role, specs[i], &values[i]),
				_ => vec![*commitment],
			};
			let all: Vec<_> = commitments.iter().enumerate().map(polynomial).collect();
			Direct::evaluate(&all, z)
		};
		let at = |wire: u32| from_field(wires[wire as usize]);
		assert_eq!(at(input), stands(&ins, &evaluated.inputs));
		assert_eq!(at(output), stands(&outs, &evaluated.outputs));
		assert_eq!(at(drawn), z);
	}
}
