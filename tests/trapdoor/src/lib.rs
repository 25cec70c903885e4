//! A verifying key whose setup secret is public, and the simulator that goes with it.
//!
//! Groth16 is zero-knowledge because whoever knows the setup's secret can make a proof of any
//! statement without a witness. Tests and benchmarks use that to get accepting proofs for arbitrary
//! statements without a circuit. A chain that lets such a key in has been told a lie by its
//! registrant: nothing here is part of a runtime, except under `runtime-benchmarks`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use alloc::vec::Vec;

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use codec::Encode;
use committed::Committed;
use zkml_groth16::{read_g1, read_g2, write_g1, write_g2};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, visibilities, Action, CircuitKey, Context, ModelId, ParamsKind, Possession,
	ProgramKey, Proof, Role, RoundsKey, Scalar, Shown, Statement, Submission, Tensor, TensorData,
	TensorSpec, Tensors, VerifyingKey, G1, MAX_PROGRAM_INPUTS, MAX_ROUNDS, PLAIN_INPUTS,
};

mod committed;

pub use committed::COMMITTED_DELTAS;

/// A key with its secret.
#[derive(Clone, Debug)]
pub struct Trapdoor {
	alpha: Fr,
	beta: Fr,
	gamma: Fr,
	delta: Fr,
	rounds: Vec<Fr>,
	ic: Vec<Fr>,
	program: bool,
	committed: Option<Committed>,
}

fn g1(scalar: Fr) -> G1Affine {
	(G1Affine::generator() * scalar).into_affine()
}

fn g2(scalar: Fr) -> G2Affine {
	(G2Affine::generator() * scalar).into_affine()
}

impl Trapdoor {
	/// A plain key that depends on nothing but the number, which must not be zero.
	pub fn new(seed: u64) -> Self {
		Self::with_rounds(seed, 0)
	}

	/// The same with commit rounds, at most [`MAX_ROUNDS`].
	pub fn with_rounds(seed: u64, rounds: usize) -> Self {
		let rounds = rounds.min(MAX_ROUNDS as usize);
		let at =
			|i: u64| Fr::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) * Fr::from(1000 + i);
		Self {
			alpha: at(1),
			beta: at(2),
			gamma: Fr::ONE,
			delta: at(3),
			rounds: (0..rounds as u64).map(|i| at(100 + i)).collect(),
			ic: (0..(1 + PLAIN_INPUTS + rounds) as u64).map(|i| at(4 + i)).collect(),
			program: false,
			committed: None,
		}
	}

	/// The key of a program that is no model, with so many public inputs, at most
	/// [`MAX_PROGRAM_INPUTS`].
	pub fn with_inputs(seed: u64, inputs: usize) -> Self {
		let inputs = inputs.min(MAX_PROGRAM_INPUTS as usize);
		let at = |i: u64| Fr::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) * Fr::from(i);
		let ic = (0..=inputs as u64).map(|i| at(2004 + i)).collect();
		Self { program: true, ic, ..Self::new(seed) }
	}

	/// The same with a gamma that is not the generator, which takes a verifier a little longer.
	pub fn with_own_gamma(mut self) -> Self {
		self.gamma = self.delta * Fr::from(5);
		self
	}

	/// The same with gamma equal to delta, under which anybody can forge.
	pub fn with_gamma_equal_to_delta(mut self) -> Self {
		self.gamma = self.delta;
		self
	}

	/// The same with the delta of the first round equal to delta, so that what the round committed to
	/// can be moved behind the challenge.
	pub fn with_equal_deltas(mut self) -> Self {
		self.rounds[0] = self.delta;
		self
	}

	/// The key on the wire.
	///
	/// # Panics
	/// Never: there are as many rounds and points as fit.
	pub fn circuit(&self) -> CircuitKey {
		let (alpha, beta) = (write_g1(&g1(self.alpha)), write_g2(&g2(self.beta)));
		let (gamma, delta) = (write_g2(&g2(self.gamma)), write_g2(&g2(self.delta)));
		let ic: Vec<G1> = self.ic.iter().map(|scalar| write_g1(&g1(*scalar))).collect();
		if self.program {
			let ic = ic.try_into().expect("the constructor keeps to the bound");
			return CircuitKey::Program(ProgramKey { alpha, beta, gamma, delta, ic });
		}
		if let Some(committed) = &self.committed {
			let round = write_g2(&g2(self.rounds[0]));
			return CircuitKey::Committed(committed.key(alpha, beta, gamma, delta, round, &ic));
		}
		if self.rounds.is_empty() {
			let ic = ic.try_into().expect("one point for each plain input and the constant");
			return CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, ic });
		}
		let rounds: Vec<_> = self.rounds.iter().map(|scalar| write_g2(&g2(*scalar))).collect();
		let rounds = rounds.try_into().expect("the constructor keeps to the bound");
		let ic = ic.try_into().expect("a challenge a round");
		CircuitKey::Rounds(RoundsKey { alpha, beta, gamma, delta, rounds, ic })
	}

	/// The exponents of the round commitments.
	fn round_exponents(&self, randomness: u64) -> impl Iterator<Item = Fr> + '_ {
		(0..self.rounds.len() as u64).map(move |i| Fr::from(randomness) + Fr::from(13 + i))
	}

	/// The round commitments of the proofs with this randomness.
	pub fn commitments(&self, randomness: u64) -> Vec<G1> {
		self.round_exponents(randomness).map(|scalar| write_g1(&g1(scalar))).collect()
	}

	/// An accepting proof for these public inputs, a different one for each `randomness`.
	///
	/// With A = `[a]`, B = `[b]` and commitments `[d_i]` the equation asks for
	/// C = `[(ab - alpha beta - gamma s - sum d_i delta_i) / delta]`, where s is the exponent of the
	/// inputs' sum; and less `w delta_0`, if the parameters are a point `[w]`.
	///
	/// # Panics
	/// Never: there are as many commitments as rounds.
	pub fn prove(&self, inputs: &[Scalar], randomness: u64) -> Proof {
		let (a, b) = (Fr::from(randomness) + Fr::from(7), Fr::from(randomness) + Fr::from(11));
		let mut sum = self.ic[0];
		for (input, exponent) in inputs.iter().zip(&self.ic[1..]) {
			sum += zkml_poseidon::to_field(input).unwrap_or(Fr::ZERO) * exponent;
		}
		let delta_inverse = self.delta.inverse().unwrap_or(Fr::ZERO);
		let rounds: Fr =
			self.round_exponents(randomness).zip(&self.rounds).map(|(d, x)| d * x).sum();
		let params = self.committed.as_ref().map_or(Fr::ZERO, Committed::params_exponent);
		let c =
			(a * b - self.alpha * self.beta - self.gamma * sum - rounds - params) * delta_inverse;
		let commitments = self.commitments(randomness).try_into().expect("as many as rounds");
		Proof { a: write_g1(&g1(a)), b: write_g2(&g2(b)), c: write_g1(&g1(c)), commitments }
	}

	/// The public inputs of a statement in the proof with this randomness. The tensors are its inputs and
	/// its outputs.
	pub fn inputs(
		&self,
		statement: &Statement,
		[inputs, outputs]: [&[Tensor<'_>]; 2],
		randomness: u64,
	) -> Vec<Scalar> {
		if self.rounds.is_empty() {
			return statement.public_inputs::<Direct>().to_vec();
		}
		let params = self.committed.as_ref().map_or(ParamsKind::Input, |_| ParamsKind::Point);
		statement.round_inputs::<Direct>(params, inputs, outputs, &self.commitments(randomness))
	}

	/// An accepting proof of a statement with these tensors.
	pub fn prove_statement(
		&self,
		statement: &Statement,
		tensors: [&[Tensor<'_>]; 2],
		randomness: u64,
	) -> Proof {
		self.prove(&self.inputs(statement, tensors, randomness), randomness)
	}
}

/// A version of a model on a trapdoor key, as far as proofs are about it.
#[derive(Clone, Debug)]
pub struct Target {
	/// Hash of the chain's block 0.
	pub genesis: [u8; 32],
	/// The model.
	pub model: ModelId,
	/// The version.
	pub version: u32,
	/// What its parameters are [`Trapdoor::params_of`].
	pub params: Scalar,
	/// Its inputs.
	pub inputs: Vec<TensorSpec>,
	/// Its outputs.
	pub outputs: Vec<TensorSpec>,
}

/// All inputs, or all outputs, of an inference, as a prover has them.
struct Known<'a> {
	specs: &'a [TensorSpec],
	digests: Tensors<Scalar>,
	values: Vec<Option<Vec<i32>>>,
}

impl<'a> Known<'a> {
	/// # Panics
	/// If bytes are no tensors of these specifications, or there are more than eight.
	fn new(key: &CircuitKey, role: Role, specs: &'a [TensorSpec], data: &[TensorData]) -> Self {
		let see = |(spec, data): (&TensorSpec, &TensorData)| match data {
			TensorData::Committed(commitment) => (*commitment, None),
			TensorData::Public(bytes) => {
				let values = spec.decode(bytes).expect("bytes of the version's tensor");
				(public_digest(key, role, spec, bytes), Some(values))
			}
		};
		let (digests, values): (Vec<_>, _) = specs.iter().zip(data).map(see).unzip();
		Self { specs, digests: digests.try_into().expect("eight at most"), values }
	}

	fn tensors(&self) -> Vec<Tensor<'_>> {
		let both = self.specs.iter().zip(&self.values);
		both.map(|(spec, values)| match values {
			Some(values) => Tensor::Public(spec, values),
			None => Tensor::Committed,
		})
		.collect()
	}
}

/// What stands for a public tensor in a statement of this key, computed apart from the chain's own way.
///
/// # Panics
/// If the bytes are no tensor of this specification, or the key is a program's, which has none.
pub fn public_digest(key: &CircuitKey, role: Role, spec: &TensorSpec, bytes: &[u8]) -> Scalar {
	match key {
		CircuitKey::Plain(_) => {
			let values = spec.decode(bytes).expect("bytes of the tensor");
			commit::<Direct>(role, spec, &values, Scalar::ZERO)
		}
		CircuitKey::Rounds(_) | CircuitKey::Committed(_) => digest(role, spec, bytes),
		CircuitKey::Program(_) => panic!("a program's key has no tensors"),
	}
}

impl Target {
	/// The context of an inference of it.
	pub fn context<A>(
		&self,
		action: Action,
		beneficiary: A,
		expiry: u32,
		shown: Shown,
	) -> Context<A> {
		let Self { genesis, model, version, .. } = *self;
		Context { genesis, action, model, version, beneficiary, expiry, shown }
	}
}

impl Trapdoor {
	/// An accepting proof that the version gives these outputs of these inputs, in this context, and the
	/// context's digest.
	///
	/// # Panics
	/// If there are other tensors than the version has.
	pub fn prove_inference<A: Encode>(
		&self,
		target: &Target,
		context: &Context<A>,
		run: [&[TensorData]; 2],
		randomness: u64,
	) -> (Scalar, Proof) {
		let trapdoor = self.clone().with_params_of(target.params);
		let params = self.params_of(target.params).scalar();
		trapdoor.prove_with_params(target, params, context, run, randomness)
	}

	/// The same where `params` stands for the parameters, whatever the version's are said to be
	/// [`Trapdoor::params_of`]; those of a key that takes them as a point are the trapdoor's own.
	///
	/// # Panics
	/// If there are other tensors than the version has.
	pub fn prove_with_params<A: Encode>(
		&self,
		target: &Target,
		params: Scalar,
		context: &Context<A>,
		[inputs, outputs]: [&[TensorData]; 2],
		randomness: u64,
	) -> (Scalar, Proof) {
		let key = self.circuit();
		let given = Known::new(&key, Role::Input, &target.inputs, inputs);
		let got = Known::new(&key, Role::Output, &target.outputs, outputs);
		let (ctx, model, version) = (context.digest(), target.model, target.version);
		let (inputs, outputs) = (given.digests.clone(), got.digests.clone());
		let circuit = key.hash();
		let statement = Statement { circuit, model, version, params, inputs, outputs, ctx };
		let tensors = [given.tensors(), got.tensors()];
		(ctx, self.prove_statement(&statement, [&tensors[0], &tensors[1]], randomness))
	}

	/// A submission with these inputs and outputs that verifies.
	///
	/// # Panics
	/// If they are no tensors of the version.
	pub fn submission<A: Clone + Encode>(
		&self,
		target: &Target,
		beneficiary: A,
		nonce: u64,
		expiry: u32,
		[inputs, outputs]: [&[TensorData]; 2],
	) -> Submission<A> {
		let list = |data: &[TensorData]| {
			Tensors::try_from(data.to_vec()).expect("as many as a version may have")
		};
		let (given, got) = (list(inputs), list(outputs));
		let shown = Shown { inputs: visibilities(&given), outputs: visibilities(&got) };
		let context = target.context(Action::Submit(nonce), beneficiary.clone(), expiry, shown);
		let (ctx, proof) = self.prove_inference(target, &context, [inputs, outputs], nonce);
		let (model, version) = (target.model, target.version);
		let (inputs, outputs) = (given, got);
		Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof }
	}

	/// The proof that goes with registering or publishing the version.
	pub fn possession<A: Encode>(
		&self,
		target: &Target,
		owner: A,
		action: Action,
		expiry: u32,
	) -> Possession {
		let count = [target.inputs.len(), target.outputs.len()];
		let hidden = |byte: u8, count| {
			let digest = |number: u8| Scalar::from_hash([byte + number; 32]);
			(1..).map(digest).take(count).map(TensorData::Committed).collect::<Vec<_>>()
		};
		let (inputs, outputs) = (hidden(0x40, count[0]), hidden(0x50, count[1]));
		let context = target.context(action, owner, expiry, Shown::nothing(count[0], count[1]));
		let (_, proof) = self.prove_inference(target, &context, [&inputs, &outputs], 1);
		let digests = |data: Vec<TensorData>| {
			let digest = |data| match data {
				TensorData::Committed(digest) => digest,
				TensorData::Public(_) => unreachable!("all are hidden"),
			};
			Tensors::truncate_from(data.into_iter().map(digest).collect())
		};
		Possession { inputs: digests(inputs), outputs: digests(outputs), expiry, proof }
	}
}

/// A byte in clear.
///
/// # Panics
/// Never: one fits.
pub fn byte(value: u8) -> TensorData {
	TensorData::Public(Vec::from([value]).try_into().expect("one byte"))
}

/// Another valid proof of the same statement, made without any secret: `(kA, B/k, C)`.
///
/// # Panics
/// If `k` is zero or the proof is not made of points.
pub fn rerandomise(proof: &Proof, k: u64) -> Proof {
	let k = Fr::from(k);
	let a = read_g1(&proof.a).expect("caller gives a proof of points");
	let b = read_g2(&proof.b).expect("caller gives a proof of points");
	let inverse = k.inverse().expect("caller gives a number that is not zero");
	Proof {
		a: write_g1(&(a * k).into_affine()),
		b: write_g2(&(b * inverse).into_affine()),
		c: proof.c,
		commitments: proof.commitments.clone(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn simulated_proofs_verify_for_their_inputs_alone() {
		for rounds in 0..=MAX_ROUNDS as usize {
			let trapdoor = Trapdoor::with_rounds(1, rounds);
			let key = zkml_groth16::prepare(&trapdoor.circuit()).unwrap();
			let inputs: Vec<Scalar> = (0..(PLAIN_INPUTS + rounds) as u8)
				.map(|n| Scalar([[0; 31].as_slice(), &[n]].concat().try_into().unwrap()))
				.collect();
			let proof = trapdoor.prove(&inputs, 5);
			assert_eq!(zkml_groth16::verify(&key, &inputs, &proof), Ok(()));
			assert_eq!(zkml_groth16::verify(&key, &inputs, &rerandomise(&proof, 9)), Ok(()));
			let mut other = inputs.clone();
			other[3].0[31] ^= 1;
			assert!(zkml_groth16::verify(&key, &other, &proof).is_err());
		}
	}

	#[test]
	fn keys_under_which_anybody_can_cheat_are_refused() {
		use zkml_groth16::KeyError;
		for rounds in 0..=MAX_ROUNDS as usize {
			let key = Trapdoor::with_rounds(1, rounds).with_gamma_equal_to_delta().circuit();
			assert_eq!(zkml_groth16::prepare(&key), Err(KeyError::GammaEqualsDelta));
		}
		let key = Trapdoor::with_rounds(1, 1).with_equal_deltas().circuit();
		assert_eq!(zkml_groth16::prepare(&key), Err(KeyError::DeltasEqual));
	}
}
