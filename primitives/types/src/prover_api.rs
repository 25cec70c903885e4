//! What the off-chain worker and the prover service say to each other, SCALE over loopback HTTP.
//!
//! - `GET /offers/{page}` gives [`Offers`]: what the prover can answer.
//! - `POST /jobs` with up to [`MOST_JOBS`] [`ProveJob`]s, in [`MAX_BODY`], takes them on: a [`Taken`] for
//!   each, in order; for the first of them only, if there is no time for more. The same job may be sent any
//!   number of times.
//! - `POST /states` with a [`Question`] gives an `Option<JobState>` for each job, nothing for one that
//!   the prover does not know; for the first of them only, if the answer would grow too long.
//! - `POST /forget` with the ids of up to [`MOST_JOBS`] jobs lets go of them, unless one is being proved.
//! - Every call carries `authorization: Bearer <token>`. What is refused as a whole is so with a status of
//!   400 or more, and in plain text why.

use alloc::{string::String, vec::Vec};

use codec::{Decode, Encode};
use scale_info::TypeInfo;

use crate::{
	blake2_256, tagged_hash, visibilities, Action, CircuitHash, Context, Deadline, ModelId, Proof,
	Request, RequestId, Scalar, Shown, TensorData, Tensors, Visibility, Work, MAX_TENSOR_BYTES,
};

/// Type of the key with which a node's worker signs, sr25519, in its keystore.
pub const WORKER_KEY_TYPE: [u8; 4] = *b"zkml";
/// Where a node's local storage has the service's URL for the worker, a SCALE `Vec<u8>`.
pub const URL_KEY: &[u8] = b"zkml::prover-url";
/// Where it has the token that the service asks for, a SCALE `Vec<u8>`.
pub const TOKEN_KEY: &[u8] = b"zkml::prover-token";
/// Most jobs in one call.
pub const MOST_JOBS: usize = 256;
/// Most kinds of work on a page of offers.
pub const OFFERS_PER_PAGE: usize = 128;
/// Most bytes that either side sends as a body: seven jobs, or answers, with all public bytes that one may
/// have.
pub const MAX_BODY: usize = 2 << 20;

// A job says a little more than its inputs, and there is a length before it.
const _: () = assert!(MAX_TENSOR_BYTES as usize + 4_096 < MAX_BODY);

/// The port on 127.0.0.1 at which the service is looked for unless something else is said.
pub const PORT: u16 = 9977;
/// The environment variable that may hold the token, for the service. Other users can read a command line,
/// but not an environment.
pub const TOKEN_VARIABLE: &str = "ZKML_PROVER_TOKEN";

/// Names a job, see [`ProveJob::id`].
pub type JobId = [u8; 32];

/// A page of what a prover can answer.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct Offers {
	/// At most [`OFFERS_PER_PAGE`] kinds of work.
	pub work: Vec<Work>,
	/// Whether there is a further page.
	pub more: bool,
	/// Where the prover looks for models, for people.
	pub folder: String,
}

/// The chain's time: number of its best block and milliseconds since 1970 on its own clock.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct Now {
	/// Number of the best block.
	pub block: u32,
	/// Milliseconds since 1970 on the chain's clock.
	pub moment: u64,
}

impl Now {
	/// Whether a deadline has passed.
	pub fn is_past(&self, deadline: &Deadline) -> bool {
		deadline.has_passed(self.block, self.moment)
	}
}

/// One inference to run and prove in order to answer a request.
///
/// It says all that the proof's context is made of, and the prover makes the context from it. So
/// whoever sends jobs gets no proofs but answers: no proof of possession, with which one could register
/// somebody's private model, nor one for another use.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct ProveJob<AccountId> {
	/// Hash of block 0 of the chain.
	pub genesis: [u8; 32],
	/// The request it answers.
	pub request: RequestId,
	/// The model to run.
	pub model: ModelId,
	/// The version to run, from 1.
	pub version: u32,
	/// The circuit of the version, by the hash of its verifying key.
	pub circuit: CircuitHash,
	/// What stands for the version's parameters: [`crate::ParamsCommitment::scalar`].
	pub params: Scalar,
	/// The inputs; a commitment can be proved only by a prover that was given its opening.
	pub inputs: Tensors<TensorData>,
	/// The account that the proof names, and that is paid.
	pub beneficiary: AccountId,
	/// The last block at which the proof is accepted: [`Request::expiry`].
	pub expiry: u32,
	/// How the answer has to show each output: [`Request::outputs`].
	pub outputs: Tensors<Visibility>,
	/// Until when an answer is wanted.
	pub deadline: Deadline,
	/// What the prover gets, in the smallest unit.
	pub worth: u128,
}

impl<AccountId: Clone + Encode> ProveJob<AccountId> {
	/// What to prove to answer a request for the good of `beneficiary`, to whom that is `worth` so much.
	pub fn new<Balance, Deposit>(
		genesis: [u8; 32],
		id: RequestId,
		request: Request<AccountId, Balance, Deposit>,
		beneficiary: AccountId,
		worth: u128,
	) -> Self {
		Self {
			genesis,
			request: id,
			model: request.model,
			version: request.version,
			circuit: request.circuit,
			params: request.params,
			inputs: request.inputs,
			beneficiary,
			expiry: request.expiry,
			outputs: request.outputs,
			deadline: request.deadline,
			worth,
		}
	}

	/// The context that the proof has to be bound to.
	pub fn ctx(&self) -> Scalar {
		Context {
			genesis: self.genesis,
			action: Action::Answer(self.request),
			model: self.model,
			version: self.version,
			beneficiary: self.beneficiary.clone(),
			expiry: self.expiry,
			shown: Shown { inputs: visibilities(&self.inputs), outputs: self.outputs.clone() },
		}
		.digest()
	}

	/// Names the job by what is to be proved; until when and for how much makes no other job.
	pub fn id(&self) -> JobId {
		let proved = (self.circuit, self.params, &self.inputs, self.ctx());
		tagged_hash(b"zkml/job/v3", &proved)
	}
}

/// What became of a job that was handed in.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Taken {
	/// It waits, is being proved, or is proved.
	#[codec(index = 0)]
	Yes,
	/// As many wait as may.
	#[codec(index = 1)]
	Full,
	/// It cannot be proved here, and why.
	#[codec(index = 2)]
	Refused(String),
}

/// Asks what became of jobs, and tells the time: what is past its deadline need not be proved.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Question {
	/// Hash of block 0 of the chain whose time it is.
	pub genesis: [u8; 32],
	/// What time it is there.
	pub now: Now,
	/// The jobs that are asked about, at most [`MOST_JOBS`].
	pub jobs: Vec<JobId>,
}

/// What became of a job.
#[allow(clippy::large_enum_variant)] // few at a time, on their way to the wire
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum JobState {
	/// Waiting or being proved.
	#[codec(index = 0)]
	Pending,
	/// The proof is made.
	#[codec(index = 1)]
	Done(ProveReply),
	/// Given up, and why.
	#[codec(index = 2)]
	Failed(String),
}

/// A proof and what it proves.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct ProveReply {
	/// The outputs, as the job demands.
	pub outputs: Tensors<TensorData>,
	/// The proof that the model gave this output.
	pub proof: Proof,
	/// How long proving took, in milliseconds.
	pub prove_ms: u32,
}

/// How many blocks this prover waits before it starts on a new request, if so many share the queue:
/// `H(request, prover)` modulo their number. Two of N start together with probability `1 / N`.
pub fn turn(request: RequestId, prover: &impl Encode, provers: u32) -> u32 {
	let [a, b, c, d, ..] = blake2_256(&(request, prover).encode());
	u32::from_le_bytes([a, b, c, d]) % provers.max(1)
}
