//! Programs of other tools on a node, and `zkml audit` of inferences: fresh proofs by snarkjs,
//! published ones of RISC Zero and SP1, replays, and a record that was changed behind everybody's
//! back.

use std::{fs, process::Command};

use codec::{Decode, Encode};
use frame_support::storage::storage_prefix;
use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring;
use zkml_e2e::{
	load::{Sender, TrapdoorModel},
	*,
};
use zkml_primitives::{Record, Scalar};
use zkml_runtime::{AccountId, Balance, Runtime, RuntimeCall};
use zkml_trapdoor::Trapdoor;

/// A folder to work in and a node.
struct Desk {
	folder: Folder,
	node: Node,
}

impl Desk {
	fn new(name: &str, args: &[&str]) -> Self {
		let folder = Folder::new(name);
		let node = Node::start(&folder, &[&["--tmp"][..], args].concat());
		Self { folder, node }
	}

	fn run(&self, line: &str) -> Said {
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&self.folder.0, &self.node.url, &args)
	}

	fn done(&self, line: &str) -> Value {
		self.run(&format!("{line} --json")).json()
	}

	fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
		fs::write(self.folder.0.join(name), bytes).expect("the folder is ours");
	}

	/// Runs snarkjs, which the JavaScript clients depend on.
	fn snarkjs(&self, line: &str) {
		let said: Said = Command::new("node")
			.arg(repository().join("clients/js/node_modules/snarkjs/build/cli.cjs"))
			.args(line.split(' '))
			.current_dir(&self.folder.0)
			.output()
			.expect("node runs")
			.into();
		assert_eq!(said.code, 0, "snarkjs {line}: {}\n{}", said.out, said.err);
	}
}

/// A published proof.
fn vector(name: &str) -> Value {
	let path = repository().join(format!("tests/vectors/{name}.json"));
	serde_json::from_slice(&fs::read(path).expect("a vector")).expect("JSON")
}

/// A file of circom's kinds: its name, version and sections.
fn sections(name: &[u8; 4], version: u32, sections: &[Vec<u8>]) -> Vec<u8> {
	let mut file =
		[&name[..], &version.to_le_bytes(), &(sections.len() as u32).to_le_bytes()].concat();
	for (number, section) in (1u32..).zip(sections) {
		file.extend(number.to_le_bytes());
		file.extend((section.len() as u64).to_le_bytes());
		file.extend(section);
	}
	file
}

fn little(number: &Scalar) -> Vec<u8> {
	number.0.iter().rev().copied().collect()
}

fn small(number: u8) -> Scalar {
	let mut scalar = Scalar::ZERO;
	scalar.0[31] = number;
	scalar
}

/// Wires: 1, the square, the context, the root, a copy of the context. The root times itself is the
/// square; the context times one is its copy, so that no proof is good for another context.
fn circuit() -> Vec<u8> {
	let prime = little(&Scalar(Scalar::MODULUS));
	let counts = [5u32, 1, 1, 2].map(u32::to_le_bytes).concat();
	let header =
		[&32u32.to_le_bytes()[..], &prime, &counts, &5u64.to_le_bytes(), &2u32.to_le_bytes()];
	let term =
		|wire: u32| [&1u32.to_le_bytes()[..], &wire.to_le_bytes(), &little(&small(1))].concat();
	let constraints = [3, 3, 1, 2, 0, 4].map(term).concat();
	let labels = (0u64..5).flat_map(u64::to_le_bytes).collect();
	sections(b"r1cs", 1, &[header.concat(), constraints, labels])
}

fn witness(root: u8, context: Scalar) -> Vec<u8> {
	let prime = little(&Scalar(Scalar::MODULUS));
	let header = [&32u32.to_le_bytes()[..], &prime, &5u32.to_le_bytes()].concat();
	let values = [small(1), small(root * root), context, small(root), context];
	sections(b"wtns", 2, &[header, values.iter().flat_map(little).collect()])
}

fn scalar(value: &Value) -> Scalar {
	Scalar(load::bytes(value).expect("hex").try_into().expect("32 bytes"))
}

#[test]
fn fresh_proofs_of_snarkjs_are_recorded_once_and_for_whom_they_name() {
	let desk = Desk::new("programs", &["--no-prover"]);
	desk.write("square.r1cs", circuit());
	desk.snarkjs("powersoftau new bn128 4 0.ptau");
	desk.snarkjs("powersoftau contribute 0.ptau 1.ptau --name=Ada -e=one");
	desk.snarkjs("powersoftau prepare phase2 1.ptau powers.ptau");
	desk.snarkjs("groth16 setup square.r1cs powers.ptau 0.zkey");
	desk.snarkjs("zkey contribute 0.zkey 1.zkey --name=Ada -e=two");
	desk.snarkjs("zkey export verificationkey 0.zkey unsafe.json");
	desk.snarkjs("zkey export verificationkey 1.zkey vkey.json");

	let register = "program register --tool snarkjs --key //Alice --verifying-key";
	desk.run(&format!("{register} unsafe.json")).failed(&["expected one that verifiers accept"]);
	desk.run(&format!("{register} vkey.json --context-input 2"))
		.failed(&["--context-input: expected the index of one of 2 public", "got 2"]);
	let bound = desk.done(&format!("{register} vkey.json --context-input 1"));
	assert_eq!((&bound["inputs"], &bound["context"]), (&json!(2), &json!({ "input": 1 })));
	assert_eq!(text(&bound["setup"], "level"), "single-party");
	let again = desk.run(&format!("{register} vkey.json --context-input 1"));
	again.failed(&["the program: expected a program that is not registered yet, got 0x"]);
	let free = desk.done(&format!("{register} vkey.json"));
	assert_eq!((&free["key"], &free["register_key"]), (&bound["key"], &Value::Null));
	let (bound, free) = (text(&bound, "program"), text(&free, "program"));
	assert_ne!(bound, free);

	let context = desk.done(&format!("program context {bound} --key //Bob"));
	let prove = |file: &str| {
		desk.write("square.wtns", witness(7, scalar(&context["context"])));
		desk.snarkjs(&format!("groth16 prove 1.zkey square.wtns {file} public.json"));
	};
	prove("proof.json");
	let public: Value =
		serde_json::from_slice(&fs::read(desk.folder.path("public.json")).unwrap()).unwrap();
	assert_eq!(public, json!(["49", context["decimal"]]));
	let files = "--tool snarkjs --public public.json --proof";
	let uses = format!("--nonce {} --expiry {}", text(&context, "nonce"), context["expiry"]);
	let line = |program: &str, rest: &str| format!("program submit {program} {files} {rest}");

	// What is found wrong here is not sent; sent all the same, the chain finds it too.
	let carol = line(bound, &format!("proof.json {uses} --key //Charlie"));
	desk.run(&carol).failed(&["the context (nonce ", "expected 0x", "got 0x"]);
	desk.run(&format!("{carol} --no-check")).failed(&["got Programs.ContextMismatch"]);
	let late =
		line(bound, &format!("proof.json --nonce 1 --expiry {} --key //Bob", context["expiry"]));
	desk.run(&late).failed(&["the context (nonce 1, "]);
	desk.run(&line(bound, "proof.json --key //Bob"))
		.failed(&["expected --nonce and --expiry of the bound program's context, got none"]);
	desk.run(&line(free, &format!("proof.json {uses} --key //Bob")))
		.failed(&["expected no --nonce and --expiry"]);
	desk.write("other.json", json!(["50", context["decimal"]]).to_string());
	let other =
		line(bound, &format!("proof.json {uses} --key //Bob")).replace("public.json", "other.json");
	desk.run(&other).failed(&["proof: expected one that verifies, got one that does not"]);
	desk.run(&format!("{other} --no-check")).failed(&["got Verifier."]);

	let sent = desk.done(&line(bound, &format!("proof.json {uses} --key //Bob")));
	let statement = text(&sent, "statement");
	let record = desk.done(&format!("program record {statement}"));
	assert_eq!(record["claim"]["inputs"], public);
	assert_eq!(record["bound"]["beneficiary"], context["beneficiary"]);
	assert_eq!(record["block"], sent["transaction"]["block"]);
	assert_eq!(desk.done(&format!("program show {bound}"))["records"], 1);

	// Another proof of the same is a replay.
	prove("again.json");
	let [one, two] = ["proof.json", "again.json"].map(|name| fs::read(desk.folder.path(name)));
	assert_ne!(one.unwrap(), two.unwrap());
	let again = line(bound, &format!("again.json {uses} --key //Bob"));
	desk.run(&again).failed(&["expected a claim that is not on record yet, got one of block"]);
	desk.run(&format!("{again} --no-check")).failed(&["got Programs.AlreadyRecorded"]);
	// For the other program it is another claim, anybody's.
	desk.done(&line(free, "again.json --key //Charlie"));
	desk.run(&line(free, "proof.json --key //Bob")).failed(&["a claim that is not on record yet"]);
	desk.run(&line(free, "proof.json --key //Bob").replace("snarkjs", "sp1"))
		.failed(&["proof bytes, or a fixture", "got JSON that looks like snarkjs's"]);
}

#[test]
fn published_proofs_of_zkvms_are_recorded_and_not_for_another_release() {
	let desk = Desk::new("zkvms", &["--no-prover"]);
	let mut keys = Vec::new();
	for release in ["v2.1", "v2.2", "v3.0"] {
		let file = vector(&format!("risc0-{release}"));
		let part = |name: &str| file["envelope"][name].as_str().expect("hex");
		let register = "program register --tool risc0 --key //Alice";
		let guest = format!("--image-id {}", part("image_id"));
		let known = desk.done(&format!("{register} {guest} --release {release}"));
		keys.push(known["key"].clone());
		let program = text(&known, "program");
		let submit = format!("program submit {program} --tool risc0 --key //Bob");
		let journal = format!("--journal 0x{}", part("journal"));
		let other = format!("--journal 0x00{}", part("journal"));
		desk.write("seal", part("seal"));
		desk.run(&format!("{submit} --seal seal {other}")).failed(&["one that verifies, got one"]);
		let older = vector("risc0-v2.0");
		let older = older["envelope"]["seal"].as_str().expect("hex");
		desk.run(&format!("{submit} --seal {older} {journal}")).failed(&[
			"expected a proof with selector 0x",
			&format!(", of RISC Zero {release}, got 0x9f39696c, of RISC Zero v2.0"),
		]);
		let sent = desk.done(&format!("{submit} --seal seal {journal}"));
		let record = desk.done(&format!("program record {}", text(&sent, "statement")));
		assert_eq!(record["claim"]["journal"], format!("0x{}", part("journal")));
		assert_eq!(record["bound"], Value::Null);
		desk.run(&format!("{submit} --seal seal {journal}")).failed(&["not on record yet"]);
	}
	assert!(keys.iter().all(|key| *key == keys[0]), "one key for all releases");
	for release in ["v5.0.0", "v6.1.0"] {
		let file = vector(&format!("sp1-{release}"));
		let part = |name: &str| file["envelope"][name].as_str().expect("hex");
		let register = "program register --tool sp1 --key //Alice";
		let known =
			desk.done(&format!("{register} --vkey {} --release {release}", part("program_vkey")));
		let submit = format!("program submit {} --tool sp1 --key //Bob", text(&known, "program"));
		desk.write("values", load::bytes(&json!(format!("0x{}", part("public_values")))).unwrap());
		let line = format!("{submit} --proof {} --public-values values", part("proof_bytes"));
		let sent = desk.done(&line);
		let record = desk.done(&format!("program record {}", text(&sent, "statement")));
		assert_eq!(record["claim"]["public_values"], format!("0x{}", part("public_values")));
		desk.run(&line).failed(&["expected a claim that is not on record yet"]);
	}
}

#[test]
fn fixtures_of_zkvms_and_files_of_several_things_are_read_directly() {
	let desk = Desk::new("fixtures", &["--no-prover"]);
	let hex = |value: &Value| format!("0x{}", value.as_str().expect("hex"));
	let envelope = vector("risc0-v2.1")["envelope"].clone();
	let fixture = json!({
		"seal": hex(&envelope["seal"]),
		"image_id": hex(&envelope["image_id"]),
		"journal": hex(&envelope["journal"]),
	});
	desk.write("risc0.json", fixture.to_string());
	let register = "program register --tool risc0 --release v2.1 --key //Alice --image-id";
	let known = desk.done(&format!("{register} risc0.json"));
	let guest = format!("0x{}", "11".repeat(32));
	let other = desk.done(&format!("{register} {guest}"));
	let submit = |program: &Value, rest: &str| {
		format!("program submit {} --key //Bob {rest}", text(program, "program"))
	};
	desk.run(&submit(&other, "--tool risc0 --seal risc0.json")).failed(&[
		"the file's image id: expected 0x1111",
		&format!("got {}", fixture["image_id"].as_str().unwrap()),
	]);
	desk.run(&submit(&known, "--tool risc0 --seal risc0.json --journal 0x00"))
		.failed(&["--journal: expected those in risc0.json, 0x6a757374", "got 0x00"]);
	let sent = desk.done(&submit(&known, "--tool risc0 --seal risc0.json"));
	let record = desk.done(&format!("program record {}", text(&sent, "statement")));
	assert_eq!(record["claim"]["journal"], fixture["journal"]);

	let envelope = vector("sp1-v5.0.0")["envelope"].clone();
	let fixture = json!({
		"vkey": hex(&envelope["program_vkey"]),
		"publicValues": hex(&envelope["public_values"]),
		"proof": hex(&envelope["proof_bytes"]),
	});
	desk.write("sp1.json", fixture.to_string());
	let register = "program register --tool sp1 --release v5.0.0 --key //Alice --vkey sp1.json";
	let known = desk.done(register);
	let sent = desk.done(&submit(&known, "--tool sp1 --proof sp1.json"));
	let record = desk.done(&format!("program record {}", text(&sent, "statement")));
	assert_eq!(record["claim"]["public_values"], fixture["publicValues"]);

	let envelope = vector("semaphore-v4")["envelope"].clone();
	let all = json!({
		"vkey": envelope["verification_key_json"],
		"proof": envelope["proof_json"],
		"publicSignals": envelope["public_json"],
	});
	desk.write("all.json", all.to_string());
	desk.write("proof.json", envelope["proof_json"].to_string());
	let register = "program register --tool snarkjs --key //Alice --verifying-key all.json";
	let known = desk.done(register);
	desk.run(&submit(&known, "--tool snarkjs --proof proof.json")).failed(&[
		"expected --public FILE, or --proof FILE with the public inputs in it, got neither",
	]);
	let sent = desk.done(&submit(&known, "--tool snarkjs --proof all.json"));
	let record = desk.done(&format!("program record {}", text(&sent, "statement")));
	assert_eq!(record["claim"]["inputs"], envelope["public_json"]);

	let envelope = vector("plain-hex-1-input")["envelope"].clone();
	desk.write("key.json", envelope["verifying_key_json"].to_string());
	desk.write("garaga.json", envelope["proof_json"].to_string());
	let register = "program register --tool garaga --key //Alice --verifying-key key.json";
	let known = desk.done(register);
	desk.done(&submit(&known, "--tool garaga --proof garaga.json"));
}

/// The line with the text of files in it.
fn expand(line: &str, folder: &std::path::Path) -> String {
	let Some((before, rest)) = line.split_once("$(cat ") else { return line.into() };
	let (file, after) = rest.split_once(')').expect("a bracket that closes");
	let text = fs::read_to_string(folder.join(file)).expect("a file of text in a line");
	format!("{before}{}{}", text.trim(), expand(after, folder))
}

/// What needs a node of `tests/cases`; what does not, `cli/tests/cases.rs` runs.
#[test]
fn cases_from_public_reports_end_on_chain_as_they_say() {
	let cases = repository().join("tests/cases");
	let mut names: Vec<_> = fs::read_dir(&cases)
		.expect("the folder of cases")
		.map(|entry| entry.expect("an entry").path())
		.filter(|path| path.is_dir())
		.collect();
	names.sort();
	let mut lines = 0;
	for folder in names {
		let case = fs::read(folder.join("case.json")).expect("what is run");
		let case: Value = serde_json::from_slice(&case).expect("JSON");
		let Some(on_chain) = case["on_chain"].as_array() else { continue };
		// Cases share keys: each has a chain of its own.
		let name = folder.file_name().expect("a folder's name").to_string_lossy();
		let desk = Desk::new(&format!("case-{name}"), &["--no-prover"]);
		let mut program = String::new();
		for line in on_chain {
			let words = expand(text(line, "run"), &folder).replace("PROGRAM", &program);
			let args: Vec<&str> = words.split_whitespace().chain(["--json"]).collect();
			let mut said = zkml(&folder, &desk.node.url, &args);
			let errors = said.err.lines().filter(|line| !line.starts_with("warning: "));
			said.err = errors.collect::<Vec<_>>().join("\n");
			match line["refused"].as_array() {
				Some(refused) => {
					let refused: Vec<&str> = refused.iter().filter_map(Value::as_str).collect();
					said.failed(&refused);
				}
				None => {
					let done = said.json();
					if line["program"] == true {
						program = text(&done, "program").to_owned();
					}
				}
			}
			lines += 1;
		}
	}
	assert!(lines > 50, "expected the lines of four cases, got {lines}");
}

/// Changes a record in the chain's state, as only whoever runs the chain can.
fn tamper(desk: &Desk, statement: &str, change: fn(&mut Record<AccountId, Balance>)) {
	let id = load::bytes(&json!(statement)).expect("hex");
	let key = [&storage_prefix(b"Inference", b"Records")[..], &id].concat();
	let stored = desk.node.rpc("state_getStorage", json!([load::hex(&key)])).expect("a record");
	let stored = load::bytes(&stored).expect("hex");
	let mut record = Record::decode(&mut &stored[..]).expect("a record");
	change(&mut record);
	let items = vec![(key, record.encode())];
	let call: RuntimeCall = frame_system::Call::<Runtime>::set_storage { items }.into();
	let mut root = Sender::new(&desk.node, Sr25519Keyring::Alice);
	let sudo = pallet_sudo::Call::<Runtime>::sudo { call: Box::new(call) };
	root.include(&desk.node, RuntimeCall::Sudo(sudo));
}

#[test]
fn an_audit_holds_for_every_kind_of_record_and_finds_a_changed_one() {
	let desk = Desk::new("audit", &["--prover-models", "."]);
	for kind in ["private", "public-plain"] {
		prepare(&desk.folder, kind);
		let model = register_kind(&desk.folder, &desk.node.url, kind);
		let request = ask(&desk.folder, &desk.node.url, &model, "100");
		let answer = answered(&desk.folder, &desk.node.url, &request);
		let statement = text(&answer, "statement");
		let audit = desk.done(&format!("audit {statement}"));
		assert_eq!((&audit["sound"], &audit["outputs"]), (&json!(true), &answer["outputs"]));
		assert_eq!(text(&audit["setup"], "level"), "single-party");
		assert_eq!(audit["inputs"][0]["values"].as_array().map(Vec::len), Some(64));
		assert_eq!(text(&audit["paid"], "owner_amount"), "400000000000");
		assert_eq!(text(&audit["paid"], "prover_amount"), "1600000000000");
		let said = desk.run(&format!("audit {statement}"));
		for words in
			["\"two\" (class 2)", "1.6 ZKML to the prover", "every hash and the proof were"]
		{
			assert!(said.out.contains(words), "{words}: {}", said.out);
		}

		let files = format!("--model {kind}/model.zkml --proving-key {kind}/proving.key");
		let openings =
			format!("--input-opening {kind}.input.json --output-opening {kind}.output.json");
		for hidden in ["".into(), format!("--private-input --private-output {openings}")] {
			let line = format!("submit --model-id {model} {files} {hidden} --key //Charlie");
			let sent = desk.done(&line);
			let audit = desk.done(&format!("audit {}", text(&sent, "statement")));
			assert_eq!((&audit["sound"], &audit["paid"]), (&json!(true), &Value::Null));
			let seen = if hidden.is_empty() { "public" } else { "private" };
			assert_eq!(text(&audit["outputs"][0], "visibility"), seen);
		}

		tamper(&desk, statement, |record| {
			record.outputs = vec![zkml_trapdoor::byte(131)].try_into().expect("one output");
		});
		desk.run(&format!("audit {statement}"))
			.failed(&["the record: expected an inference in its extrinsic", "got none among 1"]);
		tamper(&desk, statement, |record| record.expiry += 1);
		desk.run(&format!("audit {statement}")).failed(&["the record: expected an inference in"]);
	}
	let nothing = format!("audit 0x{}", "55".repeat(32));
	desk.run(&nothing).failed(&["expected a record of statement 0x5555", "on chain, got none"]);
}

/// Ids of all records of inferences.
fn statements(desk: &Desk) -> Vec<String> {
	let prefix = load::hex(&storage_prefix(b"Inference", b"Records"));
	let keys = desk.node.rpc("state_getKeysPaged", json!([prefix, 100, null])).expect("a list");
	let keys = keys.as_array().expect("a list").iter().filter_map(Value::as_str);
	keys.map(|key| format!("0x{}", &key[key.len() - 64..])).collect()
}

#[test]
fn an_audit_finds_its_proof_in_a_batch_and_says_what_the_node_has_thrown_away() {
	let pruning = ["--state-pruning", "8", "--blocks-pruning", "8"];
	let desk = Desk::new("batches", &[&["--no-prover"][..], &pruning].concat());
	let mut alice = Sender::new(&desk.node, Sr25519Keyring::Alice);
	for trapdoor in [Trapdoor::new(1), Trapdoor::with_rounds(2, 1)] {
		let model = TrapdoorModel::register(&desk.node, &mut alice, trapdoor, 3);
		let one = |nonce| model.submission(&alice.account(), nonce, 500);
		let mut submissions: Vec<_> = (1..=3).map(one).collect();
		submissions[1].proof = submissions[0].proof.clone();
		let submissions = submissions.try_into().expect("three fit");
		alice.include(&desk.node, pallet_inference::Call::<Runtime>::submit_batch { submissions });
	}
	let records = statements(&desk);
	assert_eq!(records.len(), 4, "two of three in either batch");
	for statement in &records {
		let audit = desk.done(&format!("audit {statement}"));
		assert_eq!((&audit["sound"], &audit["event_seen"]), (&json!(true), &json!(true)));
	}
	for _ in 0..24 {
		let remark = frame_system::Call::<Runtime>::remark { remark: Vec::new() };
		alice.include(&desk.node, remark);
	}
	// What is thrown away is counted from the last final block.
	let best = desk.node.best().expect("a block");
	wait_for("finality", PATIENCE, || desk.node.finalized().filter(|last| *last >= best));
	desk.run(&format!("audit {}", records[0]))
		.failed(&["expected block ", "on this node, got none: it was pruned, an archive node"]);
}
