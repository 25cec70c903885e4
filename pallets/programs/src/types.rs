//! What is stored beside records.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_foreign::{ContextPlace, ProgramKind};
use zkml_primitives::{CircuitHash, SetupClaim, SetupLevel};

/// Who paid how much to keep an item, and gets it back when the item goes.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Deposit<AccountId, Balance> {
	/// Who.
	pub who: AccountId,
	/// How much.
	pub amount: Balance,
}

/// A registered key.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct KeyDetails<AccountId, Balance> {
	/// Number of programs that use it.
	pub users: u32,
	/// The registrant's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}

/// A registered program.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ProgramDetails<AccountId, Balance> {
	/// Its key.
	pub key: CircuitHash,
	/// What is fixed beside it.
	pub kind: ProgramKind,
	/// Where its context is, if it has one.
	pub context: Option<ContextPlace>,
	/// How the setup of the key was run, as the registrant says.
	pub setup: SetupLevel,
	/// Number of records.
	pub records: u32,
	/// The registrant's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}

impl<AccountId: Clone, Balance> ProgramDetails<AccountId, Balance> {
	/// What is said of the setup of its key, and by whom.
	pub(crate) fn setup(&self) -> SetupClaim<AccountId> {
		SetupClaim { level: self.setup, by: self.deposit.who.clone() }
	}
}
