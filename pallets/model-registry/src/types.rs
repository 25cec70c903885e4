//! What is stored.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ModelVersion, SetupLevel, Share, Status};

/// Who paid how much to keep an item, and gets it back when the item goes.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Deposit<AccountId, Balance> {
	/// Who.
	pub who: AccountId,
	/// How much.
	pub amount: Balance,
}

/// A registered circuit.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Circuit<AccountId, Balance> {
	/// Who could forge under it.
	pub setup: SetupLevel<AccountId>,
	/// Commit rounds of its key; none if it is plain.
	pub rounds: u32,
	/// Number of versions that use it.
	pub users: u32,
	/// The registrant's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}

/// A registered model.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ModelDetails<AccountId, Balance> {
	/// Who may change it.
	pub owner: AccountId,
	/// The owner's part of each price.
	pub owner_share: Share,
	/// Number of the latest version.
	pub latest: u32,
	/// The registrant's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}

/// A published version.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct VersionDetails<AccountId, Balance> {
	/// What was published.
	pub description: ModelVersion,
	/// Whether new work is taken.
	pub status: Status,
	/// The publisher's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}
