//! Requests that a prover cannot answer delay none that it can, however many and however well paid.

use std::process::{Child, Command, Stdio};

use codec::Decode;
use pallet_inference::Call;
use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring::{Alice, Charlie, Dave, Eve, Ferdie};
use zkml_e2e::{
	load::{bytes, hex, shown, Sender, TrapdoorModel},
	*,
};
use zkml_primitives::{Deadline, Share, TensorData, Terms};
use zkml_runtime::UNIT;
use zkml_trapdoor::Trapdoor;

/// Open requests for models that nobody here has.
const FOREIGN: u32 = 2_000;
/// Models that they are for.
const MODELS: u64 = 4;
/// Blocks by which they may delay another.
const DELAY: i64 = 5;

/// Number of open requests, which the chain counts.
fn open(node: &Node) -> u32 {
	let key = frame_support::storage::storage_prefix(b"Inference", b"CounterForRequests");
	let stored = node.rpc("state_getStorage", json!([hex(&key)]));
	let stored = stored.and_then(|value| bytes(&value)).unwrap_or_default();
	u32::decode(&mut &stored[..]).unwrap_or(0)
}

/// Has thousands of requests opened that no prover here can answer, each better paid than an honest one.
fn flood(node: &Node) {
	let mut owner = Sender::new(node, Alice);
	let models: Vec<TrapdoorModel> = (0..MODELS)
		.map(|n| TrapdoorModel::register(node, &mut owner, Trapdoor::with_rounds(100 + n, 1), 64))
		.collect();
	let mut senders = [Charlie, Dave, Eve, Ferdie].map(|key| Sender::new(node, key));
	let deadline = Deadline { block: 100_000, moment: 0 };
	let (price, max_owner_share) = (9 * UNIT, Share(Share::WHOLE));
	let terms = Terms { price, max_owner_share, outputs: shown(), deadline };
	let before = open(node);
	for n in 0..FOREIGN {
		let model = models[n as usize % models.len()].target.model;
		let input = TensorData::Public(vec![128; 64].try_into().expect("64 bytes"));
		let inputs = vec![input].try_into().expect("one input");
		let call = Call::request { model, version: 1, inputs, terms: terms.clone() };
		senders[n as usize % 4].send(node, call).expect("the pool takes what is in order");
	}
	wait_for("the flood", 4 * PATIENCE, || (open(node) >= before + FOREIGN).then_some(()));
}

/// Blocks from an honest request to its answer.
fn delay(node: &Node, folder: &Folder, model: &str) -> i64 {
	let args = ["request", model, "--price", "2", "--key", "//Bob", "--yes", "--json"];
	let said = zkml(&folder.0, &node.url, &args).json();
	let asked = said["transaction"]["block"].as_i64().expect("a block");
	let request = said["request"].to_string();
	let answer: Value = answered(folder, &node.url, &request);
	answer["block"].as_i64().expect("a block") - asked
}

/// The delays before and with the flood.
fn compare(who: &str, node: &Node, folder: &Folder) {
	let model = register(folder, &node.url);
	let alone: Vec<i64> = (0..3).map(|_| delay(node, folder, &model)).collect();
	flood(node);
	let beside: Vec<i64> = (0..3).map(|_| delay(node, folder, &model)).collect();
	println!("{who}: {alone:?} blocks to the answer, {beside:?} beside {FOREIGN} foreign requests");
	assert_eq!(open(node), FOREIGN, "the foreign ones stay");
	let worst = beside.iter().max().expect("three");
	assert!(worst - alone.iter().min().expect("three") <= DELAY, "{alone:?}, then {beside:?}");
}

const BLOCKS: [&str; 4] = ["--dev", "--tmp", "--port", "0"];

#[test]
fn the_worker_is_not_kept_by_requests_for_others() {
	let folder = Folder::new("foreign-worker");
	prepare(&folder, "private");
	let node = Node::spawn(&folder, &[&BLOCKS[..], &["--prover-models", "."]].concat());
	compare("worker", &node, &folder);
}

/// A miner that is killed in the end.
struct Miner(Child);

impl Drop for Miner {
	fn drop(&mut self) {
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

#[test]
fn the_miner_is_not_kept_by_requests_for_others() {
	let folder = Folder::new("foreign-miner");
	prepare(&folder, "private");
	let node = Node::spawn(&folder, &[&BLOCKS[..], &["--no-prover"]].concat());
	let miner = Command::new(program("zkml"))
		.args(["mine", "--models", ".", "--key", "//Alice//zkml"])
		.current_dir(&folder.0)
		.env("ZKML_URL", &node.url)
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.spawn();
	let _miner = Miner(miner.expect("zkml starts"));
	compare("miner", &node, &folder);
}
