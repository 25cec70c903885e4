//! Two validators, started as `chain-specs/README.md` says, make one chain.

use std::time::{Duration, Instant};

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

#[test]
fn two_validators_find_each_other_and_finalise_one_chain() {
	let folder = Folder::new("network");
	export_local_spec(&folder);
	let validator = |name: &str, further: &[&str]| {
		let port = free_port().to_string();
		let chain = ["--chain", "local.raw.json", "--tmp", "--unsafe-force-node-key-generation"];
		let node = Node::spawn(&folder, &[&chain[..], &[name, "--port", &port], further].concat());
		(node, port)
	};
	let (alice, port) = validator("--alice", &[]);
	let address = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{}", identity(&alice));
	let (bob, _) = validator("--bob", &["--bootnodes", &address]);

	let start = Instant::now();
	let left = || LIMIT.saturating_sub(start.elapsed());
	for (node, other) in [(&alice, &bob), (&bob, &alice)] {
		let other = identity(other);
		wait_for("the peer", left(), || (peers(node)? == [other.as_str()]).then_some(()));
	}
	let both = [&alice, &bob];
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
