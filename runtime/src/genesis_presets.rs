//! Genesis states by name: `development` (one validator) and `local` (two).

use alloc::{vec, vec::Vec};

use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

use crate::{
	AccountId, AuraConfig, BalancesConfig, GrandpaConfig, RuntimeGenesisConfig, SudoConfig, UNIT,
};

/// One validator, Alice, who is sudo.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// Two validators, Alice and Bob; Alice is sudo.
pub const LOCAL: &str = "local";

/// Public key of `//Alice//zkml`, with which a development node answers requests.
pub const DEV_WORKER: [u8; 32] = [
	0x98, 0xf0, 0x62, 0xf0, 0xcd, 0xff, 0x0f, 0x56, 0x48, 0x17, 0xf4, 0xa3, 0x14, 0x48, 0xfa, 0x75,
	0xc5, 0xd0, 0x45, 0x2b, 0x63, 0x05, 0x8a, 0x6f, 0x34, 0x69, 0x63, 0x41, 0xef, 0x13, 0x2c, 0x75,
];

fn genesis(authorities: Vec<(AuraId, GrandpaId)>) -> Value {
	let funded = Sr25519Keyring::well_known()
		.map(|key| key.to_account_id())
		.chain([AccountId::from(DEV_WORKER)])
		.map(|account| (account, 1_000_000 * UNIT))
		.collect::<Vec<_>>();
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances: funded },
		aura: AuraConfig {
			authorities: authorities.iter().map(|(aura, _)| aura.clone()).collect()
		},
		grandpa: GrandpaConfig {
			authorities: authorities.iter().map(|(_, grandpa)| (grandpa.clone(), 1)).collect()
		},
		sudo: SudoConfig { key: Some(Sr25519Keyring::Alice.to_account_id()) },
	})
}

fn authority(sr25519: Sr25519Keyring, ed25519: Ed25519Keyring) -> (AuraId, GrandpaId) {
	(sr25519.public().into(), ed25519.public().into())
}

/// The preset of this name as JSON, to be laid over the default genesis.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let alice = authority(Sr25519Keyring::Alice, Ed25519Keyring::Alice);
	let bob = authority(Sr25519Keyring::Bob, Ed25519Keyring::Bob);
	let patch = match id.as_ref() {
		DEVELOPMENT => genesis(vec![alice]),
		LOCAL => genesis(vec![alice, bob]),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	[DEVELOPMENT, LOCAL].map(PresetId::from).to_vec()
}
