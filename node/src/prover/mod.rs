//! The prover the off-chain worker hands its jobs to: one the node runs beside itself, or a service
//! that somebody else runs. The worker reads its address from the node's off-chain storage.

mod child;
pub mod status;

use std::{
	io,
	net::IpAddr,
	path::{Path, PathBuf},
};

use codec::Encode;
use sc_service::SpawnTaskHandle;
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use tokio::sync::watch;
use zkml_primitives::prover_api::{TOKEN_KEY, URL_KEY};

use crate::cli::ProverArgs;
pub use child::ChildSettings;
pub use status::Status;

/// The folder of models when none is named.
const MODELS: &str = "models-ready";

/// Why a prover cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
	/// Not a URL this node can use.
	#[error("expected a prover URL such as http://127.0.0.1:9977, got {0:?}")]
	Url(String),
	/// A secret in the URL, which logs show.
	#[error(
		"expected a prover URL without a user or password, got {0:?}; the service's token is read \
		 from --prover-token-file"
	)]
	Credentials(String),
	/// The token would travel readable for everybody on the way.
	#[error(
		"expected https:// for a prover on another machine, got {0:?}: with http:// everybody on the \
		 way could read the token"
	)]
	Clear(String),
	/// A token that other users of this machine can read.
	#[error(
		"expected {path} to be readable for its owner alone, got mode {mode:o}: chmod 600 {path}"
	)]
	Exposed {
		/// Path of the token's file.
		path: PathBuf,
		/// The permissions of the file, the lowest nine bits of its mode.
		mode: u32,
	},
	/// No token in the file.
	#[error("expected a token in {path}, got {got}")]
	Token {
		/// Path of the token's file.
		path: PathBuf,
		/// What was found instead.
		got: String,
	},
	/// The node does not know where it is, so neither where `zkml` is.
	#[error("expected the folder of this program, got: {0}; name the prover with --prover-bin")]
	NoFolder(io::Error),
}

/// A prover service and the right to use it.
#[derive(Clone, Eq, PartialEq)]
pub struct Endpoint {
	/// Such as `http://127.0.0.1:9977`, with no slash at the end.
	pub url: String,
	/// Sent as `authorization: Bearer`.
	pub token: String,
}

/// The token is a secret: logs show the URL alone.
impl std::fmt::Debug for Endpoint {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Endpoint").field("url", &self.url).finish_non_exhaustive()
	}
}

/// Who proves for this node.
#[derive(Debug)]
pub enum Plan {
	/// Nobody: the off-chain worker answers no requests.
	Off,
	/// A child process of the node, started again whenever it ends.
	Child(ChildSettings),
	/// A service that is already there.
	External(Endpoint),
}

impl Plan {
	/// Reads the command line. `dev`: under `--dev` a prover runs unless refused. `base_path`: the
	/// node's, if one was named.
	///
	/// # Errors
	/// A URL that is none, a token file without a token.
	pub fn new(args: &ProverArgs, dev: bool, base_path: Option<&Path>) -> Result<Self, PlanError> {
		if let (Some(url), Some(path)) = (&args.prover_url, &args.prover_token_file) {
			return Ok(Self::External(Endpoint { url: parse_url(url)?, token: read_token(path)? }));
		}
		if args.no_prover || !(args.prover || dev) {
			return Ok(Self::Off);
		}
		let program = match &args.prover_bin {
			Some(program) => program.clone(),
			None => std::env::current_exe().map_err(PlanError::NoFolder)?.with_file_name("zkml"),
		};
		let models = args
			.prover_models
			.clone()
			.unwrap_or_else(|| base_path.unwrap_or(Path::new(".")).join(MODELS));
		let cores = std::thread::available_parallelism().map_or(1, usize::from);
		// One core stays with the node: a slot missed costs more than a proof that is later.
		let threads = cores.saturating_sub(1).max(1);
		Ok(Self::Child(ChildSettings {
			program,
			models,
			openings: args.prover_openings.clone(),
			keep: args.prover_keep.clone(),
			port: args.prover_port,
			threads,
		}))
	}
}

fn parse_url(url: &str) -> Result<String, PlanError> {
	let refuse = || PlanError::Url(without_secret(url));
	let (scheme, rest) = url.split_once("://").ok_or_else(refuse)?;
	let host = rest.split('/').next().unwrap_or_default();
	if !["http", "https"].contains(&scheme)
		|| host.is_empty()
		|| rest.contains(|c: char| c.is_whitespace() || "?#\\".contains(c))
	{
		return Err(refuse());
	}
	if rest.contains('@') {
		return Err(PlanError::Credentials(without_secret(url)));
	}
	if scheme == "http" && !is_this_machine(host) {
		return Err(PlanError::Clear(url.to_owned()));
	}
	Ok(url.trim_end_matches('/').to_owned())
}

/// A URL as it may be shown: without what stands before the host.
fn without_secret(url: &str) -> String {
	match (url.find("://"), url.rfind('@')) {
		(Some(scheme), Some(at)) if scheme < at => {
			format!("{}://...{}", &url[..scheme], &url[at..])
		}
		(None, Some(at)) => format!("...{}", &url[at..]),
		_ => url.to_owned(),
	}
}

/// Whether what goes to this host, with or without a port, never leaves the machine.
fn is_this_machine(host: &str) -> bool {
	let name = match host.strip_prefix('[') {
		Some(rest) => rest.split(']').next().unwrap_or_default(),
		None => host.split(':').next().unwrap_or_default(),
	};
	name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn read_token(path: &Path) -> Result<String, PlanError> {
	let refuse = |got: String| PlanError::Token { path: path.to_owned(), got };
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let about = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?;
		let mode = about.permissions().mode() & 0o777;
		if mode & 0o077 != 0 {
			return Err(PlanError::Exposed { path: path.to_owned(), mode });
		}
	}
	let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
	let token = text.trim();
	// Anything else could not be sent in a header.
	if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
		return Err(refuse(format!("{} bytes that are no single printable word", text.len())));
	}
	Ok(token.to_owned())
}

/// Tells the worker where its prover is, now or never, and sets the child going if there is to be
/// one. What it gives back always holds the prover that can be reached.
pub fn start(
	plan: Plan,
	storage: impl OffchainStorage + 'static,
	spawn: &SpawnTaskHandle,
) -> watch::Receiver<Option<Endpoint>> {
	let (mut board, endpoint) = Board::new(storage);
	match plan {
		// An address of an earlier run would have the worker call in vain.
		Plan::Off => board.write(None),
		Plan::External(endpoint) => {
			log::info!("Proofs are made by {}", endpoint.url);
			board.write(Some(endpoint));
		}
		Plan::Child(settings) => {
			board.write(None);
			spawn.spawn("prover", "zkml", child::supervise(settings, board));
		}
	}
	endpoint
}

/// Where the prover's address is written, for the worker and for the metrics.
struct Board<S> {
	storage: S,
	sender: watch::Sender<Option<Endpoint>>,
}

impl<S: OffchainStorage> Board<S> {
	fn new(storage: S) -> (Self, watch::Receiver<Option<Endpoint>>) {
		let (sender, receiver) = watch::channel(None);
		(Self { storage, sender }, receiver)
	}

	/// The URL goes first and comes last, so that a worker never meets a new one with an old token.
	fn write(&mut self, endpoint: Option<Endpoint>) {
		self.storage.remove(STORAGE_PREFIX, URL_KEY);
		match &endpoint {
			Some(Endpoint { url, token }) => {
				self.storage.set(STORAGE_PREFIX, TOKEN_KEY, &token.as_bytes().encode());
				self.storage.set(STORAGE_PREFIX, URL_KEY, &url.as_bytes().encode());
			}
			None => self.storage.remove(STORAGE_PREFIX, TOKEN_KEY),
		}
		self.sender.send_replace(endpoint);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Decode;
	use sp_core::offchain::storage::InMemOffchainStorage;

	fn read(storage: &InMemOffchainStorage, key: &[u8]) -> Option<String> {
		let bytes = storage.get(STORAGE_PREFIX, key)?;
		Some(String::from_utf8(Vec::<u8>::decode(&mut &bytes[..]).unwrap()).unwrap())
	}

	fn scratch(name: &str, text: &str, mode: u32) -> PathBuf {
		use std::os::unix::fs::PermissionsExt;
		let path = std::env::temp_dir().join(format!("zkml-node-{}-{name}", std::process::id()));
		std::fs::write(&path, text).unwrap();
		std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
		path
	}

	#[test]
	fn a_prover_runs_under_dev_or_when_asked_and_not_otherwise() {
		let plan = |args: &ProverArgs, dev| Plan::new(args, dev, None).unwrap();
		let none = ProverArgs::default();
		assert!(matches!(plan(&none, true), Plan::Child(_)));
		assert!(matches!(plan(&none, false), Plan::Off));
		let asked = ProverArgs { prover: true, ..Default::default() };
		assert!(matches!(plan(&asked, false), Plan::Child(_)));
		let refused = ProverArgs { no_prover: true, ..Default::default() };
		assert!(matches!(plan(&refused, true), Plan::Off));
	}

	#[test]
	fn models_are_looked_for_in_the_base_path_if_one_is_named() {
		let models = |args: &ProverArgs, base| match Plan::new(args, true, base).unwrap() {
			Plan::Child(settings) => settings.models,
			other => panic!("expected a child, got {other:?}"),
		};
		let args = ProverArgs::default();
		assert_eq!(models(&args, None), Path::new("./models-ready"));
		assert_eq!(models(&args, Some(Path::new("/data"))), Path::new("/data/models-ready"));
		let named = ProverArgs { prover_models: Some("m".into()), ..args };
		assert_eq!(models(&named, Some(Path::new("/data"))), Path::new("m"));
	}

	#[test]
	fn an_external_prover_needs_a_url_and_a_printable_token() {
		let plan = |url: &str, text: &str| {
			let path = scratch("token", text, 0o600);
			let args = ProverArgs {
				prover_url: Some(url.into()),
				prover_token_file: Some(path.clone()),
				..Default::default()
			};
			let plan = Plan::new(&args, true, None);
			std::fs::remove_file(path).unwrap();
			plan
		};
		match plan("http://127.0.0.1:9977/", "secret\n").unwrap() {
			Plan::External(endpoint) => {
				assert_eq!(endpoint.url, "http://127.0.0.1:9977");
				assert_eq!(endpoint.token, "secret");
				assert!(!format!("{endpoint:?}").contains("secret"));
			}
			other => panic!("expected an external prover, got {other:?}"),
		}
		for url in ["", "127.0.0.1:9977", "ftp://x", "http://", "http:///", "http://a b"] {
			assert!(matches!(plan(url, "secret"), Err(PlanError::Url(_))), "{url:?}");
		}
		for text in ["", " \n", "two words", "new\nline", "ünprintable"] {
			let refused = plan("http://127.0.0.1:9977", text);
			assert!(matches!(refused, Err(PlanError::Token { .. })), "{text:?}");
		}
	}

	#[test]
	fn the_token_never_travels_in_clear_and_no_password_is_shown() {
		for url in [
			"http://127.0.0.1:9977",
			"http://127.9.9.9",
			"http://localhost:1/",
			"http://[::1]:9977",
			"https://prover.example:443",
		] {
			assert!(parse_url(url).is_ok(), "{url:?}");
		}
		for url in ["http://10.0.0.1:9977", "http://prover.example", "http://127.0.0.1.example"] {
			assert!(matches!(parse_url(url), Err(PlanError::Clear(_))), "{url:?}");
		}
		for url in [
			"https://me:geheim@prover.example",
			"http://127.0.0.1:geheim@prover.example",
			"http://geheim@127.0.0.1",
			"ftp://me:geheim@prover.example",
			"me:geheim@prover.example",
			"http://me:geheim@prover.example?",
			"https://me:a/geheim@prover.example",
		] {
			let error = parse_url(url).unwrap_err().to_string();
			assert!(error.contains("prover") && !error.contains("geheim"), "{error}");
		}
	}

	#[test]
	fn a_token_that_others_can_read_is_refused() {
		for mode in [0o644, 0o640, 0o604] {
			let path = scratch("exposed", "secret", mode);
			let error = read_token(&path).unwrap_err();
			std::fs::remove_file(&path).unwrap();
			let advice = format!("chmod 600 {}", path.display());
			assert!(error.to_string().contains(&advice), "{error}");
		}
	}

	#[test]
	fn the_worker_finds_the_address_of_now_and_none_of_an_earlier_run() {
		let (mut board, endpoint) = Board::new(InMemOffchainStorage::default());
		board.write(Some(Endpoint { url: "http://127.0.0.1:1".into(), token: "t".into() }));
		assert_eq!(read(&board.storage, URL_KEY).as_deref(), Some("http://127.0.0.1:1"));
		assert_eq!(read(&board.storage, TOKEN_KEY).as_deref(), Some("t"));
		assert!(endpoint.borrow().is_some());
		board.write(None);
		assert_eq!(read(&board.storage, URL_KEY), None);
		assert_eq!(read(&board.storage, TOKEN_KEY), None);
		assert!(endpoint.borrow().is_none());
	}
}
