//! Signing keys in files, and whose they are. A key never leaves its process and is never printed.

use std::{
	path::{Path, PathBuf},
	str::FromStr,
};

use rand::RngCore;
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, SecretUri};
use thiserror::Error;

use crate::{
	chain::AccountId,
	files::{self, FileProblem, Over, Readers},
};

/// Larger files hold no key.
const MAX_FILE: u64 = 4096;
/// Bytes of entropy in a key of 12 words.
const ENTROPY: usize = 16;

/// Why there is no signing key. The text never shows what was given: it may be a secret.
#[derive(Debug, Error)]
pub enum KeyError {
	/// What was given is no key.
	#[error("{place}: expected a mnemonic, a hex seed or a secret URI, got {length} characters that are none")]
	Malformed {
		/// Where it came from.
		place: String,
		/// How long it is.
		length: usize,
	},
	/// The key file cannot be read.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// The key would replace a file.
	#[error("{}: expected no file of this name, got one: a key is never overwritten", .0.display())]
	Exists(PathBuf),
}

/// The key in a file: a mnemonic, a hex seed or a secret URI, with white space around it.
pub fn from_file(path: &Path) -> Result<Keypair, KeyError> {
	let bytes = files::read(path, MAX_FILE)?;
	parse(&path.display().to_string(), &String::from_utf8_lossy(&bytes))
}

/// The same in text; `place` says where it came from.
pub fn parse(place: &str, text: &str) -> Result<Keypair, KeyError> {
	from_uri(text.trim())
		.ok_or_else(|| KeyError::Malformed { place: place.into(), length: text.trim().len() })
}

/// A key from its URI, if it is one.
pub fn from_uri(text: &str) -> Option<Keypair> {
	if text.is_empty() {
		return None;
	}
	let uri = SecretUri::from_str(text).ok()?;
	Keypair::from_uri(&uri).ok()
}

/// The account of a key.
pub fn account(key: &Keypair) -> AccountId {
	key.public_key().to_account_id()
}

/// Writes a new key of 12 words, for its owner alone.
pub fn create(path: &Path) -> Result<Keypair, KeyError> {
	if path.exists() {
		return Err(KeyError::Exists(path.into()));
	}
	let mut entropy = [0; ENTROPY];
	rand::rngs::OsRng.fill_bytes(&mut entropy);
	let words = Mnemonic::from_entropy(&entropy).expect("16 bytes make 12 words; qed").to_string();
	let key = parse("the new key", &words)?;
	files::write_over(path, format!("{words}\n").as_bytes(), Readers::Owner, Over::Nothing)?;
	Ok(key)
}

#[cfg(test)]
mod tests {
	use super::*;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

	#[test]
	fn a_key_is_read_as_uri_seed_or_words_with_white_space_around() {
		let folder = tempfile::tempdir().unwrap();
		let seed = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
		for text in [" //Alice\n", seed] {
			let path = folder.path().join("key");
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
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key");
		let made = create(&path).unwrap();
		assert_eq!(account(&from_file(&path).unwrap()), account(&made));
		assert!(matches!(create(&path), Err(KeyError::Exists(_))));
	}
}
