//! Keys whose secrets everybody knows. On a development chain they are a convenience; on a live one
//! whoever comes first takes the chain.

use std::collections::{BTreeMap, BTreeSet};

use sc_service::{ChainSpec as _, ChainType};
use sp_core::storage::{well_known_keys, Storage};
use sp_io::hashing::twox_128;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use zkml_runtime::genesis_presets::DEV_WORKER;

use super::ChainSpec;

/// Length of a public key, and of an account.
const LENGTH: usize = 32;

/// What a key does that stands in the state of a pallet.
const OFFICES: [(&str, &str); 4] = [
	("Aura", "as authority that makes blocks"),
	("Grandpa", "as authority that finalises"),
	("Sudo", "as sudo key"),
	("System", "as account with funds"),
];

/// Refuses a live chain in whose genesis a well-known key stands anywhere. Chains of other types may
/// have them.
///
/// # Errors
/// Names each such key and what it would do; or says why the genesis cannot be built.
pub fn refuse_if_live(spec: &ChainSpec) -> Result<(), String> {
	if spec.chain_type() != ChainType::Live {
		return Ok(());
	}
	let found = find(&spec.as_storage_builder().build_storage()?);
	if found.is_empty() {
		return Ok(());
	}
	let found: Vec<_> = found.into_iter().collect();
	Err(format!(
		"expected a chain of type Live to have keys of its own, got keys whose secrets everybody \
		 knows: {}. Make keys with `key generate` and a specification with `create-chain-spec`; a \
		 chain for trying things out has the type Development, Local or Custom",
		found.join(", ")
	))
}

/// Well-known keys in a genesis, each with what it does there. The runtime's code has them too, in
/// its presets, and does nothing with them.
fn find(genesis: &Storage) -> BTreeSet<String> {
	let known = keys();
	let offices = OFFICES.map(|(pallet, office)| (twox_128(pallet.as_bytes()), office));
	let mut found = BTreeSet::new();
	for (key, value) in &genesis.top {
		if key == well_known_keys::CODE {
			continue;
		}
		let office = offices
			.iter()
			.find_map(|(prefix, office)| key.starts_with(prefix).then_some(*office))
			.unwrap_or("in the state");
		for part in key.windows(LENGTH).chain(value.windows(LENGTH)) {
			if let Some(name) = known.get(part) {
				found.insert(format!("{name} {office}"));
			}
		}
	}
	found
}

/// The keys by which everybody tries things out, with the words they are derived from.
fn keys() -> BTreeMap<[u8; LENGTH], String> {
	let sr25519 =
		Sr25519Keyring::iter().map(|key| (key.to_raw_public(), <&'static str>::from(key)));
	let ed25519 =
		Ed25519Keyring::iter().map(|key| (key.to_raw_public(), <&'static str>::from(key)));
	sr25519
		.chain(ed25519)
		.chain([(DEV_WORKER, "Alice//zkml")])
		.map(|(key, name)| (key, format!("//{name}")))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain_spec::{development, local};

	#[test]
	fn the_keys_of_the_presets_are_found_in_every_office() {
		let genesis = local().unwrap().as_storage_builder().build_storage().unwrap();
		let found = find(&genesis);
		for expected in [
			"//Alice as authority that makes blocks",
			"//Bob as authority that makes blocks",
			"//Alice as authority that finalises",
			"//Alice as sudo key",
			"//Alice//zkml as account with funds",
			"//Ferdie//stash as account with funds",
		] {
			assert!(found.contains(expected), "{expected} is not in {found:?}");
		}
	}

	#[test]
	fn the_code_alone_has_no_office() {
		let mut genesis = development().unwrap().as_storage_builder().build_storage().unwrap();
		genesis.top.retain(|key, _| key == well_known_keys::CODE);
		assert!(find(&genesis).is_empty());
	}

	#[test]
	fn they_are_refused_only_where_the_chain_is_live() {
		let code = zkml_runtime::WASM_BINARY.unwrap();
		let spec = |kind| {
			let builder = ChainSpec::builder(code, None).with_chain_type(kind);
			refuse_if_live(&builder.with_genesis_config_preset_name("local").build())
		};
		assert!(spec(ChainType::Local).is_ok());
		assert!(spec(ChainType::Custom("trial".into())).is_ok());
		let error = spec(ChainType::Live).unwrap_err();
		assert!(error.contains("//Bob as authority that finalises"), "{error}");
	}
}
