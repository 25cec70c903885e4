//! Mistakes that need a chain to be made: one line that says what was expected and what was got, an
//! exit code that is not 0, and no file made or changed. What can be told without a chain is in
//! `cli/tests/bad_files.rs` and `cli/tests/bad_lines.rs`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{json, Value};
use zkml_e2e::*;

/// An id that nothing has.
const UNKNOWN: &str = "0x5555555555555555555555555555555555555555555555555555555555555555";
const PUBLIC: &str = "--model public/model.zkml --proving-key public/proving.key";
const MIXED: &str = "--model private/model.zkml --proving-key public/proving.key";
const PRIVATE: &str = "--model private/model.zkml --proving-key private/proving.key";

/// A folder to work in and a node, whose log lies elsewhere. Nobody answers requests.
struct Desk {
	folder: Folder,
	node: Node,
	_log: Folder,
	/// Alice's public model.
	model: String,
}

impl Desk {
	fn new(name: &str) -> Self {
		let folder = Folder::new(name);
		let log = folder.another(&format!("{name}-node"));
		prepare(&folder, "public");
		let node = Node::start(&log, &["--tmp", "--no-prover"]);
		Self { folder, node, _log: log, model: String::new() }
	}

	/// Registers the model.
	fn with_model(mut self) -> Self {
		let said = self.done(&format!("model register {PUBLIC} --key //Alice"));
		self.model = said["model"].as_str().expect("the id").to_owned();
		self
	}

	fn run(&self, line: &str) -> Said {
		let line = line
			.replace("MODEL", &self.model)
			.replace("UNKNOWN", UNKNOWN)
			.replace("PUBLIC", PUBLIC);
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&self.folder.0, &self.node.url, &args)
	}

	fn done(&self, line: &str) -> Value {
		self.run(&format!("{line} --json")).json()
	}

	/// The line must fail with these words, and change no file.
	fn refused(&self, line: &str, words: &[&str]) -> String {
		let before = self.files();
		let said = self.run(line);
		assert_eq!(said.code, 1, "{line}: {said:?}");
		said.failed(words);
		let expected = said.err.find("expected ").unwrap_or_else(|| panic!("{line}: {said:?}"));
		assert!(said.err[expected..].contains("got"), "{line}: {said:?}");
		assert_eq!(self.files(), before, "{line} changed a file");
		said.err
	}

	fn all_refused(&self, table: &[(&str, &[&str])]) {
		for (line, words) in table {
			self.refused(line, words);
		}
	}

	/// Every file with what is in it.
	fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
		let mut found = BTreeMap::new();
		let mut folders = vec![self.folder.0.clone()];
		while let Some(folder) = folders.pop() {
			for entry in fs::read_dir(folder).unwrap() {
				let path = entry.unwrap().path();
				match path.is_dir() {
					true => folders.push(path),
					false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
				}
			}
		}
		found
	}

	fn write(&self, name: &str, text: impl AsRef<[u8]>) {
		fs::write(self.folder.0.join(name), text).unwrap();
	}

	/// Writes a file of JSON with one thing changed.
	fn spoil(&self, from: &str, to: &str, changes: &[(&str, Value)]) {
		let whole = fs::read(self.folder.0.join(from)).unwrap();
		let mut file: Value = serde_json::from_slice(&whole).unwrap();
		for (path, value) in changes {
			*file.pointer_mut(path).unwrap_or_else(|| panic!("{path} in {from}")) = value.clone();
		}
		self.write(to, file.to_string());
	}
}

/// An amount as `zkml` prints it, in the smallest unit.
fn units(text: &str) -> u128 {
	let (whole, part) = text.split_once('.').unwrap_or((text, ""));
	format!("{whole}{part:0<12}").parse().unwrap()
}

/// The reverse.
fn tokens(units: u128) -> String {
	format!("{}.{:012}", units / 1_000_000_000_000, units % 1_000_000_000_000)
}

#[test]
fn a_node_that_does_not_run_is_named() {
	let folder = Folder::new("no-node");
	let url = format!("ws://127.0.0.1:{}", free_port());
	let expected = format!("expected a node at {url}, got none: ");
	for args in [
		&["model", "list"][..],
		&["result", "0"],
		&["accounts", "--key", "//Alice"],
		&["refund", "0", "--key", "//Alice", "--yes"],
	] {
		zkml(&folder.0, &url, args).failed(&[&expected, "Connection refused"]);
	}
}

#[test]
fn an_account_without_funds_is_told_what_each_verb_takes_and_leaves_no_file() {
	let desk = Desk::new("funds");
	let nothing = ["no funds: expected at least 0.0", " ZKML on 5", ", got 0 ZKML"];
	// The circuit is new, and then it is not.
	desk.refused("model register PUBLIC --key //Nobody", &nothing);
	let desk = desk.with_model();
	desk.refused("model register PUBLIC --key //Nobody", &nothing);
	desk.refused("model deprecate MODEL 1 --key //Nobody", &nothing);
	let price = ["no funds: expected at least 7.0", " ZKML on 5", ", got 0 ZKML"];
	desk.refused("request MODEL --price 7 --key //Nobody", &price);
	desk.refused("request MODEL --price 7 --private-input --key //Nobody", &price);
	desk.refused("submit --model-id MODEL PUBLIC --private-input --key //Nobody", &nothing);
	// A proof takes its time: it is kept, whole, for whoever can pay.
	desk.run("submit --model-id MODEL PUBLIC --key //Nobody").failed(&nothing);
	desk.done("verify --verifying-key public/verifying.key");
	desk.done("submit --model-id MODEL PUBLIC --key //Charlie");
	desk.refused("submit --from proof.json --key //Nobody", &nothing);
	desk.refused("submit --from proof.json --no-check --key //Nobody", &nothing);
	desk.done("request MODEL --price 1 --key //Bob");
	desk.refused("refund 0 --key //Nobody", &nothing);

	// Dave spends all that he has but what keeps his account, and owns a model.
	let dave = desk.done(&format!("model register {PUBLIC} --key //Dave"))["model"].clone();
	let dave = dave.as_str().expect("the id");
	let rich = "request MODEL --price 99999999999 --key //Dave";
	let error = desk.refused(rich, &["no funds: expected at least 99999999999.0", ", got 99"]);
	let amounts: Vec<u128> = error
		.split_whitespace()
		.filter(|word| word.starts_with("99") && word.contains('.'))
		.map(units)
		.collect();
	let [needed, has] = amounts[..] else { panic!("{error}") };
	let price = tokens(units("99999999999") + has - needed);
	desk.done(&format!("request MODEL --price {price} --key //Dave"));
	let little = ["no funds: expected at least 0.0", " ZKML on 5DAAnr", ", got 0.001 ZKML"];
	desk.refused(&format!("model publish {dave} PUBLIC --key //Dave"), &little);
	desk.refused(&format!("model deprecate {dave} 1 --key //Dave"), &little);
	desk.refused("request MODEL --price 0 --key //Dave", &little);
	desk.refused("refund 0 --key //Dave", &little);
	desk.refused("submit --from proof.json --key //Dave", &little);
}

#[test]
fn models_versions_and_keys_that_do_not_fit_are_refused() {
	let desk = Desk::new("models").with_model();
	prepare(&desk.folder, "private");
	let long = format!("model register PUBLIC --key //Bob --uri {}", "u".repeat(257));
	let ranges = "--range-key private/proving.range.key";
	let mixed = format!("model register {MIXED} {ranges} --key //Alice");
	let private = format!("submit --model-id MODEL {PRIVATE} --key //Bob");
	let proved = format!("prove --model-id MODEL {PRIVATE} --key //Bob");
	let another = "public/proving.key: expected the proving key of private/model.zkml";
	let circuit = "the circuit of version 1: expected 0x";
	desk.all_refused(&[
		(&mixed, &[another, "got that of another circuit"]),
		(
			"model register PUBLIC --key //Alice",
			&["the model: expected a model that is not registered yet", ", got 0x"],
		),
		(&long, &["--uri: expected at most 256 bytes", "got 257"]),
		(
			"model register PUBLIC --key //Bob --blocks 0",
			&["expected the chain to accept it", "got ModelRegistry.PossessionExpired: The proof"],
		),
		("model publish MODEL PUBLIC --key //Bob", &["the signing key: expected 5G", "got 5F"]),
		("model publish UNKNOWN PUBLIC --key //Bob", &["expected the model 0x55", "got none"]),
		("model deprecate MODEL 1 --key //Bob", &["got ModelRegistry.NotOwner: Only the owner"]),
		("model deprecate MODEL 9 --key //Alice", &["got ModelRegistry.VersionNotFound: The"]),
		("model deprecate UNKNOWN 1 --key //Bob", &["got ModelRegistry.ModelNotFound: No model"]),
		("model show UNKNOWN", &["expected the model 0x5555", "on chain, got none"]),
		("circuit show UNKNOWN", &["expected the circuit 0x5555", "on chain, got none"]),
		(&private, &[circuit, ", got 0x"]),
		(&proved, &[circuit, ", got 0x"]),
		(
			"prove --model-id MODEL --model-version 9 PUBLIC --key //Bob",
			&["the model: expected version 9", "got versions 1 to 1"],
		),
		(
			"prove --model-id MODEL --action answer:7 PUBLIC --key //Bob",
			&["expected the open request 7 on chain", "got none"],
		),
	]);
	desk.done("model deprecate MODEL 1 --key //Alice");
	desk.all_refused(&[
		(
			"model deprecate MODEL 1 --key //Alice",
			&["got ModelRegistry.VersionDeprecated: The version is deprecated already"],
		),
		(
			"request MODEL --price 1 --key //Bob",
			&["version 1 of the model: expected an active version", "got a deprecated one"],
		),
	]);
}

#[test]
fn requests_that_cannot_be_answered_and_results_that_are_not_there_are_refused() {
	let desk = Desk::new("requests").with_model();
	let row = |count: usize, value: &str| {
		format!(r#"{{"input_data": [[{}]]}}"#, vec![value; count].join(","))
	};
	desk.write("short.json", row(3, "1"));
	desk.write("long.json", row(5_000, "1"));
	desk.write("loud.json", row(64, "99"));
	desk.write("text.json", row(64, r#""one""#));
	desk.write("empty.json", "");
	let ask = |rest: &str| format!("request {rest} --key //Bob");
	let input = |name: &str| ask(&format!("MODEL --price 1 --input {name}"));
	desk.all_refused(&[
		(&ask("UNKNOWN --price 1"), &["expected the model 0x5555", "on chain, got none"]),
		(
			&ask("MODEL --price 1 --model-version 9"),
			&["expected version 9 of the model on chain", "got none"],
		),
		(
			&ask("MODEL --price 99999999999"),
			&["no funds: expected at least 99999999999.", "got 1000000 ZKML"],
		),
		(
			&ask("MODEL --price 1 --blocks 4294967295"),
			&["got Inference.TooFarAhead: The deadline or expiry lies further ahead"],
		),
		(&input("short.json"), &["input image: expected 64 values", "got 3 values"]),
		(&input("long.json"), &["input image: expected 64 values", "got 5000 values"]),
		(&input("loud.json"), &["input image, value 0: expected a number from 0 to 16", "got 99"]),
		(&input("text.json"), &["expected numbers in input_data", "got \"one\""]),
		(&input("empty.json"), &["expected {\"input_data\"", "got an empty file"]),
		(&input("none.json"), &["none.json: expected to read it", "got: No such file"]),
		(
			&ask("MODEL --price 1 --private-input --input-opening no/such/file"),
			&["no/such/file: expected to write it", "got: No such file"],
		),
		(
			&ask("MODEL --price 1 --private-input --input-opening empty.json"),
			&["expected the openings of private tensors", "got an empty file"],
		),
	]);
	desk.done(&ask("MODEL --price 1 --blocks 1"));
	desk.done(&ask("MODEL --price 1"));
	let statement = format!("result --statement {UNKNOWN}");
	desk.all_refused(&[
		("refund 1 --key //Bob", &["got Inference.RequestOpen: The request's deadline and"]),
		("refund 7 --key //Bob", &["expected the open request 7 on chain", "got none"]),
		(&statement, &["expected a record of statement 0x5555", "on chain, got none"]),
	]);
}

#[test]
fn proofs_that_the_chain_would_not_take_are_refused_by_its_reason() {
	let desk = Desk::new("proofs").with_model();
	desk.done("submit --model-id MODEL PUBLIC --key //Bob");
	let hidden = "--private-input --proof hidden.json";
	desk.done(&format!("submit --model-id MODEL PUBLIC {hidden} --key //Bob"));
	let context = format!("PUBLIC --model-id MODEL --key //Bob --action submit:{}", u64::MAX);
	desk.done(&format!("prove {context} -o good.json"));
	desk.done("check good.json");
	let above = || json!(format!("0x{}", "ff".repeat(32)));
	let hide = |values, commitment| vec![(values, Value::Null), (commitment, above())];
	for (changes, reason) in [
		(vec![("/context/model", json!(UNKNOWN))], "Inference.VersionNotFound: No model"),
		(vec![("/context/version", json!(9))], "Inference.VersionNotFound: No model"),
		(vec![("/context/expiry", json!(0))], "Inference.Expired: The deadline or"),
		(vec![("/context/expiry", json!(u32::MAX))], "Inference.TooFarAhead: The deadline"),
		(vec![("/context/action", json!("submit:1"))], "Inference.ContextMismatch: The proof"),
		(vec![("/context/action", json!("answer:7"))], "Inference.RequestNotFound: No request"),
		(vec![("/context/beneficiary", json!("//Eve"))], "Inference.ContextMismatch: The"),
		(
			vec![("/inputs/0/values", json!([1])), ("/inputs/0/spec/dims", json!([1]))],
			"Inference.InputLength: A public input has not the number of bytes",
		),
		(
			vec![("/inputs/0/values/0", json!(17)), ("/inputs/0/spec/max", json!(17))],
			"Inference.InputOutOfRange: An element of a public input",
		),
		(hide("/inputs/0/values", "/digests/inputs/0"), "Inference.InputNotCanonical: The"),
		(
			vec![("/outputs/0/values", json!([1, 1])), ("/outputs/0/spec/dims", json!([2]))],
			"Inference.OutputLength: A public output has not the number of bytes",
		),
		(
			vec![("/outputs/0/values/0", json!(10)), ("/outputs/0/spec/max", json!(10))],
			"Inference.OutputOutOfRange: An element of a public output",
		),
		(hide("/outputs/0/values", "/digests/outputs/0"), "Inference.OutputNotCanonical: The"),
		(vec![("/outputs/0/values/0", json!(3))], "Verifier.ProofInvalid: The pairing"),
		(vec![("/inputs/0/values/0", json!(3))], "Verifier.ProofInvalid: The pairing"),
	] {
		desk.spoil("good.json", "spoilt.json", &changes);
		desk.refused("check spoilt.json --submitter //Bob", &["got ", reason]);
		// A commitment would be announced first, which costs a transaction.
		if !reason.contains("InputNotCanonical") {
			desk.refused("submit --from spoilt.json --key //Bob", &["got ", reason]);
		}
	}
	// The chain has these from elsewhere and would take the proof: the file says something else.
	let zero = || json!(format!("0x{}", "00".repeat(32)));
	for (changes, words) in [
		(vec![("/digests/params", zero())], "the parameters of version 1: expected 0x"),
		(vec![("/digests/outputs/0", zero())], "the digest of output label: expected 0x00"),
		(vec![("/circuit", zero())], "the circuit of version 1: expected 0x"),
	] {
		desk.spoil("good.json", "spoilt.json", &changes);
		desk.refused("check spoilt.json --submitter //Bob", &[words, "got 0x"]);
		desk.refused("submit --from spoilt.json --key //Bob", &[words, "got 0x"]);
	}
	desk.all_refused(&[
		("check good.json --beneficiary //Eve", &["got Inference.ContextMismatch: The proof"]),
		(
			"submit --from good.json --beneficiary //Eve --key //Bob",
			&["got Inference.ContextMismatch: The proof"],
		),
		("check proof.json", &["got Inference.AlreadyRecorded: The same statement"]),
		("submit --from proof.json --key //Bob", &["got Inference.AlreadyRecorded: The same"]),
		(
			"submit --from proof.json --no-check --key //Bob",
			&["got Inference.AlreadyRecorded: The same"],
		),
		(
			"check hidden.json --submitter //Eve",
			&["got Inference.InputNotCommitted: The commitment to a private input was not"],
		),
		("check good.json --submitter //Nobody", &["got Inference.CannotAfford: The account"]),
	]);
}
