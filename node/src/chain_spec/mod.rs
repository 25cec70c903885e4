//! Chains this node knows by name; any other is read from a file.

mod create;
mod well_known;

use std::path::Path;

use sc_service::{ChainType, Properties};
use zkml_runtime::{genesis_presets, WASM_BINARY};

pub use create::CreateChainSpec;

/// A chain specification without extensions.
pub type ChainSpec = sc_service::GenericChainSpec;

const NO_RUNTIME: &str =
	"expected a runtime inside this node, got none: it was built with SKIP_WASM_BUILD set";

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

/// The chain of this name: `dev`, `local`, or a file. Without a name there is none: the chains that
/// the node knows by name are ruled by Alice, whose secret key everybody has, so they are only
/// started by who asks for them.
///
/// # Errors
/// No name, no such file, or a live chain that is ruled by well-known keys.
pub fn load(name: &str) -> Result<ChainSpec, String> {
	match name {
		"" => Err("expected a chain, got none: give --dev for a development chain of this node \
		           alone, --chain local for two nodes on this machine, or --chain FILE with the \
		           specification of a network"
			.into()),
		"dev" => development(),
		"local" => local(),
		file => {
			if !Path::new(file).is_file() {
				return Err(format!(
					"expected dev, local or the file of a chain specification for --chain, got \
					 {file:?}, which is no file"
				));
			}
			let spec = ChainSpec::from_json_file(file.into())?;
			well_known::refuse_if_live(&spec)?;
			Ok(spec)
		}
	}
}

fn spec(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	Ok(ChainSpec::builder(WASM_BINARY.ok_or(NO_RUNTIME)?, None)
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

	#[test]
	fn no_chain_is_started_unless_one_is_named() {
		let error = load("").err().expect("no chain");
		for way in ["--dev", "--chain local", "--chain FILE"] {
			assert!(error.contains(way), "{error}");
		}
		assert!(load("nowhere.json").err().expect("no such file").contains("\"nowhere.json\""));
		assert_eq!(load("local").unwrap().id(), "zkml_local");
	}
}
