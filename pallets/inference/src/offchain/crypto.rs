//! The key the worker signs with.

use sp_core::sr25519;
use sp_runtime::{
	app_crypto::{app_crypto, KeyTypeId},
	traits::Verify,
	MultiSignature, MultiSigner,
};
use zkml_primitives::prover_api::WORKER_KEY_TYPE;

/// Marks the worker's keys in a keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(WORKER_KEY_TYPE);

app_crypto!(sr25519, KEY_TYPE);

/// Says how [`KEY_TYPE`] keys sign the runtime's transactions.
pub struct WorkerId;

impl frame_system::offchain::AppCrypto<MultiSigner, MultiSignature> for WorkerId {
	type RuntimeAppPublic = Public;
	type GenericSignature = sr25519::Signature;
	type GenericPublic = sr25519::Public;
}

impl frame_system::offchain::AppCrypto<<sr25519::Signature as Verify>::Signer, sr25519::Signature>
	for WorkerId
{
	type RuntimeAppPublic = Public;
	type GenericSignature = sr25519::Signature;
	type GenericPublic = sr25519::Public;
}
