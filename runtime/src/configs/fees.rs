//! What a transaction pays, and to whom.
//!
//! Weight at one smallest unit a picosecond, times a multiplier that moves with the load; bytes like those of a
//! deposit. Fees and tips are the author's.

use frame_support::{
	parameter_types,
	traits::{
		fungible::{Balanced, Credit},
		ConstU8, FindAuthor, OnUnbalanced,
	},
	weights::{ConstantMultiplier, IdentityFee},
};
use pallet_aura::AuraAuthorId;
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use sp_core::sr25519;
use sp_runtime::{traits::One, DigestItem, FixedPointNumber, Perquintill};

use super::zkml::DepositPerByte;
use crate::{AccountId, Balance, Balances, Runtime, RuntimeEvent, System};

parameter_types! {
	/// The multiplier rises in blocks that are fuller than this share of what signed extrinsics may
	/// weigh, and falls in others.
	pub TargetFullness: Perquintill = Perquintill::from_percent(25);
	/// A full block raises it by 7.8 percent, so that it doubles in a minute; an empty one lowers it by 2.5
	/// percent, so that it halves in three.
	pub Adjustment: Multiplier = Multiplier::saturating_from_rational(1, 10);
	/// A quiet chain is as cheap as it gets, and never free.
	pub LowestMultiplier: Multiplier = Multiplier::one();
	/// Reached by full blocks alone in six minutes. A full block then costs 150 tokens, an answer some
	/// tenths of one: whoever fills blocks cannot price everybody else out for good.
	pub HighestMultiplier: Multiplier = Multiplier::saturating_from_integer(100);
}

/// The account of this block's author, whose key it is.
fn author() -> Option<AccountId> {
	let digest = System::digest();
	let author = AuraAuthorId::<Runtime>::find_author(
		digest.logs.iter().filter_map(DigestItem::as_pre_runtime),
	)?;
	Some(sr25519::Public::from(author).into())
}

/// Gives fees and tips to the block's author. Where there is none, or where its account does not exist and what
/// it gets would not keep one, they are burnt.
pub struct ToAuthor;

impl OnUnbalanced<Credit<AccountId, Balances>> for ToAuthor {
	fn on_nonzero_unbalanced(paid: Credit<AccountId, Balances>) {
		if let Some(author) = author() {
			// What could not be given is dropped here, and thereby burnt.
			drop(Balances::resolve(&author, paid));
		}
	}
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, ToAuthor>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightToFee = IdentityFee<Balance>;
	type LengthToFee = ConstantMultiplier<Balance, DepositPerByte>;
	type FeeMultiplierUpdate = TargetedFeeAdjustment<
		Self,
		TargetFullness,
		Adjustment,
		LowestMultiplier,
		HighestMultiplier,
	>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}
