//! The attacks T1 to T10 that every verifier path must refuse (`docs/threat-model.md`), written once
//! and run against each back end:
//!
//! - [`verifier`]: whatever checks one proof (native code, WASM, the pallet). T1, T2, T4, T5, T6, T7
//!   and the key half of T9.
//! - [`ledger`]: whatever keeps records (the runtime), by each path to them: submissions, and answers to
//!   requests. T1 to T9, and what of T10 is about several tensors.
//! - [`market`]: whatever takes requests and pays for answers (the runtime). T10.
//! - [`committed`]: points that stand for parameters, and proofs that they are in range.
//! - [`published`]: proofs that other tools made, from `tests/vectors`.

pub mod committed;
pub mod hostile;
pub mod ledger;
pub mod market;
pub mod published;
pub mod verifier;

use zkml_trapdoor::Trapdoor;

/// The kinds of keys that a model may have, by a trapdoor for each number.
pub const KINDS: [fn(u64) -> Trapdoor; 3] =
	[Trapdoor::new, |seed| Trapdoor::with_rounds(seed, 1), Trapdoor::committed];
