//! What is stored.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ModelVersion, ParamsKind, ParamsRange, SetupClaim, Share, Status};

/// What is stored of a registered circuit; its key is with the verifier.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct Circuit<AccountId, Deposit> {
	/// Commit rounds of its key; none if it is plain.
	pub rounds: u32,
	/// How the parameters of its versions enter a proof.
	pub params: ParamsKind,
	/// Number of versions that use it.
	pub users: u32,
	/// Who brought it, and may remove it.
	pub registrant: AccountId,
	/// What is held of the registrant for the circuit.
	pub deposit: Deposit,
}

/// What is stored of a registered model beside its versions.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct ModelDetails<AccountId, Deposit> {
	/// Who may change it.
	pub owner: AccountId,
	/// The owner's part of each price, in millionths.
	pub owner_share: Share,
	/// Number of the latest version.
	pub latest: u32,
	/// First block in which it may be removed, if all its versions are deprecated.
	pub removable_at: u32,
	/// Who registered it, whoever owns it by now.
	pub registrant: AccountId,
	/// What is held of the registrant for the model.
	pub deposit: Deposit,
}

/// What is stored of a published version.
#[derive(Clone, Debug, Decode, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo)]
pub struct VersionDetails<AccountId, Deposit> {
	/// All that its publisher says of it, as it was published.
	pub description: ModelVersion,
	/// [`ModelVersion::hash`] of the description.
	pub hash: [u8; 32],
	/// Whether new work is taken.
	pub status: Status,
	/// Whether its parameters are known to be within their widths.
	pub params_range: ParamsRange,
	/// Who published it, whoever owns the model by now.
	pub publisher: AccountId,
	/// What is held of the publisher for the version.
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
