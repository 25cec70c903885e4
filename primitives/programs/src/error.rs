//! Why a claim is refused before its proof is looked at.

use core::fmt;

use codec::{Decode, Encode};
use scale_info::TypeInfo;

use crate::Family;

/// What is wrong with a claim, or with a program.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub enum ClaimError {
	/// The claim is of another tool than the program.
	Family {
		/// The tool that the program is registered for.
		expected: Family,
		/// The tool that the claim is of.
		got: Family,
	},
	/// Another number of public inputs than the key has.
	InputCount {
		/// Inputs of the key.
		expected: u8,
		/// Inputs of the claim.
		got: u8,
	},
	/// The public input of this index is at or above the group order.
	NotCanonical {
		/// Index of the input, from 0.
		index: u8,
	},
	/// The proof says that it is of another release, or of none.
	Selector {
		/// The selector of the program's release.
		expected: [u8; 4],
		/// The selector in the proof's first bytes.
		got: [u8; 4],
	},
	/// The program ended with an error, so that what it made public means nothing.
	ExitCode {
		/// Another number than zero.
		got: [u8; 32],
	},
	/// The proof went through recursion programs of another release.
	VkRoot {
		/// The root of the release that the program was registered for, a field element,
		/// big-endian.
		expected: [u8; 32],
		/// The root in the claim, a field element, big-endian.
		got: [u8; 32],
	},
}

/// Bytes in hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("0x")?;
		self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
	}
}

impl fmt::Display for ClaimError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Family { expected, got } => {
				write!(f, "expected a claim of {expected}, got one of {got}")
			}
			Self::InputCount { expected, got } => {
				write!(f, "expected {expected} public inputs as in the key, got {got}")
			}
			Self::NotCanonical { index } => {
				write!(f, "expected public input {index} below the group order, got a larger one")
			}
			Self::Selector { expected, got } => {
				write!(f, "expected a proof with selector {}, got {}", Hex(expected), Hex(got))
			}
			Self::ExitCode { got } => write!(f, "expected exit code 0, got {}", Hex(got)),
			Self::VkRoot { expected, got } => {
				write!(f, "expected recursion key root {}, got {}", Hex(expected), Hex(got))
			}
		}
	}
}

impl core::error::Error for ClaimError {}
