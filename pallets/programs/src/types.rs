//! What is stored beside records.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{CircuitHash, SetupClaim, SetupLevel};
use zkml_programs::{ContextPlace, ProgramKind};

/// What is stored of a registered key; the key itself is with the verifier.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct KeyDetails<AccountId, Deposit> {
	/// Number of programs that use it.
	pub users: u32,
	/// Who brought it, and may remove it.
	pub registrant: AccountId,
	/// What is held of the registrant for the key.
	pub deposit: Deposit,
}

/// What is stored of a registered program.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ProgramDetails<AccountId, Deposit> {
	/// The name of the key that its proofs are verified under.
	pub key: CircuitHash,
	/// What is fixed beside it.
	pub kind: ProgramKind,
	/// Where its context is, if it has one.
	pub context: Option<ContextPlace>,
	/// How the setup of the key was run, as the registrant says.
	pub setup: SetupLevel,
	/// Number of its records that are stored.
	pub records: u32,
	/// Who registered it, and may remove it.
	pub registrant: AccountId,
	/// What is held of the registrant for the program.
	pub deposit: Deposit,
}

impl<AccountId: Clone, Deposit> ProgramDetails<AccountId, Deposit> {
	/// What is said of the setup of its key, and by whom.
	pub(crate) fn setup(&self) -> SetupClaim<AccountId> {
		SetupClaim { level: self.setup, by: self.registrant.clone() }
	}
}
