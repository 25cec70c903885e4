//! Groth16 over BN254: reading the wire types, checking keys, verifying proofs. Pure, `no_std`.
//!
//! Everything from the network is untrusted: coordinates must be below the field modulus, points on
//! the curve, in the prime-order subgroup and not at infinity, scalars below the group order. All
//! of that is checked before any pairing.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

mod batch;
mod committed;
mod convert;
mod error;
mod key;
mod miller;
mod pairing;
mod read;
mod straus;
mod verify;

pub use batch::{verify_batch, Batch, BatchItem};
pub use committed::{prepare_params, verify_range, PreparedParams};
pub use convert::{read_g1, read_g2, write_g1, write_g2};
pub use error::{Element, KeyError, PointError, VerifyError};
pub use key::{prepare, AlphaBeta, PreparedKey};
pub use verify::verify;
pub use zkml_primitives::{CircuitKey, Proof, RangeProof, G1, G2};
