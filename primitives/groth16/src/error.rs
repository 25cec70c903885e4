//! What can be wrong with a key or a proof.

use core::fmt;

use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Why bytes are not an acceptable point.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum PointError {
	/// A coordinate is at or above the field modulus.
	NotCanonical,
	/// The coordinates do not satisfy the curve equation.
	NotOnCurve,
	/// On the curve, outside the subgroup of prime order.
	NotInSubgroup,
	/// The point at infinity.
	Identity,
}

/// Which part of a key or proof is meant.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum Element {
	/// The proof's A, in G1.
	A,
	/// The proof's B, in G2.
	B,
	/// The proof's C, in G1.
	C,
	/// The proof's commitment of this round, in G1.
	Commitment(u8),
	/// The key's alpha, in G1.
	Alpha,
	/// The key's beta, in G2.
	Beta,
	/// The key's gamma, in G2.
	Gamma,
	/// The key's delta, in G2.
	Delta,
	/// The key's delta of this round, in G2.
	RoundDelta(u8),
	/// The key's point of this index among the inputs', in G1; that of the constant 1 has index 0.
	Ic(u8),
	/// The key's delta for parameters, in G2; of a proof the commitment to them, in G1.
	Params,
	/// The link's epsilon in a key, in G2; its point in a range proof, in G1.
	Link,
	/// The range circuit's delta, in G2.
	RangeDelta,
	/// The delta of the range circuit's round, in G2.
	RangeRound,
	/// The range circuit's delta for parameters, in G2.
	RangeParams,
	/// The range circuit's point of this index among the inputs', in G1.
	RangeIc(u8),
}

/// Why a verifying key is refused.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum KeyError {
	/// A point is no good.
	Point(Element, PointError),
	/// A delta is the generator or its negative: the setup's last step was left out.
	DeltaIsGenerator,
	/// gamma equals a delta up to sign: anyone can forge under such a key.
	GammaEqualsDelta,
	/// Two deltas are equal up to sign: what was committed to in one round could be moved to
	/// another, past its challenge.
	DeltasEqual,
	/// beta is the generator, gamma or a delta up to sign: anyone can forge under such a key.
	BetaNotItsOwn,
	/// Not one point for each input and the constant 1.
	IcLength {
		/// Points for the key's kind and rounds.
		expected: u8,
		/// Points that the key has.
		got: u8,
	},
	/// A key with rounds that has none.
	NoRounds,
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum VerifyError {
	/// A point of the proof is no good.
	Point(Element, PointError),
	/// The public input of this index is at or above the group order.
	InputNotCanonical(u8),
	/// Not as many public inputs as the key has.
	InputCount {
		/// Inputs of the key.
		expected: u8,
		/// Inputs that were given.
		got: u8,
	},
	/// Not one commitment for each round of the key.
	CommitmentCount {
		/// Rounds of the key.
		expected: u8,
		/// Commitments in the proof.
		got: u8,
	},
	/// The key is of a kind that takes its parameters as a point, and comes without one; or the other way.
	Params,
	/// The stored key cannot be read; keys are checked when they enter, so this is a corrupt state.
	Key,
	/// The pairing equation does not hold: the proof is for something else or for nothing.
	Equation,
}

impl fmt::Display for PointError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::NotCanonical => "has a coordinate at or above the field modulus",
			Self::NotOnCurve => "is not on the curve",
			Self::NotInSubgroup => "is not in the subgroup of prime order",
			Self::Identity => "is the point at infinity",
		})
	}
}

impl fmt::Display for Element {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::A => f.write_str("A"),
			Self::B => f.write_str("B"),
			Self::C => f.write_str("C"),
			Self::Commitment(index) => write!(f, "commitment {index}"),
			Self::Alpha => f.write_str("alpha"),
			Self::Beta => f.write_str("beta"),
			Self::Gamma => f.write_str("gamma"),
			Self::Delta => f.write_str("delta"),
			Self::RoundDelta(index) => write!(f, "delta of round {index}"),
			Self::Ic(index) => write!(f, "IC[{index}]"),
			Self::Params => f.write_str("the parameters' point"),
			Self::Link => f.write_str("the link"),
			Self::RangeDelta => f.write_str("delta of the range circuit"),
			Self::RangeRound => f.write_str("delta of the range circuit's round"),
			Self::RangeParams => f.write_str("the range circuit's delta for parameters"),
			Self::RangeIc(index) => write!(f, "IC[{index}] of the range circuit"),
		}
	}
}

impl fmt::Display for KeyError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Point(element, error) => write!(f, "{element} of the verifying key {error}"),
			Self::DeltaIsGenerator => f.write_str("a delta of the verifying key is the generator"),
			Self::GammaEqualsDelta => {
				f.write_str("gamma and a delta of the verifying key are equal: anyone could forge")
			}
			Self::DeltasEqual => {
				f.write_str("two deltas of the verifying key are equal: challenges could be evaded")
			}
			Self::BetaNotItsOwn => f.write_str(
				"beta of the verifying key is the generator, gamma or a delta: anyone could forge",
			),
			Self::IcLength { expected, got } => {
				write!(f, "expected {expected} IC points in the verifying key, got {got}")
			}
			Self::NoRounds => f.write_str("expected at least one round in the key, got none"),
		}
	}
}

impl fmt::Display for VerifyError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Point(element, error) => write!(f, "{element} of the proof {error}"),
			Self::InputNotCanonical(index) => {
				write!(f, "public input {index} is at or above the group order")
			}
			Self::InputCount { expected, got } => {
				write!(f, "expected {expected} public inputs, got {got}")
			}
			Self::CommitmentCount { expected, got } => {
				write!(f, "expected a proof with {expected} round commitments, got {got}")
			}
			Self::Params => f.write_str(
				"expected a key with a point for its parameters exactly if its kind has one",
			),
			Self::Key => f.write_str("the prepared key cannot be read"),
			Self::Equation => f.write_str("the pairing equation does not hold"),
		}
	}
}

impl core::error::Error for PointError {}
impl core::error::Error for KeyError {}
impl core::error::Error for VerifyError {}
