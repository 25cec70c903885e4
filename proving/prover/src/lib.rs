//! Groth16 over BN254: from constraints to keys, from a witness and a key to a proof.
//!
//! ```text
//! Builder --finish--> R1cs --setup, ceremony--> ProvingKeyFile
//!                     R1cs, ProvingKeyFile, witness --KeyedSystem--> Proof
//! ```
//!
//! A system may have commit rounds: wires that a proof commits to before a challenge is drawn. Whoever
//! uses this crate says what the wires mean; nothing here knows of models or of a chain.
//!
//! [`setup()`] makes keys alone, [`ceremony`] with several people, and [`circom`] takes those of snarkjs's
//! ceremonies. `docs/prover.md` says why it is fast.
#![warn(clippy::missing_errors_doc)]

#[cfg(target_arch = "x86_64")]
mod avx2;
pub mod ceremony;
pub mod circom;
mod estimate;
pub mod fft;
mod field;
pub mod files;
#[cfg(target_arch = "x86_64")]
mod ifma;
pub mod in_turn;
mod keyed;
mod keys;
pub mod linked;
pub mod msm;
pub mod processor;
pub mod prove;
pub mod qap;
pub mod queries;
pub mod r1cs;
pub mod setup;

pub use estimate::Estimate;
pub use files::FileError;
pub use keyed::{KeyedSystem, ProverError};
pub use keys::{
	load_verifying_key, save_verifying_key, ProvingKey, ProvingKeyFile, Round, UnreadKey,
	VerifyingPoints,
};
pub use linked::{setup_linked, Link, RangeKeyFile};
pub use setup::{setup, SetupError};
