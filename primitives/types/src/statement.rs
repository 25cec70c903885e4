//! What a proof says, and to whom.

use alloc::vec::Vec;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	evaluate, tagged_hash, Evaluate, ParamsKind, RequestId, Role, Scalar, TensorSpec, Visibility,
	G1, PLAIN_INPUTS,
};

macro_rules! hash_type {
	($(#[$doc:meta])* $name:ident) => {
		$(#[$doc])*
		#[derive(
			Clone,
			Copy,
			Debug,
			Decode,
			DecodeWithMemTracking,
			Encode,
			Eq,
			Hash,
			MaxEncodedLen,
			Ord,
			PartialEq,
			PartialOrd,
			TypeInfo,
		)]
		pub struct $name(pub [u8; 32]);
	};
}

hash_type! {
	/// Names a verifying key, and with it a circuit; see [`crate::CircuitKey::hash`].
	CircuitHash
}
hash_type! {
	/// Names a model for as long as it lives, whoever owns it; see [`ModelId::derive`].
	ModelId
}
hash_type! {
	/// Names a statement, and so a record; see [`Statement::id`].
	StatementId
}

impl ModelId {
	/// The id of a model that `owner` registers with this first version. It can be computed before
	/// registration, which the proof of registration needs, and nobody can take another's id.
	pub fn derive(owner: &impl Encode, circuit: CircuitHash, params: Scalar) -> Self {
		Self(tagged_hash(b"zkml/model/v1", &(owner, circuit, params)))
	}
}

/// What a proof may be used for. A proof made for one action is worthless for any other.
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
pub enum Action {
	/// Register a model: the beneficiary is the registrant.
	#[codec(index = 0)]
	Register,
	/// Publish a further version: the beneficiary is the owner.
	#[codec(index = 1)]
	Publish,
	/// Answer an open request.
	#[codec(index = 2)]
	Answer(RequestId),
	/// Put an inference on record that nobody asked for, under a nonce of the prover's choice.
	#[codec(index = 3)]
	Submit(u64),
}

/// Everything beside the mathematics that a proof is bound to: chain, use, version, payee, time.
#[derive(Clone, Debug, Encode)]
pub struct Context<AccountId> {
	/// Hash of block 0 of the chain.
	pub genesis: [u8; 32],
	/// What the proof is for.
	pub action: Action,
	/// The model that the proof speaks of.
	pub model: ModelId,
	/// The model's version that it speaks of, from 1.
	pub version: u32,
	/// The account that the proof names: whoever registers, publishes, or is paid.
	pub beneficiary: AccountId,
	/// Last block at which the proof is accepted.
	pub expiry: u32,
	/// What everybody sees of the inference.
	pub shown: Shown,
}

/// Which tensors of an inference are in clear. It is part of the context: the commitment of a public
/// tensor is as good to a plain circuit as the tensor, and somebody who copies a proof could
/// otherwise put it on record with the output hidden.
#[derive(Clone, Copy, Debug, Encode, Eq, PartialEq)]
pub struct Shown {
	/// Who sees the input.
	pub input: Visibility,
	/// Who sees the output.
	pub output: Visibility,
}

impl Shown {
	/// Neither of them is in clear.
	pub const NOTHING: Self = Self { input: Visibility::Private, output: Visibility::Private };
	/// Both of them are in clear.
	pub const ALL: Self = Self { input: Visibility::Public, output: Visibility::Public };
}

impl<AccountId: Encode> Context<AccountId> {
	/// The context as a public input: `blake2_256("zkml/ctx/v2" || SCALE(self))` with the top byte
	/// zeroed.
	pub fn digest(&self) -> Scalar {
		Scalar::from_hash(tagged_hash(b"zkml/ctx/v2", self))
	}
}

/// This model, on this input, gave this output, for this purpose.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Statement {
	/// The circuit that proves it.
	pub circuit: CircuitHash,
	/// The model that was run.
	pub model: ModelId,
	/// Its version, from 1.
	pub version: u32,
	/// What stands for the version's parameters: [`crate::ParamsCommitment::scalar`].
	pub params: Scalar,
	/// Digest of the input tensor: its commitment; or, if it is public and the circuit has rounds,
	/// [`crate::digest`].
	pub input: Scalar,
	/// Digest of the output tensor, likewise.
	pub output: Scalar,
	/// What else the proof is bound to: [`Context::digest`].
	pub ctx: Scalar,
}

impl Statement {
	/// The key of replay protection and of the record: `blake2_256("zkml/statement/v1" ||
	/// SCALE(self))`. Proof bytes never take part, since anyone can re-randomise a proof.
	pub fn id(&self) -> StatementId {
		StatementId(tagged_hash(b"zkml/statement/v1", self))
	}

	/// The public inputs of a plain circuit, in order.
	pub fn public_inputs(&self) -> [Scalar; PLAIN_INPUTS] {
		[self.params, self.input, self.output, self.ctx]
	}

	/// The challenge that follows the last of these round commitments: `blake2_256` over
	/// `"zkml/challenge/v1"`, the circuit, the statement's id and all commitments so far (SCALE, so
	/// that their number is in it), top byte zeroed. Whatever a challenge is to test must be in one of
	/// the commitments or in the statement; the evaluations of public tensors come after it and are
	/// in neither.
	pub fn challenge(&self, commitments: &[G1]) -> Scalar {
		let bound = (self.circuit, self.id(), commitments);
		Scalar::from_hash(tagged_hash(b"zkml/challenge/v1", &bound))
	}

	/// The public inputs of a circuit with rounds: parameters, input, output, context, then the
	/// challenge of each round. Where a tensor is public its evaluation at the last challenge takes
	/// the place of its commitment. Parameters that are committed to by a point are none of them.
	pub fn round_inputs<E: Evaluate>(
		&self,
		params: ParamsKind,
		input: Tensor<'_>,
		output: Tensor<'_>,
		commitments: &[G1],
	) -> Vec<Scalar> {
		let challenges: Vec<_> =
			(1..=commitments.len()).map(|n| self.challenge(&commitments[..n])).collect();
		let last = challenges.last().copied().unwrap_or(Scalar::ZERO);
		let bind = |role, digest, tensor: Tensor<'_>| match tensor {
			Tensor::Public(spec, values) => evaluate::<E>(role, spec, values, last),
			Tensor::Committed => digest,
		};
		let mut inputs = match params {
			ParamsKind::Input => Vec::from([self.params]),
			ParamsKind::Point => Vec::new(),
		};
		inputs.extend([
			bind(Role::Input, self.input, input),
			bind(Role::Output, self.output, output),
			self.ctx,
		]);
		inputs.extend(challenges);
		inputs
	}
}

/// A tensor of a statement, as whoever derives the public inputs sees it.
#[derive(Clone, Copy, Debug)]
pub enum Tensor<'a> {
	/// In clear; the values are within the specification's range.
	Public(&'a TensorSpec, &'a [i32]),
	/// Known by its commitment alone, which is the statement's digest.
	Committed,
}
