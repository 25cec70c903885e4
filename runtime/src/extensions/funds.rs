//! What waits in the pool can be paid for, all of it.

use alloc::vec::Vec;

use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	traits::fungible::Inspect,
	weights::Weight,
};
use frame_system::{CheckNonce, CheckWeight};
use pallet_transaction_payment::{ChargeTransactionPayment, Val};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{Implication, TransactionExtension, TransactionExtensionMetadata, ValidateResult},
	transaction_validity::{InvalidTransaction, TransactionValidity, TransactionValidityError},
	DispatchResult,
};

use crate::{Balance, Balances, Nonce, Runtime, RuntimeCall, RuntimeOrigin, System};

type Sdk = (CheckNonce<Runtime>, CheckWeight<Runtime>, ChargeTransactionPayment<Runtime>);

/// [`CheckNonce`], [`CheckWeight`] and [`ChargeTransactionPayment`], and that the sender can pay for as many
/// of this transaction as it has waiting before it.
///
/// The SDK asks whether each transaction could be paid for if it were the only one. An account that can pay for one
/// could fill the pool with thousands, each with a tip that drives others out; one pays, and
/// the rest turns out to be worth nothing when the block is made.
///
/// To clients these are the three extensions of the SDK.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct CheckFunds(Sdk);

impl CheckFunds {
	/// For a transaction of this number among its sender's.
	pub fn new(nonce: Nonce, tip: Balance) -> Self {
		Self((CheckNonce::from(nonce), CheckWeight::new(), ChargeTransactionPayment::from(tip)))
	}

	/// In a block there is none before it: the number is the account's.
	fn check(&self, payment: &Val<Runtime>) -> Result<(), TransactionValidityError> {
		let Val::Charge { who, fee_with_tip, .. } = payment else { return Ok(()) };
		let before = self.0 .0 .0.saturating_sub(System::account_nonce(who));
		let all = fee_with_tip.saturating_mul(Balance::from(before).saturating_add(1));
		let paid = <Balances as Inspect<_>>::can_withdraw(who, all).into_result(true);
		paid.map(|_| ()).map_err(|_| InvalidTransaction::Payment.into())
	}
}

impl TransactionExtension<RuntimeCall> for CheckFunds {
	const IDENTIFIER: &'static str =
		<ChargeTransactionPayment<Runtime> as TransactionExtension<RuntimeCall>>::IDENTIFIER;
	type Implicit = <Sdk as TransactionExtension<RuntimeCall>>::Implicit;
	type Val = <Sdk as TransactionExtension<RuntimeCall>>::Val;
	type Pre = <Sdk as TransactionExtension<RuntimeCall>>::Pre;

	fn metadata() -> Vec<TransactionExtensionMetadata> {
		<Sdk as TransactionExtension<RuntimeCall>>::metadata()
	}

	fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
		<Sdk as TransactionExtension<RuntimeCall>>::implicit(&self.0)
	}

	fn weight(&self, call: &RuntimeCall) -> Weight {
		// The account has been read by then.
		self.0.weight(call)
	}

	fn validate(
		&self,
		origin: RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
		self_implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCall> {
		let (valid, value, origin) = self.0.validate(
			origin,
			call,
			info,
			len,
			self_implicit,
			inherited_implication,
			source,
		)?;
		self.check(&value.2)?;
		Ok((valid, value, origin))
	}

	fn prepare(
		self,
		value: Self::Val,
		origin: &RuntimeOrigin,
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		self.0.prepare(value, origin, call, info, len)
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfo,
		post_info: &PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		Sdk::post_dispatch_details(pre, info, post_info, len, result)
	}

	fn post_dispatch(
		pre: Self::Pre,
		info: &DispatchInfo,
		post_info: &mut PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<(), TransactionValidityError> {
		Sdk::post_dispatch(pre, info, post_info, len, result)
	}

	fn bare_validate(call: &RuntimeCall, info: &DispatchInfo, len: usize) -> TransactionValidity {
		Sdk::bare_validate(call, info, len)
	}

	fn bare_validate_and_prepare(
		call: &RuntimeCall,
		info: &DispatchInfo,
		len: usize,
	) -> Result<(), TransactionValidityError> {
		Sdk::bare_validate_and_prepare(call, info, len)
	}

	fn bare_post_dispatch(
		info: &DispatchInfo,
		post_info: &mut PostDispatchInfo,
		len: usize,
		result: &DispatchResult,
	) -> Result<(), TransactionValidityError> {
		Sdk::bare_post_dispatch(info, post_info, len, result)
	}
}
