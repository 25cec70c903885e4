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
use zkml_primitives::{CircuitHash, ProgramKey, SetupLevel};
use zkml_programs::{Bound, Claim, ContextPlace, ProgramId, ProgramItem, ProgramKind};

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

/// [`HoldReason::Key`] as a type.
pub struct ForKey<T>(PhantomData<T>);
/// [`HoldReason::Program`] as a type.
pub struct ForProgram<T>(PhantomData<T>);
/// [`HoldReason::Record`] as a type.
pub struct ForRecord<T>(PhantomData<T>);

impl<T: Config> Get<T::RuntimeHoldReason> for ForKey<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Key.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForProgram<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Program.into()
	}
}

impl<T: Config> Get<T::RuntimeHoldReason> for ForRecord<T> {
	fn get() -> T::RuntimeHoldReason {
		HoldReason::Record.into()
	}
}

/// A key, as the verifier stores it.
pub(crate) fn key_footprint(key: &ProgramKey) -> Footprint {
	// One byte says which kind of key it is.
	Footprint::from_parts(1, key.encoded_size().saturating_add(1))
}

/// A program: its name, and what it is made of.
pub(crate) fn program_footprint(
	kind: &ProgramKind,
	context: &Option<ContextPlace>,
	setup: &SetupLevel,
) -> Footprint {
	let names = ProgramId::max_encoded_len().saturating_add(CircuitHash::max_encoded_len());
	let size = (kind, context, setup).encoded_size().saturating_add(names);
	Footprint::from_parts(1, size)
}

/// A record: its program, what was shown, and for whom.
pub(crate) fn record_footprint<AccountId: Encode>(
	claim: &Claim,
	bound: &Option<Bound<AccountId>>,
) -> Footprint {
	let size = (claim, bound).encoded_size().saturating_add(ProgramId::max_encoded_len());
	Footprint::from_parts(1, size)
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
	/// `ProgramsApi::deposit_for`.
	pub fn deposit_for(items: &[ProgramItem<T::AccountId>]) -> BalanceOf<T> {
		items.iter().fold(Default::default(), |sum: BalanceOf<T>, item| {
			sum.saturating_add(Price::<T>::convert(match item {
				ProgramItem::Key(key) => key_footprint(key),
				ProgramItem::Program { kind, context, setup } => {
					program_footprint(kind, context, setup)
				}
				ProgramItem::Record { claim, bound } => record_footprint(claim, bound),
			}))
		})
	}
}
