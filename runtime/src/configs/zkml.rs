//! Our pallets.

use frame_support::{
	parameter_types,
	traits::{fungible::HoldConsideration, ConstU32, ConstU64, LinearStoragePrice},
};
use zkml_primitives::Deadline;

use crate::{
	AccountId, Balance, Balances, ModelRegistry, Runtime, RuntimeHoldReason, Sorter, Timestamp,
	Verifier, DAYS, MILLI, SLOT_DURATION, UNIT,
};

parameter_types! {
	/// Deposit for each stored item.
	pub const DepositBase: Balance = 10 * MILLI;
	/// Deposit for each byte of it: a megabyte holds ten tokens.
	pub const DepositPerByte: Balance = UNIT / 100_000;
	/// A deadline or expiry is a week ahead at most.
	pub const MaxHorizon: u32 = 7 * DAYS;
	/// Ten blocks, for an answer that found the last ones full.
	pub const AnswerGrace: Deadline = Deadline { block: 10, moment: 10 * SLOT_DURATION };
	/// Any request for a model is closed by then.
	pub const RemovalDelay: u32 = MaxHorizon::get() + AnswerGrace::get().block;
	/// Why the sorter holds funds.
	pub const SorterHoldReason: RuntimeHoldReason =
		RuntimeHoldReason::Sorter(pallet_sorter::HoldReason::Counted);
}

impl pallet_verifier::Config for Runtime {
	type Crypto = zkml_host::Default;
}

impl pallet_model_registry::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Verifier = Verifier;
	type DepositBase = DepositBase;
	type DepositPerByte = DepositPerByte;
	type RemovalDelay = RemovalDelay;
	type MaxVersions = ConstU32<256>;
	type WeightInfo = pallet_model_registry::weights::SubstrateWeight<Runtime>;
}

impl pallet_inference::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Models = ModelRegistry;
	type Verifier = Verifier;
	type Consumers = (Sorter,);
	type WorkerId = pallet_inference::offchain::crypto::WorkerId;
	type DepositBase = DepositBase;
	type DepositPerByte = DepositPerByte;
	type MaxHorizon = MaxHorizon;
	type Clock = Timestamp;
	type BlockTime = ConstU64<SLOT_DURATION>;
	type AnswerGrace = AnswerGrace;
	type RecordLife = ConstU32<{ DAYS / 24 }>;
	type WeightInfo = pallet_inference::weights::SubstrateWeight<Runtime>;
}

impl pallet_programs::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Verifier = Verifier;
	type DepositBase = DepositBase;
	type DepositPerByte = DepositPerByte;
	type MaxHorizon = MaxHorizon;
	type WeightInfo = pallet_programs::weights::SubstrateWeight<Runtime>;
}

impl pallet_sorter::Config for Runtime {
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		SorterHoldReason,
		LinearStoragePrice<DepositBase, DepositPerByte, Balance>,
	>;
	type WeightInfo = pallet_sorter::weights::SubstrateWeight<Runtime>;
}
