//! What a person sees: lines, or one JSON object; a progress bar; how long it took and how much
//! memory it needed.

use std::{
	fmt::Display,
	io::{self, BufRead, IsTerminal, Write},
	sync::mpsc::{self, RecvTimeoutError},
	thread::JoinHandle,
	time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{json, Value};

use crate::error::CliError;

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where results go.
pub struct Output {
	json: bool,
}

impl Output {
	/// With `json`, standard output carries one object and nothing else.
	pub fn new(json: bool) -> Self {
		Self { json }
	}

	/// A line for people. A reader that went away is no reason to fail.
	pub fn say(&self, line: impl Display) {
		if !self.json {
			let _ = writeln!(io::stdout(), "{line}");
		}
	}

	/// A labelled value for people, aligned.
	pub fn field(&self, label: &str, value: impl Display) {
		self.say(format_args!("  {label:<20} {value}"));
	}

	/// The one object for programs.
	pub fn finish(&self, value: Value) {
		if self.json {
			let mut stdout = io::stdout();
			let _ = writeln!(stdout, "{value}");
			let _ = stdout.flush();
		}
	}

	/// Asks before money is spent. Without a terminal there is nobody to ask, and `--yes` is needed
	/// no more than in any script; the figures were printed.
	pub fn confirm(&self, question: &str, yes: bool) -> Result<(), CliError> {
		if yes || self.json || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
			return Ok(());
		}
		let _ = write!(io::stdout(), "{question} [y/N] ");
		let _ = io::stdout().flush();
		let mut answer = String::new();
		let _ = io::stdin().lock().read_line(&mut answer);
		match answer.trim().to_ascii_lowercase().as_str() {
			"y" | "yes" => Ok(()),
			_ => Err(CliError::Declined),
		}
	}
}

/// Something to know that stops nothing; standard error, so that it never mixes with results.
pub fn warn(line: impl Display) {
	let _ = writeln!(io::stderr(), "warning: {}", one_line(&line.to_string()));
}

/// The one line of a failure.
pub fn complain(error: &impl Display) {
	let _ = writeln!(io::stderr(), "error: {}", one_line(&error.to_string()));
}

/// Joins what came as several lines. Other control characters, with which a stranger's words could
/// write over a terminal, become spaces.
pub fn one_line(text: &str) -> String {
	let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
	lines.join("; ").replace(char::is_control, " ")
}

/// A bar on standard error that appears once the work has taken a second, on a terminal only, and
/// goes when dropped.
pub struct Progress {
	bar: ProgressBar,
	started: Instant,
	stop: Option<mpsc::Sender<()>>,
	drawer: Option<JoinHandle<()>>,
}

impl Progress {
	/// Starts the clock.
	pub fn start(what: &str) -> Self {
		let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
		bar.set_style(spinner());
		bar.set_message(what.to_owned());
		let (stop, stopped) = mpsc::channel();
		let drawer = io::stderr().is_terminal().then(|| {
			let bar = bar.clone();
			std::thread::spawn(move || {
				if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
					bar.set_draw_target(ProgressDrawTarget::stderr());
					bar.enable_steady_tick(Duration::from_millis(100));
				}
			})
		});
		Self { bar, started: Instant::now(), stop: Some(stop), drawer }
	}

	/// Says what is going on and how far it is; a total of 0 means that nobody knows.
	pub fn update(&self, stage: &str, done: u64, total: u64) {
		self.bar.set_message(stage.to_owned());
		if total > 0 {
			self.bar.set_style(measured());
			self.bar.set_length(total);
			self.bar.set_position(done);
		}
	}

	/// Takes the bar away and tells the time.
	pub fn finish(self) -> Duration {
		self.started.elapsed()
	}
}

impl Drop for Progress {
	fn drop(&mut self) {
		drop(self.stop.take());
		if let Some(drawer) = self.drawer.take() {
			let _ = drawer.join();
		}
		self.bar.finish_and_clear();
	}
}

fn spinner() -> ProgressStyle {
	ProgressStyle::with_template("{spinner} {msg} {elapsed}")
		.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn measured() -> ProgressStyle {
	ProgressStyle::with_template("{msg} [{bar:30}] {percent}% {elapsed}, {eta} left")
		.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The most memory this process ever held, in bytes, where the system tells.
pub fn peak_memory() -> Option<u64> {
	let status = std::fs::read_to_string("/proc/self/status").ok()?;
	let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
	let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
	Some(kib * 1024)
}

/// Prints time and memory, and gives them for the JSON object.
pub fn cost(out: &Output, took: Duration) -> Value {
	let peak = peak_memory();
	let memory = peak.map_or_else(|| "unknown".into(), bytes);
	out.field("took", format_args!("{}, peak memory {memory}", seconds(took)));
	json!({ "ms": took.as_millis() as u64, "peak_memory_bytes": peak })
}

/// A time for people.
pub fn seconds(took: Duration) -> String {
	match took.as_millis() {
		ms @ 0..=9_999 => format!("{}.{:03} s", ms / 1000, ms % 1000),
		ms => format!("{} s", ms / 1000),
	}
}

/// A size for people.
pub fn bytes(n: u64) -> String {
	match n {
		0..=9_999 => format!("{n} B"),
		10_000..=9_999_999 => format!("{} kB", n / 1_000),
		_ => format!("{} MB", n / 1_000_000),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_error_of_many_lines_becomes_one() {
		assert_eq!(one_line("a\n  b\n\nc"), "a; b; c");
		assert_eq!(one_line("a\u{1b}[2Jb\tc"), "a [2Jb c");
	}

	#[test]
	fn sizes_and_times_read_well() {
		assert_eq!(bytes(768), "768 B");
		assert_eq!(bytes(1_234_567), "1234 kB");
		assert_eq!(bytes(24_000_000_000), "24000 MB");
		assert_eq!(seconds(Duration::from_millis(1_050)), "1.050 s");
		assert_eq!(seconds(Duration::from_secs(75)), "75 s");
	}

	#[test]
	fn a_short_piece_of_work_ends_at_once() {
		let progress = Progress::start("counting");
		progress.update("counting", 1, 2);
		assert!(progress.finish() < PATIENCE);
	}
}
