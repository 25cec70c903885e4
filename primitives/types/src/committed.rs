//! Keys of circuits whose parameters are committed to once, and what shows that they are in range.
//!
//! Such a circuit is two: one proves inferences, the other proves once for each commitment that the
//! parameters in it are within their widths. Both are keyed on the same powers, and a linear link says
//! that they hold the same parameters; `docs/soundness.md` has the protocol.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{tagged_hash, CircuitHash, Proof, Scalar, G1, G2};

/// Public inputs of an inference under a [`CommittedKey`]: input, output, context, challenge.
pub const COMMITTED_INPUTS: usize = 4;
/// Public inputs of a range proof: its challenge.
pub const RANGE_INPUTS: usize = 1;

/// The verifying key of a circuit whose parameters are a commitment of their own, made once for each
/// version: 1,664 bytes.
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
pub struct CommittedKey {
	/// The alpha of both circuits, in G1.
	pub alpha: G1,
	/// The beta of both circuits, in G2.
	pub beta: G2,
	/// The gamma of both circuits, in G2; the generator is normal here.
	pub gamma: G2,
	/// The inferences' delta, in G2.
	pub delta: G2,
	/// The delta of the inferences' commit round, in G2.
	pub round: G2,
	/// The delta of the parameters' commitment, in G2.
	pub params: G2,
	/// One point for the constant 1, then one for each of [`COMMITTED_INPUTS`].
	pub ic: [G1; COMMITTED_INPUTS + 1],
	/// What range proofs are verified with.
	pub range: RangeKey,
	/// The link's epsilon, in G2.
	pub link: G2,
}

/// The part of a [`CommittedKey`] that range proofs are verified with.
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
pub struct RangeKey {
	/// The range circuit's delta, in G2.
	pub delta: G2,
	/// The delta of its commit round, in G2.
	pub round: G2,
	/// The delta of its own commitment to the parameters, in G2.
	pub params: G2,
	/// One point for the constant 1, then one for its challenge.
	pub ic: [G1; RANGE_INPUTS + 1],
}

/// That the parameters in a commitment are within their widths: 448 bytes and a length.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct RangeProof {
	/// The range circuit's commitment to the same parameters, in G1.
	pub params: G1,
	/// That it holds what the version's commitment holds, in G1.
	pub link: G1,
	/// A proof of the range circuit, with one round commitment.
	pub proof: Proof,
}

impl RangeProof {
	/// The challenge of the range circuit: `blake2_256` over `"zkml/range/v1"`, the circuit, the version's
	/// commitment, the range circuit's own, and what its round committed to, in SCALE, top byte
	/// zeroed. The circuit's hash covers both keys and the link.
	pub fn challenge(circuit: CircuitHash, params: &G1, own: &G1, commitments: &[G1]) -> Scalar {
		let bound = (circuit, params, own, commitments);
		Scalar::from_hash(tagged_hash(b"zkml/range/v1", &bound))
	}
}
