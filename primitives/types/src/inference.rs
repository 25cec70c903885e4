//! Requests, answers and the record they leave.

use core::fmt;

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	tagged_hash, Action, CircuitHash, ModelId, ParamsRange, Proof, Scalar, SetupClaim, Share,
	Tensors, Visibility, MAX_TENSOR_BYTES,
};

/// Numbers requests from 0.
pub type RequestId = u64;

/// Most answers or submissions in one call: as many as a block has room for when each proof has to be
/// looked at by itself.
pub const MAX_BATCH: u32 = 128;

/// Most public bytes of inputs of the requests that one batch answers: the memory of a block is bounded.
pub const MAX_BATCH_INPUT_BYTES: u32 = 16 * MAX_TENSOR_BYTES;

/// Most models or requests that one reading call of the runtime gives.
pub const MAX_PAGE: u32 = 100;

/// Bytes that an open request takes in storage beside itself and its inputs, for its deposit: the key of
/// the inputs, an entry in the queue of its [`Work`], and one in the minute in which the chain looks at
/// it. Each has 32 bytes of prefix, and a key that is no hash has 8 bytes of one before it.
pub const REQUEST_ENTRIES: u32 = (32 + 8 + 8) + (32 + 32 + 9) + (32 + 8 + 4 + 8 + 8);

/// An extrinsic of a block.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Place {
	/// Number of the block.
	pub block: u32,
	/// Number of the extrinsic in it.
	pub extrinsic: u32,
}

/// A tensor as the chain sees it.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum TensorData {
	/// In clear: offset binary, little-endian, see [`crate::TensorSpec::decode`]. The runtime
	/// computes the commitment itself.
	#[codec(index = 0)]
	Public(BoundedVec<u8, ConstU32<MAX_TENSOR_BYTES>>),
	/// Hidden: the salted Poseidon commitment to it, see [`crate::commit`].
	#[codec(index = 1)]
	Committed(Scalar),
}

impl TensorData {
	/// Who sees the tensor's values.
	pub fn visibility(&self) -> Visibility {
		match self {
			Self::Public(_) => Visibility::Public,
			Self::Committed(_) => Visibility::Private,
		}
	}

	/// Bytes in clear, none for a commitment.
	pub fn public_len(&self) -> u32 {
		match self {
			Self::Public(bytes) => bytes.len() as u32,
			Self::Committed(_) => 0,
		}
	}
}

/// Who sees each of these tensors.
pub fn visibilities(tensors: &Tensors<TensorData>) -> Tensors<Visibility> {
	Tensors::truncate_from(tensors.iter().map(TensorData::visibility).collect())
}

/// Bytes in clear of all of these tensors.
pub fn public_len(tensors: &[TensorData]) -> u32 {
	tensors.iter().fold(0, |sum, tensor| sum.saturating_add(tensor.public_len()))
}

/// When a request closes. It stays open until **both** have passed, so that neither a burst of fast
/// blocks nor a chain that stood still takes a prover's time away.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Deadline {
	/// Number of a block; 0 if time alone counts.
	pub block: u32,
	/// Milliseconds since 1970 on the chain's clock; 0 if blocks alone count.
	pub moment: u64,
}

impl Deadline {
	/// Whether both have passed.
	pub fn has_passed(&self, block: u32, moment: u64) -> bool {
		block > self.block && moment > self.moment
	}

	/// This deadline, moved back by so many blocks and so many milliseconds; neither can overflow.
	#[must_use]
	pub fn after(&self, by: Self) -> Self {
		Self {
			block: self.block.saturating_add(by.block),
			moment: self.moment.saturating_add(by.moment),
		}
	}
}

/// What a requester pays and demands.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Terms<Balance> {
	/// Paid for the answer; held until then.
	pub price: Balance,
	/// The largest part of the price that may go to the model's owner.
	pub max_owner_share: Share,
	/// How the answer has to show each output: in clear, or as a commitment that the prover opens to
	/// the requester outside of the chain.
	pub outputs: Tensors<Visibility>,
	/// How long provers have.
	pub deadline: Deadline,
}

/// A paid question that waits for a proof. `Input` is what is told of each input: the input itself, or
/// its [`Visibility`] alone in lists of requests and in storage, where the inputs lie beside.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Request<AccountId, Balance, Deposit = Balance, Input = TensorData> {
	/// The model that is asked.
	pub model: ModelId,
	/// The version that must answer.
	pub version: u32,
	/// The version's circuit when the request was made.
	pub circuit: CircuitHash,
	/// What stood for the version's parameters when the request was made.
	pub params: Scalar,
	/// [`crate::ModelVersion::hash`] of the version when the request was made. An answer by a
	/// version of any other description is refused.
	pub description: [u8; 32],
	/// Who asked, and gets the price back if nobody answers.
	pub requester: AccountId,
	/// The inputs that are asked about.
	pub inputs: Tensors<Input>,
	/// Their digests in the statement: of those that are private the commitments, of those that are
	/// public computed when they came in.
	pub digests: Tensors<Scalar>,
	/// How an answer has to show each output.
	pub outputs: Tensors<Visibility>,
	/// Paid for the answer; held from the requester until then.
	pub price: Balance,
	/// The owner's part of the price, as it was when the request was made.
	pub owner_share: Share,
	/// Held from the requester while the request is stored.
	pub deposit: Deposit,
	/// The extrinsic that made the request.
	pub opened: Place,
	/// Until when provers should hand in. An answer that is late by no more than a grace period
	/// still counts, and the price is not returned before that is over.
	pub deadline: Deadline,
	/// The expiry in the context of every answer: the record stays at least until this block.
	pub expiry: u32,
	/// The minute since 1970 in which the chain looks by itself whether the request has closed, to
	/// refund it.
	pub swept_in: u32,
}

/// What a prover must have to answer a request: requests with the same one can be answered by the same
/// provers, whichever models they name.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Work {
	/// The circuit whose proving key it takes.
	pub circuit: CircuitHash,
	/// What stands for the parameters that it takes.
	pub params: Scalar,
	/// The commitments whose openings it takes: of each input that is private, in order.
	pub openings: Tensors<Scalar>,
	/// Whether it takes a prover that keeps openings, since an output is to be hidden, whichever it is:
	/// who cannot open one to its requester can open none, and who can opens any.
	pub hides_outputs: bool,
}

/// What is known of a tensor, who sees its values at least: the tensor itself, or its [`Visibility`] alone.
pub trait HasVisibility {
	/// Who sees the tensor's values.
	fn visibility(&self) -> Visibility;
}

impl HasVisibility for Visibility {
	fn visibility(&self) -> Visibility {
		*self
	}
}

impl HasVisibility for TensorData {
	fn visibility(&self) -> Visibility {
		self.visibility()
	}
}

impl<AccountId, Balance, Deposit, Input> Request<AccountId, Balance, Deposit, Input> {
	/// The request with something else told of its inputs.
	pub fn with_inputs<Other>(
		self,
		inputs: Tensors<Other>,
	) -> Request<AccountId, Balance, Deposit, Other> {
		let Self { model, version, circuit, params, description, requester, .. } = self;
		let Self { digests, outputs, price, owner_share, deposit, opened, .. } = self;
		let Self { deadline, expiry, swept_in, .. } = self;
		Request {
			model,
			version,
			circuit,
			params,
			description,
			requester,
			inputs,
			digests,
			outputs,
			price,
			owner_share,
			deposit,
			opened,
			deadline,
			expiry,
			swept_in,
		}
	}

	/// What a prover must have.
	pub fn work(&self) -> Work
	where
		Input: HasVisibility,
	{
		let private = |(input, _): &(&Input, &Scalar)| input.visibility() == Visibility::Private;
		let both = self.inputs.iter().zip(&self.digests);
		let openings = both.filter(private).map(|(_, commitment)| *commitment).collect();
		let openings = Tensors::truncate_from(openings);
		let hides_outputs = self.outputs.contains(&Visibility::Private);
		Work { circuit: self.circuit, params: self.params, openings, hides_outputs }
	}
}

/// Where a request stands among those of the same [`Work`]: byte order is the order of the queue.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub struct Rank([u8; 9]);

impl Rank {
	/// The rank of a request that is worth so much to the prover, in the smallest unit. Worth counts to
	/// a power of two, and the older comes first among equals.
	pub fn new(worth: u128, request: RequestId) -> Self {
		// Bits of the number, at most 128.
		let bits = (u128::BITS - worth.leading_zeros()) as u8;
		let [a, b, c, d, e, f, g, h] = request.to_be_bytes();
		Self([u8::MAX - bits, a, b, c, d, e, f, g, h])
	}

	/// The request that has this rank.
	pub fn request(&self) -> RequestId {
		let [_, id @ ..] = self.0;
		RequestId::from_be_bytes(id)
	}
}

impl Work {
	/// Names it in storage: `blake2_256("zkml/work/v3" || SCALE(self))`.
	pub fn id(&self) -> [u8; 32] {
		tagged_hash(b"zkml/work/v3", self)
	}
}

/// The answer to a request.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Answer<AccountId> {
	/// The number of the request that is answered.
	pub request: RequestId,
	/// Who is paid the prover's part.
	pub beneficiary: AccountId,
	/// The model's outputs, in clear or committed as the request demands.
	pub outputs: Tensors<TensorData>,
	/// The context that the proof is bound to. The chain computes what it must be, and compares: a
	/// proof made for another use is refused by that name, and before the pairing.
	pub ctx: Scalar,
	/// Its proof; the context's expiry is [`Request::expiry`].
	pub proof: Proof,
}

/// An inference that nobody asked for.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Submission<AccountId> {
	/// The model that was run.
	pub model: ModelId,
	/// The version that was run, from 1.
	pub version: u32,
	/// Tells two submissions of the same inference apart.
	pub nonce: u64,
	/// Last block at which the proof is accepted.
	pub expiry: u32,
	/// Whom the record names.
	pub beneficiary: AccountId,
	/// What went in; each commitment must have been announced before.
	pub inputs: Tensors<TensorData>,
	/// What came out, in clear or as salted commitments.
	pub outputs: Tensors<TensorData>,
	/// The context that the proof is bound to, as in [`Answer::ctx`].
	pub ctx: Scalar,
	/// The proof that the model gave this output on this input.
	pub proof: Proof,
}

/// A verified inference, kept under its [`crate::StatementId`].
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Record<AccountId, Deposit> {
	/// The model that was run.
	pub model: ModelId,
	/// The model's version, from 1.
	pub version: u32,
	/// The circuit under whose key the proof verified.
	pub circuit: CircuitHash,
	/// What stands for the version's parameters: [`crate::ParamsCommitment::scalar`].
	pub params: Scalar,
	/// Whether the parameters are known to be within their widths.
	pub params_range: ParamsRange,
	/// [`crate::ModelVersion::hash`] of the version when the proof was accepted. What a version of
	/// this number says by now of labels, ranges and scales may be something else.
	pub description: [u8; 32],
	/// The digest of each input, as in the statement.
	pub inputs: Tensors<Scalar>,
	/// Whether each input was in clear. The same private input has as many digests as there are
	/// salts.
	pub input_visibilities: Tensors<Visibility>,
	/// The outputs, in clear or committed.
	pub outputs: Tensors<TensorData>,
	/// The context that the proof was bound to: [`crate::Context::digest`].
	pub ctx: Scalar,
	/// What the proof was for.
	pub action: Action,
	/// The account that the proof names as its beneficiary.
	pub beneficiary: AccountId,
	/// Who could have forged the proof, as whoever published the version says.
	pub setup: SetupClaim<AccountId>,
	/// The extrinsic that carries the proof.
	pub proved: Place,
	/// The extrinsic that carries the input: of the request, or the same.
	pub asked: Place,
	/// Last block at which the same statement could be submitted; prunable after it.
	pub expiry: u32,
	/// Who paid the deposit, and gets it back.
	pub depositor: AccountId,
	/// What is held of the depositor for the record.
	pub deposit: Deposit,
}

/// What the inference pallet stores for a deposit.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum InferenceItem {
	/// A commitment to a private input.
	#[codec(index = 0)]
	Input,
	/// An open request; its price is held beside the deposit.
	#[codec(index = 1)]
	Request {
		/// What it asks about.
		inputs: Tensors<TensorData>,
		/// How many outputs the version has, at most [`crate::MAX_TENSORS`].
		outputs: u8,
	},
	/// The record of an answer or a submission, whose version names the transcript of a ceremony; that
	/// of a version with a single-party setup is 32 bytes smaller.
	#[codec(index = 2)]
	Record {
		/// How many inputs the version has, at most [`crate::MAX_TENSORS`].
		inputs: u8,
		/// The outputs that are proved.
		outputs: Tensors<TensorData>,
	},
}

/// Why an answer or submission would be refused; what a dry run tells.
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
pub struct Refusal {
	/// Index of the pallet whose error it is.
	pub pallet: u8,
	/// Index of the error in that pallet.
	pub error: u8,
}

impl fmt::Display for Refusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let Self { pallet, error } = self;
		write!(f, "expected a call that the chain takes, got error {error} of pallet {pallet}")
	}
}

impl core::error::Error for Refusal {}

/// What the inference pallet did in one block.
#[derive(Clone, Copy, Debug, Decode, Default, Encode, Eq, PartialEq, TypeInfo)]
pub struct Activity {
	/// Statements verified and recorded.
	pub verified: u32,
	/// Answers and submissions refused.
	pub refused: u32,
	/// Requests open at the end of the block.
	pub open: u32,
}
