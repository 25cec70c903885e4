//! Where the signing key comes from. It never leaves this process and is never printed.

use std::{
	io::{self, IsTerminal},
	path::{Path, PathBuf},
};

use subxt_signer::sr25519::Keypair;
use thiserror::Error;
use zkml_client::{files, keys};

use crate::output;

/// The environment variable that may hold a key.
const VARIABLE: &str = "ZKML_KEY";

/// Why there is no signing key. The text never shows what was given: it may be a secret.
#[derive(Debug, Error)]
pub enum KeyError {
	/// It was given nowhere and there is nobody to ask.
	#[error(
		"expected a signing key by --key-file, in {VARIABLE} or at a terminal's prompt, got none"
	)]
	Missing,
	/// The terminal's prompt could not be shown or read.
	#[error("expected a signing key from the terminal, got: {0}")]
	Prompt(io::Error),
	/// What was given is no key, or its file cannot be read.
	#[error(transparent)]
	NoKey(#[from] keys::KeyError),
}

/// Options that name a key.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct KeyOptions {
	/// File with the signing key: a mnemonic, a hex seed or a secret URI.
	#[arg(long, value_name = "FILE")]
	pub key_file: Option<PathBuf>,
	/// A development account such as //Alice. For anything else use --key-file or ZKML_KEY: what
	/// stands on the command line is seen by every user of the machine.
	#[arg(long, value_name = "URI", conflicts_with = "key_file")]
	pub key: Option<String>,
}

impl KeyOptions {
	/// The key: from the options, else the environment, else the terminal.
	pub fn load(&self) -> Result<Keypair, KeyError> {
		if let Some(uri) = &self.key {
			return Ok(keys::parse("--key", uri)?);
		}
		if let Some(path) = &self.key_file {
			return from_file(path);
		}
		if let Ok(text) = std::env::var(VARIABLE) {
			return Ok(keys::parse(VARIABLE, &text)?);
		}
		if !io::stdin().is_terminal() {
			return Err(KeyError::Missing);
		}
		let text = rpassword::prompt_password("signing key (mnemonic, hex seed or URI): ")
			.map_err(KeyError::Prompt)?;
		Ok(keys::parse("the prompt", &text)?)
	}
}

fn from_file(path: &Path) -> Result<Keypair, KeyError> {
	let key = keys::from_file(path)?;
	if let Ok(Some(_)) = files::others_permissions(path) {
		output::warn(format_args!(
			"{} can be read by others: chmod 600 would stop that",
			path.display()
		));
	}
	Ok(key)
}
