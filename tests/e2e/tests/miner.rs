//! The stand-alone miner: batches, what it cannot prove, several on one queue, death in the midst of
//! it; and several proofs in one submission.

use std::{
	process::{Child, Command, Stdio},
	thread,
	time::Duration,
};

use serde_json::Value;
use zkml_e2e::*;

/// A running miner with the models below the folder.
struct Miner(Child);

impl Miner {
	fn start(folder: &Folder, url: &str, args: &[&str]) -> Self {
		let child = Command::new(program("zkml"))
			.args(["mine", "--models", ".", "--json"])
			.args(args)
			.current_dir(&folder.0)
			.env("ZKML_URL", url)
			.stdin(Stdio::null())
			.stdout(Stdio::piped())
			.stderr(Stdio::piped())
			.spawn();
		Self(child.expect("zkml starts"))
	}

	fn kill(mut self) {
		self.0.kill().expect("it runs");
		self.0.wait().expect("it can be waited for");
	}

	/// Asks it to stop; what it said.
	fn stop(self) -> Said {
		let id = self.0.id().to_string();
		let asked = Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
		assert!(asked.success());
		self.end()
	}

	/// Waits until it stops by itself.
	fn end(mut self) -> Said {
		let mut over = || self.0.try_wait().expect("it can be asked").map(drop);
		wait_for("the miner", PATIENCE, &mut over);
		self.0.wait_with_output().expect("it can be waited for").into()
	}
}

fn request(folder: &Folder, url: &str, model: &str, args: &[&str]) -> String {
	let given = ["request", model, "--yes", "--json"];
	zkml(&folder.0, url, &[&given[..], args].concat()).json()["request"].to_string()
}

#[test]
fn what_is_ready_together_goes_together_and_the_impossible_is_left_alone() {
	let folder = Folder::new("miner");
	prepare(&folder, "private");
	// Six seconds a block: whatever is proved while a transaction waits goes with the next.
	let node = Node::spawn(&folder, &["--dev", "--tmp", "--port", "0", "--no-prover"]);
	let url = node.url.as_str();
	let model = register(&folder, url);
	let ask = |key: &str, args: &[&str]| {
		request(&folder, url, &model, &[&["--key", key][..], args].concat())
	};
	let requests: Vec<String> = thread::scope(|scope| {
		// The best paid of all, and nobody but Alice knows what is asked.
		let hidden = scope.spawn(|| ask("//Alice", &["--price", "9", "--private-input"]));
		// Too little to be worth it.
		let cheap = scope.spawn(|| ask("//Ferdie", &["--price", "0.5"]));
		let keys = ["//Bob", "//Charlie", "//Dave", "//Eve"];
		let open = keys.map(|key| scope.spawn(|| ask(key, &["--price", "2"])));
		let all = [hidden, cheap].into_iter().chain(open);
		all.map(|thread| thread.join().expect("a request")).collect()
	});
	let [hidden, cheap, open @ ..] = &requests[..] else { panic!("six requests") };
	let args = ["--key", "//Ferdie", "--min-price", "1", "--answers", "4"];
	let said = Miner::start(&folder, url, &args).end();
	let tally = said.json();
	assert_eq!(tally["answers"], 4, "{said:?}");
	assert!(tally["transactions"].as_u64() < Some(4), "{said:?}");
	// Two each, of which the owner has a fifth.
	assert_eq!(text(&tally, "earned"), "6400000000000");
	assert!(!said.err.contains(&format!("request {hidden}:")), "it was never looked at: {said:?}");
	for request in open {
		let answer = answered(&folder, url, request);
		assert_eq!(text(&answer["outputs"][0], "label"), "two");
	}
	for request in [hidden, cheap] {
		assert_eq!(result(&folder, url, request), None);
	}
}

#[test]
fn two_miners_share_a_queue_and_the_death_of_one_loses_nothing() {
	let folder = Folder::new("miners");
	prepare(&folder, "private");
	let node = Node::start(&folder, &["--tmp", "--no-prover"]);
	let url = node.url.as_str();
	let model = register(&folder, url);
	let start = |key| Miner::start(&folder, url, &["--provers", "2", "--key", key]);
	let (charlie, dave) = (start("//Charlie"), start("//Dave"));
	let mut requests: Vec<String> = (0..4).map(|_| ask(&folder, url, &model, "1000")).collect();
	charlie.kill();
	requests.extend((0..2).map(|_| ask(&folder, url, &model, "1000")));
	let charlie = start("//Charlie");
	requests.extend((0..2).map(|_| ask(&folder, url, &model, "1000")));
	for request in &requests {
		answered(&folder, url, request);
	}
	let said = [charlie, dave].map(|miner| miner.stop().json());
	let sum: u64 = said.iter().filter_map(|tally| tally["answers"].as_u64()).sum();
	// The first of the two Charlies took what it had earned by then into its grave.
	assert!((1..=requests.len() as u64).contains(&sum), "{said:?}");
}

#[test]
fn a_miner_outlives_its_node() {
	let folder = Folder::new("miner-alone");
	prepare(&folder, "private");
	let base = folder.path("base");
	let port = free_port();
	let sealed = ["--dev", "--sealing", "instant", "--port", "0"];
	let args = [&sealed[..], &["--base-path", &base, "--no-prover"]].concat();
	let start = || Node::spawn_at(&folder, &args, port);
	let node = start();
	let url = node.url.clone();
	let model = register(&folder, &url);
	let miner = Miner::start(&folder, &url, &["--key", "//Charlie", "--answers", "2"]);
	let first = ask(&folder, &url, &model, "1000");
	answered(&folder, &url, &first);
	node.kill();
	thread::sleep(Duration::from_secs(2));
	let _node = start();
	let second = ask(&folder, &url, &model, "1000");
	answered(&folder, &url, &second);
	assert_eq!(miner.end().json()["answers"], 2);
}

#[test]
fn several_proofs_are_submitted_at_once() {
	let folder = Folder::new("submit-batch");
	prepare(&folder, "private");
	let node = Node::start(&folder, &["--tmp", "--no-prover"]);
	let run = |args: &[&str]| zkml(&folder.0, &node.url, args);
	let model = register(&folder, &node.url);
	let files = ["--model", "private/model.zkml", "--proving-key", "private/proving.key"];
	let proofs = ["one.json", "two.json", "three.json"];
	for proof in proofs {
		let bound = ["prove", "--model-id", &model, "--key", "//Charlie", "-o", proof, "--json"];
		run(&[&bound[..], &files].concat()).json();
	}
	let send = ["--key", "//Charlie", "--yes", "--json"];
	// Each file is a proof of its own: the nonce is drawn.
	let batch = |proofs: &[&str], more: &[&str]| {
		run(&[&["submit", "--from"][..], proofs, more, &send].concat())
	};
	batch(&["one.json", "two.json", "one.json"], &[]).failed(&["one statement twice"]);
	let said: Value = batch(&proofs, &[]).json();
	assert_eq!(said["statements"].as_array().map(Vec::len), Some(3), "{said}");
	assert_eq!(said["transaction"]["call"], "Inference.submit_batch");
	batch(&proofs[..2], &[]).failed(&["AlreadyRecorded"]);
	batch(&proofs[..2], &["--no-check"]).failed(&["the block: expected 2 records, got 0"]);
}
