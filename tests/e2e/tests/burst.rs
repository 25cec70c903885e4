//! Many requests in a row: all are answered, about as fast as the prover proves.
//!
//! `ZKML_BURST=500` and `--test-threads 1` for the figures in docs/performance.md; fewer otherwise.

use std::{
	fs,
	time::{Duration, Instant},
};

use codec::{Decode, Encode};
use pallet_inference::Call;
use serde_json::json;
use sp_keyring::Sr25519Keyring::{Bob, Charlie, Dave};
use zkml_e2e::{
	load::{bytes, hash_of, hex, keys_at, shown, Sender},
	*,
};
use zkml_primitives::{Deadline, Request, Share, Terms};
use zkml_runtime::{AccountId, Balance, UNIT};

/// Half an hour, in milliseconds.
const HALF_AN_HOUR: u64 = 30 * 60 * 1000;
/// Without an answer for so long, nothing comes any more.
const STANDSTILL: Duration = Duration::from_secs(60);

fn count(otherwise: usize) -> usize {
	let asked = std::env::var("ZKML_BURST").ok();
	asked.map_or(otherwise, |text| text.parse().expect("ZKML_BURST is a number"))
}

/// The chain's clock.
fn moment(node: &Node) -> u64 {
	let key = frame_support::storage::storage_prefix(b"Timestamp", b"Now");
	let stored = wait_for("the clock", PATIENCE, || {
		bytes(&node.rpc("state_getStorage", json!([hex(&key)]))?)
	});
	u64::decode(&mut &stored[..]).expect("a moment")
}

/// How many entries a map of the pallet has.
fn entries(node: &Node, map: &[u8]) -> usize {
	let best = node.best().expect("a block");
	keys_at(node, &frame_support::storage::storage_prefix(b"Inference", map), &hash_of(node, best))
}

/// Three accounts ask one after the other, and wait for nothing.
fn burst(name: &str, node: &Node, folder: &Folder, kind: &str, requests: usize) {
	let model = register_kind(folder, &node.url, kind);
	let input = input(folder, &model, node);
	let proofs_before = proof_times(node).len();

	let mut senders = [Bob, Charlie, Dave].map(|key| Sender::new(node, key));
	let deadline = Deadline { block: 0, moment: moment(node) + HALF_AN_HOUR };
	let (price, max_owner_share) = (2 * UNIT, Share(Share::WHOLE));
	let terms = Terms { price, max_owner_share, outputs: shown(), deadline };
	let done = entries(node, b"Results");
	let start = Instant::now();
	for n in 0..requests {
		let (model, version, inputs) = (input.model, input.version, input.inputs.clone());
		let call = Call::request { model, version, inputs, terms: terms.clone() };
		senders[n % 3].send(node, call).expect("the pool takes what is in order");
	}
	let sent = start.elapsed();
	let (mut answered, mut last) = (0, Instant::now());
	while answered < requests {
		std::thread::sleep(Duration::from_millis(200));
		let now = entries(node, b"Results") - done;
		if now > answered {
			(answered, last) = (now, Instant::now());
		}
		assert!(last.elapsed() < STANDSTILL, "{answered} of {requests} answered, and no more come");
	}
	let took = start.elapsed();
	assert_eq!(entries(node, b"Requests"), 0, "none is open, none was returned");
	// The prover's log comes a moment behind its answers.
	let proofs: Vec<u64> = wait_for("the prover's log", PATIENCE, || {
		let proofs = proof_times(node).split_off(proofs_before);
		(proofs.len() >= requests).then_some(proofs)
	});
	assert_eq!(proofs.len(), requests, "no proof was made in vain");
	let mean = proofs.iter().sum::<u64>() as f64 / proofs.len() as f64;
	println!(
		"{name}, {kind}: {requests} requests sent in {:.1} s, all answered in {:.1} s, {:.0} ms an answer, {mean:.0} \
		 ms a proof, block {}",
		sent.as_secs_f64(),
		took.as_secs_f64(),
		took.as_millis() as f64 / requests as f64,
		node.best().unwrap_or_default(),
	);
}

/// A request of ours, whose model and input the others share. It is answered before they come.
fn input(folder: &Folder, model: &str, node: &Node) -> Request<AccountId, Balance> {
	let args = ["request", model, "--price", "2", "--key", "//Bob", "--yes", "--json"];
	let said = zkml(&folder.0, &node.url, &args).json();
	let request = said["request"].as_u64().expect("a number");
	// The answer may be there already: the block in which it was made has it.
	let block = hash_of(node, said["transaction"]["block"].as_u64().expect("a number"));
	let question = json!(["InferenceApi_request", hex(&request.encode()), block]);
	let answer = wait_for("the request", PATIENCE, || node.rpc("state_call", question.clone()));
	answered(folder, &node.url, &request.to_string());
	let open = Option::decode(&mut &bytes(&answer).expect("hex")[..]).expect("a request or none");
	open.expect("it was open in that block")
}

/// What each proof of the node's prover took, in milliseconds.
fn proof_times(node: &Node) -> Vec<u64> {
	let log = fs::read_to_string(&node.log).expect("the node writes it");
	let time = |line: &str| {
		let (_, time) = line.split_once(": proved in ")?;
		time.split_once(" ms")?.0.parse().ok()
	};
	log.lines().filter_map(time).collect()
}

#[test]
fn a_burst_is_answered_when_every_transaction_makes_a_block() {
	let folder = Folder::new("burst-instant");
	for kind in ["public", "private"] {
		prepare(&folder, kind);
		let node = Node::start(&folder, &["--tmp", "--prover-models", "."]);
		burst("instant sealing", &node, &folder, kind, count(60));
	}
}

#[test]
fn a_burst_is_answered_at_a_block_in_six_seconds() {
	let folder = Folder::new("burst-aura");
	prepare(&folder, "public");
	let node = Node::spawn(&folder, &["--dev", "--tmp", "--port", "0", "--prover-models", "."]);
	burst("six-second blocks", &node, &folder, "public", count(60));
}
