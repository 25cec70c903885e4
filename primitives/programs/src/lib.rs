//! Programs that are not models: what a Groth16 proof of another tool says, and the public inputs
//! that follow from it.
//!
//! A verifier sees field elements. What people care about is behind them: a program's journal, or
//! the values it made public. [`public_inputs`] goes from the one to the other, and refuses a claim
//! that is not about the program that was registered. Whether the proof holds is then
//! `zkml_groth16::verify`'s to say.
//!
//! Pure and `no_std`, for a pallet and for whoever makes its calls.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

mod claim;
mod error;
mod program;
mod record;
mod risc0;
mod sp1;

pub use claim::{public_inputs, Claim, MAX_PUBLIC_BYTES};
pub use error::ClaimError;
pub use program::{Family, ProgramKind};
pub use record::{Bound, ContextPlace, ProgramId, ProgramItem, ProgramRecord, ProgramSubmission};
pub use risc0::key_digest;
