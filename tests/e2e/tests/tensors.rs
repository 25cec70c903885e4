//! A model of three inputs and two outputs on the whole road: an applicant's figures are private, what they ask
//! for and the rate are public; of the outputs one is hidden, and whoever answers opens it to who asked.

use std::{
	fs,
	process::{Child, Command, Stdio},
};

use frame_support::storage::storage_prefix;
use serde_json::{json, Value};
use zkml_e2e::*;

/// Compiles and sets up the model as `DIR/loan/..`, beside its inputs.
fn prepare_loan(folder: &Folder) {
	let models = repository().join("tests/e2e/models");
	fs::create_dir_all(folder.0.join("loan")).expect("the folder is ours");
	for more in ["openings", "kept"] {
		fs::create_dir_all(folder.0.join(more)).expect("the folder is ours");
	}
	for file in ["loan.onnx", "loan.json"] {
		fs::copy(models.join(file), folder.0.join(file)).expect("it is in the repository");
	}
	let compile =
		"compile loan.onnx -o loan/model.zkml --input-range 0:1 --input-range rate=0:0.5 \
		--labels no,maybe,yes --json";
	let setup =
		"setup loan/model.zkml --proving-key loan/proving.key --verifying-key loan/verifying.key \
		--json";
	for line in [compile, setup] {
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&folder.0, "", &args).json();
	}
}

/// What is running, and the model on it.
struct Desk {
	folder: Folder,
	node: Node,
	model: String,
}

impl Desk {
	fn new(folder: Folder, node: Node) -> Self {
		let mut desk = Self { folder, node, model: String::new() };
		let registered = desk.done("model register WITH --share 20 --key //Alice");
		desk.model = text(&registered, "model").to_owned();
		desk
	}

	fn run(&self, line: &str) -> Said {
		let with = "--model loan/model.zkml --proving-key loan/proving.key";
		let line = line.replace("MODEL", &self.model).replace("WITH", with);
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&self.folder.0, &self.node.url, &args)
	}

	fn done(&self, line: &str) -> Value {
		self.run(&format!("{line} --json")).json()
	}

	/// Asks about the file's inputs; the number of the request.
	fn ask(&self, more: &str) -> String {
		let line = format!("request MODEL --input loan.json --price 2 --key //Bob {more}");
		self.done(&line)["request"].to_string()
	}

	/// Runs one of the JavaScript clients.
	fn javascript(&self, client: &str, args: &[&str]) -> String {
		let said: Said = Command::new("node")
			.arg(repository().join("clients/js").join(client))
			.args(["--url", &self.node.url])
			.args(args)
			.output()
			.expect("node runs")
			.into();
		assert_eq!(said.code, 0, "{client}: {}\n{}", said.out, said.err);
		said.out
	}

	/// The tests of polkadot.js that read all that is on the chain, one record at least.
	fn read_by_polkadot_js(&self) {
		let said: Said = Command::new("npm")
			.args(["--prefix", "clients/js", "run", "--silent", "test:chain"])
			.current_dir(repository())
			.env("ZKML_WS", &self.node.url)
			.output()
			.expect("npm runs")
			.into();
		assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
	}

	/// Who sees each of these in a list that says it.
	fn seen(list: &Value) -> Vec<String> {
		let list = list.as_array().expect("a list");
		list.iter().map(|one| text(one, "visibility").to_owned()).collect()
	}

	/// How many labels the example consumer has counted at least once.
	fn bins(&self) -> usize {
		let prefix = load::hex(&storage_prefix(b"Sorter", b"Bins"));
		let keys = self.node.rpc("state_getKeysPaged", json!([prefix, 100, null]));
		keys.as_ref().and_then(Value::as_array).map_or(0, Vec::len)
	}
}

/// What nobody but requester and prover sees.
const HIDDEN: &str = "--hide-input figures --hide-output scores";

/// A prover service of its own, which has the openings of inputs and keeps those of outputs.
struct Service {
	child: Child,
	url: String,
	token: String,
}

impl Service {
	fn start(folder: &Folder) -> Self {
		let listen = format!("127.0.0.1:{}", free_port());
		let serve = "serve --models . --openings openings --keep kept --token-file token --listen";
		let child = Command::new(program("zkml"))
			.args(serve.split(' '))
			.arg(&listen)
			.current_dir(&folder.0)
			.stdin(Stdio::null())
			.stdout(Stdio::null())
			.stderr(Stdio::null())
			.spawn()
			.expect("zkml starts");
		wait_for("the token", PATIENCE, || fs::metadata(folder.0.join("token")).ok());
		Self { child, url: format!("http://{listen}"), token: folder.path("token") }
	}
}

impl Drop for Service {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

/// The model on a chain whose worker asks a prover service of its own.
fn with_service(name: &str) -> (Service, Desk) {
	let folder = Folder::new(name);
	prepare_loan(&folder);
	let service = Service::start(&folder);
	let args = ["--tmp", "--prover-url", &service.url, "--prover-token-file", &service.token];
	let node = Node::start(&folder, &args);
	let desk = Desk::new(folder, node);
	(service, desk)
}

#[test]
fn each_tensor_is_seen_by_whom_its_requester_chose_from_the_request_to_the_audit() {
	let (_service, desk) = with_service("tensors");

	let shown = desk.done("model show MODEL")["versions"][0].clone();
	let names = |list: &Value| -> Vec<String> {
		let list = list.as_array().expect("a list");
		list.iter().map(|one| text(one, "name").to_owned()).collect()
	};
	assert_eq!(names(&shown["inputs"]), ["figures", "asked", "rate"]);
	assert_eq!(names(&shown["outputs"]), ["class", "scores"]);
	let circuit = text(&shown, "circuit").to_owned();
	desk.javascript("pin-consumer.js", &["--model", &desk.model, "--circuit", &circuit]);

	// A name that there is none of is told, with those that there are.
	desk.run("request MODEL --input loan.json --price 2 --key //Bob --hide-input income --json")
		.failed(&["income", "figures", "asked", "rate"]);
	// The worker answers what its prover has the opening of.
	let request = desk.ask("--hide-input figures --input-opening openings/bob.json");
	let open = desk.done("requests");
	if open["requests"] != json!([]) {
		let seen = &open["requests"][0];
		assert_eq!(seen["input_visibilities"], json!(["private", "public", "public"]));
		assert_eq!(seen["output_visibilities"], json!(["public", "public"]));
	}
	let answer = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(Desk::seen(&answer["outputs"]), ["public", "public"]);
	assert_eq!(text(&answer["outputs"][0], "label"), "maybe");
	let statement = text(&answer, "statement").to_owned();
	let audit = desk.done(&format!("audit {statement}"));
	assert_eq!(audit["sound"], true);
	assert_eq!(Desk::seen(&audit["inputs"]), ["private", "public", "public"]);
	assert_eq!(Desk::seen(&audit["outputs"]), ["public", "public"]);
	assert_eq!(audit["inputs"][1]["values"].as_array().map(Vec::len), Some(2));
	let reverified = desk.javascript("reverify.js", &["--statement", &statement]);
	assert!(reverified.contains("VERIFIED offline"), "{reverified}");
	// A private input has as many digests as salts, so the consumer counts nothing.
	assert_eq!(desk.bins(), 0);

	// With all inputs in clear it counts the label.
	let request = desk.ask("");
	let counted = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(text(&counted["outputs"][0], "label"), "maybe");
	assert_eq!(desk.bins(), 1);

	// Whoever answers by hand shows what was asked for, tensor by tensor.
	let request = desk.ask("--hide-input figures --input-opening charlie.json --hide-output class");
	let answer = format!(
		"prove WITH --model-id MODEL --input loan.json --action answer:{request} \
		--key //Charlie --hide-input figures --input-opening charlie.json"
	);
	desk.run(&format!("{answer} --hide-output scores --json"))
		.failed(&["outputs that are private, public", "got outputs that are public, private"]);
	desk.run(&format!("{answer} --hide-output class -o by-hand.json --json")).json();
	desk.run("verify by-hand.json --verifying-key loan/verifying.key --json").json();
	desk.done("submit --from by-hand.json --key //Charlie");
	let by_hand = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(text(&by_hand["outputs"][0], "visibility"), "private");
	assert_eq!(by_hand["outputs"][1]["values"].as_array().map(Vec::len), Some(3));
}

/// What the worker's prover hid is opened to whoever may ask it, and to nobody else; what it says is held to
/// the chain.
#[test]
fn the_worker_answers_with_a_hidden_output_and_its_prover_opens_it_to_the_requester() {
	let (service, desk) = with_service("tensors-hidden");
	let shown = desk.done("model show MODEL")["versions"][0].clone();
	let circuit = text(&shown, "circuit").to_owned();
	desk.javascript("pin-consumer.js", &["--model", &desk.model, "--circuit", &circuit]);

	let request = desk.ask(&format!("{HIDDEN} --input-opening openings/bob.json"));
	let answer = answered(&desk.folder, &desk.node.url, &request);
	let outputs = &answer["outputs"];
	assert_eq!(Desk::seen(outputs), ["public", "private"]);
	assert_eq!(text(&outputs[0], "label"), "maybe");
	assert_eq!(outputs[1]["values"], Value::Null);
	let commitment = text(&outputs[1], "commitment").to_owned();

	// The opening comes over HTTP, to whoever has the token, and is checked before it is kept.
	let fetch = |request: &str, token: &str, file: &str| {
		let from = format!("--prover {} --token-file {token} --output-opening {file}", service.url);
		desk.run(&format!("result {request} {from} --json"))
	};
	let wrong = desk.folder.0.join("wrong");
	fs::write(&wrong, "a-token-of-somebody-else").expect("the folder is ours");
	let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
	fs::set_permissions(&wrong, owner).expect("the file is ours");
	let refused = ["/openings/", "expected an opening", "got status 401: expected the service's"];
	fetch(&request, "wrong", "scores.json").failed(&refused);
	assert!(!desk.folder.0.join("scores.json").exists());
	let opened = fetch(&request, "token", "scores.json").json();
	let scores = opened["outputs"][1]["values"].clone();
	assert_eq!(scores.as_array().map(Vec::len), Some(3));
	assert_eq!(text(&opened["outputs"][1], "commitment"), commitment);
	assert_eq!(Desk::seen(&opened["outputs"]), ["public", "private"]);
	// It is the file that the prover's operator could have handed over as well.
	let kept = format!("kept/{}.json", commitment.trim_start_matches("0x"));
	for file in ["scores.json", &kept] {
		let again = desk.done(&format!("result {request} --output-opening {file}"));
		assert_eq!(again["outputs"][1]["values"], scores, "{file}");
	}
	let mut lie: Value = read(&desk.folder, "scores.json");
	let first = &mut lie["tensors"][0]["values"][0];
	*first = (first.as_i64().expect("a number") + 1).into();
	fs::write(desk.folder.0.join("lie.json"), lie.to_string()).expect("the folder is ours");
	desk.run(&format!("result {request} --output-opening lie.json --json"))
		.failed(&["lie.json: expected values that open 0x", "got values that open 0x"]);

	// The record is whole, and says no more than it should.
	let statement = text(&answer, "statement").to_owned();
	let audit = desk.done(&format!("audit {statement}"));
	assert_eq!(audit["sound"], true);
	assert_eq!(Desk::seen(&audit["inputs"]), ["private", "public", "public"]);
	assert_eq!(Desk::seen(&audit["outputs"]), ["public", "private"]);
	assert_eq!(text(&audit["outputs"][1], "commitment"), commitment);
	let reverified = desk.javascript("reverify.js", &["--statement", &statement]);
	assert!(reverified.contains("VERIFIED offline"), "{reverified}");
	let watched = desk.javascript("watch-request.js", &["--request", &request]);
	assert!(watched.contains(&format!("private, committed as {commitment}")), "{watched}");
	// What was hidden is what comes out in clear, and the consumer counted nothing of a private input.
	assert_eq!(desk.bins(), 0);
	let request = desk.ask("");
	let clear = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(clear["outputs"][1]["values"], scores);
	assert_eq!(desk.bins(), 1);
	fetch(&request, "token", "nothing.json")
		.failed(&["expected one that is hidden", "all in clear"]);

	// With all inputs in clear anybody's prover could answer: that is said. The label is the worker's to
	// hide all the same, and what is no label in clear is not counted.
	let said = desk
		.run("request MODEL --input loan.json --price 2 --key //Bob --hide-output class --json");
	assert!(said.err.starts_with("warning: output \"class\" is to be hidden"), "{said:?}");
	let request = said.json()["request"].to_string();
	let hidden = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(Desk::seen(&hidden["outputs"]), ["private", "public"]);
	let opened = fetch(&request, "token", "class.json").json();
	assert_eq!(text(&opened["outputs"][0], "label"), "maybe");
	let watched = desk.javascript("watch-request.js", &["--request", &request]);
	assert!(watched.contains("inference.ConsumerFailed"), "{watched}");
	assert_eq!(desk.bins(), 1);

	// Who answered by hand has the opening, and the prover says so.
	let request = desk.ask(&format!("{HIDDEN} --input-opening charlie.json"));
	let answer = format!(
		"prove WITH --model-id MODEL --input loan.json --action answer:{request} --key //Charlie \
		 {HIDDEN} --input-opening charlie.json --output-opening by-hand.opening.json -o by-hand.json"
	);
	desk.done(&answer);
	desk.done("submit --from by-hand.json --key //Charlie");
	answered(&desk.folder, &desk.node.url, &request);
	fetch(&request, "token", "other.json").failed(&["got status 404", "proved here, got none"]);
	let opened = desk.done(&format!("result {request} --output-opening by-hand.opening.json"));
	assert_eq!(opened["outputs"][1]["values"], scores);
	desk.run(&format!("result {request} --output-opening scores.json --json"))
		.failed(&["scores.json: expected an opening of 0x", "got one of 0x"]);
	desk.read_by_polkadot_js();
}

fn read(folder: &Folder, name: &str) -> Value {
	let text = fs::read_to_string(folder.0.join(name)).expect("it was written");
	serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_miner_with_the_openings_answers_what_others_cannot_and_a_submission_has_a_tensor_each() {
	let folder = Folder::new("tensors-mined");
	prepare_loan(&folder);
	let node = Node::start(&folder, &["--tmp", "--no-prover"]);
	let desk = Desk::new(folder, node);
	let request = desk.ask("--hide-input figures --input-opening openings/bob.json");
	let tally = desk.done("mine --models . --openings openings --answers 1 --key //Charlie");
	assert_eq!(tally["answers"], 1);
	let answer = answered(&desk.folder, &desk.node.url, &request);
	assert_eq!(text(&answer["outputs"][0], "label"), "maybe");
	let scores = &answer["outputs"][1]["values"];

	// One that hides an output is for a miner who keeps openings; who does not says so and goes on.
	let shown = desk.ask("--hide-input figures --input-opening openings/bob.json");
	let hidden = desk.ask(&format!("{HIDDEN} --input-opening openings/bob.json"));
	let mine = "mine --models . --openings openings --answers 1";
	let said = desk.run(&format!("{mine} --key //Dave --json"));
	assert_eq!(said.json()["answers"], 1);
	assert!(said.err.contains(&format!("request {hidden}: an output is to be hidden")), "{said:?}");
	answered(&desk.folder, &desk.node.url, &shown);
	assert_eq!(result(&desk.folder, &desk.node.url, &hidden), None);
	let tally = desk.done(&format!("{mine} --keep kept --key //Charlie"));
	assert_eq!(tally["answers"], 1);
	let answer = answered(&desk.folder, &desk.node.url, &hidden);
	let commitment = text(&answer["outputs"][1], "commitment");
	let kept = format!("kept/{}.json", commitment.trim_start_matches("0x"));
	let opened = desk.done(&format!("result {hidden} --output-opening {kept}"));
	assert_eq!(opened["outputs"][1]["values"], *scores);
	let audit = desk.done(&format!("audit {}", text(&answer, "statement")));
	assert_eq!(audit["sound"], true);
	let statement = ["--statement", text(&answer, "statement")];
	let said = desk.javascript("reverify.js", &statement);
	assert!(said.contains("VERIFIED offline"), "{said}");

	let submit = "submit WITH --model-id MODEL --input loan.json --key //Charlie";
	let openings = "--input-opening in.json --output-opening out.json";
	for hidden in ["".to_owned(), format!("{HIDDEN} {openings}"), "--private-output".into()] {
		let sent = desk.done(&format!("{submit} {hidden}"));
		let audit = desk.done(&format!("audit {}", text(&sent, "statement")));
		assert_eq!(audit["sound"], true, "{hidden}");
		let reverified = ["--statement", text(&sent, "statement")];
		let said = desk.javascript("reverify.js", &reverified);
		assert!(said.contains("VERIFIED offline"), "{hidden}: {said}");
	}
}
