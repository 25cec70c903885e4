//! Programs by name, submissions and the record they leave.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{
	tagged_hash, Action, CircuitHash, Context, ModelId, ProgramKey, Proof, Scalar, SetupClaim,
	SetupLevel, Shown, StatementId,
};

use crate::{Claim, ProgramKind};

/// Names a program: a hash over its registrant, its key, what is fixed of it and where its context is. Two
/// who register the same have two programs, so that what one says of the setup is not said for both.
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
pub struct ProgramId(pub [u8; 32]);

impl ProgramId {
	/// `blake2_256("zkml/program/v2" || SCALE(registrant, key, kind, context))`.
	pub fn derive(
		registrant: &impl Encode,
		key: CircuitHash,
		kind: &ProgramKind,
		context: &Option<ContextPlace>,
	) -> Self {
		Self(tagged_hash(b"zkml/program/v2", &(registrant, key, kind, context)))
	}

	/// The statement of a claim about this program:
	/// `blake2_256("zkml/program-statement/v1" || SCALE(self, public data))`. What a prover can choose
	/// without changing what is shown, as SP1's nonce, takes no part.
	pub fn statement(&self, claim: &Claim) -> StatementId {
		const TAG: &[u8] = b"zkml/program-statement/v1";
		StatementId(match claim {
			Claim::Inputs(inputs) => tagged_hash(TAG, &(self, inputs)),
			Claim::Risc0 { journal: public, .. }
			| Claim::Sp1V5 { public_values: public, .. }
			| Claim::Sp1V6 { public_values: public, .. } => tagged_hash(TAG, &(self, public)),
		})
	}

	/// The context that a claim of this program has to have in its public data, if the program is bound:
	/// [`Context::digest`] with the program's id for the model and 0 for the version, which no model has.
	pub fn context<AccountId: Clone + Encode>(
		&self,
		genesis: [u8; 32],
		bound: &Bound<AccountId>,
	) -> Scalar {
		let (action, beneficiary) = (Action::Submit(bound.nonce), bound.beneficiary.clone());
		let (model, version, expiry) = (ModelId(self.0), 0, bound.expiry);
		// A program has no tensors.
		let shown = Shown::nothing(0, 0);
		Context { genesis, action, model, version, beneficiary, expiry, shown }.digest()
	}
}

/// Where a program's public data has a context.
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
pub enum ContextPlace {
	/// The public input of this index.
	#[codec(index = 0)]
	Input(u8),
	/// The 32 bytes of journal or public values that begin here.
	#[codec(index = 1)]
	Bytes(u32),
}

/// What the context in a claim is made from, beside chain and program.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Bound<AccountId> {
	/// Of the prover's choice.
	pub nonce: u64,
	/// Whom the claim is for.
	pub beneficiary: AccountId,
	/// Last block at which it is accepted.
	pub expiry: u32,
}

/// A claim with its proof.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct ProgramSubmission<AccountId> {
	/// The program that the claim is about.
	pub program: ProgramId,
	/// What the proof is said to show.
	pub claim: Claim,
	/// The proof, without commitments.
	pub proof: Proof,
	/// For a bound program.
	pub bound: Option<Bound<AccountId>>,
}

/// A claim that was verified.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ProgramRecord<AccountId, Deposit> {
	/// The program that the claim is about.
	pub program: ProgramId,
	/// What the proof shows.
	pub claim: Claim,
	/// Whom it is for and until when it could come, if the program is bound.
	pub bound: Option<Bound<AccountId>>,
	/// Who could forge it, as the program's registrant says.
	pub setup: SetupClaim<AccountId>,
	/// The block that took it.
	pub block: u32,
	/// Who brought it, and pays for its place.
	pub depositor: AccountId,
	/// What is held of the depositor for the record.
	pub deposit: Deposit,
}

/// What is stored of programs for a deposit.
#[allow(clippy::large_enum_variant)] // few at a time, on their way to the runtime
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum ProgramItem<AccountId> {
	/// A verifying key, by itself.
	#[codec(index = 0)]
	Key(ProgramKey),
	/// A program on a key that is registered.
	#[codec(index = 1)]
	Program {
		/// What is fixed beside its key.
		kind: ProgramKind,
		/// Where its context is, if it has one.
		context: Option<ContextPlace>,
		/// What is said of the setup of its key.
		setup: SetupLevel,
	},
	/// The record of a claim.
	#[codec(index = 2)]
	Record {
		/// What the proof shows.
		claim: Claim,
		/// What its context is made from, if the program is bound.
		bound: Option<Bound<AccountId>>,
	},
}
