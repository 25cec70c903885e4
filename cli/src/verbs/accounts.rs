//! `zkml accounts`

use serde_json::json;
use zkml_client::{
	keys,
	parse::{self, Amount},
};

use super::node;
use crate::{args::Accounts, error::CliError, output::Output};

/// Shows what each account has, free and held, and how many transactions it has sent.
pub async fn run(args: Accounts, out: &Output) -> Result<(), CliError> {
	let mut accounts = Vec::new();
	for text in &args.accounts {
		accounts.push(parse::account(text)?);
	}
	if accounts.is_empty() {
		accounts.push(keys::account(&args.key.load()?));
	}
	let chain = node::connect(&args.node.url).await?;
	let mut list = Vec::new();
	for account in accounts {
		let has = chain.account(&account).await?;
		out.say(account);
		out.field("free", Amount(has.free));
		out.field("held", Amount(has.held));
		out.field("transactions", has.nonce);
		list.push(json!({
			"account": account.to_string(),
			"free": has.free.to_string(),
			"held": has.held.to_string(),
			"nonce": has.nonce,
		}));
	}
	out.finish(json!({ "accounts": list }));
	Ok(())
}
