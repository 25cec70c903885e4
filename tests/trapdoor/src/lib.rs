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
	commit, digest, Action, CircuitKey, Context, ModelId, ParamsKind, Possession, ProgramKey,
	Proof, Role, RoundsKey, Scalar, Shown, Statement, Submission, Tensor, TensorData, TensorSpec,
	VerifyingKey, G1, MAX_PROGRAM_INPUTS, MAX_ROUNDS, PLAIN_INPUTS,
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

	/// The public inputs of a statement in the proof with this randomness.
	pub fn inputs(
		&self,
		statement: &Statement,
		[input, output]: [Tensor<'_>; 2],
		randomness: u64,
	) -> Vec<Scalar> {
		if self.rounds.is_empty() {
			return statement.public_inputs().to_vec();
		}
		let params = self.committed.as_ref().map_or(ParamsKind::Input, |_| ParamsKind::Point);
		statement.round_inputs::<Direct>(params, input, output, &self.commitments(randomness))
	}

	/// An accepting proof of a statement with these tensors.
	pub fn prove_statement(
		&self,
		statement: &Statement,
		tensors: [Tensor<'_>; 2],
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
	/// Its input.
	pub input: TensorSpec,
	/// Its output.
	pub output: TensorSpec,
}

impl Target {
	fn context<A>(&self, action: Action, beneficiary: A, expiry: u32, shown: Shown) -> Context<A> {
		let Self { genesis, model, version, .. } = *self;
		Context { genesis, action, model, version, beneficiary, expiry, shown }
	}

	fn statement(&self, key: &Trapdoor, [input, output, ctx]: [Scalar; 3]) -> Statement {
		let Self { model, version, .. } = *self;
		let (circuit, params) = (key.circuit().hash(), key.params_of(self.params).scalar());
		Statement { circuit, model, version, params, input, output, ctx }
	}
}

impl Trapdoor {
	/// A submission with this input and output in clear, as bytes, that verifies.
	///
	/// # Panics
	/// If the bytes are no tensors of the version.
	pub fn submission<A: Clone + Encode>(
		&self,
		target: &Target,
		beneficiary: A,
		nonce: u64,
		expiry: u32,
		[input, output]: [&[u8]; 2],
	) -> Submission<A> {
		let key = self.circuit();
		let see = |role, spec: &TensorSpec, bytes: &[u8]| {
			let values = spec.decode(bytes).expect("bytes of the version's tensor");
			let digest = match key {
				CircuitKey::Plain(_) => commit::<Direct>(role, spec, &values, Scalar::ZERO),
				_ => digest(role, spec, bytes),
			};
			(digest, values)
		};
		let given = see(Role::Input, &target.input, input);
		let got = see(Role::Output, &target.output, output);
		let context =
			target.context(Action::Submit(nonce), beneficiary.clone(), expiry, Shown::ALL);
		let ctx = context.digest();
		let statement = target.statement(self, [given.0, got.0, ctx]);
		let tensors =
			[Tensor::Public(&target.input, &given.1), Tensor::Public(&target.output, &got.1)];
		let trapdoor = self.clone().with_params_of(target.params);
		let proof = trapdoor.prove_statement(&statement, tensors, nonce);
		let clear = |bytes: &[u8]| {
			TensorData::Public(bytes.to_vec().try_into().expect("a tensor's bytes are bounded"))
		};
		let (model, version) = (target.model, target.version);
		let (input, output) = (clear(input), clear(output));
		Submission { model, version, nonce, expiry, beneficiary, input, output, ctx, proof }
	}

	/// The proof that goes with registering or publishing the version.
	pub fn possession<A: Encode>(
		&self,
		target: &Target,
		owner: A,
		action: Action,
		expiry: u32,
	) -> Possession {
		let (input, output) = (Scalar::from_hash([4; 32]), Scalar::from_hash([5; 32]));
		let ctx = target.context(action, owner, expiry, Shown::NOTHING).digest();
		let statement = target.statement(self, [input, output, ctx]);
		let trapdoor = self.clone().with_params_of(target.params);
		let proof = trapdoor.prove_statement(&statement, [Tensor::Committed; 2], 1);
		Possession { input, output, expiry, proof }
	}
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
