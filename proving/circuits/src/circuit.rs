//! The whole circuit of a model, and its witness.
//!
//! Public inputs, wires 1 to 4: what stands for parameters, input and output, and the context; with
//! lookups a challenge follows. The circuit says: there are an input in its declared range, an
//! output and three salts such that the output is what the integer graph gives, and the public
//! inputs stand for them. A public model's parameters are constants and their commitment is pinned;
//! a private model's are opened against the commitment.
//!
//! Kind plain binds input and output by their commitments. With a commit round the verifier chooses:
//! commitment or evaluation at the challenge ([`binding`]). Everything a challenge is to test is in
//! the round: the values of the graph, salts, multiplicities.

use ark_bn254::Fr;
use ark_ff::Field;
use zkml_primitives::{Role, PLAIN_INPUTS};

use crate::{
	evaluate::Trace,
	gadgets::{
		binding, commitment, lookup, parameters,
		range::{self, Checks},
		Witness,
	},
	graph::{IntGraph, Op},
	nodes::{self, Operands, Parameters},
	plan::{Interval, Plan},
	r1cs::{Builder, Counts, Lc, R1cs, Wire},
};

/// Public input: commitment to the parameters.
pub const PARAMS: Wire = 1;
/// Public input: commitment to the input, or its evaluation.
pub const INPUT: Wire = 2;
/// Public input: commitment to the output, or its evaluation.
pub const OUTPUT: Wire = 3;
/// Public input: the context.
pub const CTX: Wire = 4;
/// The challenge of a circuit with a commit round.
pub const CHALLENGE: Wire = 5;

/// Where the parameters are.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
	/// Constants of the circuit: their values, and their commitment with salt zero.
	Constant(&'a [Vec<i32>], Fr),
	/// In the witness.
	Witness,
}

/// A model's circuit, to be built or counted.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
	/// What it computes.
	pub graph: &'a IntGraph,
	/// The ranges of its values.
	pub plan: &'a Plan,
	/// The parameters.
	pub weights: Weights<'a>,
	/// How ranges are proved.
	pub checks: &'a Checks,
}

/// Constraints by node, and of the rest.
#[derive(Clone, Debug, Default)]
pub struct Cost {
	/// For each node of the graph, its lookups with it.
	pub nodes: Vec<u64>,
	/// The tables' rows.
	pub tables: u64,
	/// Parameters, input, commitments, context and binding rows.
	pub rest: u64,
	/// The whole.
	pub counts: Counts,
}

impl Description<'_> {
	/// Builds the constraints.
	pub fn build(&self) -> R1cs {
		self.run(Builder::new(self.public_inputs()), &mut Cost::default()).0
	}

	/// Counts them.
	pub fn cost(&self) -> Cost {
		let mut cost = Cost::default();
		cost.counts = self.run(Builder::counting(self.public_inputs()), &mut cost).1;
		let inside = cost.nodes.iter().sum::<u64>() + cost.tables;
		cost.rest = cost.counts.constraints - inside;
		cost
	}

	fn public_inputs(&self) -> usize {
		PLAIN_INPUTS + self.checks.rounds()
	}

	fn run(&self, mut builder: Builder, cost: &mut Cost) -> (R1cs, Counts) {
		let Self { graph, plan, weights, checks } = *self;
		let b = &mut builder;

		// A public input that is in no constraint but the binding rows would do for Groth16 as it
		// is; this one keeps the context bound whatever a later reduction does with such rows.
		b.group("ctx.square");
		let square = b.wire();
		b.enforce(&Lc::wire(CTX), &Lc::wire(CTX), &Lc::wire(square));

		let Interval { min, max } = Interval::of(&graph.input);
		let inputs: Vec<Lc> = (0..graph.input.len())
			.map(|_| range::fresh(b, checks, (max - min) as u64 + 1).offset(min))
			.collect();
		let salt = Lc::wire(b.wire());
		let input = commitment::constrain(b, Role::Input, &graph.input, &inputs, salt);

		let tensors = match weights {
			Weights::Constant(_, commitment) => {
				b.group("commitment.constant-params");
				b.equal(&Lc::constant(commitment), &Lc::wire(PARAMS));
				Vec::new()
			}
			Weights::Witness => open_parameters(b, graph, checks),
		};

		let last_use = graph.last_use();
		let mut values = vec![inputs.clone()];
		let mut dense_nodes = 0;
		for (index, node) in graph.nodes.iter().enumerate() {
			let before = b.counts().constraints + b.counts().lookups;
			let parameters = match (&node.op, weights) {
				(Op::Dense(_), Weights::Constant(p, _)) => {
					Parameters::Constant([&p[dense_nodes], &p[dense_nodes + 1]])
				}
				(Op::Dense(_), Weights::Witness) => {
					Parameters::Wires([&tensors[dense_nodes], &tensors[dense_nodes + 1]])
				}
				_ => Parameters::None,
			};
			dense_nodes += if matches!(node.op, Op::Dense(_)) { 2 } else { 0 };
			let operands = Operands::new(node, &plan.ranges, &values);
			let next = nodes::constrain(b, checks, &operands, parameters, &plan.ranges[index + 1]);
			values.push(next);
			for input in node.inputs.iter().map(|input| *input as usize) {
				if last_use[input] == index {
					values[input] = Vec::new();
				}
			}
			cost.nodes.push(b.counts().constraints + b.counts().lookups - before);
		}
		let values = values.pop().unwrap_or_default();

		let salt = Lc::wire(b.wire());
		let output = commitment::constrain(b, Role::Output, &graph.output, &values, salt);
		if *checks == Checks::Bits {
			b.group("commitment.input");
			b.equal(&input, &Lc::wire(INPUT));
			b.group("commitment.output");
			b.equal(&output, &Lc::wire(OUTPUT));
		} else {
			let multiplicities = lookup::multiplicities(b);
			b.close_round();
			let (spec, z) = (&graph.input, CHALLENGE);
			binding::constrain(b, Role::Input, spec, &inputs, &input, INPUT, z);
			binding::constrain(b, Role::Output, &graph.output, &values, &output, OUTPUT, z);
			let before = b.counts().constraints + b.counts().lookups;
			lookup::constrain(b, &multiplicities, z);
			cost.tables = b.counts().constraints - before;
		}
		builder.finish()
	}
}

/// All parameters, chained commitments, and the commitment to them all.
fn open_parameters(b: &mut Builder, graph: &IntGraph, checks: &Checks) -> Vec<Vec<Lc>> {
	let mut acc = Lc::wire(b.wire());
	let mut tensors = Vec::new();
	for (_, spec) in graph.parameter_specs() {
		let values = parameters::constrain(b, checks, spec.len(), spec.bits);
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

/// The values of all wires up to the challenge, in the order in which [`Description::build`]
/// allocates them, from an evaluation of the graph. No constraint is made or looked at. Input and
/// output wires have the commitments.
pub fn assign(
	graph: &IntGraph,
	plan: &Plan,
	checks: &Checks,
	trace: &Trace,
	secrets: &Secrets<'_>,
) -> Assigned {
	let mut first = vec![Fr::ONE; PLAIN_INPUTS + 1 + checks.rounds()];
	first[CTX as usize] = secrets.ctx;
	let mut witness = Witness::new(first);
	let w = &mut witness;
	w.push(secrets.ctx.square());

	let Interval { min, max } = Interval::of(&graph.input);
	for value in &trace.values[0] {
		range::assign_fresh(w, checks, value - min, (max - min) as u64 + 1);
	}
	w.push(secrets.input_salt);
	let input = trace.input();
	let salt = secrets.input_salt;
	let input = commitment::assign(w, Role::Input, &graph.input, &input, salt);

	let params = match secrets.weights {
		None => secrets.constant,
		Some(salt) => {
			w.push(salt);
			let mut acc = salt;
			for ((_, spec), values) in graph.parameter_specs().zip(secrets.parameters) {
				parameters::assign(w, checks, values, spec.bits);
				acc = commitment::assign(w, Role::Parameters, spec, values, acc);
			}
			acc
		}
	};

	let mut tensors = secrets.parameters.chunks_exact(2);
	for (index, node) in graph.nodes.iter().enumerate() {
		let weights = match (&node.op, secrets.weights) {
			(Op::Dense(_), None) => None,
			(Op::Dense(_), Some(_)) => tensors.next().map(|pair| pair[0].as_slice()),
			_ => None,
		};
		let operands = Operands::new(node, &plan.ranges, &trace.values);
		let (ranges, results) = (&plan.ranges[index + 1], &trace.values[index + 1]);
		nodes::assign(w, checks, &operands, weights, ranges, results);
	}

	w.push(secrets.output_salt);
	let (output, salt) = (trace.output(), secrets.output_salt);
	let output = commitment::assign(w, Role::Output, &graph.output, &output, salt);
	w.wires[PARAMS as usize] = params;
	w.wires[INPUT as usize] = input;
	w.wires[OUTPUT as usize] = output;
	let multiplicities = w.wires.len();
	lookup::assign_multiplicities(w);
	Assigned { witness, multiplicities }
}

/// A witness up to the challenge.
#[derive(Clone, Debug)]
pub struct Assigned {
	/// Its wires; all of them in a plain circuit.
	pub witness: Witness,
	/// The first wire of the lookups' multiplicities.
	pub multiplicities: usize,
}

/// Which public inputs are evaluations at the challenge.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Evaluated {
	/// The input's.
	pub input: bool,
	/// The output's.
	pub output: bool,
}

impl Assigned {
	/// The wires behind the challenge of a circuit with a commit round. None if the challenge is a
	/// row of a table, see [`lookup::assign`].
	pub fn complete(
		mut self,
		graph: &IntGraph,
		trace: &Trace,
		evaluated: Evaluated,
		challenge: Fr,
	) -> Option<Vec<Fr>> {
		let w = &mut self.witness;
		w.wires[CHALLENGE as usize] = challenge;
		let (spec, values) = (&graph.input, trace.input());
		let input = binding::assign(w, Role::Input, spec, &values, challenge);
		let (spec, values) = (&graph.output, trace.output());
		let output = binding::assign(w, Role::Output, spec, &values, challenge);
		if evaluated.input {
			w.wires[INPUT as usize] = input;
		}
		if evaluated.output {
			w.wires[OUTPUT as usize] = output;
		}
		lookup::assign(w, self.multiplicities, challenge)?;
		Some(self.witness.wires)
	}
}
