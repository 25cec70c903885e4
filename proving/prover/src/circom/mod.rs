//! The files of circom and snarkjs: a plain circuit and its witness go out, a key of snarkjs's own
//! ceremony comes in.
//!
//! An `.r1cs` has the constraints ([`write_r1cs`]), a `.wtns` an assignment of all wires
//! ([`write_wtns`]), a `.zkey` a proving key ([`import_zkey`]). None of them knows commit rounds, so the
//! circuits are plain ones.

mod error;
mod r1cs;
pub(crate) mod sections;
mod wtns;
mod zkey;

pub use error::CircomError;
pub use r1cs::write_r1cs;
pub use wtns::write_wtns;
pub use zkey::{import_zkey, read_zkey, Zkey};

/// Refuses circuits that these formats cannot say: those with wires that are committed to once, and those
/// with commit rounds.
///
/// # Errors
///
/// If there are any.
pub fn check_plain(committed: bool, rounds: usize) -> Result<(), CircomError> {
	match (committed, rounds) {
		(true, _) => Err(CircomError::Committed),
		(false, 0) => Ok(()),
		(false, rounds) => Err(CircomError::Rounds { rounds }),
	}
}
