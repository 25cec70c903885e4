//! What tests of the prover share.
#![allow(dead_code)]

use std::{
	path::PathBuf,
	process::Command,
	sync::atomic::{AtomicU32, Ordering},
};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use zkml_prover::processor::VARIABLE;

/// The same numbers every time.
pub fn rng(seed: u64) -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(seed)
}

/// Runs all tests of this file again, as on processors that offer less.
pub fn again_with_fewer_vectors() {
	if std::env::var_os(VARIABLE).is_some() {
		return;
	}
	for vectors in ["avx2", "none"] {
		let mut tests = Command::new(std::env::current_exe().unwrap());
		let output = tests.env(VARIABLE, vectors).output().unwrap();
		let text = String::from_utf8_lossy(&output.stdout);
		assert!(output.status.success(), "{VARIABLE}={vectors}: {text}");
	}
}

/// A folder that goes with the test.
pub struct Folder(pub PathBuf);

impl Folder {
	/// An empty one.
	pub fn new() -> Self {
		static COUNT: AtomicU32 = AtomicU32::new(0);
		let count = COUNT.fetch_add(1, Ordering::Relaxed);
		let path = std::env::temp_dir().join(format!("zkml-prover-{}-{count}", std::process::id()));
		std::fs::create_dir_all(&path).unwrap();
		Self(path)
	}

	/// The path of a file in it.
	pub fn file(&self, name: &str) -> PathBuf {
		self.0.join(name)
	}
}

impl Drop for Folder {
	fn drop(&mut self) {
		// What is left is in the system's folder for such things.
		let _ = std::fs::remove_dir_all(&self.0);
	}
}
