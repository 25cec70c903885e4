//! What Prometheus is told of a node at work.

use std::{fs, thread, time::Duration};

use serde_json::Value;
use zkml_e2e::*;

/// What the node says on the port where Prometheus asks.
struct Metrics {
	port: u16,
}

impl Metrics {
	/// Starts a node that has metrics.
	fn of_node(folder: &Folder, args: &[&str]) -> (Node, Self) {
		let port = free_port();
		let metrics = ["--tmp", "--prometheus-port", &port.to_string()];
		(Node::start(folder, &[&metrics[..], args].concat()), Self { port })
	}

	/// The value of one; its labels do not matter here.
	fn get(&self, name: &str) -> Option<f64> {
		let text = http("GET", self.port, "/metrics", "")?;
		let rest = text.lines().find_map(|line| {
			line.strip_prefix(name).filter(|rest| rest.starts_with('{') || rest.starts_with(' '))
		})?;
		rest.rsplit(' ').next()?.parse().ok()
	}

	/// Waits until one has this value.
	fn expect(&self, name: &str, value: f64) {
		let what = format!("{name} to be {value}");
		wait_for(&what, PATIENCE, || (self.get(name) == Some(value)).then_some(()));
	}
}

#[test]
fn requests_verdicts_and_proofs_are_counted() {
	let folder = Folder::new("metrics");
	prepare(&folder, "private");
	// The prover waits for its folder, so the request stays open until this test makes one.
	let (node, metrics) = Metrics::of_node(&folder, &["--prover-models", "ready"]);
	for name in ["inferences_verified_total", "inferences_refused_total", "requests_open"] {
		metrics.expect(&format!("zkml_{name}"), 0.0);
	}
	let model = register(&folder, &node.url);
	let request = ask(&folder, &node.url, &model, "1000");
	metrics.expect("zkml_requests_open", 1.0);
	fs::create_dir(folder.0.join("staged")).unwrap();
	fs::rename(folder.0.join("private"), folder.0.join("staged/private")).unwrap();
	fs::rename(folder.0.join("staged"), folder.0.join("ready")).unwrap();
	answered(&folder, &node.url, &request);
	metrics.expect("zkml_inferences_verified_total", 1.0);
	metrics.expect("zkml_requests_open", 0.0);
	metrics.expect("zkml_proofs_made_total", 1.0);
	let seconds = metrics.get("zkml_proving_seconds_total").expect("counted with the proof");
	assert!(seconds > 0.0, "one proof took {seconds} s");

	let files =
		["--model", "ready/private/model.zkml", "--proving-key", "ready/private/proving.key"];
	let sender = ["--key", "//Charlie", "--yes", "--json"];
	let submit =
		|args: &[&str]| zkml(&folder.0, &node.url, &[&["submit"], args, &sender[..]].concat());
	submit(&[&["--model-id", &model], &files[..]].concat()).json();
	metrics.expect("zkml_inferences_verified_total", 2.0);
	let text = fs::read_to_string(folder.0.join("proof.json")).unwrap();
	let mut proof: Value = serde_json::from_str(&text).unwrap();
	let digit = proof["outputs"][0]["values"][0].as_i64().expect("a public label");
	proof["outputs"][0]["values"][0] = ((digit + 1) % 10).into();
	proof.as_object_mut().unwrap().remove("label");
	fs::write(folder.0.join("flipped.json"), proof.to_string()).unwrap();
	submit(&["--from", "flipped.json", "--no-check"]).failed(&["ProofInvalid"]);
	metrics.expect("zkml_inferences_refused_total", 1.0);
	assert_eq!(metrics.get("zkml_inferences_verified_total"), Some(2.0));
	assert_eq!(metrics.get("zkml_proofs_made_total"), Some(1.0), "the client's is not the node's");
}

#[test]
fn a_request_that_was_returned_keeps_no_node_sealing() {
	let folder = Folder::new("expired");
	prepare(&folder, "private");
	let (node, metrics) = Metrics::of_node(&folder, &["--no-prover"]);
	let model = register(&folder, &node.url);
	let request = ask(&folder, &node.url, &model, "6");
	metrics.expect("zkml_requests_open", 1.0);
	let opened = node.best().expect("a block");
	let refund = ["refund", &request, "--key", "//Charlie", "--yes", "--json"];
	zkml(&folder.0, &node.url, &refund).failed(&["RequestOpen"]);
	// An open request makes blocks, so deadline and grace period pass.
	wait_for("the end of the grace period", PATIENCE, || {
		node.best().filter(|now| *now > opened + 20)
	});
	zkml(&folder.0, &node.url, &refund).json();
	metrics.expect("zkml_requests_open", 0.0);
	let height = node.best().expect("a block");
	// Several times the pause between two blocks of a node that has open requests.
	thread::sleep(Duration::from_secs(3));
	assert_eq!(node.best(), Some(height), "the chain rests");
}
