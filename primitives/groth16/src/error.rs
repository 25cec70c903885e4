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
	/// Proof: A.
	A,
	/// Proof: B.
	B,
	/// Proof: C.
	C,
	/// Key: alpha.
	Alpha,
	/// Key: beta.
	Beta,
	/// Key: gamma.
	Gamma,
	/// Key: delta.
	Delta,
	/// Key: the point of this index among the inputs'.
	Ic(u8),
}

/// Why a verifying key is refused.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum KeyError {
	/// A point is no good.
	Point(Element, PointError),
	/// delta is the generator or its negative: the setup's last step was left out.
	DeltaIsGenerator,
	/// gamma equals delta up to sign: anyone can forge under such a key.
	GammaEqualsDelta,
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum VerifyError {
	/// A point of the proof is no good.
	Point(Element, PointError),
	/// The public input of this index is at or above the group order.
	InputNotCanonical(u8),
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
			Self::Alpha => f.write_str("alpha"),
			Self::Beta => f.write_str("beta"),
			Self::Gamma => f.write_str("gamma"),
			Self::Delta => f.write_str("delta"),
			Self::Ic(index) => write!(f, "IC[{index}]"),
		}
	}
}

impl fmt::Display for KeyError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Point(element, error) => write!(f, "{element} of the verifying key {error}"),
			Self::DeltaIsGenerator => f.write_str("delta of the verifying key is the generator"),
			Self::GammaEqualsDelta => {
				f.write_str("gamma and delta of the verifying key are equal: anyone could forge")
			}
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
			Self::Key => f.write_str("the prepared key cannot be read"),
			Self::Equation => f.write_str("the pairing equation does not hold"),
		}
	}
}

#[cfg(feature = "std")]
impl std::error::Error for KeyError {}
#[cfg(feature = "std")]
impl std::error::Error for VerifyError {}
