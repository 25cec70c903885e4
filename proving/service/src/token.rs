//! The bearer token.

use std::{
	io::Write,
	path::{Path, PathBuf},
};

use rand::RngCore;
use zkml_files::{
	files::{self, FileProblem},
	Mismatch,
};
use zkml_primitives::prover_api::TOKEN_VARIABLE;

use crate::ServiceError;

/// Shorter ones could be guessed.
const SHORTEST: usize = 16;

/// What every request must show.
#[derive(Clone)]
pub struct Token {
	text: String,
	/// Where a fresh one has to be written.
	unwritten: Option<PathBuf>,
}

impl Token {
	/// From the file, or a fresh one if it is not there, or else from [`TOKEN_VARIABLE`].
	///
	/// # Errors
	///
	/// If there is none, it is too short, or others can read the file.
	pub fn obtain(file: Option<&Path>) -> Result<Self, ServiceError> {
		match file {
			Some(path) if !path.exists() => {
				let mut bytes = [0; 32];
				rand::rngs::OsRng.fill_bytes(&mut bytes);
				let token = ::hex::encode(bytes);
				Ok(Self { text: token, unwritten: Some(path.into()) })
			}
			file => Self::known(file),
		}
	}

	/// That of a service which runs: from the file, or else from [`TOKEN_VARIABLE`].
	///
	/// # Errors
	///
	/// If there is none, it is too short, or others can read the file.
	pub fn known(file: Option<&Path>) -> Result<Self, ServiceError> {
		match file {
			Some(path) => {
				let bytes = files::read(path, 4096)?;
				let text = String::from_utf8_lossy(&bytes);
				let token = Self::check(&path.display().to_string(), &text)?;
				check_readers(path)?;
				Ok(token)
			}
			None => match std::env::var(TOKEN_VARIABLE) {
				Ok(text) => Ok(Self::check(TOKEN_VARIABLE, &text)?),
				Err(_) => {
					let expected = format!("one by --token-file or in {TOKEN_VARIABLE}");
					Err(Mismatch::new("the bearer token", expected, "none").into())
				}
			},
		}
	}

	/// Writes a fresh token to its file, for its owner alone. A file that came meanwhile is another
	/// service's, and stays.
	pub(crate) fn keep(&self) -> Result<(), FileProblem> {
		let Some(path) = &self.unwritten else { return Ok(()) };
		let mut options = std::fs::OpenOptions::new();
		options.write(true).create_new(true);
		#[cfg(unix)]
		std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
		let written = options.open(path).and_then(|mut file| {
			writeln!(file, "{}", self.text)?;
			file.sync_all()
		});
		written.map_err(|source| FileProblem::Write { path: path.clone(), source })
	}

	fn check(place: &str, text: &str) -> Result<Self, Mismatch> {
		let token = text.trim();
		let printable = token.bytes().all(|b| b.is_ascii_graphic());
		if token.len() < SHORTEST || !printable {
			let expected = format!("a token of at least {SHORTEST} printable characters");
			let got = format!("{} characters", token.chars().count());
			return Err(Mismatch::new(place, expected, got));
		}
		Ok(Self { text: token.to_owned(), unwritten: None })
	}

	/// The `authorization` header that shows it.
	pub(crate) fn header(&self) -> String {
		format!("Bearer {}", self.text)
	}

	/// Whether this `authorization` header carries it. Takes the same time wherever they differ.
	pub(crate) fn allows(&self, header: &str) -> bool {
		let Some(shown) = header.strip_prefix("Bearer ") else { return false };
		let (shown, token) = (shown.as_bytes(), self.text.as_bytes());
		let differences = shown.iter().zip(token).fold(0, |seen, (a, b)| seen | (a ^ b));
		shown.len() == token.len() && differences == 0
	}
}

/// Refuses a file that others may read: whoever has the token has the prover, and what it holds.
fn check_readers(path: &Path) -> Result<(), FileProblem> {
	let Some(mode) = files::others_permissions(path)? else { return Ok(()) };
	let expected = format!("a token that its owner alone can read: `chmod 600 {}`", path.display());
	Err(FileProblem::content(path, expected, format!("permissions {mode:o}")))
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;

	/// One that a test's service asks for.
	pub(crate) fn token() -> Token {
		Token::check("the test's", "0123456789abcdef0123").unwrap()
	}

	#[test]
	fn only_the_whole_token_is_let_in() {
		let token = Token::check("x", " 0123456789abcdef\n").unwrap();
		assert!(token.allows("Bearer 0123456789abcdef"));
		for wrong in [
			"",
			"Bearer ",
			"Bearer 0123456789abcde",
			"Bearer 0123456789abcdef0",
			"Bearer 0123456789abcdeF",
			"bearer 0123456789abcdef",
			"0123456789abcdef",
		] {
			assert!(!token.allows(wrong), "{wrong}");
		}
	}

	#[test]
	fn a_short_token_is_refused_without_being_shown() {
		let error = Token::check("the file", "secret").err().unwrap().to_string();
		assert_eq!(
			error,
			"the file: expected a token of at least 16 printable characters, got 6 characters"
		);
	}

	#[test]
	fn a_missing_file_is_made_once_it_is_kept_private_and_read_the_next_time() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("token");
		let made = Token::obtain(Some(&path)).unwrap();
		assert!(!path.exists());
		made.keep().unwrap();
		let mode = std::fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let read = Token::obtain(Some(&path)).unwrap();
		assert!(read.allows(&format!("Bearer {}", made.text)));
	}

	#[test]
	fn a_token_that_others_can_read_is_refused_and_one_that_came_meanwhile_stays() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("token");
		let late = Token::obtain(Some(&path)).unwrap();
		std::fs::write(&path, "0123456789abcdef").unwrap();
		assert!(late.keep().is_err());
		assert_eq!(std::fs::read(&path).unwrap(), b"0123456789abcdef");
		for mode in [0o644, 0o640, 0o606] {
			std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
			let error = Token::obtain(Some(&path)).err().unwrap().to_string();
			assert!(error.contains("expected a token that its owner alone can read"), "{error}");
			assert!(error.ends_with(&format!("got permissions {mode:o}")), "{error}");
		}
		std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
		assert!(Token::obtain(Some(&path)).is_ok());
	}
}
