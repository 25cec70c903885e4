//! The whole circuit of a model, and its witness.
//!
//! Public inputs, wires 1 to 4: the commitments to parameters, input and output, and the context.
//! The circuit says: there are an input in its declared range, an output and three salts such that
//! the output is what the integer graph gives, and the commitments are theirs. A public model's
//! parameters are constants and its commitment is pinned; a private model's are bits, opened
//! against the commitment.

use ark_bn254::Fr;
use ark_ff::Field;
use zkml_primitives::{Role, PLAIN_INPUTS};

use crate::{
	evaluate::Trace,
	gadgets::{argmax, commitment, dense, parameters, range, rescale, Witness},
	graph::{IntGraph, Interval, Op, Plan},
	r1cs::{Builder, Lc, R1cs, Wire},
};

/// Public input: commitment to the parameters.
pub const PARAMS: Wire = 1;
/// Public input: commitment to the input.
pub const INPUT: Wire = 2;
/// Public input: commitment to the output.
pub const OUTPUT: Wire = 3;
/// Public input: the context.
pub const CTX: Wire = 4;

/// Where the parameters are.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
	/// Constants of the circuit: their values, and their commitment with salt zero.
	Constant(&'a [Vec<i32>], Fr),
	/// In the witness.
	Witness,
}

/// Builds the constraints of a graph with this plan.
pub fn build(graph: &IntGraph, plan: &Plan, weights: Weights<'_>) -> R1cs {
	let mut builder = Builder::new(PLAIN_INPUTS);
	let b = &mut builder;

	// A public input that is in no constraint but the binding rows would do for Groth16 as it is;
	// this one keeps the context bound whatever a later reduction does with such rows.
	b.group("ctx.square");
	let square = b.wire();
	b.enforce(&Lc::wire(CTX), &Lc::wire(CTX), &Lc::wire(square));

	let declared = Interval::of(&graph.input);
	let mut values: Vec<Lc> =
		(0..graph.input.len()).map(|_| Lc::wire(range::constrain(b, declared))).collect();
	let salt = Lc::wire(b.wire());
	let commitment = commitment::constrain(b, Role::Input, &graph.input, &values, salt);
	b.group("commitment.input");
	b.equal(&commitment, &Lc::wire(INPUT));

	let tensors = match weights {
		Weights::Constant(_, commitment) => {
			b.group("commitment.constant-params");
			b.equal(&Lc::constant(commitment), &Lc::wire(PARAMS));
			Vec::new()
		}
		Weights::Witness => open_parameters(b, graph),
	};

	let mut dense_layers = 0;
	for (index, layer) in graph.layers.iter().enumerate() {
		let ranges = &plan.ranges[index];
		values = match &layer.op {
			Op::Dense(_) => {
				let at = 2 * dense_layers;
				dense_layers += 1;
				match weights {
					Weights::Constant(p, _) => dense::constant(&p[at], &p[at + 1], &values),
					Weights::Witness => dense::private(b, &tensors[at], &tensors[at + 1], &values),
				}
			}
			Op::Rescale(op) => values
				.iter()
				.enumerate()
				.map(|(i, x)| rescale::constrain(b, &rescale::Widths::new(op, i, ranges[i]), x).y)
				.collect(),
			Op::ArgMax => vec![argmax::constrain(b, ranges, &values).index],
		};
	}

	let salt = Lc::wire(b.wire());
	let commitment = commitment::constrain(b, Role::Output, &graph.output, &values, salt);
	b.group("commitment.output");
	b.equal(&commitment, &Lc::wire(OUTPUT));
	builder.finish()
}

/// Bits of all parameters, chained commitments, and the commitment to them all.
fn open_parameters(b: &mut Builder, graph: &IntGraph) -> Vec<Vec<Lc>> {
	let mut acc = Lc::wire(b.wire());
	let mut tensors = Vec::new();
	for (_, spec) in graph.parameter_specs() {
		let values = parameters::constrain(b, spec.len(), spec.bits);
		acc = commitment::constrain(b, Role::Parameters, spec, &values, acc);
		tensors.push(values);
	}
	b.group("commitment.params");
	b.equal(&acc, &Lc::wire(PARAMS));
	tensors
}

/// What the witness is made from.
#[derive(Clone, Copy, Debug)]
pub struct Secrets<'a> {
	/// The parameters, in graph order.
	pub parameters: &'a [Vec<i32>],
	/// Whether they are constants, and if not, their commitment's salt.
	pub weights: Option<Fr>,
	/// The commitment of constant parameters.
	pub constant: Fr,
	/// Salt of the input's commitment.
	pub input_salt: Fr,
	/// Salt of the output's commitment.
	pub output_salt: Fr,
	/// The context.
	pub ctx: Fr,
}

/// The values of all wires, in the order in which [`build`] allocates them, from an evaluation of
/// the graph. No constraint is made or looked at.
pub fn assign(graph: &IntGraph, plan: &Plan, trace: &Trace, secrets: &Secrets<'_>) -> Witness {
	let mut w: Witness = vec![Fr::ONE; PLAIN_INPUTS + 1];
	w[CTX as usize] = secrets.ctx;
	w.push(secrets.ctx.square());

	let declared = Interval::of(&graph.input);
	for value in &trace.values[0] {
		range::assign(&mut w, declared, *value);
	}
	w.push(secrets.input_salt);
	let input = narrow(&trace.values[0]);
	let salt = secrets.input_salt;
	w[INPUT as usize] = commitment::assign(&mut w, Role::Input, &graph.input, &input, salt);

	w[PARAMS as usize] = match secrets.weights {
		None => secrets.constant,
		Some(salt) => {
			w.push(salt);
			let mut acc = salt;
			for ((_, spec), values) in graph.parameter_specs().zip(secrets.parameters) {
				parameters::assign(&mut w, values, spec.bits);
				acc = commitment::assign(&mut w, Role::Parameters, spec, values, acc);
			}
			acc
		}
	};

	let mut tensors = secrets.parameters.chunks_exact(2);
	for (index, layer) in graph.layers.iter().enumerate() {
		let (ranges, values) = (&plan.ranges[index], &trace.values[index]);
		match &layer.op {
			Op::Dense(_) => {
				if let (Some([weights, _]), Some(_)) = (tensors.next(), secrets.weights) {
					dense::assign(&mut w, weights, values);
				}
			}
			Op::Rescale(op) => {
				for (i, x) in values.iter().enumerate() {
					rescale::assign(&mut w, &rescale::Widths::new(op, i, ranges[i]), *x);
				}
			}
			Op::ArgMax => {
				argmax::assign(&mut w, ranges, values);
			}
		}
	}

	w.push(secrets.output_salt);
	let (output, salt) = (trace.output(), secrets.output_salt);
	w[OUTPUT as usize] = commitment::assign(&mut w, Role::Output, &graph.output, &output, salt);
	w
}

/// Values that a specification holds to 32 bits.
fn narrow(values: &[i64]) -> Vec<i32> {
	values.iter().map(|v| *v as i32).collect()
}

/// Constraints by layer, and of the rest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cost {
	/// For each layer of the graph; a private dense layer's with its parameters' range checks.
	pub layers: Vec<u64>,
	/// Input, commitments, context and binding rows.
	pub rest: u64,
	/// Wires, public ones and the constant with them.
	pub wires: u64,
}

impl Cost {
	/// All constraints.
	pub fn constraints(&self) -> u64 {
		self.layers.iter().sum::<u64>() + self.rest
	}
}

/// What [`build`] will make, counted without building it.
pub fn cost(graph: &IntGraph, plan: &Plan, private: bool) -> Cost {
	let input = u64::from(graph.input.len()) * range::cost(Interval::of(&graph.input));
	let commitments = commitment::cost(&graph.input) + commitment::cost(&graph.output);
	let public = PLAIN_INPUTS as u64 + 1;
	let input_wires = u64::from(graph.input.len()) * range::wires(Interval::of(&graph.input));
	let mut cost = Cost {
		layers: Vec::with_capacity(graph.layers.len()),
		// Context; the three equalities of commitments; the binding rows.
		rest: 1 + 3 + public + input + commitments,
		// The constant and the public inputs; the context's square; two salts.
		wires: public + 1 + 2 + input_wires + commitments,
	};
	if private {
		let opened: u64 = graph.parameter_specs().map(|(_, spec)| commitment::cost(spec)).sum();
		cost.rest += opened;
		cost.wires += opened + 1;
	}
	for (layer, ranges) in graph.layers.iter().zip(&plan.ranges) {
		let (constraints, wires) = match &layer.op {
			Op::Dense(dense) if private => {
				let (weights, bias) = (&dense.weights, &dense.bias);
				let products = dense::cost(ranges.len() as u64, u64::from(bias.len()));
				let bits = parameters::cost(u64::from(weights.len()), weights.bits)
					+ parameters::cost(u64::from(bias.len()), bias.bits);
				(products + bits, products + bits)
			}
			Op::Dense(_) => (0, 0),
			Op::Rescale(op) => ranges.iter().enumerate().fold((0, 0), |(c, w), (i, range)| {
				let widths = rescale::Widths::new(op, i, *range);
				(c + widths.cost(), w + widths.wires())
			}),
			Op::ArgMax => (argmax::cost(ranges), argmax::wires(ranges)),
		};
		cost.layers.push(constraints);
		cost.wires += wires;
	}
	cost
}
