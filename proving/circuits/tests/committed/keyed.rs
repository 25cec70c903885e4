//! A model and its keys, made from secrets that a test may choose, and a prover that lies.

use ark_bn254::{Fr, G1Affine, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, UniformRand};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	circuit::{Assigned, Evaluated, Secrets},
	r1cs::R1cs,
	setup::{generate_from, ToxicWaste},
	CompiledModel, ProvingKey, Trace,
};
use zkml_groth16::{prepare, prepare_params, verify, write_g1, write_g2, PreparedKey, VerifyError};
use zkml_poseidon::{from_field, to_field, Direct};
use zkml_primitives::{
	CircuitKey, ModelId, ParamsCommitment, ParamsKind, Proof, RangeProof, Scalar, Statement,
	Tensor, G1,
};
use zkml_prover::{
	prove::{commit, commit_once, prove, Commitment},
	Link,
};

use crate::{
	common::layers::{Fill, Layers, Sizes},
	common::{rng, Single},
};

/// All secrets of two linked keys.
#[derive(Clone)]
pub struct Waste {
	pub inference: ToxicWaste,
	pub ranges: ToxicWaste,
	pub epsilon: Fr,
}

/// A model with both keys.
pub struct Keyed {
	pub model: CompiledModel,
	pub system: R1cs,
	pub ranges: R1cs,
	pub key: ProvingKey,
	pub range_key: ProvingKey,
	pub link: Link,
	/// What `prepare` would make of the key if it did not refuse it.
	pub prepared: PreparedKey,
	pub rng: ChaCha20Rng,
}

/// Two rows of two inputs each, and one output.
pub fn two_rows() -> CompiledModel {
	let mut layers = Layers::new(4, (0, 15), Fill::Random, 5);
	layers.matrix(Sizes { rows: 2, ..Sizes::dense(1) });
	layers.bare()
}

/// A row of two inputs, and one output.
pub fn one_row() -> CompiledModel {
	let mut layers = Layers::new(2, (0, 15), Fill::Random, 6);
	layers.matrix(Sizes::dense(1));
	layers.bare()
}

impl Waste {
	pub fn draw(system: &R1cs, ranges: &R1cs, rng: &mut ChaCha20Rng) -> Self {
		let larger = if system.len() > ranges.len() { system } else { ranges };
		let waste = ToxicWaste::draw(larger, rng).unwrap();
		let inference = waste.clone().with_deltas_for(system, rng);
		Self { inference, ranges: waste.with_deltas_for(ranges, rng), epsilon: Fr::rand(rng) }
	}
}

impl Keyed {
	/// With good secrets.
	pub fn new(model: CompiledModel) -> Self {
		Self::with(model, |_| ())
	}

	/// With secrets that were changed.
	pub fn with(model: CompiledModel, change: impl FnOnce(&mut Waste)) -> Self {
		let mut rng = rng(41);
		let (system, ranges) = (model.circuit(), model.range_circuit().unwrap().build());
		let mut waste = Waste::draw(&system, &ranges, &mut rng);
		let keys = |waste: &Waste| {
			let key = generate_from(&system, &waste.inference, &|_, _, _| ()).unwrap();
			let range_key = generate_from(&ranges, &waste.ranges, &|_, _, _| ()).unwrap();
			let link = link([&system, &ranges], waste);
			let linked = (range_key.range_key().unwrap(), write_g2(&link.epsilon));
			let circuit = key.circuit_key(Some(linked)).unwrap();
			(key, range_key, link, circuit)
		};
		let good = waste.clone();
		change(&mut waste);
		let (key, range_key, link, circuit) = keys(&waste);
		let prepared = prepare(&circuit).unwrap_or_else(|_| {
			// alpha and beta are the same.
			PreparedKey { key: circuit, ..prepare(&keys(&good).3).unwrap() }
		});
		Self { model, system, ranges, key, range_key, link, prepared, rng }
	}

	pub fn circuit_key(&self) -> &CircuitKey {
		&self.prepared.key
	}

	/// The salt and the model's words.
	pub fn words(&mut self) -> Vec<Fr> {
		let salt = Fr::rand(&mut self.rng);
		self.model.describe().words(self.model.parameters(), salt)
	}

	/// W.
	pub fn point(&self, words: &[Fr]) -> G1Affine {
		commit_once(&self.system, &self.key, words).point
	}

	/// The key for this W.
	pub fn under(&self, point: G1Affine) -> PreparedKey {
		let params = prepare_params(&self.prepared, &write_g1(&point)).unwrap();
		self.prepared.clone().with_params(params)
	}

	/// The wires up to the challenge, if all values of the graph are as the trace says.
	pub fn assign(&self, words: &[Fr], trace: &Trace, ctx: Scalar) -> Assigned {
		self.model.describe().assign(Secrets {
			trace,
			parameters: self.model.parameters(),
			params_salt: Fr::ZERO,
			words,
			input_salts: &[Fr::from(5)],
			output_salts: &[Fr::from(6)],
			ctx: to_field(&ctx).unwrap(),
		})
	}

	/// What those wires say of the model of this W.
	pub fn statement(&self, assigned: &Assigned, params: Scalar) -> Statement {
		let public = self.model.describe().public();
		let at = |wire: u32| from_field(assigned.witness.wires[wire as usize]);
		let one = |commitments: Vec<Fr>| {
			commitments.into_iter().map(from_field).collect::<Vec<_>>().try_into().unwrap()
		};
		Statement {
			circuit: self.circuit_key().hash(),
			model: ModelId([1; 32]),
			version: 1,
			params,
			inputs: one(assigned.inputs()),
			outputs: one(assigned.outputs()),
			ctx: at(public.ctx),
		}
	}

	/// A commitment to the round.
	pub fn commit(&mut self, assigned: &Assigned) -> Commitment {
		commit(&self.system, &self.key, 0, &assigned.witness.wires, &mut self.rng)
	}

	/// All wires at a challenge.
	pub fn complete(&self, assigned: Assigned, challenge: Fr) -> Vec<Fr> {
		assigned.complete(&self.model.describe(), &Evaluated::default(), challenge).unwrap()
	}

	pub fn prove(&mut self, wires: &[Fr], commitment: Commitment) -> Proof {
		prove(&self.system, &self.key, wires, None, &[commitment], &mut self.rng).unwrap()
	}

	/// As the honest prover does it, for any words, trace and W.
	pub fn proof(&mut self, words: &[Fr], trace: &Trace, point: G1Affine) -> (Statement, Proof) {
		let assigned = self.assign(words, trace, CTX);
		let statement = self.statement(&assigned, digest(point));
		let commitment = self.commit(&assigned);
		let wires = self.complete(assigned, challenge(&statement, commitment.wire()));
		(statement, self.prove(&wires, commitment))
	}

	/// What a verifier says who derives the inputs.
	pub fn verify(
		&self,
		point: G1Affine,
		statement: &Statement,
		proof: &Proof,
	) -> Result<(), VerifyError> {
		verify(&self.under(point), &inputs(statement, proof), proof)
	}

	/// An honest proof and its W.
	pub fn honest(&mut self, words: &[Fr]) -> (G1Affine, Statement, Proof) {
		let (point, trace) = (self.point(words), self.trace(3));
		let (statement, proof) = self.proof(words, &trace, point);
		assert_eq!(self.verify(point, &statement, &proof), Ok(()));
		(point, statement, proof)
	}

	/// An honest evaluation on inputs that are all this number.
	pub fn trace(&self, input: i32) -> Trace {
		self.model.trace(&[vec![input; self.model.input().len() as usize]]).unwrap()
	}

	/// A range proof for these words beside W, which may hold others: `parameters` are what the digits
	/// are. K is what the link's query makes of `linked`.
	pub fn range_proof(
		&mut self,
		point: G1Affine,
		(words, parameters): (&[Fr], &[Vec<i32>]),
		linked: (Fr, &[Fr]),
	) -> RangeProof {
		let own = commit_once(&self.ranges, &self.range_key, words);
		let (params, link) =
			(write_g1(&own.point), self.link.point([linked.0, words[0]], linked.1));
		let circuit = self.model.range_circuit().unwrap();
		let assigned = circuit.assign(words, parameters);
		let (ranges, key, rng) = (&self.ranges, &self.range_key, &mut self.rng);
		let round = commit(ranges, key, 0, &assigned.witness.wires, rng);
		let hash = self.prepared.key.hash();
		let z = RangeProof::challenge(hash, &write_g1(&point), &params, &[round.wire()]);
		let wires = assigned.complete(&circuit, to_field(&z).unwrap()).unwrap();
		let proof = prove(ranges, key, &wires, Some(&own), &[round], rng).unwrap();
		RangeProof { params, link, proof }
	}
}

/// What a verifier says of a proof that can be read and does not hold.
pub const REFUSED: Result<(), VerifyError> = Err(VerifyError::Equation);
/// The context of all statements.
pub const CTX: Scalar = Scalar([0; 32]);

/// The link of two keys. What has epsilon below it is made by a key that has epsilon for `delta_0`.
fn link([system, ranges]: [&R1cs; 2], waste: &Waste) -> Link {
	let over = |system: &R1cs, waste: &ToxicWaste, epsilon: Fr| {
		let mut waste = waste.clone();
		waste.committed = epsilon;
		generate_from(system, &waste, &|_, _, _| ()).unwrap().committed
	};
	let one = over(system, &waste.inference, waste.epsilon);
	let other = over(ranges, &waste.ranges, waste.epsilon);
	let sums = one[1..].iter().zip(&other[1..]).map(|(l, m)| (*l + m).into_affine());
	let query = [one[0], other[0]].into_iter().chain(sums).collect();
	Link { epsilon: (G2Projective::generator() * waste.epsilon).into_affine(), query }
}

/// What stands for W in statements.
pub fn digest(point: G1Affine) -> Scalar {
	ParamsCommitment::Point(write_g1(&point)).scalar()
}

/// The public inputs that a verifier derives.
pub fn inputs(statement: &Statement, proof: &Proof) -> Vec<Scalar> {
	let hidden = Tensor::Committed;
	statement.round_inputs::<Direct>(ParamsKind::Point, &[hidden], &[hidden], &proof.commitments)
}

/// The challenge that a verifier derives.
pub fn challenge(statement: &Statement, commitment: G1) -> Fr {
	to_field(&statement.challenge(&[commitment])).unwrap()
}
