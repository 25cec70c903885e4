//! A folder to run the command in, and what to expect of its errors.

use std::{
	collections::BTreeMap,
	fs,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Command, Output, Stdio},
	sync::atomic::{AtomicU32, Ordering},
};

use serde_json::Value;
use zkml_primitives::blake2_256;

/// A folder with the digits model and an input, removed at the end.
pub struct Bench(pub PathBuf);

impl Bench {
	/// With model and input alone.
	pub fn new(name: &str) -> Self {
		// Names are for who looks at what is left of a killed test; two may have the same.
		static COUNT: AtomicU32 = AtomicU32::new(0);
		let (id, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
		let folder = std::env::temp_dir().join(format!("zkml-cli-{name}-{id}-{count}"));
		let _ = fs::remove_dir_all(&folder);
		fs::create_dir_all(&folder).unwrap();
		let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits");
		fs::copy(digits.join("digits.onnx"), folder.join("model.onnx")).unwrap();
		fs::copy(digits.join("input.json"), folder.join("input.json")).unwrap();
		Self(folder)
	}

	/// Puts the retrained digits model there, as `retrained.onnx`.
	pub fn retrained(&self) {
		let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits");
		fs::copy(digits.join("digits-retrained.onnx"), self.0.join("retrained.onnx")).unwrap();
	}

	/// A model of digits compiled with these options, and its keys.
	pub fn ready(name: &str, more: &str) -> Self {
		let bench = Self::new(name);
		bench.json(&format!("compile --input-min 0 --input-max 16 {more}"));
		bench.json("setup");
		bench
	}

	/// The command with the words of this line.
	pub fn command(&self, line: &str) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_zkml"));
		command.args(line.split_whitespace()).current_dir(&self.0).stdin(Stdio::null());
		for variable in ["ZKML_KEY", "ZKML_URL", "ZKML_PROVER_TOKEN"] {
			command.env_remove(variable);
		}
		command
	}

	/// What the command prints and its exit code, for a line of arguments.
	pub fn run(&self, line: &str) -> Output {
		self.command(line).output().unwrap()
	}

	/// The object that a verb prints with `--json`, and that it prints nothing else.
	pub fn json(&self, line: &str) -> Value {
		let output = self.run(&format!("{line} --json"));
		let errors = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "{line}: {errors}");
		serde_json::from_slice(&output.stdout).unwrap()
	}

	/// The one line of a failure; see [`Bench::error_of`].
	pub fn error(&self, line: &str) -> String {
		self.error_of(line, &mut self.command(line))
	}

	/// The one line of a failure: it says what was expected and what was got, the exit code is that
	/// of a refusal and not of a panic, and every file is as it was.
	pub fn error_of(&self, what: &str, command: &mut Command) -> String {
		let before = self.files();
		let output = command.output().unwrap();
		let errors = String::from_utf8(output.stderr).unwrap();
		assert!(matches!(output.status.code(), Some(1 | 2)), "{what}: {}: {errors}", output.status);
		assert_eq!(errors.lines().count(), 1, "{what}: {errors}");
		assert_eq!(self.files(), before, "{what} changed a file");
		let error = errors.trim().strip_prefix("error: ").unwrap_or_else(|| panic!("{errors}"));
		let expected = error.find("expected ").unwrap_or_else(|| panic!("{what}: {error}"));
		assert!(error[expected..].contains("got"), "{what}: {error}");
		error.to_owned()
	}

	/// Runs lines that must fail, each with words of what was expected and of what was got.
	pub fn refused(&self, table: &[(&str, &[&str])]) {
		for (line, words) in table {
			has(line, &self.error(line), words);
		}
	}

	/// Every path in the folder, with a hash of what is there if it is a file.
	pub fn files(&self) -> BTreeMap<PathBuf, Option<[u8; 32]>> {
		let mut found = BTreeMap::new();
		let mut folders = vec![self.0.clone()];
		while let Some(folder) = folders.pop() {
			for entry in fs::read_dir(folder).unwrap() {
				let path = entry.unwrap().path();
				let content = match path.is_dir() {
					true => None,
					false => Some(blake2_256(&fs::read(&path).unwrap())),
				};
				if content.is_none() {
					folders.push(path.clone());
				}
				found.insert(path, content);
			}
		}
		found
	}

	/// Puts a file in the folder, for its owner alone, as tokens must be.
	pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
		let path = self.0.join(name);
		fs::write(&path, bytes).unwrap();
		fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
	}

	/// The bytes of a file.
	pub fn bytes(&self, name: &str) -> Vec<u8> {
		fs::read(self.0.join(name)).unwrap()
	}

	/// A file of JSON.
	pub fn read(&self, name: &str) -> Value {
		serde_json::from_slice(&self.bytes(name)).unwrap()
	}
}

/// That an error has all of these words.
pub fn has(what: &str, error: &str, words: &[&str]) {
	for word in words {
		assert!(error.contains(word), "{what}: {word:?} not in {error:?}");
	}
}

impl Drop for Bench {
	fn drop(&mut self) {
		let _ = fs::remove_dir_all(&self.0);
	}
}
