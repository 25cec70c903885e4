//! Hostile bytes for whatever reads bytes: any bytes, and good ones with a few changes.
//!
//! A target is a function that panics if what it is given breaks a promise. It runs on its corpus
//! first (a folder of inputs that once broke something), then on so many made-up inputs. Each input
//! has a limit of time and of memory. One that breaks a promise is made smaller and put into the
//! corpus. `PROPTEST_CASES` may raise the number of inputs.

mod change;
mod limits;

use std::{
	fs,
	path::{Path, PathBuf},
	sync::Mutex,
};

use proptest::{
	collection::vec,
	prelude::*,
	test_runner::{Config, RngSeed, TestError, TestRunner},
};

pub use change::{changed, Change};
use limits::Outcome;

/// What is called with each input, in a thread of its own.
pub type Target = fn(&[u8]);

/// A target and what to feed it with.
#[derive(Clone, Debug)]
pub struct Fuzz {
	/// The folder of its corpus.
	pub corpus: PathBuf,
	/// Good inputs, which are changed.
	pub good: Vec<Vec<u8>>,
	/// How many inputs are made up.
	pub cases: u32,
}

/// Limits are for one input at a time, so targets take turns.
static TURN: Mutex<()> = Mutex::new(());

impl Fuzz {
	/// With the corpus of this name in the folder `tests/fuzz` of a crate.
	pub fn new(crate_folder: &str, name: &str, good: Vec<Vec<u8>>, cases: u32) -> Self {
		let corpus = Path::new(crate_folder).join("tests/fuzz").join(name);
		let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
		Self { corpus, good, cases: asked.map_or(cases, |asked: u32| asked.max(cases)) }
	}

	/// Runs the target on any bytes and on good bytes with changes.
	///
	/// # Panics
	///
	/// If the target does, or takes too much time or memory.
	pub fn run(&self, target: Target) {
		let good = self.good.clone();
		let changes = vec(any::<Change>(), 1..6);
		let mutated = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), changes)
			.prop_map(move |(first, second, changes)| {
				let [first, second]: [&Vec<u8>; 2] = [first.get(&good), second.get(&good)];
				changed(first, second, &changes)
			});
		let any_bytes = vec(any::<u8>(), 0..400);
		self.run_on(prop_oneof![1 => any_bytes.boxed(), 9 => mutated.boxed()].boxed(), target);
	}

	/// Runs the target on its corpus, its good inputs and on what a strategy makes.
	///
	/// # Panics
	///
	/// As [`Self::run`].
	pub fn run_on(&self, inputs: BoxedStrategy<Vec<u8>>, target: Target) {
		// A target that failed has let its turn go.
		let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
		for (name, bytes) in self.regressions() {
			if let Outcome::Broken(why) = limits::run(target, &bytes) {
				panic!("{name} of the corpus: {why}");
			}
		}
		for (index, bytes) in self.good.iter().enumerate() {
			if let Outcome::Broken(why) = limits::run(target, bytes) {
				panic!("good input {index}: {why}");
			}
		}
		let config = Config {
			cases: self.cases,
			failure_persistence: None,
			max_shrink_iters: 400,
			rng_seed: self.seed(),
			..Config::default()
		};
		let result =
			TestRunner::new(config).run(&inputs, |bytes| match limits::run(target, &bytes) {
				Outcome::Kept => Ok(()),
				Outcome::Broken(why) => Err(TestCaseError::fail(why)),
			});
		match result {
			Ok(()) => {}
			Err(TestError::Fail(why, bytes)) => {
				let path = self.keep(&bytes);
				panic!("{} ({} bytes): {why}", path.display(), bytes.len());
			}
			Err(TestError::Abort(why)) => panic!("no inputs: {why}"),
		}
	}

	/// The same inputs in every run of the usual length, so that a change of the code and not chance
	/// breaks a build; others in longer ones.
	fn seed(&self) -> RngSeed {
		match std::env::var_os("PROPTEST_CASES") {
			None => RngSeed::Fixed(0),
			Some(_) => RngSeed::Random,
		}
	}

	/// The corpus, by name; there may be none yet.
	fn regressions(&self) -> Vec<(String, Vec<u8>)> {
		let Ok(entries) = fs::read_dir(&self.corpus) else { return Vec::new() };
		let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
		files.sort();
		let named = |path: PathBuf| {
			let name = path.file_name()?.to_string_lossy().into_owned();
			Some((name, fs::read(&path).ok()?))
		};
		files.into_iter().filter_map(named).collect()
	}

	/// Puts an input into the corpus, under a name made of its bytes.
	fn keep(&self, bytes: &[u8]) -> PathBuf {
		// FNV-1a: it only has to differ.
		let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
			(hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
		});
		let path = self.corpus.join(format!("found-{hash:016x}"));
		// What cannot be written is still in the message.
		let _ = fs::create_dir_all(&self.corpus).and_then(|()| fs::write(&path, bytes));
		path
	}
}

/// Runs a target on one input under the limits, for whoever makes inputs by a table.
///
/// # Errors
///
/// If a promise is broken: which.
pub fn kept(target: Target, bytes: &[u8]) -> Result<(), String> {
	let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
	match limits::run(target, bytes) {
		Outcome::Kept => Ok(()),
		Outcome::Broken(why) => Err(why),
	}
}

/// A refusal that people can use: one line that says what was expected and what was got.
///
/// # Panics
///
/// If it is none.
pub fn check_refusal(error: &dyn std::fmt::Display) {
	let words = error.to_string();
	assert_eq!(words.lines().count(), 1, "a refusal of several lines: {words:?}");
	assert!(!words.chars().any(char::is_control), "control characters in a refusal: {words:?}");
	assert!(words.len() < 4_000, "a refusal of {} bytes", words.len());
	let both = words.contains("expected") && words.contains("got");
	assert!(both, "a refusal without expected and got: {words:?}");
}
