//! Keys whose parameters are a point, and range proofs under them.

use alloc::vec::Vec;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_groth16::{write_g1, write_g2};
use zkml_primitives::{
	CommittedKey, ParamsCommitment, Proof, RangeKey, RangeProof, Scalar, COMMITTED_INPUTS, G1, G2,
	RANGE_INPUTS,
};

use crate::{g1, g2, Trapdoor};

/// What such a key has beside the others, and the exponent of the parameters that are proved for.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
	/// The exponent of W.
	point: Fr,
	/// `delta_0`.
	params: Fr,
	range_delta: Fr,
	range_round: Fr,
	range_params: Fr,
	range_ic: [Fr; RANGE_INPUTS + 1],
	link: Fr,
}

/// Deltas of a key whose parameters are a point, the link's epsilon counted.
pub const COMMITTED_DELTAS: usize = 7;

impl Committed {
	/// What the parameters add to the exponent of a proof.
	pub(crate) fn params_exponent(&self) -> Fr {
		self.point * self.params
	}

	pub(crate) fn key(
		&self,
		alpha: G1,
		beta: G2,
		gamma: G2,
		delta: G2,
		round: G2,
		ic: &[G1],
	) -> CommittedKey {
		let point = |scalar| write_g2(&g2(scalar));
		CommittedKey {
			alpha,
			beta,
			gamma,
			delta,
			round,
			params: point(self.params),
			ic: ic.try_into().expect("one point for each input and the constant"),
			range: RangeKey {
				delta: point(self.range_delta),
				round: point(self.range_round),
				params: point(self.range_params),
				ic: self.range_ic.map(|scalar| write_g1(&g1(scalar))),
			},
			link: point(self.link),
		}
	}
}

impl Trapdoor {
	/// A key whose parameters are a point: that of the scalar 0, see [`Self::with_params_of`].
	pub fn committed(seed: u64) -> Self {
		let base = Self::with_rounds(seed, 1);
		let at =
			|i: u64| Fr::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) * Fr::from(1000 + i);
		let committed = Committed {
			point: Fr::ONE,
			params: at(201),
			range_delta: at(202),
			range_round: at(203),
			range_params: at(204),
			range_ic: [at(205), at(206)],
			link: at(207),
		};
		let ic = base.ic[..=COMMITTED_INPUTS].to_vec();
		Self { committed: Some(committed), ic, ..base }
	}

	/// The same key, whose proofs are for the parameters that [`Self::params_of`] this scalar stands for.
	/// Keys of other kinds stay as they are.
	pub fn with_params_of(mut self, scalar: Scalar) -> Self {
		if let Some(committed) = &mut self.committed {
			committed.point = Fr::ONE + zkml_poseidon::to_field(&scalar).unwrap_or(Fr::ZERO);
		}
		self
	}

	/// A commitment to parameters under the key, another one for each scalar: the scalar itself; or, if
	/// the parameters are a point, one that depends on nothing else.
	pub fn params_of(&self, scalar: Scalar) -> ParamsCommitment {
		match self.committed {
			Some(_) => ParamsCommitment::Point(self.clone().with_params_of(scalar).params_point()),
			None => ParamsCommitment::Poseidon(scalar),
		}
	}

	/// The commitment to the parameters that proofs are made for.
	///
	/// # Panics
	/// If the key is of another kind.
	pub fn params_point(&self) -> G1 {
		write_g1(&g1(self.parts().point))
	}

	/// A proof that the parameters are in range, a different one for each `randomness`.
	///
	/// # Panics
	/// If the key is of another kind.
	pub fn prove_range(&self, randomness: u64) -> RangeProof {
		let (Committed { point, params, .. }, own) =
			(self.parts(), Fr::from(randomness) + Fr::from(17));
		let linked = *point * params + own * self.parts().range_params;
		let link = linked * self.parts().link.inverse().unwrap_or(Fr::ZERO);
		self.prove_range_with(own, link, randomness)
	}

	/// A proof of the range circuit with a commitment of this exponent, and a link of that one: both
	/// equations hold if the link fits.
	fn prove_range_with(&self, own: Fr, link: Fr, randomness: u64) -> RangeProof {
		let parts = self.parts();
		let randomness = Fr::from(randomness);
		let [a, b, d] = [23u64, 29, 31].map(|n| randomness + Fr::from(n));
		let (params, commitment) = (write_g1(&g1(own)), write_g1(&g1(d)));
		let circuit = self.circuit().hash();
		let challenge =
			RangeProof::challenge(circuit, &self.params_point(), &params, &[commitment]);
		let challenge = zkml_poseidon::to_field(&challenge).unwrap_or(Fr::ZERO);
		let inputs = parts.range_ic[0] + challenge * parts.range_ic[1];
		let rest = self.alpha * self.beta
			+ self.gamma * inputs
			+ own * parts.range_params
			+ d * parts.range_round;
		let c = (a * b - rest) * parts.range_delta.inverse().unwrap_or(Fr::ZERO);
		let commitments = Vec::from([commitment]).try_into().expect("one is no more than fit");
		let (a, b, c) = (write_g1(&g1(a)), write_g2(&g2(b)), write_g1(&g1(c)));
		let link = write_g1(&g1(link));
		RangeProof { params, link, proof: Proof { a, b, c, commitments } }
	}

	/// What somebody makes who knows the range circuit's secret alone: its proof holds, for other
	/// parameters than those that are committed to, and the link does not.
	///
	/// # Panics
	/// If the key is of another kind.
	pub fn prove_range_unlinked(&self, randomness: u64) -> RangeProof {
		self.prove_range_with(Fr::from(randomness) + Fr::from(17), Fr::from(19), randomness)
	}

	/// The same key with the delta of the second number equal to that of the first: what one divides by,
	/// the other reaches. They are counted in the order of [`Self::delta_names`].
	///
	/// # Panics
	/// If the key is of another kind, or has not so many.
	pub fn with_deltas_equal(mut self, first: usize, second: usize) -> Self {
		let value = *self.deltas_mut()[first];
		*self.deltas_mut()[second] = value;
		self
	}

	/// The same key with gamma equal to the delta for parameters, which could take public inputs back.
	///
	/// # Panics
	/// If the key is of another kind.
	pub fn with_gamma_equal_to_params(mut self) -> Self {
		self.gamma = self.parts().params;
		self
	}

	/// What the deltas of a key whose parameters are a point are called.
	pub fn delta_names() -> [&'static str; COMMITTED_DELTAS] {
		[
			"delta",
			"delta of the round",
			"delta for parameters",
			"delta of the range circuit",
			"delta of the range circuit's round",
			"the range circuit's delta for parameters",
			"the link",
		]
	}

	fn deltas_mut(&mut self) -> [&mut Fr; COMMITTED_DELTAS] {
		let Self { delta, rounds, committed, .. } = self;
		let Committed { params, range_delta, range_round, range_params, link, .. } =
			committed.as_mut().expect("caller has a key of this kind");
		[delta, &mut rounds[0], params, range_delta, range_round, range_params, link]
	}

	fn parts(&self) -> &Committed {
		self.committed.as_ref().expect("caller has a key of this kind")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_groth16::{prepare, prepare_params, verify, verify_range, KeyError, VerifyError};

	fn inputs() -> Vec<Scalar> {
		(0..COMMITTED_INPUTS as u8).map(|n| Scalar::from_hash([n; 32])).collect()
	}

	#[test]
	fn simulated_proofs_verify_for_their_inputs_and_parameters_alone() {
		let trapdoor = Trapdoor::committed(1);
		let key = prepare(&trapdoor.circuit()).unwrap();
		let with = |trapdoor: &Trapdoor| {
			let params = prepare_params(&key, &trapdoor.params_point()).unwrap();
			key.clone().with_params(params)
		};
		let (own, other) = (with(&trapdoor), with(&trapdoor.clone().with_params_of(inputs()[1])));
		let proof = trapdoor.prove(&inputs(), 3);
		assert_eq!(verify(&own, &inputs(), &proof), Ok(()));
		assert_eq!(verify(&other, &inputs(), &proof), Err(VerifyError::Equation));
		assert_eq!(verify(&key, &inputs(), &proof), Err(VerifyError::Params));
		let range = trapdoor.prove_range(3);
		assert_eq!(verify_range(&own, &range), Ok(()));
		assert_eq!(verify_range(&other, &range), Err(VerifyError::Equation));
		let unlinked = trapdoor.prove_range_unlinked(3);
		assert_eq!(verify_range(&own, &unlinked), Err(VerifyError::Equation));
	}

	#[test]
	fn keys_with_two_equal_deltas_are_refused() {
		for second in 0..COMMITTED_DELTAS {
			for first in 0..second {
				let key = Trapdoor::committed(1).with_deltas_equal(first, second).circuit();
				assert_eq!(prepare(&key), Err(KeyError::DeltasEqual), "{first} and {second}");
			}
		}
	}
}
