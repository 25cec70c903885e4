//! A chain specification with keys that its makers bring.

use std::{fs::OpenOptions, io::Write, path::PathBuf, str::FromStr};

use sc_service::ChainType;
use serde_json::json;
use sp_core::{crypto::Ss58Codec, ed25519, sr25519};
use zkml_runtime::{AccountId, UNIT, WASM_BINARY};

use super::{properties, well_known, ChainSpec, NO_RUNTIME};

/// Everything the specification of a new network says.
#[derive(Debug, clap::Args)]
pub struct CreateChainSpec {
	/// What people call the network.
	#[arg(long)]
	pub name: String,

	/// What its folders are called: letters, digits, `-` and `_`.
	#[arg(long, value_parser = parse_id)]
	pub id: String,

	/// A validator, by the addresses of its two keys: that of type aura (sr25519), a comma, that of
	/// type gran (ed25519). Once for each validator.
	#[arg(long = "validator", value_name = "AURA,GRAN", required = true)]
	pub validators: Vec<Validator>,

	/// The account that may do everything. It needs funds for fees.
	#[arg(long, value_name = "ADDRESS", value_parser = parse_account)]
	pub sudo: AccountId,

	/// An account with funds, and how many whole ZKML. Once for each account.
	#[arg(long = "fund", value_name = "ADDRESS=ZKML", required = true)]
	pub funds: Vec<Fund>,

	/// The file to write. One that is there stays.
	#[arg(long, value_name = "FILE")]
	pub output: PathBuf,
}

/// The public keys of a validator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Validator {
	aura: sr25519::Public,
	grandpa: ed25519::Public,
}

impl FromStr for Validator {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (aura, grandpa) =
			text.split_once(',').ok_or("expected two addresses with a comma between them")?;
		let refuse =
			|address: &str, kind| format!("expected an address of a {kind} key, got {address:?}");
		Ok(Self {
			aura: sr25519::Public::from_ss58check(aura).map_err(|_| refuse(aura, "sr25519"))?,
			grandpa: ed25519::Public::from_ss58check(grandpa)
				.map_err(|_| refuse(grandpa, "ed25519"))?,
		})
	}
}

/// An account and what it has at the beginning, in the smallest unit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fund {
	account: AccountId,
	amount: u64,
}

impl FromStr for Fund {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (account, tokens) =
			text.split_once('=').ok_or("expected an address, an equals sign and a number")?;
		// The JSON of a genesis has no larger numbers.
		let most = u128::from(u64::MAX) / UNIT;
		let amount = tokens
			.parse::<u128>()
			.ok()
			.filter(|tokens| (1..=most).contains(tokens))
			.and_then(|tokens| u64::try_from(tokens.checked_mul(UNIT)?).ok())
			.ok_or_else(|| format!("expected 1 to {most} whole ZKML, got {tokens:?}"))?;
		Ok(Self { account: parse_account(account)?, amount })
	}
}

fn parse_account(text: &str) -> Result<AccountId, String> {
	AccountId::from_ss58check(text).map_err(|_| format!("expected an address, got {text:?}"))
}

fn parse_id(text: &str) -> Result<String, String> {
	let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
	if text.is_empty() || !text.chars().all(plain) {
		return Err(format!("expected letters, digits, - and _, got {text:?}"));
	}
	Ok(text.to_owned())
}

impl CreateChainSpec {
	/// Writes the specification, with the runtime in it, for all nodes of the network.
	///
	/// # Errors
	/// Keys that everybody knows or that are given twice, a sudo account without funds, or a file that
	/// is there or cannot be written.
	pub fn run(&self) -> Result<(), String> {
		let text = self.build()?.as_json(true)?;
		let refuse = |error| format!("expected to write {}, got: {error}", self.output.display());
		let open = OpenOptions::new().write(true).create_new(true).open(&self.output);
		open.and_then(|mut file| file.write_all(text.as_bytes())).map_err(refuse)
	}

	fn build(&self) -> Result<ChainSpec, String> {
		for (number, validator) in self.validators.iter().enumerate() {
			let before = &self.validators[..number];
			if before.iter().any(|one| one.aura == validator.aura) {
				return Err(format!("expected each key once, got {} twice", validator.aura));
			}
			if before.iter().any(|one| one.grandpa == validator.grandpa) {
				return Err(format!("expected each key once, got {} twice", validator.grandpa));
			}
		}
		for (number, fund) in self.funds.iter().enumerate() {
			if self.funds[..number].iter().any(|one| one.account == fund.account) {
				return Err(format!("expected each account once, got {} twice", fund.account));
			}
		}
		if !self.funds.iter().any(|fund| fund.account == self.sudo) {
			return Err(format!(
				"expected the sudo account to have funds for fees, got none: add --fund {}=1000",
				self.sudo
			));
		}
		let validators = || self.validators.iter();
		let genesis = json!({
			"aura": { "authorities": validators().map(|one| one.aura.to_ss58check()).collect::<Vec<_>>() },
			"grandpa": {
				"authorities": validators().map(|one| (one.grandpa.to_ss58check(), 1)).collect::<Vec<_>>()
			},
			"balances": {
				"balances": self.funds.iter()
					.map(|fund| (fund.account.to_ss58check(), fund.amount))
					.collect::<Vec<_>>()
			},
			"sudo": { "key": self.sudo.to_ss58check() },
		});
		let spec = ChainSpec::builder(WASM_BINARY.ok_or(NO_RUNTIME)?, None)
			.with_name(&self.name)
			.with_id(&self.id)
			.with_chain_type(ChainType::Live)
			.with_protocol_id(&self.id)
			.with_properties(properties())
			.with_genesis_config_patch(genesis)
			.build();
		well_known::refuse_if_live(&spec)?;
		Ok(spec)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_service::ChainSpec as _;
	use sp_core::Pair;

	fn validator(number: u8) -> Validator {
		Validator {
			aura: sr25519::Pair::from_seed(&[number; 32]).public(),
			grandpa: ed25519::Pair::from_seed(&[number; 32]).public(),
		}
	}

	fn account(number: u8) -> AccountId {
		sr25519::Pair::from_seed(&[number; 32]).public().into()
	}

	fn command() -> CreateChainSpec {
		CreateChainSpec {
			name: "Trial".into(),
			id: "trial".into(),
			validators: vec![validator(1), validator(2)],
			sudo: account(3),
			funds: vec![Fund { account: account(3), amount: 1 << 60 }],
			output: "unused".into(),
		}
	}

	#[test]
	fn a_live_chain_with_keys_of_its_own_is_built_with_them() {
		let spec = command().build().unwrap();
		assert_eq!(spec.chain_type(), ChainType::Live);
		let genesis = spec.as_storage_builder().build_storage().unwrap();
		let holds = |key: &[u8]| {
			genesis.top.values().any(|value| value.windows(32).any(|part| part == key))
		};
		for number in [1, 2] {
			assert!(holds(&validator(number).aura.0) && holds(&validator(number).grandpa.0));
		}
	}

	#[test]
	fn keys_that_everybody_knows_or_that_come_twice_are_refused() {
		let alice = sp_keyring::Sr25519Keyring::Alice;
		let mut known = command();
		known.validators[1].aura = alice.public();
		let error = known.build().err().unwrap();
		assert!(error.contains("//Alice as authority that makes blocks"), "{error}");
		let mut known = command();
		known.funds.push(Fund { account: alice.to_account_id(), amount: 1 << 60 });
		assert!(known.build().err().unwrap().contains("//Alice as account with funds"));
		let mut twice = command();
		twice.validators[1].grandpa = twice.validators[0].grandpa;
		assert!(twice.build().err().unwrap().contains("twice"));
		let mut twice = command();
		twice.funds.push(twice.funds[0].clone());
		assert!(twice.build().err().unwrap().contains("twice"));
		let mut poor = command();
		poor.sudo = account(4);
		assert!(poor.build().err().unwrap().contains(&format!("--fund {}=1000", account(4))));
	}

	#[test]
	fn arguments_are_addresses_and_whole_numbers() {
		let address = account(1).to_ss58check();
		let fund: Fund = format!("{address}=5").parse().unwrap();
		assert_eq!(fund, Fund { account: account(1), amount: 5 * UNIT as u64 });
		for text in
			["", "=", "x=1", &address, &format!("{address}=0"), &format!("{address}=99999999")]
		{
			assert!(text.parse::<Fund>().is_err(), "{text:?}");
		}
		let one = validator(1);
		let text = format!("{},{}", one.aura.to_ss58check(), one.grandpa.to_ss58check());
		assert_eq!(text.parse::<Validator>().unwrap(), one);
		for text in ["", ",", &address, "x,y"] {
			assert!(text.parse::<Validator>().is_err(), "{text:?}");
		}
		assert!(parse_id("own-net_1").is_ok());
		assert!(parse_id("").is_err() && parse_id("a/b").is_err());
	}
}
