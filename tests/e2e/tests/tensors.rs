//! A model of three inputs and two outputs on the whole road: an applicant's figures are private, what they ask
//! for and the rate are public; of the outputs one is hidden where somebody answers by hand, or submits.

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
	fs::create_dir_all(folder.0.join("openings")).expect("the folder is ours");
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

	/// How many labels the example consumer has counted at least once.
	fn bins(&self) -> usize {
		let prefix = load::hex(&storage_prefix(b"Sorter", b"Bins"));
		let keys = self.node.rpc("state_getKeysPaged", json!([prefix, 100, null]));
		keys.as_ref().and_then(Value::as_array).map_or(0, Vec::len)
	}
}

/// A prover that answers by itself shows what it made: hidden outputs are for whoever answers by hand.
const HIDDEN: &str = "--hide-input figures --hide-output scores";

/// A prover service of its own, which has the openings.
struct Service(Child);

impl Drop for Service {
	fn drop(&mut self) {
		let _ = self.0.kill();
		let _ = self.0.wait();
	}
}

#[test]
fn each_tensor_is_seen_by_whom_its_requester_chose_from_the_request_to_the_audit() {
	let folder = Folder::new("tensors");
	prepare_loan(&folder);
	let listen = format!("127.0.0.1:{}", free_port());
	let serve = ["serve", "--models", ".", "--openings", "openings", "--token-file", "token"];
	let service = Command::new(program("zkml"))
		.args(serve)
		.args(["--listen", &listen])
		.current_dir(&folder.0)
		.stdin(Stdio::null())
		.stdout(Stdio::null())
		.stderr(Stdio::null())
		.spawn();
	let _service = Service(service.expect("zkml starts"));
	wait_for("the token", PATIENCE, || fs::metadata(folder.0.join("token")).ok());
	let (url, token) = (format!("http://{listen}"), folder.path("token"));
	let args = ["--tmp", "--prover-url", &url, "--prover-token-file", &token];
	let node = Node::start(&folder, &args);
	let desk = Desk::new(folder, node);

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
	let seen = |output: usize| text(&answer["outputs"][output], "visibility").to_owned();
	assert_eq!([seen(0), seen(1)], ["public", "public"]);
	assert_eq!(text(&answer["outputs"][0], "label"), "maybe");
	let statement = text(&answer, "statement").to_owned();
	let audit = desk.done(&format!("audit {statement}"));
	assert_eq!(audit["sound"], true);
	let visibilities = ["inputs", "outputs"].map(|name| {
		let list = audit[name].as_array().expect("a list");
		list.iter().map(|one| text(one, "visibility").to_owned()).collect::<Vec<_>>()
	});
	assert_eq!(visibilities[0], ["private", "public", "public"]);
	assert_eq!(visibilities[1], ["public", "public"]);
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
