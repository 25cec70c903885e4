//! Somebody who runs a node: what is refused and why, what is advised, how it starts and stops.

use std::{
	fs,
	net::{TcpListener, TcpStream},
	process::{Child, Command},
};

use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring as Key;
use zkml_e2e::{load::*, *};

/// Runs one of the tests in `tests/js` against a node.
fn javascript(node: &Node, file: &str) {
	let said: Said = Command::new("node")
		.args(["--test", &format!("tests/js/{file}")])
		.current_dir(repository())
		.env("ZKML_WS", &node.url)
		.output()
		.expect("Node.js runs")
		.into();
	assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
	println!("{}", said.out);
}

#[test]
fn what_everybody_writes_with_polkadot_js_works_on_a_node_that_seals_at_once() {
	let folder = Folder::new("sealing");
	let node = Node::start(&folder, &["--tmp", "--no-prover"]);
	javascript(&node, "sealing.test.mjs");
}

#[test]
fn a_chain_that_was_sealed_at_once_goes_on_with_aura_and_stops_without_complaint() {
	let folder = Folder::new("back-to-aura");
	let base = folder.path("base");
	let node = Node::start(&folder, &["--base-path", &base, "--no-prover"]);
	let mut alice = Sender::new(&node, Key::Alice);
	for _ in 0..10 {
		alice.include(&node, frame_system::Call::remark { remark: vec![0] });
	}
	let sealed = wait_for("all of it to be final", PATIENCE, || {
		let best = node.best()?;
		(best >= 10 && node.finalized()? == best).then_some(best)
	});
	let log = node.stop();

	let args = ["--dev", "--base-path", &base, "--port", "0", "--no-prover"];
	let node = Node::spawn(&folder, &args);
	assert!(node.best() >= Some(sealed), "no block is lost");
	for (what, read) in
		[("new blocks", Node::best as fn(&Node) -> Option<u64>), ("final ones", Node::finalized)]
	{
		wait_for(what, PATIENCE, || read(&node).filter(|now| *now >= sealed + 2));
	}
	for log in [log, node.stop()] {
		let complaints: Vec<_> = log
			.lines()
			.filter(|line| {
				let line = line.to_lowercase();
				line.contains("error") || line.contains("failed") || line.contains("panic")
			})
			.collect();
		assert!(complaints.is_empty(), "{complaints:#?}");
	}
}

#[test]
fn no_network_of_alices_is_started_by_accident() {
	let folder = Folder::new("accident");
	zkml_node(&folder, &[]).failed(&["--dev", "--chain local", "--chain FILE"]);
	zkml_node(&folder, &["--validator", "--chain", "nothing.json"]).failed(&["nothing.json"]);

	let exported = zkml_node(&folder, &["export-chain-spec", "--chain", "local"]);
	let mut spec: Value = exported.json();
	spec["chainType"] = "Live".into();
	fs::write(folder.0.join("live.json"), spec.to_string()).unwrap();
	export_local_spec(&folder);
	let raw = fs::read_to_string(folder.0.join("local.raw.json")).unwrap();
	let mut raw: Value = serde_json::from_str(&raw).unwrap();
	raw["chainType"] = "Live".into();
	fs::write(folder.0.join("live.raw.json"), raw.to_string()).unwrap();
	for file in ["live.json", "live.raw.json"] {
		for command in [&["--tmp", "--validator"][..], &["export-chain-spec", "--raw"]] {
			zkml_node(&folder, &[command, &["--chain", file]].concat()).failed(&[
				"Live",
				"//Alice as sudo key",
				"//Alice as authority that makes blocks",
				"//Bob as authority that finalises",
				"//Charlie as account with funds",
			]);
		}
	}
}

#[test]
fn two_authorities_are_not_sealed_for_by_one_node() {
	let folder = Folder::new("not-alone");
	let (port, rpc) = (free_port().to_string(), free_port().to_string());
	let node = ["--chain", "local", "--tmp", "--alice", "--no-prometheus", "--no-prover"];
	let ports = ["--port", &port, "--rpc-port", &rpc];
	let said = zkml_node(&folder, &[&node[..], &ports, &["--sealing", "instant"]].concat());
	assert_eq!(said.code, 1, "{said:?}");
	assert!(said.err.contains("error: ") && said.err.contains("got one with 2"), "{said:?}");
}

#[test]
fn a_network_that_the_node_does_not_have_starts_none() {
	let folder = Folder::new("other-network");
	let node = ["--dev", "--tmp", "--no-prover", "--no-prometheus"];
	let said = zkml_node(&folder, &[&node[..], &["--network-backend", "libp2p"]].concat());
	assert_eq!(said.code, 1, "{said:?}");
	let words = "error: expected --network-backend litep2p, got libp2p";
	assert!(said.err.contains(words), "{said:?}");
}

/// The indented lines after a line with this in it, as they stand in a log.
fn advised(log: &str, after: &str) -> Vec<String> {
	let lines = log.lines().skip_while(|line| !line.contains(after)).skip(1);
	lines
		.take_while(|line| line.starts_with("  ") || line.contains("SS58"))
		.filter_map(|line| line.strip_prefix("  "))
		.map(str::to_owned)
		.collect()
}

#[test]
fn what_the_node_advises_works_as_typed() {
	let folder = Folder::new("advice");
	let (port, rpc) = (free_port().to_string(), free_port());
	let base = folder.path("our base");
	let args = ["--chain", "local", "--base-path", &base, "--validator", "--port", &port];
	let args = [&args[..], &["--prover", "--prover-models", "none"]].concat();
	let said = zkml_node(&folder, &args);
	assert_eq!(said.code, 1, "{said:?}");
	let commands = advised(&said.err, "expected the network key");
	assert_eq!(commands.len(), 1, "{said:?}");
	let typed: Said = shell(&folder, &commands[0]).output().expect("bash runs").into();
	assert_eq!(typed.code, 0, "{typed:?}");

	let log = Node::spawn_at(&folder, &args, rpc).stop();
	let commands = advised(&log, "No key of type zkml");
	assert_eq!(commands.len(), 3, "{log}");
	let typed: Said = shell(&folder, &commands.join("\n")).output().expect("bash runs").into();
	assert_eq!(typed.code, 0, "{typed:?}");
	assert!(typed.out.contains("SS58 Address"), "{typed:?}");
	let log = Node::spawn_at(&folder, &args, rpc).stop();
	assert!(!log.contains("No key of type zkml"), "{log}");
}

/// A process that goes with the test.
struct Guard(Child);

impl Drop for Guard {
	fn drop(&mut self) {
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

#[test]
fn a_node_that_finds_its_ports_taken_says_which_it_took() {
	let folder = Folder::new("taken");
	let first = Node::start(&folder, &["--tmp", "--no-prover"]);
	let rpc = first.url.rsplit(':').next().expect("a port");
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let prover = listener.local_addr().unwrap().port().to_string();
	let log = folder.0.join("second.log");
	let second = Command::new(program("zkml-node"))
		.args(["--dev", "--tmp", "--port", "0", "--no-prometheus", "--rpc-port", rpc])
		.args(["--prover-models", ".", "--prover-port", &prover])
		.current_dir(&folder.0)
		.stderr(fs::File::create(&log).unwrap())
		.spawn()
		.expect("the node starts");
	let _second = Guard(second);
	let said = |words: &str| -> String {
		wait_for(words, PATIENCE, || {
			let text = fs::read_to_string(&log).ok()?;
			let line = text.lines().find(|line| line.contains(words))?;
			Some(line.split(words).nth(1)?.to_owned())
		})
	};
	let number = |text: &str, before: &str| -> u16 {
		let digits = text.split(before).nth(1).expect("the port after these words");
		let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
		digits[..end].parse().expect("a port")
	};
	let port = number(&said(&format!("Port {rpc} is taken")), "find this one at port ");
	let question = json!({ "jsonrpc": "2.0", "id": 1, "method": "system_localPeerId" });
	let peer = wait_for("the second node", PATIENCE, || {
		let answer = http("POST", port, "/", &question.to_string())?;
		Some(serde_json::from_str::<Value>(&answer).ok()?["result"].clone())
	});
	assert_ne!(Some(peer), first.rpc("system_localPeerId", json!([])), "it is the second");
	let port = number(&said(&format!("Port {prover} is taken")), "listens on ");
	wait_for("the prover", PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
}

#[test]
fn the_whole_pool_fits_in_one_answer() {
	let folder = Folder::new("pool");
	// A node that makes no blocks, so that everything stays pending.
	let node = Node::spawn(&folder, &["--chain", "dev", "--tmp", "--port", "0", "--no-prover"]);
	let mut alice = Sender::new(&node, Key::Alice);
	// Nearly all that the pool takes: in hexadecimal 38 megabytes.
	for _ in 0..8 {
		let remark = vec![0; 2_400_000];
		alice.send(&node, frame_system::Call::remark { remark }).expect("there is room");
	}
	let answer = node.ask("author_pendingExtrinsics", json!([])).expect("an answer");
	let pending = answer["result"].as_array().unwrap_or_else(|| panic!("{}", answer["error"]));
	assert_eq!(pending.len(), 8);
}
