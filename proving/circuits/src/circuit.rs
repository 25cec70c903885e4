//! The whole circuit of a model, and its witness.
//!
//! Public inputs: what stands for parameters, input and output, and the context; with lookups a challenge
//! follows. The circuit says: there are an input in its declared range, an output and salts such that the
//! output is what the integer graph gives, and the public inputs stand for them. A public model's
//! parameters are constants and their commitment is pinned; a private model's are opened against the
//! commitment, or are [`words`] that are committed to once, and then no public input
//! stands for them.
//!
//! Kind plain binds input and output by their commitments. With a commit round the verifier chooses:
//! commitment or evaluation at the challenge ([`binding`]). Everything a challenge is to test is in
//! the round: the values of the graph, salts, multiplicities.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_primitives::{ParamsKind, Role, COMMITTED_INPUTS, PLAIN_INPUTS};

use crate::{
	evaluate::Trace,
	gadgets::{
		binding, commitment, logup,
		packing::Packing,
		parameters,
		polynomial::{self, Claim, Powers},
		range::{self, Checks},
		words, Backend, Constraints, FieldElement, Integer, Mark, Note, Ranges, Reader, Witness,
	},
	graph::{IntGraph, MatMul, Op},
	nodes::{self, Operands, Parameters},
	plan::{Interval, Plan},
	r1cs::{Counts, R1cs, Wire},
};

/// The public inputs of a circuit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Public {
	/// The commitment to the parameters, unless they are committed to by a point.
	pub params: Option<Wire>,
	/// The commitment to the input, or its evaluation.
	pub input: Wire,
	/// The commitment to the output, or its evaluation.
	pub output: Wire,
	/// The context.
	pub ctx: Wire,
	/// The challenge of a circuit with a commit round.
	pub challenge: Wire,
}

impl Public {
	/// Those of a circuit whose parameters enter it like this.
	pub const fn of(params: ParamsKind) -> Self {
		match params {
			ParamsKind::Input => {
				Self { params: Some(1), input: 2, output: 3, ctx: 4, challenge: 5 }
			}
			ParamsKind::Point => Self { params: None, input: 1, output: 2, ctx: 3, challenge: 4 },
		}
	}
}

/// Where the parameters are.
#[derive(Clone, Copy, Debug)]
pub enum Weights<'a> {
	/// Constants of the circuit: their values, and their commitment with salt zero.
	Constant(&'a [Vec<i32>], Fr),
	/// Values of the witness, which the commitment binds.
	Witness,
	/// Words that are committed to once, behind a salt.
	Committed,
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
	/// Salt of the parameters' commitment; of no use if they are constants or words.
	pub params_salt: Fr,
	/// The values of the wires that are committed to once: [`Description::words`].
	pub words: &'a [Fr],
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
	claims: Vec<Vec<Claim<B>>>,
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
		// One part ends before the first node and one with each node; behind the challenge one before what
		// it says of nodes and one with each of these, and one before and one with the tables. A lookup's
		// constraint is of the node that looks up.
		let parts = constraints.parts();
		let (nodes, behind) = parts.split_at(1 + self.graph.nodes.len());
		let total = |mark: &Mark| mark.constraints + mark.lookups;
		let between = |marks: &[Mark]| -> Vec<u64> {
			marks.windows(2).map(|two| total(&two[1]) - total(&two[0])).collect()
		};
		let mut nodes = between(nodes);
		let tables = match behind {
			[] => 0,
			[claims @ .., before, after] => {
				for ((index, _), more) in self.dense().zip(between(claims)) {
					nodes[index] += more;
				}
				after.constraints - total(before)
			}
			[_] => unreachable!("tables have two parts"),
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

	/// The public inputs.
	pub fn public(&self) -> Public {
		Public::of(self.params())
	}

	/// How the parameters enter the circuit.
	pub fn params(&self) -> ParamsKind {
		match self.weights {
			Weights::Constant(..) | Weights::Witness => ParamsKind::Input,
			Weights::Committed => ParamsKind::Point,
		}
	}

	fn public_inputs(&self) -> usize {
		match self.params() {
			ParamsKind::Input => PLAIN_INPUTS + self.checks.rounds(),
			ParamsKind::Point => COMMITTED_INPUTS,
		}
	}

	/// The dense nodes, each with its index among all.
	fn dense(&self) -> impl Iterator<Item = (usize, &MatMul)> {
		self.graph.nodes.iter().enumerate().filter_map(|(index, node)| match &node.op {
			Op::MatMul(dense) => Some((index, dense)),
			_ => None,
		})
	}

	/// The dense nodes in order, each with the packing of its words.
	pub(crate) fn packed(&self) -> impl Iterator<Item = (&MatMul, Packing)> {
		self.dense().map(|(index, dense)| (dense, self.packing(index)))
	}

	fn packing(&self, node: usize) -> Packing {
		// The plan refuses an operation without results.
		Packing::new(self.checks, &self.plan.ranges[node + 1]).expect("there are results; qed")
	}

	/// The values of the wires that are committed to once: the salt, then the words of each dense node.
	pub fn words(&self, parameters: &[Vec<i32>], salt: Fr) -> Vec<Fr> {
		let words = self
			.packed()
			.zip(parameters.chunks_exact(2))
			.flat_map(|((dense, packing), own)| words::values(dense, &packing, [&own[0], &own[1]]));
		[salt].into_iter().chain(words).collect()
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
		let public = self.public();
		let mut words = match self.weights {
			Weights::Constant(..) | Weights::Witness => Vec::new(),
			Weights::Committed => self.committed(b, secrets),
		}
		.into_iter();

		// A public input that is in no constraint but the binding rows would do for Groth16 as it
		// is; this one keeps the context bound whatever a later reduction does with such rows.
		let ctx = b.public(public.ctx, |of| of.known(secrets).ctx);
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
			Weights::Witness | Weights::Committed => Parameters::Wires(&tensors),
		};
		let mut claims = Vec::new();
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
			let next = match (&node.op, self.weights) {
				(Op::MatMul(dense), Weights::Committed) => {
					// There are some for each dense node.
					let words = words.next().expect("a dense node has words; qed");
					let (packing, x) = (self.packing(index), operands.first());
					let (next, own) =
						polynomial::results(b, checks, dense, &packing, words, x, &known);
					claims.push(own);
					next
				}
				_ => nodes::result(b, checks, &operands, &mut parameters, ranges, &known),
			};
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
		for (group, wire, bound) in [
			("commitment.input", public.input, &input),
			("commitment.output", public.output, &output),
		] {
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
		Some(Round { input, output, claims, lookups })
	}

	/// The salt and the words of all dense nodes, which end the wires that are committed to once.
	fn committed<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> Vec<Vec<words::Pack<B::Field>>> {
		let values = b.know(|of| -> &'a [Fr] { of.known(secrets).words });
		commit_words(b, self.packed(), &values, |b, salt| {
			b.group("words.salt", |g| g.vanish(salt, B::Field::constant(Fr::ZERO)));
		})
	}

	/// A private model's parameters; the commitment to all parameters.
	fn parameters<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> Vec<Vec<B::Int>> {
		let Some(wire) = self.public().params else { return Vec::new() };
		if let Weights::Constant(_, commitment) = self.weights {
			let public = b.public(wire, |_| commitment);
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
		let public = b.public(wire, |of| of.field(&acc));
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
		let public = self.public();
		let z = b.public(public.challenge, |of| *of.known(challenge));
		let Round { input, output, claims, lookups } = round;
		let mut powers = Powers::new(z.clone());
		b.note(Note::Part);
		for claims in claims {
			claims.iter().for_each(|claim| polynomial::constrain(b, claim, &mut powers));
			b.note(Note::Part);
		}
		let tensor = (Role::Input, &self.graph.input, input.values.as_slice());
		let bound = (public.input, b.know(|of| of.known(evaluated).input));
		binding::bind(b, tensor, &input.commitment, &z, bound);
		let tensor = (Role::Output, &self.graph.output, output.values.as_slice());
		let bound = (public.output, b.know(|of| of.known(evaluated).output));
		binding::bind(b, tensor, &output.commitment, &z, bound);
		b.note(Note::Part);
		logup::constrain(b, lookups, &z);
		b.note(Note::Part);
	}
}

/// A salt, for which `bind` has a row, and the words of dense nodes, which end the wires that are committed
/// to once; `values` are theirs.
pub(crate) fn commit_words<'d, B: Backend>(
	b: &mut B,
	packed: impl Iterator<Item = (&'d MatMul, Packing)>,
	values: &B::Known<&[Fr]>,
	bind: impl FnOnce(&mut B, B::Field),
) -> Vec<Vec<words::Pack<B::Field>>> {
	let salt = b.field_wire(|of| of.known(values)[0]);
	let mut first = 1;
	let mut node = |(dense, packing): (&MatMul, Packing)| {
		let words = words::fresh(b, dense, &packing, first, values);
		first += words::count(dense, &packing);
		words
	};
	let words = packed.map(&mut node).collect();
	b.close_committed();
	bind(b, salt);
	words
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
