//! What a person sees: lines, or one JSON object; a progress bar; how long it took and how much
//! memory it needed.

use std::{
	fmt::Display,
	io::{self, BufRead, IsTerminal, Write},
	sync::{
		mpsc::{self, RecvTimeoutError},
		Mutex, PoisonError,
	},
	thread::JoinHandle,
	time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{json, Value};
use zkml_client::text;

use crate::error::CliError;

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where results go. Everything that a person reads leaves through this file, line by line, and no
/// line can hold a character that is not [plain](text::escape): whoever's words are in it, they are
/// one line and move nothing on a terminal.
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
			let _ = writeln!(io::stdout(), "{}", text::escape(&line.to_string()));
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
			let _ = writeln!(stdout, "{}", text::json(&value.to_string()));
			let _ = stdout.flush();
		}
	}

	/// Says why a verb failed: a line on standard error for people, and with `json` the one object too.
	pub fn fail(&self, error: &CliError) {
		self.finish(json!({ "error": error.describe() }));
		complain(error);
	}

	/// Asks before money is spent, of which the figures were printed. Where nobody can be asked,
	/// `--yes` must have been given: see [`can_ask`].
	pub fn confirm(&self, question: &str, yes: bool) -> Result<(), CliError> {
		if yes {
			return Ok(());
		}
		if self.json {
			return Err(CliError::unasked("--json prints no figures to agree to"));
		}
		can_ask()?;
		let _ = write!(io::stdout(), "{} [y/N] ", text::escape(question));
		let _ = io::stdout().flush();
		let mut answer = String::new();
		let _ = io::stdin().lock().read_line(&mut answer);
		match answer.trim().to_ascii_lowercase().as_str() {
			"y" | "yes" => Ok(()),
			_ => Err(CliError::Declined),
		}
	}
}

/// Refuses where there is no terminal to ask at. No answer is not a yes: what is piped, or run by
/// another program, must have been told `--yes`.
pub fn can_ask() -> Result<(), CliError> {
	match (io::stdin().is_terminal(), io::stdout().is_terminal()) {
		(true, true) => Ok(()),
		(false, _) => Err(CliError::unasked("standard input is no terminal")),
		(_, false) => Err(CliError::unasked("standard output is no terminal")),
	}
}

/// Something to know that stops nothing; standard error, so that it never mixes with results.
pub fn warn(line: impl Display) {
	note(format_args!("warning: {}", text::one_line(&line.to_string())));
}

/// The one line of a failure.
pub fn complain(error: &impl Display) {
	note(format_args!("error: {}", text::one_line(&error.to_string())));
}

/// A line on standard error.
pub fn note(line: impl Display) {
	let _ = writeln!(io::stderr(), "{}", text::escape(&line.to_string()));
}

/// Help that clap wrote: several lines, and nothing of a stranger's in them.
pub fn help(text: &impl Display, asked: bool) {
	let _ = match asked {
		true => write!(io::stdout(), "{text}"),
		false => write!(io::stderr(), "{text}"),
	};
}

/// A bar on standard error that appears once the work has taken a second, on a terminal only, and
/// goes when dropped.
pub struct Progress {
	bar: ProgressBar,
	started: Instant,
	stage: Mutex<Stage>,
	stop: Option<mpsc::Sender<()>>,
	drawer: Option<JoinHandle<()>>,
}

impl Progress {
	/// Begins to count seconds, shown on a terminal beside what is being done.
	pub fn start(what: &str) -> Self {
		let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
		bar.set_style(spinner());
		bar.set_message(text::escape(what));
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
		let stage = Mutex::new(Stage { name: what.to_owned(), since: Instant::now() });
		Self { bar, started: Instant::now(), stage, stop: Some(stop), drawer }
	}

	/// Says what is going on and how far it is; a total of 0 means that nobody knows.
	pub fn update(&self, stage: &str, done: u64, total: u64) {
		let took = {
			let mut now = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
			if now.name != stage {
				*now = Stage { name: stage.to_owned(), since: Instant::now() };
			}
			now.since.elapsed()
		};
		self.bar.set_message(text::escape(stage));
		if total == 0 {
			self.bar.set_style(spinner());
			return;
		}
		let left = left(took, done, total).map(|left| format!(", {left} s left"));
		self.bar.set_prefix(left.unwrap_or_default());
		self.bar.set_style(measured());
		self.bar.set_length(total);
		self.bar.set_position(done);
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

/// A part of the work, and when it began.
struct Stage {
	name: String,
	since: Instant,
}

/// How long the rest of a stage takes, in whole seconds, if it goes on as it did. The first steps say
/// little about the others: nothing is told before a second and a twentieth of the work.
fn left(took: Duration, done: u64, total: u64) -> Option<u64> {
	let rest = total.checked_sub(done)?;
	if took < PATIENCE || u128::from(done) * 20 < u128::from(total) {
		return None;
	}
	let ms = took.as_millis() * u128::from(rest) / u128::from(done.max(1));
	u64::try_from(ms.div_ceil(1000)).ok()
}

fn spinner() -> ProgressStyle {
	ProgressStyle::with_template("{spinner} {msg} {elapsed}")
		.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn measured() -> ProgressStyle {
	ProgressStyle::with_template("{msg} [{bar:30}] {percent}% {elapsed}{prefix}")
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
	fn what_is_left_is_told_once_something_is_known() {
		let second = Duration::from_secs(1);
		for (took, done, total) in [
			(Duration::ZERO, 0, 1),
			(second / 2, 1, 2),
			(second * 60, 0, 100),
			(second * 60, 4, 100),
			(second, 3, 2),
		] {
			assert_eq!(left(took, done, total), None, "{done} of {total}");
		}
		assert_eq!(left(second, 1, 20), Some(19));
		assert_eq!(left(second * 3, 1, 2), Some(3));
		assert_eq!(left(second * 3, 2, 2), Some(0));
		assert_eq!(left(second, u64::MAX, u64::MAX), Some(0));
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
