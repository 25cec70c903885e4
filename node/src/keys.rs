//! The key with which the off-chain worker signs.

use sp_core::crypto::KeyTypeId;
use sp_keystore::{Error, Keystore};
use zkml_primitives::prover_api::WORKER_KEY_TYPE;

/// The worker's key type, sr25519.
const WORKER: KeyTypeId = KeyTypeId(WORKER_KEY_TYPE);

/// Puts the worker's key of a development authority in the keystore, in memory only. `seed` is the
/// authority's, such as `//Alice`; the worker's key is derived from it, so that the two accounts
/// never compete for a nonce.
///
/// # Errors
/// Whatever the keystore says.
pub fn insert_development_key(keystore: &dyn Keystore, seed: &str) -> Result<(), Error> {
	keystore.sr25519_generate_new(WORKER, Some(&format!("{seed}//zkml"))).map(drop)
}

/// Whether the worker has a key.
pub fn worker_has_key(keystore: &dyn Keystore) -> bool {
	!keystore.sr25519_public_keys(WORKER).is_empty()
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{sr25519::Pair, Pair as _};
	use sp_keystore::testing::MemoryKeystore;

	#[test]
	fn the_development_key_is_derived_from_the_authority() {
		let keystore = MemoryKeystore::new();
		assert!(!worker_has_key(&keystore));
		insert_development_key(&keystore, "//Alice").unwrap();
		assert!(worker_has_key(&keystore));
		let expected = Pair::from_string("//Alice//zkml", None).unwrap().public();
		assert_eq!(keystore.sr25519_public_keys(WORKER), [expected]);
	}
}
