//! Two validators, started as `chain-specs/README.md` says, make one chain.

use std::{
	fs,
	time::{Duration, Instant},
};

use serde_json::json;
use zkml_e2e::*;

/// All that follows the start of the nodes fits in this: half a minute on an idle machine.
const LIMIT: Duration = Duration::from_secs(80);

/// A node's network identity. Its log may come later than its answers.
fn identity(node: &Node) -> String {
	let ask = || node.rpc("system_localPeerId", json!([]))?.as_str().map(str::to_owned);
	wait_for("the node to say who it is", LIMIT, ask)
}

/// The identities of those that a node is connected to.
fn peers(node: &Node) -> Option<Vec<String>> {
	let peers = node.rpc("system_peers", json!([]))?;
	peers.as_array()?.iter().map(|peer| Some(peer["peerId"].as_str()?.to_owned())).collect()
}

/// Two validators that know nobody else find each other, make blocks and finalise the same ones.
fn are_one_network(both: [&Node; 2]) {
	let [one, two] = both;
	let start = Instant::now();
	let left = || LIMIT.saturating_sub(start.elapsed());
	for (node, other) in [(one, two), (two, one)] {
		let other = identity(other);
		wait_for("the peer", left(), || (peers(node)? == [other.as_str()]).then_some(()));
	}
	let ask = |read: fn(&Node) -> Option<u64>| {
		both.map(|node| wait_for("a number", left(), || read(node)))
	};
	let (best, finalized) = (ask(Node::best), ask(Node::finalized));
	for (node, before) in both.into_iter().zip(best) {
		wait_for("new best blocks", left(), || node.best().filter(|now| *now >= before + 2));
	}
	// With two validators each must vote for that.
	let finalized = both.into_iter().zip(finalized).map(|(node, before)| {
		wait_for("final blocks", left(), || node.finalized().filter(|now| *now >= before + 2))
	});
	let common = finalized.min().expect("two numbers");
	let hash = |node: &Node| node.rpc("chain_getBlockHash", json!([common]));
	let hashes = both.map(|node| hash(node).expect("the hash of a block that is final"));
	assert_eq!(hashes[0], hashes[1], "block {common} is final for both, and the same");
	println!("block {common} final on both after {} s", start.elapsed().as_secs());
}

#[test]
fn two_validators_with_well_known_keys_find_each_other_and_finalise_one_chain() {
	let folder = Folder::new("network");
	export_local_spec(&folder);
	let validator = |name: &str, further: &[&str]| {
		let port = free_port().to_string();
		let chain = ["--chain", "local.raw.json", "--tmp"];
		let node = Node::spawn(&folder, &[&chain[..], &[name, "--port", &port], further].concat());
		(node, port)
	};
	let (alice, port) = validator("--alice", &[]);
	let address = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{}", identity(&alice));
	let (bob, _) = validator("--bob", &["--bootnodes", &address]);
	are_one_network([&alice, &bob]);
}

/// The commands in the section of this name, block by block.
fn commands(section: &str) -> Vec<String> {
	let readme = fs::read_to_string(repository().join("chain-specs/README.md")).unwrap();
	let section = readme.split("\n## ").find_map(|part| part.strip_prefix(section));
	let blocks = section.expect("the section is there").split("\n```sh\n").skip(1);
	blocks.map(|block| block.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_network_with_keys_of_its_own_starts_as_the_readme_says() {
	let folder = Folder::new("own-keys");
	let blocks = commands("A network with keys of its own");
	let [prepare, one, two] = &blocks[..] else { panic!("expected three blocks, got {blocks:?}") };
	let said: Said = shell(&folder, prepare).output().expect("bash runs").into();
	assert_eq!(said.code, 0, "{said:?}");

	// Ports of the machine that this test found free, in the place of those in the text.
	let ports = ["30333", "30334", "9944", "9945"].map(|written| (written, free_port()));
	let start = |block: &str, port: u16| {
		let mut script = format!("exec {block} --no-prometheus");
		for (written, free) in ports {
			script = script.replace(written, &free.to_string());
		}
		Node::run(&folder, &mut shell(&folder, &script), port)
	};
	let one = start(one, ports[2].1);
	let two = start(two, ports[3].1);
	are_one_network([&one, &two]);
}
