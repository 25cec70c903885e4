//! One input under limits.

use std::{
	fs,
	sync::{
		atomic::{AtomicBool, Ordering},
		mpsc,
	},
	thread,
	time::Duration,
};

use crate::Target;

/// Longest time for one input. What is promised is a few seconds; machines that test are busy.
const TIME: Duration = Duration::from_secs(30);
/// Most memory for one input, beyond what was used before.
const MEMORY_KB: u64 = 400_000;

/// What became of an input.
pub enum Outcome {
	/// All promises were kept.
	Kept,
	/// One was not, and which.
	Broken(String),
}

/// Runs a target on one input. A thread that does not come back is left behind: the test fails, and
/// the process ends with it.
pub fn run(target: Target, bytes: &[u8]) -> Outcome {
	static HUNG: AtomicBool = AtomicBool::new(false);
	if HUNG.load(Ordering::Relaxed) {
		// Nothing can be measured beside a thread that still runs, so a hang is not made smaller.
		return Outcome::Kept;
	}
	let (done, finished) = mpsc::channel();
	let input = bytes.to_vec();
	let before = forget_peak();
	let thread = thread::spawn(move || {
		target(&input);
		// Nobody listens after the time is up.
		let _ = done.send(());
	});
	if let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(TIME) {
		HUNG.store(true, Ordering::Relaxed);
		return Outcome::Broken(format!("expected an end within {TIME:?}, got none"));
	}
	if let Err(panic) = thread.join() {
		let text = panic.downcast_ref::<String>().map(String::as_str);
		let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
		return Outcome::Broken(text.into());
	}
	if let (Some(before), Some(peak)) = (before, kilobytes("VmHWM:")) {
		let used = peak.saturating_sub(before);
		if used > MEMORY_KB {
			return Outcome::Broken(format!("expected at most {MEMORY_KB} kB, got {used} kB"));
		}
	}
	Outcome::Kept
}

/// Starts counting the peak of memory anew and tells what is in use, where the system can.
fn forget_peak() -> Option<u64> {
	fs::write("/proc/self/clear_refs", "5").ok()?;
	kilobytes("VmRSS:")
}

fn kilobytes(field: &str) -> Option<u64> {
	let status = fs::read_to_string("/proc/self/status").ok()?;
	let line = status.lines().find_map(|line| line.strip_prefix(field))?;
	line.split_whitespace().next()?.parse().ok()
}
