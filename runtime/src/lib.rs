//! The runtime of the zkML chain: wiring only. What the chain does is in `pallets/`.
#![cfg_attr(not(feature = "std"), no_std)]
// The SDK's macros make public items without a word.
#![allow(missing_docs)]
#![recursion_limit = "256"]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
mod extensions;
pub mod genesis_presets;

use alloc::vec::Vec;

pub use extensions::{extension, CheckFunds, CheckSender, TxExtension};
#[cfg(any(feature = "std", test))]
pub use sp_runtime::BuildStorage;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// Types that know nothing of calls, for a node that follows the chain through upgrades.
pub mod opaque {
	use super::*;
	use sp_runtime::traits::Hash as HashT;
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// A block's header: parent, number, roots, digests of consensus.
	pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
	/// A block of opaque extrinsics.
	pub type Block = generic::Block<Header, UncheckedExtrinsic>;
	/// The hash of a block.
	pub type Hash = <BlakeTwo256 as HashT>::Output;

	impl_opaque_keys! {
		/// Keys of a validator.
		pub struct SessionKeys {
			/// The key (sr25519) that signs the blocks that the validator authors.
			pub aura: Aura,
			/// The key (ed25519) that votes for blocks to be final.
			pub grandpa: Grandpa,
		}
	}
}

/// Name and version; `RELEASING.md` says which number goes up with what, and when.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("zkml"),
	impl_name: alloc::borrow::Cow::Borrowed("zkml"),
	authoring_version: 1,
	spec_version: 100,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// Time between blocks, in milliseconds.
pub const SLOT_DURATION: u64 = zkml_primitives::prover_policy::BLOCK_MS;

/// Blocks in a day.
pub const DAYS: BlockNumber = (24 * 60 * 60 * 1_000 / SLOT_DURATION) as BlockNumber;

/// One token; balances have twelve decimals.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI: Balance = UNIT / 1_000;
/// Smallest balance an account can have.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI;

/// A signature of any of the supported kinds.
pub type Signature = MultiSignature;
/// An account: the public key that signs for it, or its hash.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount in the smallest unit.
pub type Balance = u128;
/// Number of transactions of an account.
pub type Nonce = u32;
/// A hash by BLAKE2b-256: of a block, a header, an extrinsic.
pub type Hash = sp_core::H256;
/// The number of a block.
pub type BlockNumber = u32;
/// How an account is addressed in a call.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header: parent, number, roots, digests of consensus.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A header with the extrinsics of the block, which are decoded.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// An extrinsic as it comes from outside: a call, with signature and extensions if it is signed.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What an account signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// What executes blocks: checks, hooks and dispatch, in the SDK's order.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

#[frame_support::runtime]
mod runtime {
	/// The runtime: its pallets, with an index each that is part of every encoded call.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(3)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(5)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(6)]
	pub type Sudo = pallet_sudo;

	#[runtime::pallet_index(8)]
	pub type Verifier = pallet_verifier;
	#[runtime::pallet_index(9)]
	pub type ModelRegistry = pallet_model_registry;
	#[runtime::pallet_index(10)]
	pub type Inference = pallet_inference;
	#[runtime::pallet_index(11)]
	pub type Sorter = pallet_sorter;
	#[runtime::pallet_index(12)]
	pub type Programs = pallet_programs;
	#[runtime::pallet_index(13)]
	pub type Equivocations = pallet_equivocations;
}
