//! Versions of a private model whose parameters a point commits to: trained twice, under one key.

use std::fs;

use serde_json::{json, Value};
use zkml_e2e::*;

struct Desk {
	folder: Folder,
	node: Node,
	model: String,
}

impl Desk {
	fn run(&self, line: &str) -> Said {
		let line = line.replace("MODEL", &self.model);
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&self.folder.0, &self.node.url, &args)
	}

	fn done(&self, line: &str) -> Value {
		self.run(&format!("{line} --json")).json()
	}

	/// Asks a version, and waits for the answer of the node's prover.
	fn answer(&self, version: u32) -> Value {
		let ask = format!("request MODEL --model-version {version} --price 2 --key //Bob");
		let request = self.done(&ask)["request"].to_string();
		answered(&self.folder, &self.node.url, &request)
	}
}

/// The retrained digits model in the circuit of the first, in a folder with the keys of that.
fn retrained(folder: &Folder, kind: &str) {
	let onnx = repository().join("models/digits/digits-retrained.onnx");
	let onnx = onnx.to_str().expect("a plain path");
	fs::create_dir_all(folder.0.join(kind)).expect("the folder is ours");
	let model = format!("{kind}/model.zkml");
	let args = ["compile", onnx, "--like", "private/model.zkml", "-o", &model, "--json"];
	zkml(&folder.0, "", &args).json();
	let key = folder.0.join("private/proving.key");
	fs::hard_link(key, folder.0.join(kind).join("proving.key")).expect("the keys are there");
}

const FIRST: &str = "--model private/model.zkml --proving-key private/proving.key";
const SECOND: &str = "--model again/model.zkml --proving-key private/proving.key";
const THIRD: &str = "--model third/model.zkml --proving-key private/proving.key";

#[test]
fn a_model_that_was_trained_twice_answers_in_both_versions_and_a_proof_is_of_one_of_them() {
	let folder = Folder::new("versions");
	prepare(&folder, "private");
	retrained(&folder, "again");
	retrained(&folder, "third");
	let node = Node::start(&folder, &["--tmp", "--prover-models", "."]);
	let mut desk = Desk { folder, node, model: String::new() };

	let registered = desk.done(&format!("model register {FIRST} --key //Alice"));
	assert_eq!(text(&registered, "params_kind"), "point");
	assert_eq!(text(&registered, "params_range"), "proved");
	desk.model = text(&registered, "model").to_owned();
	let published = desk.done(&format!("model publish MODEL {SECOND} --key //Alice"));
	assert_eq!(published["version"], 2);
	assert_eq!(published["circuit"], registered["circuit"]);
	assert_eq!(published["register_circuit"], Value::Null, "no setup, and no new key");
	assert_ne!(published["params"], registered["params"]);
	// A version that nobody proves the ranges of is one of those that say so.
	desk.run(&format!("model publish MODEL {THIRD} --key //Alice --range-key none.key"))
		.failed(&["none.key: expected the range key", "--no-range-proof"]);
	desk.done(&format!("model publish MODEL {THIRD} --key //Alice --no-range-proof"));
	// Its ranges cannot be proved later: a commitment is registered once.
	desk.run(&format!("model publish MODEL {THIRD} --key //Alice")).failed(&[
		"that of version 3, the same commitment",
		"--like",
		"new salt",
	]);

	let versions = desk.done("model show MODEL")["versions"].clone();
	for (version, (made, range)) in versions.as_array().expect("a list").iter().zip([
		(&registered, "proved"),
		(&published, "proved"),
		(&Value::Null, "not-proved"),
	]) {
		assert_eq!(text(version, "params_kind"), "point");
		assert_eq!(text(version, "params_range"), range);
		if !made.is_null() {
			assert_eq!(version["params_point"], made["params_point"]);
		}
	}
	let listed = desk.done("model list")["models"][0]["latest"].clone();
	assert_eq!(listed["params_range"], "not-proved");

	// All three answer, each with its own parameters.
	for version in 1..=3 {
		let said = &versions[version as usize - 1];
		let answer = desk.answer(version);
		assert_eq!(answer["version"], version);
		assert_eq!(answer["params"], said["params"]);
		assert_eq!(answer["params_range"], said["params_range"]);
		let audited = desk.done(&format!("audit {}", text(&answer, "statement")));
		assert_eq!(audited["sound"], true);
		assert_eq!(audited["params_point"], said["params_point"]);
		assert_eq!(audited["params_range"], said["params_range"]);
	}

	// A prover of one version cannot prove another: it is told so, and if it is not, the chain says no.
	let asked = format!("prove {FIRST} --model-id MODEL --model-version 2 --key //Charlie");
	desk.run(&asked).failed(&["the parameters of version 2: expected 0x", "got 0x"]);
	let genesis = desk.node.rpc("chain_getBlockHash", json!([0])).expect("a first block");
	let genesis = genesis.as_str().expect("a hash");
	let expiry = desk.node.best().expect("a node") + 100;
	let bound = format!("--genesis {genesis} --expiry {expiry} --beneficiary //Charlie");
	for (files, own, other) in [(FIRST, 1, 2), (SECOND, 2, 1)] {
		let prove = |version: u32| {
			// A nonce of its own, or the statement of the right proof would be on record.
			let nonce = 10 * own + version;
			let to = format!("--model-id MODEL --model-version {version} --action submit:{nonce}");
			desk.done(&format!("prove {files} {to} {bound} -o proof-{own}-{version}.json"));
		};
		prove(own);
		assert_eq!(desk.done(&format!("check proof-{own}-{own}.json"))["accepted"], true);
		prove(other);
		// By itself it holds: that it is of the wrong parameters is for the version on chain to say.
		let verify = format!("verify proof-{own}-{other}.json");
		desk.done(&format!("{verify} --verifying-key private/verifying.key"));
		desk.run(&format!("check proof-{own}-{other}.json")).failed(&["ProofInvalid"]);
		let send = format!("submit --from proof-{own}-{other}.json --no-check --key //Charlie");
		desk.run(&send).failed(&["ProofInvalid"]);
		desk.done(&format!("submit --from proof-{own}-{own}.json --key //Charlie"));
	}
}
