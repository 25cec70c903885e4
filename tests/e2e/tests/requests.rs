//! What `zkml` tells of requests and models: what is open and until when, what became of each, and what
//! is only the owner's word.

use serde_json::{json, Value};
use zkml_e2e::*;

/// A node where nobody answers, and Alice's public model.
struct Desk {
	folder: Folder,
	node: Node,
	model: String,
}

impl Desk {
	fn new(name: &str) -> Self {
		let folder = Folder::new(name);
		prepare(&folder, "public");
		let node = Node::start(&folder, &["--tmp", "--no-prover"]);
		let model = register_kind(&folder, &node.url, "public");
		Self { folder, node, model }
	}

	fn run(&self, line: &str) -> Said {
		let line = line.replace("MODEL", &self.model).replace("WITH", WITH);
		let args: Vec<&str> = line.split_whitespace().collect();
		zkml(&self.folder.0, &self.node.url, &args)
	}

	fn done(&self, line: &str) -> Value {
		self.run(&format!("{line} --json")).json()
	}

	/// What the object of a failure says, and the exit code.
	fn failed(&self, line: &str) -> (i32, Value) {
		let said = self.run(&format!("{line} --json"));
		let object: Value = serde_json::from_str(&said.out).expect("one object");
		let error = object["error"].clone();
		assert_eq!(error["exit_code"], said.code, "{line}: {said:?}");
		assert_eq!(said.err.trim_end(), format!("error: {}", text(&error, "message")));
		(said.code, error)
	}

	/// The numbers of the requests that a line lists.
	fn listed(&self, line: &str) -> (Vec<u64>, Value) {
		let said = self.done(line);
		let list = said["requests"].as_array().expect("a list");
		let numbers = list.iter().map(|one| one["request"].as_u64().expect("a number")).collect();
		(numbers, said)
	}
}

const WITH: &str = "--model public/model.zkml --proving-key public/proving.key";

#[test]
fn what_became_of_a_request_is_told_apart() {
	let desk = Desk::new("fates");
	let (code, error) = desk.failed("result 0");
	assert_eq!((code, text(&error, "kind")), (5, "unmade"));
	assert_eq!((&error["request"], &error["next"]), (&json!(0), &json!(0)));
	// Waiting does not help.
	assert_eq!(desk.failed("result 0 --wait 60").0, 5);

	let first = desk.done("request MODEL --price 1 --blocks 1 --key //Bob");
	assert_eq!((&first["request"], &first["open_before"]), (&json!(0), &json!(0)));
	assert_eq!(first["deadline"]["moment"], Value::Null);
	let second = desk.done("request MODEL --price 2 --tip 0.5 --key //Dave");
	assert_eq!((&second["request"], &second["open_before"]), (&json!(1), &json!(1)));
	assert_eq!(second["deadline"]["block"], Value::Null);
	let paid = &second["transaction"];
	let number = |name: &str| -> u128 { text(paid, name).parse().expect("an amount") };
	assert_eq!(number("tip"), 500_000_000_000);
	assert!(number("fee") >= number("tip") && number("fee_estimate") < number("tip"), "{paid}");
	let (code, error) = desk.failed("result 1");
	assert_eq!((code, text(&error, "kind"), &error["overdue"]), (3, "open", &json!(false)));
	assert_eq!(error["deadline"], second["deadline"]);
	assert!(text(&error, "message").contains("open for another "), "{error}");
	assert_eq!(desk.failed("result 1 --wait 1").0, 3);
	assert_eq!(desk.failed("result 2").0, 5);

	// Whoever answers by hand shows what was asked for.
	let answer = "prove WITH --model-id MODEL --action answer:1 --key //Charlie -o answer.json";
	let said = desk.run(&format!("{answer} --private-output"));
	said.failed(&[
		"request 1: expected a public output (without --private-output)",
		"got a private",
	]);
	desk.done(answer);
	desk.done("submit --from answer.json --key //Charlie");
	let found = desk.done("result 1");
	assert_eq!(text(&found["outputs"][0], "label"), "two");
	// Eight bits, so that 128 is added.
	assert_eq!(text(&found["outputs"][0], "bytes"), "0x82");
	let words = desk.run("result 1").out;
	assert!(words.contains("0x82, each value with 128 added"), "{words}");
	assert!(words.contains("\"two\" (class 2)"), "{words}");

	// Each transaction is a block; ten more are the grace period.
	for _ in 0..12 {
		desk.done("request MODEL --price 0 --key //Eve");
	}
	// The chain may have returned the price by itself before anybody does.
	let (_, error) = desk.failed("result 0 --wait 60");
	if text(&error, "kind") == "open" {
		assert_eq!((&error["exit_code"], &error["overdue"]), (&json!(3), &json!(true)));
		desk.run("refund 0 --key //Bob --json");
	}
	let (code, error) = desk.failed("result 0");
	assert_eq!((code, text(&error, "kind")), (4, "refunded"));
	assert!(error["block"].as_u64() > first["transaction"]["block"].as_u64(), "{error}");
	assert_eq!(text(&error, "price"), "1000000000000");
	assert!(text(&error, "message").contains("got 1 ZKML back"), "{error}");
}

#[test]
fn open_requests_are_listed_in_pages_and_models_in_a_table() {
	let desk = Desk::new("lists");
	let empty = desk.done("requests");
	assert_eq!((&empty["open"], &empty["requests"]), (&json!(0), &json!([])));
	for (who, more) in [
		("//Bob", "--price 1"),
		("//Dave", "--price 1.5 --within 2h --blocks 40"),
		("//Bob", "--price 0 --private-input --private-output"),
		("//Bob", "--price 3 --max-owner-share 50"),
	] {
		desk.done(&format!("request MODEL {more} --key {who}"));
	}
	let refused = desk.run("request MODEL --price 1 --max-owner-share 19 --key //Bob");
	refused.failed(&["the owner's share: expected at most 19%, got 20%"]);

	let (all, said) = desk.listed("requests");
	assert_eq!((all, &said["open"], &said["next"]), (vec![0, 1, 2, 3], &json!(4), &Value::Null));
	let of = |number: usize| &said["requests"][number];
	assert_eq!(text(of(1), "price"), "1500000000000");
	assert!(of(1)["deadline"]["block"].is_u64() && of(1)["deadline"]["moment"].is_u64());
	let hidden = ["input_visibilities", "output_visibilities"].map(|name| of(2)[name][0].as_str());
	assert_eq!(hidden, [Some("private"); 2]);
	let commitment = of(2)["input_commitments"][0].as_str();
	assert!(commitment.is_some_and(|text| text.starts_with("0x")));
	assert_eq!(desk.listed("requests --requester //Dave").0, [1]);
	assert_eq!(desk.listed("requests --model MODEL").0.len(), 4);
	let nothing = format!("requests --model 0x{}", "55".repeat(32));
	assert_eq!(desk.listed(&nothing).0, [] as [u64; 0]);
	// Pages follow the chain's order, and together they are all.
	let (mut seen, mut line) = (Vec::new(), "requests --limit 1".to_owned());
	loop {
		let (page, said) = desk.listed(&line);
		assert_eq!(page.len(), 1);
		seen.extend(page);
		let Some(next) = said["next"].as_u64() else { break };
		line = format!("requests --limit 1 --after {next}");
	}
	seen.sort_unstable();
	assert_eq!(seen, [0, 1, 2, 3]);
	let table = desk.run("requests").out;
	assert!(table.starts_with("4 open at block "), "{table}");
	assert!(table.contains(" min and ") || table.contains(" h and "), "{table}");

	let models = desk.done("model list");
	let [model] = &models["models"].as_array().expect("a list")[..] else { panic!("{models}") };
	assert_eq!(text(model, "model"), desk.model);
	assert_eq!((&model["versions"], &models["next"]), (&json!(1), &Value::Null));
	assert_eq!(text(&model["latest"], "status"), "active");
	let table = desk.run("model list").out;
	assert!(table.contains("\"zero\", \"one\", \"two\", \"three\", 6 more"), "{table}");
	let after = desk.done("model list --after MODEL");
	assert_eq!(after["models"], json!([]));
	// What nothing proves comes after the line that says whose word it is.
	let shown = desk.run("model show MODEL").out;
	let (known, said) = shown.split_once("says the owner:").expect("the owner's words");
	assert!(known.contains("circuit") && !known.contains("setup") && !known.contains("labels"));
	assert!(["setup", "labels", "input", "accuracy"].iter().all(|word| said.contains(word)));
}
