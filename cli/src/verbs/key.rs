//! `zkml key`

use serde_json::json;
use zkml_client::{hex, keys};

use crate::{args::Key, error::CliError, output::Output};

/// Makes or shows a key; the secret itself is never printed.
pub fn run(args: Key, out: &Output) -> Result<(), CliError> {
	let (key, file) = match args {
		Key::New { file } => (keys::create(&file)?, Some(file.display().to_string())),
		Key::Show(options) => (options.load()?, None),
	};
	let account = keys::account(&key);
	if let Some(file) = &file {
		out.say(format_args!("{file}: twelve words; keep a copy, nobody can restore them"));
	}
	out.field("account", account);
	out.field("public key", hex::show(&account.0));
	out.finish(json!({
		"file": file,
		"account": account.to_string(),
		"public_key": hex::show(&account.0),
	}));
	Ok(())
}
