//! A verifying key whose setup secret is public, and the simulator that goes with it.
//!
//! Groth16 is zero-knowledge because whoever knows the setup's secret can make a proof of any
//! statement without a witness. Tests and benchmarks use that to get accepting proofs for arbitrary
//! statements without a circuit. A chain that lets such a key in has been told a lie by its
//! registrant: nothing here is part of a runtime, except under `runtime-benchmarks`.
#![cfg_attr(not(feature = "std"), no_std)]

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use zkml_groth16::{read_g1, read_g2, write_g1, write_g2};
use zkml_primitives::{CircuitKey, Proof, Scalar, VerifyingKey, PLAIN_INPUTS};

/// A key with its secret.
#[derive(Clone, Copy, Debug)]
pub struct Trapdoor {
	alpha: Fr,
	beta: Fr,
	gamma: Fr,
	delta: Fr,
	ic: [Fr; PLAIN_INPUTS + 1],
}

fn g1(scalar: Fr) -> G1Affine {
	(G1Affine::generator() * scalar).into_affine()
}

fn g2(scalar: Fr) -> G2Affine {
	(G2Affine::generator() * scalar).into_affine()
}

impl Trapdoor {
	/// A key that depends on nothing but the number, which must not be zero.
	pub fn new(seed: u64) -> Self {
		let at =
			|i: u64| Fr::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) * Fr::from(1000 + i);
		Self {
			alpha: at(1),
			beta: at(2),
			gamma: Fr::ONE,
			delta: at(3),
			ic: core::array::from_fn(|i| at(4 + i as u64)),
		}
	}

	/// The same with gamma equal to delta, under which anybody can forge.
	pub fn with_gamma_equal_to_delta(mut self) -> Self {
		self.gamma = self.delta;
		self
	}

	/// The key on the wire.
	pub fn key(&self) -> VerifyingKey {
		VerifyingKey {
			alpha: write_g1(&g1(self.alpha)),
			beta: write_g2(&g2(self.beta)),
			gamma: write_g2(&g2(self.gamma)),
			delta: write_g2(&g2(self.delta)),
			ic: self.ic.map(|scalar| write_g1(&g1(scalar))),
		}
	}

	/// The same as a circuit.
	pub fn circuit(&self) -> CircuitKey {
		CircuitKey::Plain(self.key())
	}

	/// An accepting proof for these inputs, a different one for each `randomness`.
	///
	/// With A = `[a]`, B = `[b]` the equation asks for C = `[(ab - alpha beta - gamma s) / delta]`,
	/// where s is the exponent of the inputs' sum.
	pub fn prove(&self, inputs: &[Scalar; PLAIN_INPUTS], randomness: u64) -> Proof {
		let (a, b) = (Fr::from(randomness) + Fr::from(7), Fr::from(randomness) + Fr::from(11));
		let mut sum = self.ic[0];
		for (input, exponent) in inputs.iter().zip(&self.ic[1..]) {
			sum += zkml_poseidon::to_field(input).unwrap_or(Fr::ZERO) * exponent;
		}
		let delta_inverse = self.delta.inverse().unwrap_or(Fr::ZERO);
		let c = (a * b - self.alpha * self.beta - self.gamma * sum) * delta_inverse;
		Proof { a: write_g1(&g1(a)), b: write_g2(&g2(b)), c: write_g1(&g1(c)) }
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
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn simulated_proofs_verify_for_their_inputs_alone() {
		let trapdoor = Trapdoor::new(1);
		let key = zkml_groth16::prepare(&trapdoor.key()).unwrap();
		let inputs =
			[1u8, 2, 3, 4].map(|n| Scalar([[0; 31].as_slice(), &[n]].concat().try_into().unwrap()));
		let proof = trapdoor.prove(&inputs, 5);
		assert_eq!(zkml_groth16::verify(&key, &inputs, &proof), Ok(()));
		assert_eq!(zkml_groth16::verify(&key, &inputs, &rerandomise(&proof, 9)), Ok(()));
		let mut other = inputs;
		other[3].0[31] ^= 1;
		assert!(zkml_groth16::verify(&key, &other, &proof).is_err());
	}

	#[test]
	fn a_key_with_gamma_equal_to_delta_is_refused() {
		let key = Trapdoor::new(1).with_gamma_equal_to_delta().key();
		assert_eq!(zkml_groth16::prepare(&key), Err(zkml_groth16::KeyError::GammaEqualsDelta));
	}
}
