//! What is stored.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ModelVersion, SetupClaim, Share, Status};

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
	/// What was published,
	pub description: ModelVersion,
	/// and its [`ModelVersion::hash`].
	pub hash: [u8; 32],
	/// Whether new work is taken.
	pub status: Status,
	/// The publisher's deposit.
	pub deposit: Deposit<AccountId, Balance>,
}

impl<AccountId, Balance> VersionDetails<AccountId, Balance> {
	/// What is said of the setup of its key: by its publisher, who pays the deposit whoever owns the
	/// model by now.
	pub(crate) fn setup(&self) -> SetupClaim<AccountId>
	where
		AccountId: Clone,
	{
		SetupClaim { level: self.description.setup, by: self.deposit.who.clone() }
	}
}
