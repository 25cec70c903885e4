//! Groth16 over BN254 in fixed-size bytes.
//!
//! Points are uncompressed affine coordinates in EIP-197's order: each coordinate 32 bytes
//! big-endian, G1 as `x, y`, G2 as `x.c1, x.c0, y.c1, y.c0` (imaginary part first). There are no
//! flag bits, so each point has one spelling. The point at infinity would be all zeros; it is
//! refused everywhere.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{tagged_hash, CircuitHash, CommittedKey};

/// Public inputs of a plain circuit: parameters, input, output, context.
pub const PLAIN_INPUTS: usize = 4;
/// Most commit rounds that a key may have. Circuits of models use one, for lookups and public tensors.
pub const MAX_ROUNDS: u32 = 2;
/// Most points a key has for its inputs: the constant 1, the plain inputs, a challenge per round.
pub const MAX_IC: u32 = 1 + PLAIN_INPUTS as u32 + MAX_ROUNDS;
/// Most public inputs of a program that is not a model. Each costs a verifier a multiplication.
pub const MAX_PROGRAM_INPUTS: u32 = 64;
/// Most points such a program's key has for its inputs, with the one of the constant 1.
pub const MAX_PROGRAM_IC: u32 = 1 + MAX_PROGRAM_INPUTS;

/// A point of G1, 64 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct G1(pub [u8; 64]);

/// A point of G2, 128 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct G2(pub [u8; 128]);

/// A Groth16 proof: 256 bytes (Groth, EUROCRYPT 2016, eprint 2016/260), and 64 for each commit round
/// (Mirage, eprint 2020/278).
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Proof {
	/// The proof's A, in G1.
	pub a: G1,
	/// The proof's B, in G2.
	pub b: G2,
	/// The proof's C, in G1.
	pub c: G1,
	/// What was committed to in each round, in order; none for a plain circuit.
	pub commitments: BoundedVec<G1, ConstU32<MAX_ROUNDS>>,
}

/// The verifying key of a circuit with [`PLAIN_INPUTS`] public inputs, 768 bytes.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct VerifyingKey {
	/// The key's alpha, in G1.
	pub alpha: G1,
	/// The key's beta, in G2.
	pub beta: G2,
	/// gamma in G2; the generator is normal here.
	pub gamma: G2,
	/// The key's delta, in G2.
	pub delta: G2,
	/// One point for the constant 1, then one per public input.
	pub ic: [G1; PLAIN_INPUTS + 1],
}

/// The verifying key of a circuit with commit rounds. Its public inputs are the plain ones, then a
/// challenge per round.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct RoundsKey {
	/// The key's alpha, in G1.
	pub alpha: G1,
	/// The key's beta, in G2.
	pub beta: G2,
	/// gamma in G2; the generator is normal here.
	pub gamma: G2,
	/// The key's delta, in G2.
	pub delta: G2,
	/// The delta of each round in G2.
	pub rounds: BoundedVec<G2, ConstU32<MAX_ROUNDS>>,
	/// One point for the constant 1, then one per public input.
	pub ic: BoundedVec<G1, ConstU32<MAX_IC>>,
}

/// The verifying key of a program that is not a model: Groth16 as published, with any number of
/// public inputs up to [`MAX_PROGRAM_INPUTS`].
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct ProgramKey {
	/// The key's alpha, in G1.
	pub alpha: G1,
	/// The key's beta, in G2.
	pub beta: G2,
	/// gamma in G2; not the generator in gnark's keys.
	pub gamma: G2,
	/// The key's delta, in G2.
	pub delta: G2,
	/// One point for the constant 1, then one per public input.
	pub ic: BoundedVec<G1, ConstU32<MAX_PROGRAM_IC>>,
}

/// A circuit's key by kind; later kinds become further variants.
#[allow(clippy::large_enum_variant)] // keys are stored and sent, never kept in numbers
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum CircuitKey {
	/// Groth16 as published, four public inputs.
	#[codec(index = 0)]
	Plain(VerifyingKey),
	/// Groth16 with commit rounds.
	#[codec(index = 1)]
	Rounds(RoundsKey),
	/// Groth16 as published, for programs that are not models.
	#[codec(index = 2)]
	Program(ProgramKey),
	/// Groth16 with a commit round, and parameters that are committed to once.
	#[codec(index = 3)]
	Committed(CommittedKey),
}

/// The points of a key, whatever its kind.
#[derive(Clone, Copy, Debug)]
pub struct KeyPoints<'a> {
	/// The key's alpha, in G1.
	pub alpha: &'a G1,
	/// The key's beta, in G2.
	pub beta: &'a G2,
	/// The key's gamma, in G2.
	pub gamma: &'a G2,
	/// The key's delta, in G2.
	pub delta: &'a G2,
	/// The delta of each round in G2.
	pub rounds: &'a [G2],
	/// The delta of the commitment to the parameters in G2, if they have one.
	pub params: Option<&'a G2>,
	/// One point for the constant 1, then one per public input.
	pub ic: &'a [G1],
}

impl CircuitKey {
	/// The circuit's name: a hash over the kind and every byte of the key.
	pub fn hash(&self) -> CircuitHash {
		CircuitHash(tagged_hash(b"zkml/circuit/v1", self))
	}

	/// The key's points; plain keys and those of programs are ones without rounds.
	pub fn points(&self) -> KeyPoints<'_> {
		match self {
			Self::Plain(VerifyingKey { alpha, beta, gamma, delta, ic }) => {
				KeyPoints { alpha, beta, gamma, delta, rounds: &[], params: None, ic }
			}
			Self::Rounds(RoundsKey { alpha, beta, gamma, delta, rounds, ic }) => {
				KeyPoints { alpha, beta, gamma, delta, rounds, params: None, ic }
			}
			Self::Program(ProgramKey { alpha, beta, gamma, delta, ic }) => {
				KeyPoints { alpha, beta, gamma, delta, rounds: &[], params: None, ic }
			}
			Self::Committed(CommittedKey {
				alpha, beta, gamma, delta, round, params, ic, ..
			}) => {
				let rounds = core::slice::from_ref(round);
				KeyPoints { alpha, beta, gamma, delta, rounds, params: Some(params), ic }
			}
		}
	}

	/// How a model's parameters enter the public inputs of a proof under the key.
	pub fn params(&self) -> ParamsKind {
		match self {
			Self::Committed(_) => ParamsKind::Point,
			Self::Plain(_) | Self::Rounds(_) | Self::Program(_) => ParamsKind::Input,
		}
	}
}

/// How a model's parameters enter a proof.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub enum ParamsKind {
	/// Their commitment is the first public input.
	#[codec(index = 0)]
	Input,
	/// Their commitment is a point that the verification starts from, and no public input.
	#[codec(index = 1)]
	Point,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_program_key_has_an_index_of_its_own_and_comes_back() {
		let (alpha, g2) = (G1([1; 64]), G2([2; 128]));
		let ic = vec![G1([3; 64]); 65].try_into().expect("65 points fit");
		let key = ProgramKey { alpha, beta: g2, gamma: g2, delta: g2, ic };
		let bytes = CircuitKey::Program(key.clone()).encode();
		assert_eq!(bytes[0], 2);
		assert_eq!(CircuitKey::decode(&mut &bytes[..]), Ok(CircuitKey::Program(key)));
		assert!(bytes.len() <= CircuitKey::max_encoded_len());
	}

	#[test]
	fn a_program_key_of_66_points_is_not_decoded() {
		let key = (2u8, G1([1; 64]), [G2([2; 128]); 3], vec![G1([3; 64]); 66]);
		assert!(CircuitKey::decode(&mut &key.encode()[..]).is_err());
	}
}
