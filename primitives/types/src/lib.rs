//! What everybody agrees on: the statement a proof is about, the encodings it is made of, and the
//! types that cross the chain's border.
//!
//! Pure and `no_std`: no arkworks, no `sp-*`. Runtime, prover, CLI and tests all use these
//! definitions; none has its own. The byte formats are written out in `docs/wire-format.md`.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

mod committed;
mod inference;
mod model;
pub mod prover_api;
pub mod prover_policy;
mod scalar;
mod scales;
mod statement;
mod tensor;
mod text;
mod wire;

pub use committed::{CommittedKey, RangeKey, RangeProof, COMMITTED_INPUTS, RANGE_INPUTS};
pub use inference::{
	public_len, visibilities, Activity, Answer, Deadline, HasVisibility, InferenceItem, Place,
	Rank, Record, Refusal, Request, RequestId, Submission, TensorData, Terms, Work, MAX_BATCH,
	MAX_BATCH_INPUT_BYTES, MAX_PAGE, REQUEST_ENTRIES,
};
pub use model::{
	AccuracyClaim, CircuitInfo, Content, Label, Model, ModelVersion, ParamsCommitment, ParamsRange,
	Possession, RegistryItem, SetupClaim, SetupLevel, Share, Status, VersionInfo, Visibility,
	MAX_CLAIM,
};
pub use scalar::{NotCanonical, Scalar};
pub use scales::{Scale, Scales, MAX_CHANNELS};
pub use statement::{
	chain, Action, CircuitHash, Context, ModelId, Shown, Statement, StatementId, Tensor,
};
pub use tensor::{
	coefficients, commit, commit_parameters, digest, Dims, Evaluate, Name, Poseidon, Role,
	SpecError, TensorError, TensorSpec, Tensors, ValueInfo, CHUNK, HEADER_VERSION, MAX_NAME,
	MAX_RANK, MAX_TENSORS, MAX_TENSOR_BYTES, MAX_TENSOR_ELEMENTS, PACKED_BITS, STRIDE, STRIDE_BITS,
};
pub use text::{is_plain, is_plain_line, one_line};
pub use wire::{
	CircuitKey, KeyPoints, ParamsKind, ProgramKey, Proof, RoundsKey, VerifyingKey, G1, G2, MAX_IC,
	MAX_PROGRAM_IC, MAX_PROGRAM_INPUTS, MAX_ROUNDS, PLAIN_INPUTS,
};

/// BLAKE2b with 32 bytes of output, the SDK's `blake2_256`.
pub fn blake2_256(data: &[u8]) -> [u8; 32] {
	use blake2::{digest::consts::U32, Blake2b, Digest};
	Blake2b::<U32>::digest(data).into()
}

/// SCALE encoding with a domain tag in front, hashed.
pub fn tagged_hash(tag: &[u8], value: &impl codec::Encode) -> [u8; 32] {
	let mut bytes = alloc::vec::Vec::from(tag);
	value.encode_to(&mut bytes);
	blake2_256(&bytes)
}
