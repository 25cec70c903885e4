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
use zkml_primitives::{
	InferenceItem, Scalar, SetupLevel, TensorData, Tensors, Visibility, REQUEST_ENTRIES,
};

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

/// Most bytes of a list that has something for each input, or for each output.
fn most<Item: Encode + MaxEncodedLen>() -> usize {
	Tensors::<Item>::max_encoded_len()
}

/// Bytes of such a list of so many items of one size.
fn list<Item: MaxEncodedLen>(count: usize) -> usize {
	// So short a list has one byte for its length.
	Item::max_encoded_len().saturating_mul(count).saturating_add(1)
}

/// A request with its inputs and what names it elsewhere, of a version with so many outputs. All its
/// other fields are of fixed size.
pub(crate) fn request_footprint<T: Config>(
	inputs: &Tensors<TensorData>,
	outputs: usize,
) -> Footprint {
	let shown = most::<Visibility>();
	let fixed = RequestOf::<T>::max_encoded_len()
		.saturating_sub(shown.saturating_add(most::<Scalar>()).saturating_add(shown));
	let varies = [
		list::<Visibility>(inputs.len()),
		list::<Scalar>(inputs.len()),
		list::<Visibility>(outputs),
		inputs.encoded_size(),
		REQUEST_ENTRIES as usize,
	];
	Footprint::from_parts(1, varies.into_iter().fold(fixed, usize::saturating_add))
}

/// The record of an inference with so many inputs. All its other fields but the outputs and what is said
/// of the setup are of fixed size: of actions it has the two that have a number.
pub(crate) fn record_footprint<T: Config>(
	setup: SetupLevel,
	inputs: usize,
	outputs: &Tensors<TensorData>,
) -> Footprint {
	let largest = [
		SetupLevel::max_encoded_len(),
		most::<Scalar>(),
		most::<Visibility>(),
		most::<TensorData>(),
	];
	let fixed = largest.into_iter().fold(RecordOf::<T>::max_encoded_len(), usize::saturating_sub);
	let varies = [
		setup.encoded_size(),
		list::<Scalar>(inputs),
		list::<Visibility>(inputs),
		outputs.encoded_size(),
	];
	Footprint::from_parts(1, varies.into_iter().fold(fixed, usize::saturating_add))
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
	/// `InferenceApi::deposit_for`.
	pub fn deposit_for(items: &[InferenceItem]) -> BalanceOf<T> {
		// As large as a setup is.
		let ceremony = SetupLevel::Ceremony([0; 32]);
		items.iter().fold(Default::default(), |sum: BalanceOf<T>, item| {
			sum.saturating_add(Price::<T>::convert(match item {
				InferenceItem::Input => input_footprint::<T>(),
				InferenceItem::Request { inputs, outputs } => {
					request_footprint::<T>(inputs, usize::from(*outputs))
				}
				InferenceItem::Record { inputs, outputs } => {
					record_footprint::<T>(ceremony, usize::from(*inputs), outputs)
				}
			}))
		})
	}
}
