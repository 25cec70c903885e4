//! What is stored beside records.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_foreign::{ContextPlace, ProgramKind};
use zkml_primitives::{CircuitHash, SetupLevel};

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
	/// Who could forge under it, as the registrant says.
	pub setup: SetupLevel<AccountId>,
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
	/// Number of records.
	pub records: u32,
	/// The registrant's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}
