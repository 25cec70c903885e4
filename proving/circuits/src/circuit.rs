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
		binding, commitment, logup, parameters,
		range::{self, Checks},
		Backend, Constraints, FieldElement, Integer, Mark, Note, Ranges, Reader, Witness,
	},
	graph::IntGraph,
	nodes::{self, Operands, Parameters},
	plan::{Interval, Plan},
	r1cs::{Counts, R1cs, Wire},
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
	/// Values of the witness, which the commitment binds.
	Witness,
}

/// A model's circuit, to be built, counted, or given a witness.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
	/// The operations and their order.
	pub graph: &'a IntGraph,
	/// The ranges of its values.
	pub plan: &'a Plan,
	/// The parameters, as constants or in the witness.
	pub weights: Weights<'a>,
	/// How ranges are proved.
	pub checks: &'a Checks,
}

/// Constraints by node, and of the rest.
#[derive(Clone, Debug, Default)]
pub struct Cost {
	/// For each node of the graph, its lookups with it.
	pub nodes: Vec<u64>,
	/// Constraints for the rows of the tables that are looked up.
	pub tables: u64,
	/// Parameters, input, commitments, context and binding rows.
	pub rest: u64,
	/// Constraints and wires of the whole circuit.
	pub counts: Counts,
	/// The ranges that are proved.
	pub ranges: Ranges,
}

/// What the prover knows.
#[derive(Clone, Copy, Debug)]
pub struct Secrets<'a> {
	/// An evaluation of the graph.
	pub trace: &'a Trace,
	/// The parameters, in graph order.
	pub parameters: &'a [Vec<i32>],
	/// Salt of the parameters' commitment; of no use if they are constants.
	pub params_salt: Fr,
	/// Salt of the input's commitment.
	pub input_salt: Fr,
	/// Salt of the output's commitment.
	pub output_salt: Fr,
	/// The digest of the context.
	pub ctx: Fr,
}

/// Which public inputs are evaluations at the challenge.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Evaluated {
	/// Whether the one of the input tensor is.
	pub input: bool,
	/// Whether the one of the output tensor is.
	pub output: bool,
}

/// A tensor of the statement: its elements, and its commitment.
struct Bound<B: Backend> {
	values: Vec<B::Int>,
	commitment: B::Field,
}

/// What is in the commit round and needed behind it.
struct Round<B: Backend> {
	input: Bound<B>,
	output: Bound<B>,
	lookups: logup::Committed<B>,
}

impl Description<'_> {
	/// Builds the system of constraints.
	pub fn build(&self) -> R1cs {
		let mut constraints = Constraints::new(self.public_inputs());
		self.constrain(&mut constraints);
		constraints.finish().0
	}

	/// Counts the constraints by node, without keeping them.
	pub fn cost(&self) -> Cost {
		let mut constraints = Constraints::counting(self.public_inputs());
		self.constrain(&mut constraints);
		let ranges = constraints.ranges().clone();
		// One part ends before the first node, one with each node, and one with each argument of the
		// challenge; a lookup's constraint is of the node that looks up.
		let parts = constraints.parts();
		let (nodes, behind) = parts.split_at(1 + self.graph.nodes.len());
		let total = |mark: &Mark| mark.constraints + mark.lookups;
		let nodes: Vec<u64> = nodes.windows(2).map(|two| total(&two[1]) - total(&two[0])).collect();
		let tables = match behind {
			[] => 0,
			[before, after] => after.constraints - total(before),
			more => unreachable!("{} parts behind the nodes", more.len()),
		};
		let counts = constraints.finish().1;
		let rest = counts.constraints - nodes.iter().sum::<u64>() - tables;
		Cost { nodes, tables, rest, counts, ranges }
	}

	/// The values of all wires up to the challenge, in the order in which [`Self::build`] allocates them.
	/// Input and output wires have the commitments.
	pub fn assign(&self, secrets: Secrets<'_>) -> Assigned {
		let mut witness = Witness::new(vec![Fr::ONE; self.public_inputs() + 1]);
		let round = self.first(&mut witness, &secrets);
		Assigned { witness, round }
	}

	fn public_inputs(&self) -> usize {
		PLAIN_INPUTS + self.checks.rounds()
	}

	fn constrain(&self, constraints: &mut Constraints) {
		if let Some(round) = self.first(constraints, &()) {
			self.second(constraints, &round, &(), &());
		}
	}

	/// All but what is behind the challenge; what that needs, if there is one.
	fn first<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> Option<Round<B>> {
		let Self { graph, plan, checks, .. } = *self;

		// A public input that is in no constraint but the binding rows would do for Groth16 as it
		// is; this one keeps the context bound whatever a later reduction does with such rows.
		let ctx = b.public(CTX, |of| of.known(secrets).ctx);
		let square = b.field_wire(|of| of.field(&ctx).square());
		b.group("ctx.square", |g| g.enforce(ctx.clone(), ctx.clone(), square.clone()));

		let Interval { min, max } = Interval::of(&graph.input);
		let element = |i: usize| {
			let above = |of: &B::Reader| of.known(secrets).trace.values[0][i] - min;
			range::fresh(b, checks, (max - min) as u64 + 1, above).offset(min)
		};
		let values: Vec<B::Int> = (0..graph.input.len() as usize).map(element).collect();
		let salt = b.field_wire(|of| of.known(secrets).input_salt);
		let commitment = commitment::commit(b, Role::Input, &graph.input, &values, salt);
		let input = Bound::<B> { values, commitment };

		let tensors = self.parameters(b, secrets);
		let mut parameters = match self.weights {
			Weights::Constant(values, _) => Parameters::Constant(values),
			Weights::Witness => Parameters::Wires(&tensors),
		};
		let last_use = graph.last_use();
		let mut all = vec![input.values.clone()];
		b.note(Note::Part);
		for (index, node) in graph.nodes.iter().enumerate() {
			let operands = Operands::new(node, &plan.ranges, &all);
			let known = b.know(|of| {
				let trace: &'a Trace = of.known(secrets).trace;
				trace.values[index + 1].as_slice()
			});
			let ranges = &plan.ranges[index + 1];
			let next = nodes::result(b, checks, &operands, &mut parameters, ranges, &known);
			all.push(next);
			for input in node.inputs.iter().map(|input| *input as usize) {
				if last_use[input] == index {
					all[input] = Vec::new();
				}
			}
			b.note(Note::Part);
		}
		let values = all.pop().unwrap_or_default();

		let salt = b.field_wire(|of| of.known(secrets).output_salt);
		let commitment = commitment::commit(b, Role::Output, &graph.output, &values, salt);
		let output = Bound::<B> { values, commitment };
		let plain = *checks == Checks::Bits;
		for (group, wire, bound) in
			[("commitment.input", INPUT, &input), ("commitment.output", OUTPUT, &output)]
		{
			let public = b.public(wire, |of| of.field(&bound.commitment));
			if plain {
				b.group(group, |g| g.equal(bound.commitment.clone(), public));
			}
		}
		if plain {
			return None;
		}
		let lookups = logup::commit(b);
		b.close_round();
		Some(Round { input, output, lookups })
	}

	/// A private model's parameters; the commitment to all parameters.
	fn parameters<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> Vec<Vec<B::Int>> {
		if let Weights::Constant(_, commitment) = self.weights {
			let public = b.public(PARAMS, |_| commitment);
			b.group("commitment.constant-params", |g| {
				g.equal(B::Field::constant(commitment), public);
			});
			return Vec::new();
		}
		// Chained commitments, the first from the salt.
		let mut acc = b.field_wire(|of| of.known(secrets).params_salt);
		let mut tensors = Vec::new();
		for (index, (_, spec)) in self.graph.parameter_specs().enumerate() {
			let known = b.know(|of| {
				let parameters: &'a [Vec<i32>] = of.known(secrets).parameters;
				parameters[index].as_slice()
			});
			let values = parameters::fresh(b, self.checks, spec.len(), spec.bits, &known);
			acc = commitment::commit(b, Role::Parameters, spec, &values, acc);
			tensors.push(values);
		}
		let public = b.public(PARAMS, |of| of.field(&acc));
		b.group("commitment.params", |g| g.equal(acc.clone(), public));
		tensors
	}

	/// What is behind the challenge, which is no [row](logup::is_row) of a table.
	fn second<B: Backend>(
		&self,
		b: &mut B,
		round: &Round<B>,
		challenge: &B::Known<Fr>,
		evaluated: &B::Known<Evaluated>,
	) {
		let z = b.public(CHALLENGE, |of| *of.known(challenge));
		let Round { input, output, lookups } = round;
		let tensor = (Role::Input, &self.graph.input, input.values.as_slice());
		let public = (INPUT, b.know(|of| of.known(evaluated).input));
		binding::bind(b, tensor, &input.commitment, &z, public);
		let tensor = (Role::Output, &self.graph.output, output.values.as_slice());
		let public = (OUTPUT, b.know(|of| of.known(evaluated).output));
		binding::bind(b, tensor, &output.commitment, &z, public);
		b.note(Note::Part);
		logup::constrain(b, lookups, &z);
		b.note(Note::Part);
	}
}

/// A witness up to the challenge.
pub struct Assigned {
	/// Its wires; all of them in a plain circuit.
	pub witness: Witness,
	round: Option<Round<Witness>>,
}

impl Assigned {
	/// All wires, with those behind the challenge of a circuit with a commit round. None if the challenge
	/// is a row of a table, see [`logup::is_row`].
	pub fn complete(
		mut self,
		description: &Description<'_>,
		evaluated: Evaluated,
		challenge: Fr,
	) -> Option<Vec<Fr>> {
		if let Some(round) = &self.round {
			if logup::is_row(&round.lookups.lookups, challenge) {
				return None;
			}
			description.second(&mut self.witness, round, &challenge, &evaluated);
		}
		Some(self.witness.wires)
	}
}
