//! What the off-chain worker and the prover service say to each other, SCALE over loopback HTTP.
//!
//! - `POST /jobs` with a [`ProveJob`] takes it on (202) or says why not (4xx, plain text); the same
//!   job may be sent any number of times.
//! - `GET /jobs/{hex of job id}` gives a [`JobState`] (200), or 404 for a job never seen.
//! - Every call carries `authorization: Bearer <token>`.

use alloc::string::String;

use codec::{Decode, Encode};
use scale_info::TypeInfo;

use crate::{blake2_256, tagged_hash, CircuitHash, ModelId, Proof, RequestId, Scalar, TensorData};

/// One inference to run and prove.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct ProveJob {
	/// The request it answers.
	pub request: RequestId,
	/// Model and
	pub model: ModelId,
	/// version to run.
	pub version: u32,
	/// Its circuit.
	pub circuit: CircuitHash,
	/// The commitment to its parameters.
	pub params: Scalar,
	/// The input; a commitment can be proved only by a prover that was given its opening.
	pub input: TensorData,
	/// [`crate::Context::digest`].
	pub ctx: Scalar,
}

/// How many blocks this prover waits before it starts on a new request, if so many share the queue:
/// `H(request, prover)` modulo their number. Two of N start together with probability `1 / N`.
pub fn turn(request: RequestId, prover: &impl Encode, provers: u32) -> u32 {
	let [a, b, c, d, ..] = blake2_256(&(request, prover).encode());
	u32::from_le_bytes([a, b, c, d]) % provers.max(1)
}

impl ProveJob {
	/// Names the job by all it says.
	pub fn id(&self) -> [u8; 32] {
		tagged_hash(b"zkml/job/v1", self)
	}
}

/// What became of a job.
#[allow(clippy::large_enum_variant)] // one at a time, on its way to the wire
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum JobState {
	/// Waiting or being proved.
	#[codec(index = 0)]
	Pending,
	/// Proved.
	#[codec(index = 1)]
	Done(ProveReply),
	/// Given up, and why.
	#[codec(index = 2)]
	Failed(String),
}

/// A proof and what it proves.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ProveReply {
	/// The output, in clear.
	pub output: TensorData,
	/// The proof.
	pub proof: Proof,
	/// How long proving took.
	pub prove_ms: u32,
}
