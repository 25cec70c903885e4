//! Where the signing key comes from. It never leaves this process and is never printed.

use std::{
	io::{self, IsTerminal},
	path::{Path, PathBuf},
	str::FromStr,
};

use rand::RngCore;
use subxt::utils::AccountId32;
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};
use thiserror::Error;

use crate::files::{self, FileProblem, Over, Readers};

/// The environment variable that may hold a key.
pub const VARIABLE: &str = "ZKML_KEY";

/// Why there is no signing key. The text never shows what was given: it may be a secret.
#[derive(Debug, Error)]
pub enum KeyError {
	/// It was given nowhere and there is nobody to ask.
	#[error(
		"expected a signing key by --key-file, in {VARIABLE} or at a terminal's prompt, got none"
	)]
	Missing,
	/// What was given is no key.
	#[error("{place}: expected a mnemonic, a hex seed or a secret URI, got {length} characters that are none")]
	Malformed {
		/// Where it came from.
		place: String,
		/// How long it is.
		length: usize,
	},
	/// The prompt failed.
	#[error("expected a signing key from the terminal, got: {0}")]
	Prompt(io::Error),
	/// The key file cannot be read.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// The key would replace a file.
	#[error("{}: expected no file of this name, got one: a key is never overwritten", .0.display())]
	Exists(PathBuf),
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
			return parse("--key", uri);
		}
		if let Some(path) = &self.key_file {
			return from_file(path);
		}
		if let Ok(text) = std::env::var(VARIABLE) {
			return parse(VARIABLE, &text);
		}
		if !io::stdin().is_terminal() {
			return Err(KeyError::Missing);
		}
		let text = rpassword::prompt_password("signing key (mnemonic, hex seed or URI): ")
			.map_err(KeyError::Prompt)?;
		parse("the prompt", &text)
	}
}

fn from_file(path: &Path) -> Result<Keypair, KeyError> {
	let bytes = files::read(path, 4096)?;
	let key = parse(&path.display().to_string(), &String::from_utf8_lossy(&bytes))?;
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let readable = std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
		if readable {
			crate::output::warn(format_args!(
				"{} can be read by others: chmod 600 would stop that",
				path.display()
			));
		}
	}
	Ok(key)
}

fn parse(place: &str, text: &str) -> Result<Keypair, KeyError> {
	from_uri(text.trim())
		.map_err(|()| KeyError::Malformed { place: place.into(), length: text.trim().len() })
}

/// A key from its URI.
pub fn from_uri(text: &str) -> Result<Keypair, ()> {
	if text.is_empty() {
		return Err(());
	}
	let uri = SecretUri::from_str(text).map_err(drop)?;
	Keypair::from_uri(&uri).map_err(drop)
}

/// The account of a key.
pub fn account(key: &Keypair) -> AccountId32 {
	key.public_key().to_account_id()
}

/// Writes a new key of 12 words, for its owner alone.
pub fn create(path: &Path) -> Result<Keypair, KeyError> {
	if path.exists() {
		return Err(KeyError::Exists(path.into()));
	}
	let mut entropy = [0; 16];
	rand::rngs::OsRng.fill_bytes(&mut entropy);
	let words = Mnemonic::from_entropy(&entropy)
		.map(|mnemonic| mnemonic.to_string())
		.map_err(|_| KeyError::Missing)?;
	let key = parse("the new key", &words)?;
	files::write_over(path, format!("{words}\n").as_bytes(), Readers::Owner, Over::Nothing)?;
	Ok(key)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::files::tests::Folder;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	#[test]
	fn a_key_is_read_as_uri_seed_or_words_with_white_space_around() {
		let folder = Folder::new("keys");
		let seed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
		for text in [" //Alice\n", seed] {
			let path = folder.file("key");
			files::write_over(&path, text.as_bytes(), Readers::Owner, Over::Anything).unwrap();
			assert_eq!(account(&from_file(&path).unwrap()).to_string(), ALICE, "{text}");
		}
	}

	#[test]
	fn a_malformed_key_is_refused_without_being_shown() {
		for text in ["", "correct horse battery staple", "0x1234"] {
			let error = parse("--key-file", text).err().unwrap().to_string();
			assert!(error.contains("expected a mnemonic"), "{error}");
			assert!(text.is_empty() || !error.contains(text), "{error}");
		}
	}

	#[test]
	fn a_new_key_is_private_readable_again_and_never_overwrites() {
		let folder = Folder::new("new-key");
		let path = folder.file("key");
		let made = create(&path).unwrap();
		assert_eq!(account(&from_file(&path).unwrap()), account(&made));
		assert!(matches!(create(&path), Err(KeyError::Exists(_))));
	}
}
