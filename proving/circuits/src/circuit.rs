//! The whole circuit of a model, and its witness.
//!
//! Public inputs: what stands for parameters, inputs and outputs, and the context; with lookups a challenge
//! follows. The circuit says: there are inputs in their declared ranges, outputs and salts such that the
//! outputs are what the integer graph gives, and the public inputs stand for them. A public model's
//! parameters are constants and their commitment is pinned; a private model's are opened against the
//! commitment, or are [`words`] that are committed to once, and then no public input
//! stands for them.
//!
//! Kind plain binds inputs and outputs by their commitments, several by the [chain](zkml_primitives::chain)
//! of these. With a commit round the verifier chooses for each tensor: commitment or evaluation at the
//! challenge ([`binding`]). Everything a challenge is to test is in the round: the values of the graph, salts,
//! multiplicities.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_primitives::{ParamsKind, Role, COMMITTED_INPUTS, PLAIN_INPUTS};

use crate::{
	evaluate::Trace,
	gadgets::{
		binding::{self, Bound, Stride},
		claim::{self, Claim},
		commitment, logup, lookup,
		packing::Packing,
		parameters,
		polynomial::{self, Powers},
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
	/// What stands for the inputs: of a single one its commitment, or its evaluation.
	pub input: Wire,
	/// What stands for the outputs, likewise.
	pub output: Wire,
	/// The digest of the context, which a square of its own binds.
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
	/// Salt of each input's commitment.
	pub input_salts: &'a [Fr],
	/// Salt of each output's commitment.
	pub output_salts: &'a [Fr],
	/// The digest of the context.
	pub ctx: Fr,
}

/// Which tensors stand in the public inputs by their evaluation at the challenge. One that nothing is said
/// of stands by its commitment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evaluated {
	/// Whether each input does.
	pub inputs: Vec<bool>,
	/// Whether each output does.
	pub outputs: Vec<bool>,
}

/// The tensors of the statement.
struct Bounds<B: Backend> {
	inputs: Vec<Bound<B>>,
	outputs: Vec<Bound<B>>,
}

/// What is in the commit round and needed behind it.
struct Round<B: Backend> {
	/// For each node of the graph what the challenge is to say of it.
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
		// One part ends before the first node and one with each node; behind the challenge the same of what
		// it says of nodes, and one before and one with the tables. A lookup's constraint is of the node that
		// looks up.
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
				nodes.iter_mut().zip(between(claims)).for_each(|(node, more)| *node += more);
				after.constraints - total(before)
			}
			[_] => unreachable!("tables have two parts"),
		};
		let counts = constraints.finish().1;
		let rest = counts.constraints - nodes.iter().sum::<u64>() - tables;
		Cost { nodes, tables, rest, counts, ranges }
	}

	/// The values of all wires up to the challenge, in the order in which [`Self::build`] allocates them.
	/// There is a salt for each tensor. In a circuit with a challenge the wires that stand for inputs and
	/// outputs are not known yet.
	pub fn assign(&self, secrets: Secrets<'_>) -> Assigned {
		let mut witness = Witness::new(vec![Fr::ONE; self.public_inputs() + 1]);
		let (bounds, round) = self.first(&mut witness, &secrets);
		Assigned { witness, bounds, round }
	}

	/// The wires of its public inputs, in the order in which verifiers have them.
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
		if let (bounds, Some(round)) = self.first(constraints, &()) {
			self.second(constraints, &bounds, &round, &(), &());
		}
	}

	/// All but what is behind the challenge; the tensors, and what that needs, if there is one.
	fn first<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> (Bounds<B>, Option<Round<B>>) {
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

		let (mut inputs, mut start) = (Vec::with_capacity(graph.inputs.len()), 0);
		for (index, info) in graph.inputs.iter().enumerate() {
			let (spec, Interval { min, max }) = (&info.tensor, Interval::of(&info.tensor));
			let element = |i: usize| {
				let above = |of: &B::Reader| of.known(secrets).trace.values[0][i] - min;
				range::fresh(b, checks, (max - min) as u64 + 1, above).offset(min)
			};
			let end = start + spec.len() as usize;
			let values: Vec<B::Int> = (start..end).map(element).collect();
			start = end;
			let salt = b.field_wire(|of| of.known(secrets).input_salts[index]);
			inputs.push(Bound::<B>::new(b, Role::Input, spec, values, salt));
		}

		let tensors = self.parameters(b, secrets);
		let mut parameters = match self.weights {
			Weights::Constant(values, _) => Parameters::Constant(values),
			Weights::Witness | Weights::Committed => Parameters::Wires(&tensors),
		};
		let mut claims = Vec::new();
		let last_use = graph.last_use();
		let shared = lookup::shared(checks, graph, plan);
		let mut all = vec![inputs.iter().flat_map(|input| input.values.clone()).collect()];
		b.note(Note::Part);
		for (index, node) in graph.nodes.iter().enumerate() {
			let operands = Operands::new(node, &plan.ranges, &all).with_shared(shared[index]);
			let known = b.know(|of| {
				let trace: &'a Trace = of.known(secrets).trace;
				trace.values[index + 1].as_slice()
			});
			let ranges = &plan.ranges[index + 1];
			let mut left = Vec::new();
			let next = match (&node.op, self.weights) {
				(Op::MatMul(dense), Weights::Committed) => {
					// There are some for each dense node.
					let words = words.next().expect("a dense node has words; qed");
					let (packing, x) = (self.packing(index), operands.first());
					let (next, own) =
						polynomial::results(b, checks, dense, &packing, words, x, &known);
					left.extend(own.into_iter().map(Claim::Words));
					next
				}
				_ => {
					let parameters = &mut parameters;
					nodes::result(b, checks, &operands, parameters, ranges, &known, &mut left)
				}
			};
			claims.push(left);
			all.push(next);
			for input in node.inputs.iter().map(|input| *input as usize) {
				if last_use[input] == index {
					all[input] = Vec::new();
				}
			}
			b.note(Note::Part);
		}

		let mut outputs = Vec::with_capacity(graph.outputs.len());
		for (index, output) in graph.outputs.iter().enumerate() {
			// Outputs are kept to the end, and one value may be several.
			let values = all[output.value as usize].clone();
			let salt = b.field_wire(|of| of.known(secrets).output_salts[index]);
			outputs.push(Bound::<B>::new(b, Role::Output, &output.info.tensor, values, salt));
		}
		let bounds = Bounds { inputs, outputs };
		if *checks == Checks::Bits {
			for (group, wire, bounds) in [
				("commitment.input", public.input, &bounds.inputs),
				("commitment.output", public.output, &bounds.outputs),
			] {
				let chain = binding::chain(b, bounds);
				let public = b.public(wire, |of| of.field(&chain));
				b.group(group, |g| g.equal(chain.clone(), public));
			}
			return (bounds, None);
		}
		let lookups = logup::commit(b);
		b.close_round();
		(bounds, Some(Round { claims, lookups }))
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

	/// What is behind the challenge, which is no [row](logup::is_row) of a table, and with which no claim
	/// [fails](claim::fails).
	fn second<B: Backend>(
		&self,
		b: &mut B,
		bounds: &Bounds<B>,
		round: &Round<B>,
		challenge: &B::Known<Fr>,
		evaluated: &B::Known<Evaluated>,
	) {
		let public = self.public();
		let z = b.public(public.challenge, |of| *of.known(challenge));
		let Round { claims, lookups } = round;
		let mut powers = Powers::new(z.clone());
		b.note(Note::Part);
		for claims in claims {
			claims.iter().for_each(|claim| claim::constrain(b, claim, &mut powers));
			b.note(Note::Part);
		}
		let mut stride = Stride::new(z.clone());
		let chosen = b.know(|of| of.known(evaluated).inputs.clone());
		binding::bind(b, &bounds.inputs, &mut stride, (public.input, &chosen));
		let chosen = b.know(|of| of.known(evaluated).outputs.clone());
		binding::bind(b, &bounds.outputs, &mut stride, (public.output, &chosen));
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
	bounds: Bounds<Witness>,
	round: Option<Round<Witness>>,
}

impl Assigned {
	/// The commitment to each input.
	pub fn inputs(&self) -> Vec<Fr> {
		self.bounds.inputs.iter().map(|bound| bound.commitment).collect()
	}

	/// The commitment to each output.
	pub fn outputs(&self) -> Vec<Fr> {
		self.bounds.outputs.iter().map(|bound| bound.commitment).collect()
	}

	/// All wires, with those behind the challenge of a circuit with a commit round. None if the challenge
	/// is a row of a table, see [`logup::is_row`] and [`claim::fails`].
	pub fn complete(
		mut self,
		description: &Description<'_>,
		evaluated: &Evaluated,
		challenge: Fr,
	) -> Option<Vec<Fr>> {
		let Self { witness, bounds, round } = &mut self;
		if let Some(round) = round {
			let fails = |claim: &Claim<Witness>| claim::fails(claim, challenge);
			if logup::is_row(&round.lookups.lookups, challenge)
				|| round.claims.iter().flatten().any(fails)
			{
				return None;
			}
			description.second(witness, bounds, round, &challenge, evaluated);
		}
		Some(self.witness.wires)
	}
}
