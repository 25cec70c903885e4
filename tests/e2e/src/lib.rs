//! Starts nodes, runs `zkml` and the JavaScript clients, reads what they say.
//!
//! The programs are those beside the test binaries: build the whole workspace before.

use std::{
	fs,
	io::{Read, Write},
	net::{TcpListener, TcpStream},
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
	sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
	thread::sleep,
	time::{Duration, Instant},
};

use serde_json::{json, Value};

pub mod load;

/// The folder of the repository.
pub fn repository() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// A program of the build that this test belongs to.
pub fn program(name: &str) -> PathBuf {
	let test = std::env::current_exe().expect("a test knows its program");
	let folder = test.parent().and_then(Path::parent).expect("tests are in release/deps");
	let program = folder.join(name);
	assert!(program.is_file(), "{} is missing: build the whole workspace first", program.display());
	program
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
	let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
	listener.local_addr().expect("a bound socket has an address").port()
}

/// The network identity that goes with the node key `0..01`.
pub const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

/// Runs a shell script in a folder, with the programs of this build.
pub fn shell(folder: &Folder, script: &str) -> Command {
	let programs = program("zkml-node").parent().expect("a program is in a folder").to_owned();
	let path = std::env::var("PATH").unwrap_or_default();
	let mut command = Command::new("bash");
	command
		.args(["-euo", "pipefail", "-c", script])
		.env("PATH", format!("{}:{path}", programs.display()))
		.current_dir(&folder.0)
		.stdin(Stdio::null());
	command
}

/// Runs `zkml-node` with a command that ends.
pub fn zkml_node(folder: &Folder, args: &[&str]) -> Said {
	Command::new(program("zkml-node"))
		.args(args)
		.current_dir(&folder.0)
		.stdin(Stdio::null())
		.output()
		.expect("the node starts")
		.into()
}

/// Writes the specification of a chain with two validators, as `local.raw.json`.
pub fn export_local_spec(folder: &Folder) {
	let args = ["export-chain-spec", "--chain", "local", "--raw", "--output", "local.raw.json"];
	let exported = zkml_node(folder, &args);
	assert_eq!(exported.code, 0, "{exported:?}");
}

/// Tests run side by side, since most wait for blocks, but for those that hold this alone.
static MACHINE: RwLock<()> = RwLock::new(());

/// How a test has the machine; it goes back when the test ends, failed or not.
#[expect(dead_code, reason = "held, and never looked at")]
enum Turn {
	Shared(RwLockReadGuard<'static, ()>),
	Alone(RwLockWriteGuard<'static, ()>),
}

/// A folder that goes when the test ends.
pub struct Folder(pub PathBuf, Option<Turn>);

impl Folder {
	/// A new one, for a test that others may run beside.
	pub fn new(name: &str) -> Self {
		let guard = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
		Self::with(name, Some(Turn::Shared(guard)))
	}

	/// One for a test that counts blocks, fills memory or measures, when no other test runs.
	pub fn alone(name: &str) -> Self {
		let guard = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
		Self::with(name, Some(Turn::Alone(guard)))
	}

	/// A further one of the same test, which has its turn already.
	pub fn another(&self, name: &str) -> Self {
		Self::with(name, None)
	}

	fn with(name: &str, turn: Option<Turn>) -> Self {
		let path = std::env::temp_dir().join(format!("zkml-e2e-{name}-{}", std::process::id()));
		let _ = fs::remove_dir_all(&path);
		fs::create_dir_all(&path).expect("the system has room for temporary files");
		Self(path, turn)
	}

	/// A path in it, as text.
	pub fn path(&self, name: &str) -> String {
		self.0.join(name).to_str().expect("the name is plain").to_owned()
	}
}

impl Drop for Folder {
	fn drop(&mut self) {
		let _ = fs::remove_dir_all(&self.0);
		// Whoever waits finds the nodes gone, which are dropped before their folder.
		drop(self.1.take());
	}
}

/// What a command printed, and whether it succeeded.
#[derive(Debug)]
pub struct Said {
	/// The exit code; -1 for a signal.
	pub code: i32,
	/// Standard output.
	pub out: String,
	/// Standard error.
	pub err: String,
}

impl From<Output> for Said {
	fn from(output: Output) -> Self {
		Self {
			code: output.status.code().unwrap_or(-1),
			out: String::from_utf8_lossy(&output.stdout).into(),
			err: String::from_utf8_lossy(&output.stderr).into(),
		}
	}
}

impl Said {
	/// The one JSON object on standard output.
	pub fn json(&self) -> Value {
		assert_eq!(self.code, 0, "expected success, got {self:?}");
		serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e} in {self:?}"))
	}

	/// The command must have failed, in one line that has all of these words.
	pub fn failed(&self, words: &[&str]) {
		assert!(self.code > 0, "expected a refusal, got {self:?}");
		assert_eq!(self.err.trim_end().lines().count(), 1, "expected one line, got {self:?}");
		assert!(self.err.starts_with("error: "), "expected an error, got {self:?}");
		for word in words {
			assert!(self.err.contains(word), "expected '{word}' in {self:?}");
		}
	}
}

/// Whether a command line spends money.
fn spends(args: &[&str]) -> bool {
	match args {
		["request" | "submit" | "refund", ..] => true,
		["model", verb, ..] => ["register", "publish", "deprecate"].contains(verb),
		["program", verb, ..] => ["register", "submit"].contains(verb),
		_ => false,
	}
}

/// Runs `zkml` in a folder. No test is at a terminal, where it could agree to costs: it does beforehand.
pub fn zkml(folder: &Path, url: &str, args: &[&str]) -> Said {
	let agreed = !spends(args) || args.contains(&"--yes");
	Command::new(program("zkml"))
		.args(args)
		.args((!agreed).then_some("--yes"))
		.current_dir(folder)
		.env("ZKML_URL", url)
		.env_remove("ZKML_KEY")
		.stdin(Stdio::null())
		.output()
		.expect("zkml starts")
		.into()
}

/// Compiles and sets up the digits model as `DIR/kind/{model.zkml,proving.key,verifying.key}`. The
/// kind says `private` if the weights are, `plain` if the circuit has no commit round.
pub fn prepare(folder: &Folder, kind: &str) {
	let onnx = repository().join("models/digits/digits.onnx");
	let onnx = onnx.to_str().expect("a plain path");
	let model = format!("{kind}/model.zkml");
	fs::create_dir_all(folder.0.join(kind)).expect("the folder is ours");
	let mut args = vec!["compile", onnx, "-o", &model, "--input-min", "0", "--input-max", "16"];
	args.extend(["--labels", "zero,one,two,three,four,five,six,seven,eight,nine", "--json"]);
	if kind.contains("private") {
		args.push("--private");
	}
	if kind.contains("plain") {
		args.extend(["--kind", "plain"]);
	}
	zkml(&folder.0, "", &args).json();
	let (proving, verifying) = (format!("{kind}/proving.key"), format!("{kind}/verifying.key"));
	let keys = ["--proving-key", &proving, "--verifying-key", &verifying, "--json"];
	zkml(&folder.0, "", &[&["setup", &model][..], &keys].concat()).json();
	fs::copy(repository().join("models/digits/input.json"), folder.0.join("input.json"))
		.expect("the sample is in the repository");
}

/// Longest wait for what takes a few blocks and a proof.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A text in what a command said.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
	value[name].as_str().unwrap_or_else(|| panic!("expected a text '{name}' in {value}"))
}

/// Registers the private digits model; its id.
pub fn register(folder: &Folder, url: &str) -> String {
	register_kind(folder, url, "private")
}

/// Registers a model that was prepared; its id.
pub fn register_kind(folder: &Folder, url: &str, kind: &str) -> String {
	let (model, key) = (format!("{kind}/model.zkml"), format!("{kind}/proving.key"));
	let files = ["--model", &model, "--proving-key", &key];
	let args = ["model", "register", "--key", "//Alice", "--yes", "--json", "--share", "20"];
	text(&zkml(&folder.0, url, &[&args[..], &files].concat()).json(), "model").to_owned()
}

/// Bob asks; the number of the request.
pub fn ask(folder: &Folder, url: &str, model: &str, blocks: &str) -> String {
	let args = ["request", model, "--price", "2", "--key", "//Bob", "--yes", "--json"];
	let said = zkml(&folder.0, url, &[&args[..], &["--blocks", blocks]].concat()).json();
	said["request"].to_string()
}

/// What `zkml result` says of a request, once it is answered.
pub fn result(folder: &Folder, url: &str, request: &str) -> Option<Value> {
	let said = zkml(&folder.0, url, &["result", request, "--json"]);
	(said.code == 0).then(|| said.json()).filter(|value| value["statement"].is_string())
}

/// Waits until a request is answered.
pub fn answered(folder: &Folder, url: &str, request: &str) -> Value {
	wait_for("the answer", PATIENCE, || result(folder, url, request))
}

/// One exchange with a server on this machine: the body of the answer, if it came and was good.
pub fn http(method: &str, port: u16, path: &str, body: &str) -> Option<String> {
	let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
	stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
	// HTTP/1.0, so that the answer ends with the connection and is never chunked.
	let head = format!(
		"{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\n\
		 content-type: application/json\r\ncontent-length: {}\r\n\r\n",
		body.len()
	);
	stream.write_all(head.as_bytes()).ok()?;
	stream.write_all(body.as_bytes()).ok()?;
	let mut answer = String::new();
	stream.read_to_string(&mut answer).ok()?;
	let (head, body) = answer.split_once("\r\n\r\n")?;
	(head.split(' ').nth(1) == Some("200")).then(|| body.to_owned())
}

/// A running node; stopped when dropped.
pub struct Node {
	child: Child,
	port: u16,
	/// Its WebSocket URL.
	pub url: String,
	/// Where it writes its log.
	pub log: PathBuf,
}

impl Node {
	/// Starts a development node that seals at once, with further options.
	pub fn start(folder: &Folder, args: &[&str]) -> Self {
		let sealed = ["--dev", "--sealing", "instant", "--port", "0"];
		Self::spawn(folder, &[&sealed[..], args].concat())
	}

	/// Starts a node with these options and a free port for clients. It has metrics only if the
	/// options name their port, and looks for no others on this machine, so that nodes can run side by side.
	pub fn spawn(folder: &Folder, args: &[&str]) -> Self {
		Self::spawn_at(folder, args, free_port())
	}

	/// The same where clients find it by a port that is known.
	pub fn spawn_at(folder: &Folder, args: &[&str], port: u16) -> Self {
		let metrics = args.contains(&"--prometheus-port");
		let mut command = Command::new(program("zkml-node"));
		command
			.args((!metrics).then_some("--no-prometheus"))
			.args(["--no-mdns", "--rpc-port", &port.to_string()])
			.args(args);
		Self::run(folder, &mut command, port)
	}

	/// Runs a command that becomes a node with this port for clients.
	pub fn run(folder: &Folder, command: &mut Command, port: u16) -> Self {
		let log = folder.0.join(format!("node-{port}.log"));
		let file = fs::File::create(&log).expect("the folder is ours");
		let child = command
			.current_dir(&folder.0)
			.stdin(Stdio::null())
			.stdout(file.try_clone().expect("a file can be shared"))
			.stderr(file)
			.spawn()
			.expect("the node starts");
		let node = Self { child, port, url: format!("ws://127.0.0.1:{port}"), log };
		wait_for("the node to answer", Duration::from_secs(60), || {
			(zkml(&folder.0, &node.url, &["model", "list", "--json"]).code == 0).then_some(())
		});
		node
	}

	/// Asks over JSON-RPC; the whole answer, be it a result or an error.
	pub fn ask(&self, method: &str, params: Value) -> Option<Value> {
		let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		self.post(&question)
	}

	/// Sends one question of JSON-RPC or several, as they are.
	pub fn post(&self, question: &Value) -> Option<Value> {
		let answer = http("POST", self.port, "/", &question.to_string())?;
		serde_json::from_str(&answer).ok()
	}

	/// Asks over JSON-RPC; nothing when it has no result now.
	pub fn rpc(&self, method: &str, params: Value) -> Option<Value> {
		let mut answer = self.ask(method, params)?;
		Some(answer["result"].take()).filter(|result| !result.is_null())
	}

	/// The number of its best block.
	pub fn best(&self) -> Option<u64> {
		number(&self.rpc("chain_getHeader", json!([]))?)
	}

	/// The number of the last block that is final for it.
	pub fn finalized(&self) -> Option<u64> {
		let hash = self.rpc("chain_getFinalizedHead", json!([]))?;
		number(&self.rpc("chain_getHeader", json!([hash]))?)
	}

	/// Its process, the parent of its prover's.
	pub fn id(&self) -> u32 {
		self.child.id()
	}

	/// Stops it as an operator does; its whole log.
	pub fn stop(mut self) -> String {
		let signal = ["-TERM", &self.child.id().to_string()];
		assert!(Command::new("kill").args(signal).status().expect("kill runs").success());
		let status = self.child.wait().expect("the child is ours");
		let log = fs::read_to_string(&self.log).expect("the node wrote a log");
		assert!(status.success(), "expected an orderly end, got {status}:\n{log}");
		log
	}

	/// Kills it at once, as a power cut would.
	pub fn kill(mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

fn number(header: &Value) -> Option<u64> {
	u64::from_str_radix(header["number"].as_str()?.strip_prefix("0x")?, 16).ok()
}

/// Asks again and again until there is an answer. Panics after `limit`.
pub fn wait_for<R>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<R>) -> R {
	let start = Instant::now();
	loop {
		if let Some(answer) = ask() {
			return answer;
		}
		assert!(start.elapsed() < limit, "waited {limit:?} for {what}");
		sleep(Duration::from_millis(200));
	}
}
