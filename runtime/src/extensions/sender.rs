//! Who may send what: calls that can only fail for their sender are no transactions.
//!
//! A call that only root may make is of the operational class: it comes before others, and may take bytes
//! of a block that others may not. Signed by anybody it fails, once it is in a block; so it must not
//! get that far. Neither pool nor block takes it.

use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo},
	pallet_prelude::TransactionSource,
	traits::OriginTrait,
	weights::Weight,
};
use frame_system::CheckNonZeroSender;
use pallet_sudo::WeightInfo;
use scale_info::TypeInfo;
use sp_runtime::{
	impl_tx_ext_default,
	traits::{Implication, TransactionExtension, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
};

use crate::{AccountId, Runtime, RuntimeCall, RuntimeOrigin};

/// [`CheckNonZeroSender`], and that the sender may make the call.
///
/// To clients it is the extension of the SDK whose place it takes: it has the same name and no bytes, so that
/// all of them can build it.
#[derive(
	Clone, Copy, Debug, Decode, DecodeWithMemTracking, Default, Encode, Eq, PartialEq, TypeInfo,
)]
pub struct CheckSender;

/// Whether every signed origin is refused by the call itself, be it sudo's: only root may make it,
/// or nobody who signs.
fn takes_no_signature(call: &RuntimeCall) -> bool {
	use frame_system::Call as System;
	use pallet_balances::Call as Balances;
	match call {
		RuntimeCall::System(call) => matches!(
			call,
			System::set_heap_pages { .. }
				| System::set_code { .. }
				| System::set_code_without_checks { .. }
				| System::set_storage { .. }
				| System::kill_storage { .. }
				| System::kill_prefix { .. }
				| System::authorize_upgrade { .. }
				| System::authorize_upgrade_without_checks { .. }
		),
		RuntimeCall::Balances(call) => matches!(
			call,
			Balances::force_transfer { .. }
				| Balances::force_unreserve { .. }
				| Balances::force_set_balance { .. }
				| Balances::force_adjust_total_issuance { .. }
		),
		RuntimeCall::Grandpa(call) => matches!(call, pallet_grandpa::Call::note_stalled { .. }),
		RuntimeCall::Sorter(call) => matches!(call, pallet_sorter::Call::pin { .. }),
		RuntimeCall::Timestamp(_) => true,
		// Sudo's are looked at by `is_for_sudo`; all others are for anybody who pays.
		RuntimeCall::Sudo(_)
		| RuntimeCall::ModelRegistry(_)
		| RuntimeCall::Inference(_)
		| RuntimeCall::Programs(_) => false,
	}
}

/// Whether the call is sudo's alone: what it wraps may be of any class, and so is it.
fn is_for_sudo(call: &RuntimeCall, class: DispatchClass) -> bool {
	matches!(call, RuntimeCall::Sudo(_)) || class != DispatchClass::Normal
}

fn check(
	who: &AccountId,
	call: &RuntimeCall,
	class: DispatchClass,
) -> Result<(), TransactionValidityError> {
	if takes_no_signature(call) {
		return Err(InvalidTransaction::Call.into());
	}
	if is_for_sudo(call, class) && pallet_sudo::Key::<Runtime>::get().as_ref() != Some(who) {
		return Err(InvalidTransaction::BadSigner.into());
	}
	Ok(())
}

impl TransactionExtension<RuntimeCall> for CheckSender {
	const IDENTIFIER: &'static str =
		<CheckNonZeroSender<Runtime> as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, call: &RuntimeCall) -> Weight {
		let inner = CheckNonZeroSender::<Runtime>::new().weight(call);
		let key = <Runtime as pallet_sudo::Config>::WeightInfo::check_only_sudo_account();
		inner.saturating_add(key)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		self_implicit: (),
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<(), RuntimeCall> {
		if let Some(who) = origin.as_signer() {
			check(who, call, info.class)?;
		}
		let inner = CheckNonZeroSender::<Runtime>::new();
		inner.validate(origin, call, info, len, self_implicit, inherited_implication, source)
	}

	impl_tx_ext_default!(RuntimeCall; prepare);
}
