//! What a proof is said to show, and its public inputs.

use alloc::{vec, vec::Vec};

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ProgramKey, Scalar, MAX_PROGRAM_INPUTS};

use crate::{
	program::{check_count, check_scalar},
	risc0, sp1, ClaimError, Family, ProgramKind,
};

/// Most bytes of a journal or of public values; larger ones are hashed by the program itself.
pub const MAX_PUBLIC_BYTES: u32 = 4096;

/// What comes with a proof.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum Claim {
	/// Public inputs as they are.
	#[codec(index = 0)]
	Inputs(BoundedVec<Scalar, ConstU32<MAX_PROGRAM_INPUTS>>),
	/// A guest of RISC Zero halted with exit code 0, resting on no assumptions.
	#[codec(index = 1)]
	Risc0 {
		/// The seal's first bytes.
		selector: [u8; 4],
		/// What the guest wrote for everybody.
		journal: BoundedVec<u8, ConstU32<MAX_PUBLIC_BYTES>>,
	},
	/// A program of SP1 up to version 5 ran to its end.
	#[codec(index = 2)]
	Sp1V5 {
		/// The proof's first bytes.
		selector: [u8; 4],
		/// What the program wrote for everybody.
		public_values: BoundedVec<u8, ConstU32<MAX_PUBLIC_BYTES>>,
	},
	/// A program of SP1 version 6 ran to its end.
	#[codec(index = 3)]
	Sp1V6 {
		/// The proof's first bytes.
		selector: [u8; 4],
		/// How the program ended, big-endian; must be zero.
		exit_code: [u8; 32],
		/// The recursion programs that the proof went through; must be the registered ones.
		vk_root: [u8; 32],
		/// Chosen by the prover, a field element, big-endian. The statement is the same whatever it
		/// is, so it must not keep two submissions of one statement apart.
		nonce: [u8; 32],
		/// What the program wrote for everybody.
		public_values: BoundedVec<u8, ConstU32<MAX_PUBLIC_BYTES>>,
	},
}

impl Claim {
	/// The tool whose proof the claim is made from.
	pub fn family(&self) -> Family {
		match self {
			Self::Inputs(_) => Family::Groth16,
			Self::Risc0 { .. } => Family::Risc0,
			Self::Sp1V5 { .. } => Family::Sp1V5,
			Self::Sp1V6 { .. } => Family::Sp1V6,
		}
	}

	fn selector(&self) -> Option<[u8; 4]> {
		match self {
			Self::Inputs(_) => None,
			Self::Risc0 { selector, .. }
			| Self::Sp1V5 { selector, .. }
			| Self::Sp1V6 { selector, .. } => Some(*selector),
		}
	}
}

/// The public inputs of a proof that shows this claim about this program. There are as many as the
/// key has, each below the group order.
///
/// # Errors
///
/// If the claim is of another tool or release than the program, of another number of inputs than
/// the key, of a run that failed, or holds what is no field element.
pub fn public_inputs(
	kind: &ProgramKind,
	key: &ProgramKey,
	claim: &Claim,
) -> Result<Vec<Scalar>, ClaimError> {
	let inputs = match (kind, claim) {
		(ProgramKind::Groth16, Claim::Inputs(inputs)) => inputs.to_vec(),
		(
			ProgramKind::Risc0 { image_id, control_root, control_id },
			Claim::Risc0 { journal, .. },
		) => risc0::inputs(image_id, control_root, control_id, journal).to_vec(),
		(ProgramKind::Sp1V5 { vkey, .. }, Claim::Sp1V5 { public_values, .. }) => {
			vec![Scalar(*vkey), sp1::public_values_digest(public_values)]
		}
		(
			ProgramKind::Sp1V6 { vkey, vk_root: expected, .. },
			Claim::Sp1V6 { exit_code, vk_root, nonce, public_values, .. },
		) => {
			if *exit_code != [0; 32] {
				return Err(ClaimError::ExitCode { got: *exit_code });
			}
			if vk_root != expected {
				return Err(ClaimError::VkRoot { expected: *expected, got: *vk_root });
			}
			let digest = sp1::public_values_digest(public_values);
			vec![Scalar(*vkey), digest, Scalar::ZERO, Scalar(*expected), Scalar(*nonce)]
		}
		_ => {
			let (expected, got) = (kind.family(), claim.family());
			return Err(ClaimError::Family { expected, got });
		}
	};
	if let (Some(expected), Some(got)) = (kind.selector(key), claim.selector()) {
		if expected != got {
			return Err(ClaimError::Selector { expected, got });
		}
	}
	check_count(key, inputs.len())?;
	for (index, input) in inputs.iter().enumerate() {
		// No more than fit into a key.
		check_scalar(index as u8, input)?;
	}
	Ok(inputs)
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_primitives::{G1, G2};

	/// No real points: what is read here are bytes.
	fn key(inputs: usize) -> ProgramKey {
		let (g1, g2) = (G1([1; 64]), G2([2; 128]));
		let ic = vec![g1; inputs + 1].try_into().expect("no more than fit");
		ProgramKey { alpha: g1, beta: g2, gamma: g2, delta: g2, ic }
	}

	const WORD: [u8; 32] = [1; 32];
	const V6: ProgramKind =
		ProgramKind::Sp1V6 { vkey: WORD, vk_root: [2; 32], verifier_hash: [3; 32] };

	fn kinds() -> [ProgramKind; 4] {
		[
			ProgramKind::Groth16,
			ProgramKind::Risc0 { image_id: WORD, control_root: WORD, control_id: WORD },
			ProgramKind::Sp1V5 { vkey: WORD, verifier_hash: [3; 32] },
			V6,
		]
	}

	fn v6(exit_code: [u8; 32], vk_root: [u8; 32], nonce: [u8; 32]) -> Claim {
		let public_values = Default::default();
		Claim::Sp1V6 { selector: [3; 4], exit_code, vk_root, nonce, public_values }
	}

	fn claims() -> [Claim; 4] {
		let ProgramKind::Risc0 { control_root, control_id, .. } = kinds()[1] else {
			panic!("the second is RISC Zero")
		};
		let selector = risc0::selector(&control_root, &control_id, &key(5));
		[
			Claim::Inputs(vec![Scalar::ZERO; 5].try_into().expect("five fit")),
			Claim::Risc0 { selector, journal: Default::default() },
			Claim::Sp1V5 { selector: [3; 4], public_values: Default::default() },
			v6([0; 32], [2; 32], [0; 32]),
		]
	}

	#[test]
	fn a_program_takes_claims_of_its_own_tool_only() {
		for (at, kind) in kinds().iter().enumerate() {
			for (claim_at, claim) in claims().iter().enumerate() {
				let key = key(if at == 2 { 2 } else { 5 });
				let result = public_inputs(kind, &key, claim);
				if at == claim_at {
					assert_eq!(result.map(|inputs| inputs.len() + 1), Ok(key.ic.len()));
				} else {
					let (expected, got) = (kind.family(), claim.family());
					assert_eq!(result, Err(ClaimError::Family { expected, got }));
				}
			}
		}
	}

	#[test]
	fn the_number_of_inputs_is_the_keys() {
		let claim = Claim::Inputs(vec![Scalar::ZERO; 3].try_into().expect("three fit"));
		let refused = public_inputs(&ProgramKind::Groth16, &key(2), &claim);
		assert_eq!(refused, Err(ClaimError::InputCount { expected: 2, got: 3 }));
		let refused = public_inputs(&V6, &key(4), &claims()[3]);
		assert_eq!(refused, Err(ClaimError::InputCount { expected: 4, got: 5 }));
		for kind in &kinds()[1..] {
			let refused = kind.check(&key(3));
			assert!(matches!(refused, Err(ClaimError::InputCount { expected: 3, .. })));
		}
		assert_eq!(ProgramKind::Groth16.check(&key(3)), Ok(()));
	}

	#[test]
	fn numbers_at_the_group_order_are_refused_wherever_they_come_from() {
		let order = Scalar::MODULUS;
		let inputs = vec![Scalar::ZERO, Scalar(order)].try_into().expect("two fit");
		let refused = public_inputs(&ProgramKind::Groth16, &key(2), &Claim::Inputs(inputs));
		assert_eq!(refused, Err(ClaimError::NotCanonical { index: 1 }));
		let refused = public_inputs(&V6, &key(5), &v6([0; 32], [2; 32], order));
		assert_eq!(refused, Err(ClaimError::NotCanonical { index: 4 }));
		let vkey = ProgramKind::Sp1V5 { vkey: order, verifier_hash: [3; 32] };
		let refused = public_inputs(&vkey, &key(2), &claims()[2]);
		assert_eq!(refused, Err(ClaimError::NotCanonical { index: 0 }));
		assert_eq!(vkey.check(&key(2)), Err(ClaimError::NotCanonical { index: 0 }));
		let root = ProgramKind::Sp1V6 { vkey: WORD, vk_root: order, verifier_hash: [3; 32] };
		assert_eq!(root.check(&key(5)), Err(ClaimError::NotCanonical { index: 3 }));
		let id = ProgramKind::Risc0 { image_id: WORD, control_root: WORD, control_id: order };
		assert_eq!(id.check(&key(5)), Err(ClaimError::NotCanonical { index: 4 }));
	}

	#[test]
	fn a_program_that_failed_shows_nothing() {
		let mut one = [0; 32];
		one[31] = 1;
		let refused = public_inputs(&V6, &key(5), &v6(one, [2; 32], [0; 32]));
		assert_eq!(refused, Err(ClaimError::ExitCode { got: one }));
		// The number zero has other spellings in the field.
		let refused = public_inputs(&V6, &key(5), &v6(Scalar::MODULUS, [2; 32], [0; 32]));
		assert_eq!(refused, Err(ClaimError::ExitCode { got: Scalar::MODULUS }));
	}

	#[test]
	fn another_root_and_another_selector_are_another_release() {
		let refused = public_inputs(&V6, &key(5), &v6([0; 32], [4; 32], [0; 32]));
		assert_eq!(refused, Err(ClaimError::VkRoot { expected: [2; 32], got: [4; 32] }));
		let mut claim = claims()[1].clone();
		let Claim::Risc0 { selector, .. } = &mut claim else { panic!("the second is RISC Zero") };
		selector[0] ^= 1;
		let refused = public_inputs(&kinds()[1], &key(5), &claim);
		assert!(matches!(refused, Err(ClaimError::Selector { .. })), "{refused:?}");
	}

	#[test]
	fn refusals_say_what_was_expected_and_got() {
		let got = v6([9; 32], [2; 32], [0; 32]);
		let refused = public_inputs(&V6, &key(5), &got).expect_err("the exit code is not zero");
		let words = "expected exit code 0, got 0x0909";
		assert!(alloc::format!("{refused}").starts_with(words), "{refused}");
	}
}
