//! `zkml serve` as a child of the node: started, watched, started again, ended with the node.

use std::{
	convert::Infallible,
	io,
	path::PathBuf,
	process::{ExitStatus, Stdio},
	time::{Duration, Instant},
};

use rand::{rngs::OsRng, RngCore};
use sp_core::{hexdisplay::HexDisplay, offchain::OffchainStorage};
use tokio::{
	io::{AsyncBufReadExt, AsyncRead, BufReader},
	process::{Child, Command},
};
use zkml_primitives::prover_api::TOKEN_VARIABLE;

use super::{status, Board, Endpoint};
use crate::ports;

/// Where logs of the child go.
const LOG: &str = "prover";
/// How nice the child is to the node.
const NICENESS: &str = "10";
/// How often the child is asked whether it is ready, and the folder whether it is there.
const POLL: Duration = Duration::from_millis(500);

/// How to run the prover.
#[derive(Clone, Debug)]
pub struct ChildSettings {
	/// Path of the `zkml` program that is started.
	pub program: PathBuf,
	/// The folder of models.
	pub models: PathBuf,
	/// The folder of openings of private inputs, if there is one.
	pub openings: Option<PathBuf>,
	/// The folder that openings of hidden outputs are kept in, if there is one.
	pub keep: Option<PathBuf>,
	/// The port on 127.0.0.1 it gets if that is free.
	pub port: u16,
	/// The threads it may use.
	pub threads: usize,
}

/// Keeps a prover running for as long as this future is polled. Dropped, it kills the prover.
pub(super) async fn supervise<S: OffchainStorage>(settings: ChildSettings, mut board: Board<S>) {
	if !settings.program.is_file() {
		log::warn!(
			target: LOG,
			"No prover: expected the program {}, found nothing there. Requests will not be proved \
			 by this node. Build `zkml`, or name it with --prover-bin.",
			settings.program.display()
		);
		return;
	}
	wait_for_models(&settings).await;
	let mut backoff = Backoff::default();
	loop {
		let start = Instant::now();
		match run(&settings, &mut board).await {
			Ok(status) => log::warn!(target: LOG, "The prover ended: {status}"),
			Err(error) => log::warn!(target: LOG, "The prover did not start: {error}"),
		}
		board.write(None);
		let pause = backoff.after(start.elapsed());
		log::info!(target: LOG, "The prover starts again in {} s", pause.as_secs());
		tokio::time::sleep(pause).await;
	}
}

async fn wait_for_models(settings: &ChildSettings) {
	if settings.models.is_dir() {
		return;
	}
	log::info!(
		target: LOG,
		"No folder {} yet: the prover starts when it is there.",
		settings.models.display()
	);
	while !settings.models.is_dir() {
		tokio::time::sleep(POLL).await;
	}
}

/// Runs the prover once, to its end.
async fn run<S: OffchainStorage>(
	settings: &ChildSettings,
	board: &mut Board<S>,
) -> io::Result<ExitStatus> {
	let port = ports::free(settings.port)?;
	if settings.port != 0 && port != settings.port {
		log::warn!(
			target: LOG,
			"Port {} is taken, perhaps by the prover of another node: this node's listens on {port}.",
			settings.port
		);
	}
	log::info!(target: LOG, "The prover starts: it reads the models in {}", settings.models.display());
	let endpoint = Endpoint { url: format!("http://127.0.0.1:{port}"), token: fresh_token() };
	let mut child = spawn(settings, port, &endpoint.token)?;
	let stdout = forward(child.stdout.take());
	let stderr = forward(child.stderr.take());
	// `stdin` stays open as long as the node lives: the child ends when it closes, even if the
	// node was killed and could not end it.
	let _stdin = child.stdin.take();
	let ready = async {
		loop {
			tokio::time::sleep(POLL).await;
			if let Ok(status) = status::fetch(&endpoint).await {
				log::info!(
					target: LOG,
					"The prover is ready at {}, models: {}, threads: {}",
					endpoint.url,
					status.models,
					settings.threads
				);
				board.write(Some(endpoint));
				break;
			}
		}
		std::future::pending::<Infallible>().await
	};
	tokio::select! {
		status = child.wait() => status,
		(never, (), ()) = async { tokio::join!(ready, stdout, stderr) } => match never {},
	}
}

/// Starts the program through `nice`, so that proving takes only what the node leaves.
fn spawn(settings: &ChildSettings, port: u16, token: &str) -> io::Result<Child> {
	let mut nice = Command::new("nice");
	nice.args(["-n", NICENESS]).arg(&settings.program);
	match configure(&mut nice, settings, port, token).spawn() {
		Err(error) if error.kind() == io::ErrorKind::NotFound => {
			log::warn!(target: LOG, "No program `nice` here: proving competes with the node.");
			configure(&mut Command::new(&settings.program), settings, port, token).spawn()
		}
		result => result,
	}
}

fn configure<'a>(
	command: &'a mut Command,
	settings: &ChildSettings,
	port: u16,
	token: &str,
) -> &'a mut Command {
	command
		.arg("serve")
		.arg("--listen")
		.arg(format!("127.0.0.1:{port}"))
		.arg("--models")
		.arg(&settings.models)
		.arg("--threads")
		.arg(settings.threads.to_string());
	for (option, folder) in [("--openings", &settings.openings), ("--keep", &settings.keep)] {
		if let Some(folder) = folder {
			command.arg(option).arg(folder);
		}
	}
	command
		.arg("--exit-with-parent")
		.env(TOKEN_VARIABLE, token)
		.stdin(Stdio::piped())
		.stdout(Stdio::piped())
		.stderr(Stdio::piped())
		.kill_on_drop(true);
	// An interrupt typed at the terminal is for the node, which then ends the child.
	#[cfg(unix)]
	command.process_group(0);
	command
}

/// Copies what the child says to the node's log.
async fn forward(stream: Option<impl AsyncRead + Unpin>) {
	let Some(stream) = stream else { return };
	let mut lines = BufReader::new(stream).lines();
	while let Ok(Some(line)) = lines.next_line().await {
		log::info!(target: LOG, "{line}");
	}
}

/// 32 random bytes in hexadecimal.
fn fresh_token() -> String {
	let mut bytes = [0; 32];
	OsRng.fill_bytes(&mut bytes);
	HexDisplay::from(&bytes).to_string()
}

/// How long to wait before the next start: twice as long each time, from the shortest again after
/// a good run.
#[derive(Default)]
struct Backoff {
	failures: u32,
}

impl Backoff {
	const SHORTEST: Duration = Duration::from_secs(1);
	const LONGEST: Duration = Duration::from_secs(60);

	fn after(&mut self, run: Duration) -> Duration {
		if run >= Self::LONGEST {
			self.failures = 0;
		}
		let pause = Self::SHORTEST.saturating_mul(1 << self.failures.min(6)).min(Self::LONGEST);
		self.failures = self.failures.saturating_add(1);
		pause
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::offchain::storage::InMemOffchainStorage;
	use std::path::Path;

	#[test]
	fn the_pause_doubles_up_to_a_minute_and_a_good_run_resets_it() {
		let mut backoff = Backoff::default();
		let pauses: Vec<_> = (0..9).map(|_| backoff.after(Duration::ZERO).as_secs()).collect();
		assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
		assert_eq!(backoff.after(Duration::from_secs(61)).as_secs(), 1);
	}

	#[test]
	fn no_two_tokens_are_the_same() {
		let token = fresh_token();
		assert_eq!(token.len(), 64);
		assert_ne!(token, fresh_token());
	}

	/// A folder with a program in it that writes its process id, its arguments and its token
	/// beside itself, and then waits.
	fn waiting_program(name: &str) -> PathBuf {
		use std::os::unix::fs::PermissionsExt;
		let folder = std::env::temp_dir().join(format!("zkml-node-{}-{name}", std::process::id()));
		std::fs::create_dir_all(&folder).unwrap();
		let program = folder.join("program");
		let script =
			"#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho $$ $ZKML_PROVER_TOKEN > note.part\n\
			echo \"$@\" >> note.part\nnice >> note.part\nmv note.part note\nexec sleep 1000\n";
		std::fs::write(&program, script).unwrap();
		std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
		folder
	}

	async fn within_seconds<T>(mut look: impl FnMut() -> Option<T>) -> T {
		for _ in 0..200 {
			if let Some(found) = look() {
				return found;
			}
			tokio::time::sleep(Duration::from_millis(50)).await;
		}
		panic!("not within 10 s");
	}

	#[tokio::test]
	async fn the_child_is_nice_gets_its_token_in_private_and_dies_with_its_supervisor() {
		let folder = waiting_program("child");
		let settings = ChildSettings {
			program: folder.join("program"),
			models: folder.clone(),
			openings: Some("given".into()),
			keep: Some("kept".into()),
			port: 0,
			threads: 3,
		};
		let (board, _endpoint) = Board::new(InMemOffchainStorage::default());
		let supervisor = tokio::spawn(supervise(settings, board));
		let note = within_seconds(|| std::fs::read_to_string(folder.join("note")).ok()).await;
		supervisor.abort();

		let words: Vec<_> = note.split_whitespace().collect();
		let (pid, token) = (words[0], words[1]);
		assert_eq!(token.len(), 64);
		assert_eq!(note.matches(token).count(), 1, "the token is not among the arguments");
		assert_eq!(words[2..4], ["serve", "--listen"]);
		assert!(note.contains("--threads 3 --openings given --keep kept --exit-with-parent"));
		let own: i32 = std::process::Command::new("nice")
			.output()
			.map(|output| String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
			.unwrap();
		let nice: i32 = words.last().unwrap().parse().unwrap();
		assert!(nice == own + 10 || nice == 19);

		let stat = PathBuf::from(format!("/proc/{pid}/stat"));
		// Gone, or dead and waiting to be collected.
		within_seconds(|| match std::fs::read_to_string(&stat) {
			Err(_) => Some(()),
			Ok(text) => text.contains(") Z ").then_some(()),
		})
		.await;
		std::fs::remove_dir_all(folder).unwrap();
	}

	#[tokio::test]
	async fn without_the_program_nothing_is_promised_to_the_worker() {
		let settings = ChildSettings {
			program: Path::new("/nowhere/zkml").into(),
			models: std::env::temp_dir(),
			openings: None,
			keep: None,
			port: 0,
			threads: 1,
		};
		let (board, endpoint) = Board::new(InMemOffchainStorage::default());
		supervise(settings, board).await;
		assert!(endpoint.borrow().is_none());
	}
}
