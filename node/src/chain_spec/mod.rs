//! Chains this node knows by name; any other is read from a file.

use sc_service::{ChainType, Properties};
use zkml_runtime::{genesis_presets, WASM_BINARY};

/// A chain specification without extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

/// One authority, Alice, who is also sudo.
///
/// # Errors
/// When the node was built without its runtime.
pub fn development() -> Result<ChainSpec, String> {
	spec("zkML Development", "zkml_dev", ChainType::Development, genesis_presets::DEVELOPMENT)
}

/// Two authorities on one machine, Alice and Bob.
///
/// # Errors
/// When the node was built without its runtime.
pub fn local() -> Result<ChainSpec, String> {
	spec("zkML Local", "zkml_local", ChainType::Local, genesis_presets::LOCAL)
}

fn spec(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let code = WASM_BINARY.ok_or(
		"expected a runtime inside this node, got none: it was built with SKIP_WASM_BUILD set",
	)?;
	Ok(ChainSpec::builder(code, None)
		.with_name(name)
		.with_id(id)
		.with_chain_type(kind)
		.with_protocol_id("zkml")
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// How wallets write amounts and addresses.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "ZKML".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), 42.into());
	properties
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_service::ChainSpec as _;

	#[test]
	fn both_chains_build_their_genesis_and_differ() {
		let dev = development().unwrap();
		let local = local().unwrap();
		assert_ne!(dev.id(), local.id());
		for chain in [dev, local] {
			assert!(!chain.as_storage_builder().build_storage().unwrap().top.is_empty());
			assert_eq!(chain.properties()["tokenSymbol"], "ZKML");
		}
	}
}
