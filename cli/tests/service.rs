//! Keys and services that are refused: one line that says what was expected and what was got, and nothing
//! that was secret in it.

use std::{fs, net::TcpListener};

use crate::common::{has, Bench};

#[test]
fn a_key_that_is_none_is_refused_without_being_shown() {
	let bench = Bench::new("keys");
	let wanted = "expected a mnemonic, a hex seed or a secret URI, got ";
	for text in ["correct horse battery staple", "0x1234", "0xgg", "/", "é", &"x".repeat(10_000)] {
		let mut command = bench.command("key show");
		let error = bench.error_of("ZKML_KEY", command.env("ZKML_KEY", text));
		has("ZKML_KEY", &error, &["ZKML_KEY: ", wanted]);
		assert!(!error.contains(text), "the secret is shown: {error}");
	}
	has("--key", &bench.error("key show --key nonsense"), &["--key: ", wanted, "8 characters"]);
	bench.write("long", "//Alice".repeat(1_000));
	let error = bench.error("key show --key-file long");
	has("a long file", &error, &["long: expected at most 4096 bytes, got more"]);
	bench.write("bytes", [0xff; 64]);
	has("bytes", &bench.error("key show --key-file bytes"), &["bytes: ", wanted]);
}

#[test]
fn whatever_is_given_as_a_key_is_taken_or_refused_and_nothing_breaks() {
	let bench = Bench::new("odd-keys");
	let seed = format!("0x{}", "11".repeat(32));
	for text in [
		"//",
		"///",
		"////",
		"//Alice///",
		"//Alice/soft/18446744073709551616",
		"//\u{1f511}",
		"\t",
		"a b c d e f g h i j k l",
		&format!("{seed}00"),
		&format!("{seed}//x"),
		&format!("{seed}///password"),
		&"//x".repeat(300),
	] {
		let mut command = bench.command("key show");
		let output = command.env("ZKML_KEY", text).output().unwrap();
		if !output.status.success() {
			bench.error_of(text, bench.command("key show").env("ZKML_KEY", text));
		}
	}
}

#[test]
fn a_service_that_cannot_start_says_why_and_leaves_no_token() {
	let bench = Bench::ready("serve", "");
	fs::create_dir(bench.0.join("folder")).unwrap();
	let taken = TcpListener::bind("127.0.0.1:0").unwrap();
	let address = taken.local_addr().unwrap();
	let busy = format!("serve --models . --listen {address} --token-file new");
	let serve = "serve --listen 127.0.0.1:0 --token-file";
	let line = |rest: &str| format!("{serve} {rest}");
	let folder = "expected a folder of models, got no such folder";
	bench.refused(&[
		(
			"serve --listen 0.0.0.0:0 --models folder --token-file new",
			&["expected a loopback address such as 127.0.0.1", "got 0.0.0.0:0"],
		),
		(
			"serve --listen [::]:0 --models folder --token-file new",
			&["expected a loopback address", "got [::]:0"],
		),
		(&line("new --models missing"), &["missing: ", folder]),
		(&line("new --models model.zkml"), &["model.zkml: ", folder]),
		(
			&line("new --models . --openings missing"),
			&["missing: expected a folder of openings, got no such folder"],
		),
		(
			&line("new --models . --keep missing"),
			&["missing: expected a folder to keep openings of outputs in, got no such folder"],
		),
		(
			&line("new --models . --openings folder --keep ./folder"),
			&["--keep: expected another folder than that of --openings, got the same"],
		),
		(&line("no/such/token --models ."), &["no/such/token: expected to write it, got: No such"]),
		(
			"serve --listen 127.0.0.1:0 --models .",
			&["expected one by --token-file or in ZKML_PROVER_TOKEN", "got none"],
		),
		(&busy, &["expected to listen on 127.0.0.1:", "got: Address already in use"]),
	]);
	let mut command = bench.command("serve --listen 127.0.0.1:0 --models .");
	let error = bench.error_of("a short token", command.env("ZKML_PROVER_TOKEN", "short"));
	let words = ["ZKML_PROVER_TOKEN: expected a token of at least 16", "got 5 characters"];
	has("a short token", &error, &words);
}

#[test]
fn a_service_warns_of_a_model_it_cannot_load_and_serves_the_others() {
	let bench = Bench::ready("broken", "");
	for (folder, file) in [("empty", "model.zkml"), ("cut", "proving.key")] {
		fs::create_dir(bench.0.join(folder)).unwrap();
		for name in ["model.zkml", "proving.key"] {
			let whole = bench.bytes(name);
			let length = if name == file { whole.len() / 2 } else { whole.len() };
			bench.write(&format!("{folder}/{name}"), &whole[..length]);
		}
	}
	bench.write("empty/model.zkml", "");
	// Its standard input is closed, so that it ends once it has started.
	let mut command =
		bench.command("serve --listen 127.0.0.1:0 --models . --json --exit-with-parent");
	let output = command.env("ZKML_PROVER_TOKEN", "0123456789abcdef").output().unwrap();
	assert!(output.status.success());
	let hello: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(hello["models"].as_array().unwrap().len(), 1);
	let warnings = String::from_utf8(output.stderr).unwrap();
	let lines: Vec<&str> = warnings.lines().collect();
	let [cut, empty] = lines[..] else { panic!("{warnings}") };
	has("cut", cut, &["warning: ", "cut/proving.key: expected", "bytes after the header, got"]);
	has(
		"empty",
		empty,
		&["warning: ", "empty/model.zkml: expected a compiled model, got an empty"],
	);
}
