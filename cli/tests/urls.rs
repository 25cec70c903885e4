//! Addresses at which no node is: what is said of them, and what is not.

use std::net::TcpListener;

use crate::common::{has, Bench};

#[test]
fn what_answers_but_is_no_node_is_told_from_one() {
	let bench = Bench::new("no-chain");
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let url = format!("ws://{}", listener.local_addr().unwrap());
	let server = std::thread::spawn(move || {
		use std::io::Write;
		let (mut stream, _) = listener.accept().unwrap();
		let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
	});
	let error = bench.error(&format!("model list --url {url}"));
	has("a web server", &error, &[&format!("expected a node at {url}, got none: ")]);
	server.join().unwrap();
}

#[test]
fn passwords_in_urls_are_not_shown() {
	let bench = Bench::new("passwords");
	for url in [
		"ws://ann:s3cret@127.0.0.1:1",
		"ws://ann:s3c/s3cret@127.0.0.1:1",
		"http://ann:s3cret@127.0.0.1:1",
		"ws://s3cret@127.0.0.1:99999",
		"ws://ann:s3cret@[::1",
		"wss://ann:s3cret@127.0.0.1:1/path?x=1",
	] {
		for verb in ["model list", "result 1", "refund 1 --yes --key //Alice"] {
			let error = bench.error(&format!("{verb} --url {url}"));
			has(url, &error, &["expected a node at ", "://***@"]);
			assert!(!error.contains("s3c"), "{error}");
		}
	}
	let mut help = bench.command("model list --help");
	let help = help.env("ZKML_URL", "ws://ann:s3cret@127.0.0.1:1").output().unwrap();
	let help = String::from_utf8(help.stdout).unwrap();
	assert!(help.contains("ZKML_URL") && !help.contains("s3cret"), "{help}");
}

#[test]
fn who_has_no_node_is_told_what_to_do() {
	let bench = Bench::new("advice");
	bench.refused(&[
		(
			"model list --url ws://127.0.0.1:1",
			&["`zkml-node --dev` starts one here, --url or ZKML_URL"],
		),
		("model list --url 127.0.0.1:1", &["ZKML_URL takes one such as ws://127.0.0.1:9944"]),
		(
			"model list --url ws://127.0.0.1:99999",
			&["ZKML_URL takes one such as ws://127.0.0.1:9944"],
		),
		("model list --url ws://no.such.host.invalid:1", &["is the host's name right"]),
	]);
}
