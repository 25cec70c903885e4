//! What is stored.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ModelVersion, SetupClaim, Share, Status};

/// A registered circuit.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Circuit<AccountId, Deposit> {
	/// Commit rounds of its key; none if it is plain.
	pub rounds: u32,
	/// Number of versions that use it.
	pub users: u32,
	/// Who brought it, and may remove it.
	pub registrant: AccountId,
	/// The registrant's deposit.
	pub deposit: Deposit,
}

/// A registered model.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ModelDetails<AccountId, Deposit> {
	/// Who may change it.
	pub owner: AccountId,
	/// The owner's part of each price.
	pub owner_share: Share,
	/// Number of the latest version.
	pub latest: u32,
	/// Who registered it, whoever owns it by now.
	pub registrant: AccountId,
	/// The registrant's deposit.
	pub deposit: Deposit,
}

/// A published version.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct VersionDetails<AccountId, Deposit> {
	/// What was published,
	pub description: ModelVersion,
	/// and its [`ModelVersion::hash`].
	pub hash: [u8; 32],
	/// Whether new work is taken.
	pub status: Status,
	/// Who published it, whoever owns the model by now.
	pub publisher: AccountId,
	/// The publisher's deposit.
	pub deposit: Deposit,
}

impl<AccountId, Deposit> VersionDetails<AccountId, Deposit> {
	/// What is said of the setup of its key: by its publisher.
	pub(crate) fn setup(&self) -> SetupClaim<AccountId>
	where
		AccountId: Clone,
	{
		SetupClaim { level: self.description.setup, by: self.publisher.clone() }
	}
}
