//! Mistakes that need a chain to be made: one line, and nothing happens.

use zkml_e2e::*;

#[test]
fn a_node_that_does_not_run_is_named() {
	let folder = Folder::new("no-node");
	let url = format!("ws://127.0.0.1:{}", free_port());
	for args in [
		&["model", "list"][..],
		&["result", "0"],
		&["accounts", "--key", "//Alice"],
		&["refund", "0", "--key", "//Alice", "--yes"],
	] {
		zkml(&folder.0, &url, args).failed(&[&url]);
	}
}

#[test]
fn mistakes_on_a_chain_are_refused_in_one_line() {
	let folder = Folder::new("mistakes");
	prepare(&folder, "private");
	prepare(&folder, "public");
	let node = Node::start(&folder, &["--tmp", "--no-prover"]);
	let run = |args: &[&str]| zkml(&folder.0, &node.url, args);
	let mixed = ["--model", "private/model.zkml", "--proving-key", "public/proving.key"];
	let private = ["--model", "private/model.zkml", "--proving-key", "private/proving.key"];
	let public = ["--model", "public/model.zkml", "--proving-key", "public/proving.key"];
	let register = ["model", "register", "--yes", "--json", "--key"];

	run(&[&register[..], &["//Alice"], &mixed].concat()).failed(&["key"]);
	run(&[&register[..], &["//Nobody"], &private].concat()).failed(&["expected"]);
	let said = run(&[&register[..], &["//Alice"], &private].concat()).json();
	let model = said["model"].as_str().expect("the id").to_owned();
	run(&[&register[..], &["//Alice"], &private].concat()).failed(&[]);

	let unknown = format!("0x{}", "55".repeat(32));
	let request = ["--price", "1", "--key", "//Bob", "--yes"];
	run(&[&["request", &unknown][..], &request].concat()).failed(&[]);
	run(&[&["request", "0x12"][..], &request].concat()).failed(&["expected", "2 digits"]);
	let rich = ["--price", "99999999999", "--key", "//Bob", "--yes"];
	run(&[&["request", &model][..], &rich].concat()).failed(&["expected"]);
	std::fs::write(folder.0.join("short.json"), r#"{"input_data": [[1, 2, 3]]}"#).unwrap();
	run(&[&["request", &model, "--input", "short.json"][..], &request].concat())
		.failed(&["64", "3"]);
	let loud = format!(r#"{{"input_data": [[{}]]}}"#, ["99"; 64].join(","));
	std::fs::write(folder.0.join("loud.json"), loud).unwrap();
	run(&[&["request", &model, "--input", "loud.json"][..], &request].concat()).failed(&["99"]);

	let submit = ["submit", "--model-id", &model, "--key", "//Bob", "--yes"];
	run(&[&submit[..], &public].concat()).failed(&["expected"]);
	run(&["refund", "7", "--key", "//Bob", "--yes"]).failed(&[]);
}
