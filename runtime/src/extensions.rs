//! What every transaction carries beside its call, and how the off-chain worker signs.
//!
//! To clients these are the SDK's own extensions and no others: any of them can build them.

mod funds;
mod sender;

use codec::Encode;
use frame_system::offchain::{
	AppCrypto, CreateBare, CreateSignedTransaction, CreateTransactionBase, SigningTypes,
};
use sp_runtime::{
	generic::Era,
	traits::{SaturatedConversion, StaticLookup, Verify},
};

use crate::{
	AccountId, Balance, Nonce, Runtime, RuntimeCall, Signature, SignedPayload, System,
	UncheckedExtrinsic,
};

pub use funds::CheckFunds;
pub use sender::CheckSender;

/// In the order in which they are signed and checked.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	CheckSender,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	CheckFunds,
	frame_system::WeightReclaim<Runtime>,
);

/// What a transaction carries: its number among its sender's, how long it is good, and what it gives the
/// author of its block beyond the fee.
pub fn extension(nonce: Nonce, era: Era, tip: Balance) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		CheckSender,
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		CheckFunds::new(nonce, tip),
		frame_system::WeightReclaim::new(),
	)
}

impl SigningTypes for Runtime {
	type Public = <Signature as Verify>::Signer;
	type Signature = Signature;
}

impl<Call> CreateTransactionBase<Call> for Runtime
where
	RuntimeCall: From<Call>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

/// Reports of equivocations, which a node makes for itself, are signed by nobody.
impl<Call> CreateBare<Call> for Runtime
where
	RuntimeCall: From<Call>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}

impl<Call> CreateSignedTransaction<Call> for Runtime
where
	RuntimeCall: From<Call>,
{
	fn create_signed_transaction<C: AppCrypto<Self::Public, Self::Signature>>(
		call: RuntimeCall,
		public: Self::Public,
		account: AccountId,
		nonce: Nonce,
	) -> Option<UncheckedExtrinsic> {
		// Mortal: an answer that found no block in 64 is worth nothing later. 64 is
		// far below the number of block hashes kept.
		let period = 64;
		let now = System::block_number().saturated_into::<u64>().saturating_sub(1);
		let extension =
			extension(nonce, Era::mortal(period, now), pallet_inference::offchain::tip());
		let payload = SignedPayload::new(call, extension).ok()?;
		let signature = payload.using_encoded(|bytes| C::sign(bytes, public))?;
		let address = <Runtime as frame_system::Config>::Lookup::unlookup(account);
		let (call, extension, _) = payload.deconstruct();
		Some(UncheckedExtrinsic::new_signed(call, address, signature, extension))
	}
}
