//! What a proof says, and to whom.

use alloc::vec::Vec;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	coefficients, tagged_hash, Evaluate, ParamsKind, Poseidon, RequestId, Role, Scalar, TensorSpec,
	Tensors, Visibility, G1, PLAIN_INPUTS,
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
#[derive(Clone, Debug, Encode, Eq, PartialEq)]
pub struct Shown {
	/// Who sees each input.
	pub inputs: Tensors<Visibility>,
	/// Who sees each output.
	pub outputs: Tensors<Visibility>,
}

impl Shown {
	/// None of so many inputs and outputs is in clear, of which there are at most
	/// [`crate::MAX_TENSORS`] each.
	pub fn nothing(inputs: usize, outputs: usize) -> Self {
		let hidden = |count| Tensors::truncate_from(alloc::vec![Visibility::Private; count]);
		Self { inputs: hidden(inputs), outputs: hidden(outputs) }
	}
}

impl<AccountId: Encode> Context<AccountId> {
	/// The context as a public input: `blake2_256("zkml/ctx/v3" || SCALE(self))` with the top byte
	/// zeroed.
	pub fn digest(&self) -> Scalar {
		Scalar::from_hash(tagged_hash(b"zkml/ctx/v3", self))
	}
}

/// This model, on these inputs, gave these outputs, for this purpose.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Statement {
	/// The circuit that proves it.
	pub circuit: CircuitHash,
	/// The model that was run.
	pub model: ModelId,
	/// Its version, from 1.
	pub version: u32,
	/// What stands for the version's parameters: [`crate::ParamsCommitment::scalar`].
	pub params: Scalar,
	/// Digest of each input, in the model's order: its commitment; or, if it is public and the circuit
	/// has rounds, [`crate::digest`].
	pub inputs: Tensors<Scalar>,
	/// Digest of each output, likewise.
	pub outputs: Tensors<Scalar>,
	/// What else the proof is bound to: [`Context::digest`].
	pub ctx: Scalar,
}

impl Statement {
	/// The key of replay protection and of the record: `blake2_256("zkml/statement/v2" ||
	/// SCALE(self))`. Proof bytes never take part, since anyone can re-randomise a proof.
	pub fn id(&self) -> StatementId {
		StatementId(tagged_hash(b"zkml/statement/v2", self))
	}

	/// The public inputs of a plain circuit, in order: parameters, inputs, outputs, context. Several
	/// tensors stand behind one public input by the chain of their commitments, [`chain`].
	pub fn public_inputs<P: Poseidon>(&self) -> [Scalar; PLAIN_INPUTS] {
		[self.params, chain::<P>(&self.inputs), chain::<P>(&self.outputs), self.ctx]
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

	/// The public inputs of a circuit with rounds: parameters, inputs, outputs, context, then the
	/// challenge of each round. Each tensor is a polynomial, of its header and words if it is public
	/// ([`coefficients`]) or else its commitment, and all inputs, or all outputs, are one public
	/// input: [`Evaluate::evaluate`] of them at the last challenge. Of one hidden tensor that is the
	/// commitment. Parameters that are committed to by a point are none of them.
	///
	/// `inputs` and `outputs` are the statement's, one for each digest; one that is missing is taken to
	/// be known by its digest alone.
	pub fn round_inputs<E: Evaluate>(
		&self,
		params: ParamsKind,
		inputs: &[Tensor<'_>],
		outputs: &[Tensor<'_>],
		commitments: &[G1],
	) -> Vec<Scalar> {
		let challenges: Vec<_> =
			(1..=commitments.len()).map(|n| self.challenge(&commitments[..n])).collect();
		let last = challenges.last().copied().unwrap_or(Scalar::ZERO);
		let bind = |role, digests: &[Scalar], tensors: &[Tensor<'_>]| {
			let polynomial = |(index, digest): (usize, &Scalar)| match tensors.get(index) {
				Some(Tensor::Public(spec, values)) => coefficients(role, spec, values),
				Some(Tensor::Committed) | None => Vec::from([*digest]),
			};
			let polynomials: Vec<_> = digests.iter().enumerate().map(polynomial).collect();
			match &polynomials[..] {
				// A number as it is takes no arithmetic.
				[one] if one.len() == 1 => one[0],
				all => E::evaluate(all, last),
			}
		};
		let mut all = match params {
			ParamsKind::Input => Vec::from([self.params]),
			ParamsKind::Point => Vec::new(),
		};
		all.extend([
			bind(Role::Input, &self.inputs, inputs),
			bind(Role::Output, &self.outputs, outputs),
			self.ctx,
		]);
		all.extend(challenges);
		all
	}
}

/// What stands for several commitments in a plain circuit: the first, and with each further one
/// `acc = P2(acc, commitment)`. Their number is fixed by the circuit.
pub fn chain<P: Poseidon>(commitments: &[Scalar]) -> Scalar {
	match commitments {
		[] => Scalar::ZERO,
		[first, rest @ ..] => rest.iter().fold(*first, |acc, next| P::hash2(&[acc, *next])),
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
