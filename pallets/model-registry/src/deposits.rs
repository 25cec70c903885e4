//! Deposits: a base for each item and a price for each of its bytes, held while it is stored.

use core::marker::PhantomData;

use codec::{Encode, MaxEncodedLen};
use frame_support::traits::{
	fungible::HoldConsideration, Consideration, Footprint, Get, LinearStoragePrice,
};
use pallet_verifier::PreparedParams;
use sp_runtime::{
	traits::{Convert, Saturating},
	DispatchError,
};
use zkml_primitives::{ModelId, ModelVersion, RegistryItem, Share};

use crate::{BalanceOf, Config, Error, HoldReason, Pallet};

type Price<T> =
	LinearStoragePrice<<T as Config>::DepositBase, <T as Config>::DepositPerByte, BalanceOf<T>>;

/// A deposit for this reason. Its account is stored beside it.
pub type Deposit<T, Reason> = HoldConsideration<
	<T as frame_system::Config>::AccountId,
	<T as Config>::Currency,
	Reason,
	Price<T>,
>;

/// [`HoldReason::Circuit`] as a type.
pub struct ForCircuit<T>(PhantomData<T>);
/// [`HoldReason::Model`] as a type.
pub struct ForModel<T>(PhantomData<T>);
/// [`HoldReason::Version`] as a type.
pub struct ForVersion<T>(PhantomData<T>);

impl<T: Config> Get<T::RuntimeHoldReason> for ForCircuit<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Circuit.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForModel<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Model.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForVersion<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Version.into()
	}
}

/// A model beside its versions: its name, who registered it, and the owner's share.
pub(crate) fn model_footprint<T: Config>() -> Footprint {
	Footprint::from_mel::<(ModelId, T::AccountId, Share)>()
}

/// A version, and beside it what the verifier keeps of parameters that are a point.
pub(crate) fn version_footprint(version: &ModelVersion) -> Footprint {
	let beside = version.params.point().map_or(0, |_| PreparedParams::max_encoded_len());
	Footprint::from_parts(1, version.encoded_size().saturating_add(beside))
}

impl<T: Config> Pallet<T> {
	/// Holds the deposit for bytes in storage from an account, for this reason; `CannotAfford` if
	/// it has too little.
	pub(crate) fn hold<Reason: Get<T::RuntimeHoldReason> + 'static>(
		who: &T::AccountId,
		footprint: Footprint,
	) -> Result<Deposit<T, Reason>, DispatchError> {
		Deposit::<T, Reason>::new(who, footprint).map_err(|_| Error::<T>::CannotAfford.into())
	}

	/// What is held of an account, in the smallest unit, while these are stored:
	/// `ModelRegistryApi::deposit_for`.
	pub fn deposit_for(items: &[RegistryItem]) -> BalanceOf<T> {
		items.iter().fold(Default::default(), |sum: BalanceOf<T>, item| {
			sum.saturating_add(Price::<T>::convert(match item {
				RegistryItem::Circuit(key) => Footprint::from_encodable(key),
				RegistryItem::Model => model_footprint::<T>(),
				RegistryItem::Version(version) => version_footprint(version),
			}))
		})
	}
}
