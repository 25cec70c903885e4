//! Keys that several people made, from snarkjs's phase 1 to a model on a node.

use std::process::Command;

use serde_json::Value;
use zkml_e2e::*;

/// Runs snarkjs, which the JavaScript clients depend on.
fn snarkjs(folder: &Folder, args: &[&str]) {
	let said: Said = Command::new("node")
		.arg(repository().join("clients/js/node_modules/snarkjs/build/cli.cjs"))
		.args(args)
		.current_dir(&folder.0)
		.output()
		.expect("node runs")
		.into();
	assert_eq!(said.code, 0, "snarkjs {args:?}: {}\n{}", said.out, said.err);
}

#[test]
fn a_model_on_keys_of_a_ceremony_shows_its_transcript_and_anybody_can_check_it() {
	let folder = Folder::new("ceremony");
	prepare(&folder, "public");
	let run = |args: &[&str]| zkml(&folder.0, "", &[args, &["--json"]].concat());
	// Phase 1 by two people, with the tool that others use.
	snarkjs(&folder, &["powersoftau", "new", "bn128", "12", "0.ptau"]);
	snarkjs(&folder, &["powersoftau", "contribute", "0.ptau", "1.ptau", "-n=Ada", "-e=one"]);
	snarkjs(&folder, &["powersoftau", "contribute", "1.ptau", "2.ptau", "-n=Blaise", "-e=two"]);
	let origins = ["--model", "public/model.zkml", "--powers", "2.ptau"];
	run(&[&["ceremony", "new"][..], &origins].concat()).json();
	run(&["ceremony", "contribute", "--name", "Ada"]).json();
	// One person's keys are no ceremony's.
	let keys = ["--proving-key", "public/proving.key", "--verifying-key", "public/verifying.key"];
	let finish = [&["ceremony", "finish"][..], &origins, &keys].concat();
	let forced = [&finish[..], &["--force"]].concat();
	run(&forced).failed(&["at least two people"]);
	run(&["ceremony", "contribute", "--name", "Blaise"]).json();
	// The keys of the single party are there, and go.
	run(&finish).failed(&["public/proving.key: expected no file there", "--force"]);
	run(&forced).json();

	let node = Node::start(&folder, &["--tmp", "--prover-models", "."]);
	let files = ["--model", "public/model.zkml", "--proving-key", "public/proving.key"];
	let send = ["--key", "//Alice", "--yes", "--json", "--ceremony", "ceremony.zkc"];
	let register = [&["model", "register"][..], &files, &send].concat();
	let registered = zkml(&folder.0, &node.url, &register).json();
	let model = text(&registered, "model").to_owned();
	let circuit = text(&registered, "circuit").to_owned();

	// What a stranger sees on chain is what they find in the transcript.
	let show = ["model", "show", &model, "--ceremony", "ceremony.zkc", "--json"];
	let shown = &zkml(&folder.0, &node.url, &show).json()["versions"][0];
	assert_eq!(text(&shown["setup"], "level"), "ceremony");
	assert_eq!(shown["ceremony"]["made_this_key"], true);
	assert_eq!(shown["ceremony"]["claimed"], true);
	let verified = run(&[&["ceremony", "verify"][..], &origins].concat()).json();
	assert_eq!(text(&shown["setup"], "transcript"), text(&verified, "transcript"));
	assert_eq!(text(&verified, "circuit"), circuit);
	// And it is of use: the node's prover answers with these keys.
	let request = ask(&folder, &node.url, &model, "100");
	let answer = answered(&folder, &node.url, &request);
	assert_eq!(text(&answer["outputs"][0], "label"), "two");
	let record = result(&folder, &node.url, &request).expect("answered");
	assert_eq!(setup_of(&record), text(&verified, "transcript"));
}

/// The transcript that a record names.
fn setup_of(record: &Value) -> &str {
	text(&record["setup"], "transcript")
}
