//! The off-chain worker under trouble: killed nodes, killed provers, liars, twins.

use std::{
	fs,
	io::{Read, Write},
	net::{TcpListener, TcpStream},
	path::Path,
	process::Command,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	thread,
	time::Duration,
};

use codec::{Decode, Encode};
use serde_json::{json, Value};
use zkml_e2e::*;
use zkml_primitives::{
	prover_api::{JobState, Offers, ProveJob, ProveReply, Question, Taken},
	Proof, Request, G1, G2,
};

#[test]
fn a_request_is_answered_and_polkadot_js_reads_all_of_the_chain() {
	let folder = Folder::new("answer");
	let kinds = ["private", "private-plain", "public"];
	kinds.iter().for_each(|kind| prepare(&folder, kind));
	let node = Node::start(&folder, &["--tmp", "--prover-models", "."]);
	for kind in kinds {
		let model = register_kind(&folder, &node.url, kind);
		let request = ask(&folder, &node.url, &model, "100");
		let answer = answered(&folder, &node.url, &request);
		assert_eq!(text(&answer["outputs"][0], "label"), "two", "{kind}");
		submit_private(&folder, &node.url, kind, &model);
	}
	let said: Said = Command::new("npm")
		.args(["--prefix", "clients/js", "run", "--silent", "test:chain"])
		.current_dir(repository())
		.env("ZKML_WS", &node.url)
		.output()
		.expect("npm runs")
		.into();
	assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
	println!("{}", said.out);
}

/// Charlie proves a private input and submits it; another proof, or another output, is refused.
fn submit_private(folder: &Folder, url: &str, kind: &str, model: &str) {
	let (file, key) = (format!("{kind}/model.zkml"), format!("{kind}/proving.key"));
	let verifying = format!("{kind}/verifying.key");
	let proof = format!("{kind}/proof.json");
	let (opening, copy) = (format!("{kind}/opening.json"), format!("{kind}/copy.json"));
	let made = ["--model-id", model, "--model", &file, "--proving-key", &key, "--proof", &proof];
	let hidden = ["--private-input", "--input-opening", &opening];
	let send = ["--key", "//Charlie", "--yes"];
	zkml(&folder.0, url, &[&["submit", "--json"][..], &made, &hidden, &send].concat()).json();
	let with_key = ["--verifying-key", &verifying];
	zkml(&folder.0, url, &[&["verify", &proof, "--json"][..], &with_key].concat()).json();
	let again = ["rerandomize", &proof, "--output", &copy, "--json"];
	zkml(&folder.0, url, &[&again[..], &with_key].concat()).json();
	let replay = [&["submit", "--from", &copy, "--no-check"][..], &send].concat();
	zkml(&folder.0, url, &replay).failed(&["AlreadyRecorded"]);

	let path = folder.0.join(&copy);
	let mut flipped: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
	flipped["outputs"][0]["values"][0] = 3.into();
	fs::write(&path, flipped.to_string()).unwrap();
	zkml(&folder.0, url, &replay).failed(&["ProofInvalid"]);
}

#[test]
fn a_killed_node_and_a_killed_prover_lose_no_request() {
	let folder = Folder::new("restart");
	prepare(&folder, "private");
	let base = folder.path("base");
	let args = ["--base-path", &base, "--prover-models", "."];
	// Without a prover the request stays open.
	let node = Node::start(&folder, &[&args[..2], &["--no-prover"]].concat());
	let model = register(&folder, &node.url);
	let first = ask(&folder, &node.url, &model, "1000");
	thread::sleep(Duration::from_secs(3));
	assert_eq!(result(&folder, &node.url, &first), None);
	node.kill();
	// After a power cut the node finds it, has it proved and answers.
	let node = Node::start(&folder, &args);
	answered(&folder, &node.url, &first);
	// A prover that is killed is started again, and the next request answered.
	let killed = Command::new("pkill").args(["-9", "-P", &node.id().to_string()]).status();
	assert!(killed.expect("pkill runs").success(), "there was a prover to kill");
	let second = ask(&folder, &node.url, &model, "1000");
	answered(&folder, &node.url, &second);
}

/// A prover that offers this, takes every job and answers each with a proof of nothing.
fn liar(offers: Arc<Mutex<Offers>>) -> (u16, Arc<AtomicUsize>) {
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let port = listener.local_addr().unwrap().port();
	let lies = Arc::new(AtomicUsize::new(0));
	let told = lies.clone();
	thread::spawn(move || {
		for stream in listener.incoming().flatten() {
			let (told, offers) = (told.clone(), offers.clone());
			thread::spawn(move || lie(stream, &offers.lock().unwrap().clone(), &told));
		}
	});
	(port, lies)
}

/// Everything of a request but the first line, which is given back too.
fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
	let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
	loop {
		let n = stream.read(&mut buffer).ok().filter(|n| *n > 0)?;
		bytes.extend_from_slice(&buffer[..n]);
		let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
		let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
		let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
		let length: usize = length.map_or(0, |text| text.trim().parse().expect("a length"));
		let chunked = head.contains("transfer-encoding: chunked");
		let body = &bytes[end + 4..];
		if chunked && body.ends_with(b"0\r\n\r\n") {
			return Some((head, unchunk(body)));
		}
		if !chunked && body.len() >= length {
			return Some((head, body.to_vec()));
		}
	}
}

/// The parts of a body that was sent in parts.
fn unchunk(mut body: &[u8]) -> Vec<u8> {
	let mut whole = Vec::new();
	while let Some(line) = body.windows(2).position(|two| two == b"\r\n") {
		let digits = std::str::from_utf8(&body[..line]).expect("a length");
		let length = usize::from_str_radix(digits, 16).expect("a length");
		whole.extend_from_slice(&body[line + 2..line + 2 + length]);
		body = &body[line + 2 + length + 2..];
		if length == 0 {
			break;
		}
	}
	whole
}

fn lie(mut stream: TcpStream, offers: &Offers, told: &AtomicUsize) {
	let Some((head, body)) = read(&mut stream) else { return };
	let answer = if head.starts_with("get /offers") {
		offers.encode()
	} else if head.starts_with("post /jobs") {
		let jobs = Vec::<ProveJob<[u8; 32]>>::decode(&mut &body[..]).expect("jobs");
		vec![Taken::Yes; jobs.len()].encode()
	} else if head.starts_with("post /states") {
		let question = Question::decode(&mut &body[..]).expect("a question");
		told.fetch_add(1, Ordering::SeqCst);
		let outputs = vec![zkml_trapdoor::byte(130)].try_into().unwrap();
		let proof = Proof {
			a: G1([1; 64]),
			b: G2([2; 128]),
			c: G1([3; 64]),
			commitments: Default::default(),
		};
		let reply = ProveReply { outputs, proof, prove_ms: 1 };
		vec![Some(JobState::Done(reply)); question.jobs.len()].encode()
	} else {
		b"{}".to_vec()
	};
	let head =
		format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
	let _ = stream.write_all(head.as_bytes());
	let _ = stream.write_all(&answer);
}

#[test]
fn a_lying_prover_changes_nothing_and_the_request_is_refunded_in_the_end() {
	let folder = Folder::new("liar");
	prepare(&folder, "private");
	let offers = Arc::new(Mutex::new(Offers::default()));
	let (port, lies) = liar(offers.clone());
	secret(&folder.0.join("token"));
	let url = format!("http://127.0.0.1:{port}");
	let prover = ["--tmp", "--prover-url", &url, "--prover-token-file", "token"];
	let node = Node::start(&folder, &prover);
	let model = register(&folder, &node.url);
	let before = free(&folder, &node.url, "//Bob");
	let asked = ["request", &model, "--price", "2", "--key", "//Bob", "--within", "5s", "--json"];
	let request = zkml(&folder.0, &node.url, &asked).json()["request"].to_string();
	let open = || open_request(&node, request.parse().expect("a number"));
	let work = open().expect("nobody answered it").work();
	*offers.lock().unwrap() = Offers { work: vec![work], ..Default::default() };
	wait_for("the lie", PATIENCE, || (lies.load(Ordering::SeqCst) > 0).then_some(()));
	assert_eq!(result(&folder, &node.url, &request), None, "garbage is no answer");
	// The worker says by name what the chain would say.
	wait_for("the reason in the log", PATIENCE, || {
		fs::read_to_string(&node.log).ok()?.contains("the chain would refuse it: ").then_some(())
	});
	// Nobody asks for the refund. It comes when the grace period and the minute are over.
	wait_for("the refund", 2 * PATIENCE, || open().is_none().then_some(()));
	assert_eq!(result(&folder, &node.url, &request), None);
	let after = free(&folder, &node.url, "//Bob");
	assert!(
		after <= before && before - after < 500_000_000_000,
		"all but the fee: {before} {after}"
	);
}

/// Writes a token that its owner alone can read.
fn secret(path: &Path) {
	fs::write(path, "x".repeat(32)).unwrap();
	let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
	fs::set_permissions(path, owner).unwrap();
}

/// A request as the chain has it, while it is open.
fn open_request(node: &Node, request: u64) -> Option<Request<[u8; 32], u128>> {
	let question = json!(["InferenceApi_request", load::hex(&request.encode())]);
	let answer = wait_for("the chain", PATIENCE, || node.rpc("state_call", question.clone()));
	Option::decode(&mut &load::bytes(&answer).expect("hex")[..]).expect("a request or none")
}

/// Free balance of an account, in the smallest unit.
fn free(folder: &Folder, url: &str, key: &str) -> u128 {
	let said = zkml(&folder.0, url, &["accounts", "--key", key, "--json"]).json();
	text(&said["accounts"][0], "free").parse().expect("a balance")
}

#[test]
fn two_nodes_with_the_same_key_are_paid_once() {
	let folder = Folder::new("twins");
	prepare(&folder, "private");
	// A validator of a real six-second chain, and a second node that follows it; both hold the
	// worker's key and run a prover.
	let (port, other) = (free_port().to_string(), free_port().to_string());
	let node_key = format!("{:064x}", 1);
	let prover = ["--prover", "--prover-models", "."];
	let first = ["--dev", "--tmp", "--port", &port, "--node-key", &node_key];
	let first = Node::spawn(&folder, &[&first[..], &prover].concat());
	let base = folder.path("second");
	let key = ["--key-type", "zkml", "--scheme", "sr25519", "--suri", "//Alice//zkml"];
	let inserted = Command::new(program("zkml-node"))
		.args(["key", "insert", "--chain", "dev", "--base-path", &base])
		.args(key)
		.status()
		.expect("the node starts");
	assert!(inserted.success());
	let boot = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{PEER}");
	let second = ["--chain", "dev", "--base-path", &base, "--port", &other, "--bootnodes", &boot];
	let worker = ["--offchain-worker", "always"];
	let second = Node::spawn(&folder, &[&second[..], &worker, &prover].concat());

	let model = register(&folder, &first.url);
	let (owner, price) = (free(&folder, &first.url, "//Alice"), 2_000_000_000_000);
	let worker = free(&folder, &first.url, "//Alice//zkml");
	let request = ask(&folder, &first.url, &model, "50");
	let here = answered(&folder, &first.url, &request);
	let there = answered(&folder, &second.url, &request);
	assert_eq!(text(&here, "statement"), text(&there, "statement"));
	// Time for a second answer to come, and to be refused.
	thread::sleep(Duration::from_secs(15));
	// She makes the blocks, too, and has the fees of request and answer, which are far less.
	let share = free(&folder, &first.url, "//Alice") - owner;
	assert!((price / 5..price / 4).contains(&share), "the owner's fifth, once, got {share}");
	let paid = free(&folder, &first.url, "//Alice//zkml");
	assert!(
		paid > worker && paid < worker + price,
		"the prover's part once, less fees and deposit"
	);
}
