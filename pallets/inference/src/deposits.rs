//! Deposits: a base for each item and a price for each of its bytes, held while it is stored.

use core::marker::PhantomData;

use codec::{Encode, MaxEncodedLen};
use frame_support::traits::{
	fungible::HoldConsideration, Consideration, Footprint, Get, LinearStoragePrice,
};
use sp_runtime::{
	traits::{Convert, Saturating},
	DispatchError,
};
use zkml_primitives::{InferenceItem, Scalar, SetupLevel, TensorData, REQUEST_ENTRIES};

use crate::{BalanceOf, Config, Error, HoldReason, Pallet, RecordOf, RequestOf};

type Price<T> =
	LinearStoragePrice<<T as Config>::DepositBase, <T as Config>::DepositPerByte, BalanceOf<T>>;

/// A deposit for this reason. Its account is stored beside it.
pub type Deposit<T, Reason> = HoldConsideration<
	<T as frame_system::Config>::AccountId,
	<T as Config>::Currency,
	Reason,
	Price<T>,
>;

/// [`HoldReason::Input`] as a type.
pub struct ForInput<T>(PhantomData<T>);
/// [`HoldReason::Request`] as a type.
pub struct ForRequest<T>(PhantomData<T>);
/// [`HoldReason::Record`] as a type.
pub struct ForRecord<T>(PhantomData<T>);

impl<T: Config> Get<T::RuntimeHoldReason> for ForInput<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Input.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForRequest<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Request.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForRecord<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Record.into()
	}
}

/// An announced input: whose it is, and its commitment.
pub(crate) fn input_footprint<T: Config>() -> Footprint {
	Footprint::from_mel::<(T::AccountId, Scalar)>()
}

/// A request with what names it elsewhere. All its fields but the input are of fixed size.
pub(crate) fn request_footprint<T: Config>(input: &TensorData) -> Footprint {
	let fixed = RequestOf::<T>::max_encoded_len().saturating_sub(TensorData::max_encoded_len());
	let entries = REQUEST_ENTRIES as usize;
	Footprint::from_parts(1, fixed.saturating_add(entries).saturating_add(input.encoded_size()))
}

/// A record. All its fields but the output and what is said of the setup are of fixed size: of actions
/// it has the two that have a number.
pub(crate) fn record_footprint<T: Config>(setup: SetupLevel, output: &TensorData) -> Footprint {
	let varies = (setup, output).encoded_size();
	let fixed = RecordOf::<T>::max_encoded_len()
		.saturating_sub(<(SetupLevel, TensorData)>::max_encoded_len());
	Footprint::from_parts(1, fixed.saturating_add(varies))
}

impl<T: Config> Pallet<T> {
	/// Holds a deposit.
	pub(crate) fn hold<Reason: Get<T::RuntimeHoldReason> + 'static>(
		who: &T::AccountId,
		footprint: Footprint,
	) -> Result<Deposit<T, Reason>, DispatchError> {
		Deposit::<T, Reason>::new(who, footprint).map_err(|_| Error::<T>::CannotAfford.into())
	}

	/// See `InferenceApi::deposit_for`.
	pub fn deposit_for(items: &[InferenceItem]) -> BalanceOf<T> {
		// As large as a setup is.
		let ceremony = SetupLevel::Ceremony([0; 32]);
		items.iter().fold(Default::default(), |sum: BalanceOf<T>, item| {
			sum.saturating_add(Price::<T>::convert(match item {
				InferenceItem::Input => input_footprint::<T>(),
				InferenceItem::Request { input } => request_footprint::<T>(input),
				InferenceItem::Record { output } => record_footprint::<T>(ceremony, output),
			}))
		})
	}
}
