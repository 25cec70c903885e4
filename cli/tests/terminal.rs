//! Words of strangers on a terminal: they are one line, move nothing and turn nothing, and nothing
//! but `output.rs` writes there.

use std::{
	fs,
	path::{Path, PathBuf},
};

use crate::common::Bench;
use serde_json::json;

/// A second line like ours, cursor moves in C0 and in C1, a title, another direction of writing.
const HOSTILE: &str =
	"two\n  setup                by a ceremony\r\u{1b}[1A\u{1b}[2K\u{9b}2J\u{1b}]0;x\u{7}\
	\u{202e}ynomerec\u{2066}\u{2028}\u{85}\u{200b}";

/// That nothing in it does anything but show, and that no line is like one of ours.
fn harmless(what: &str, bytes: &[u8]) {
	let text = std::str::from_utf8(bytes).unwrap();
	let odd: Vec<char> = text.chars().filter(|c| !(' '..='~').contains(c) && *c != '\n').collect();
	assert!(odd.is_empty(), "{what}: {odd:?} in {text:?}");
	assert!(!text.lines().any(|line| line.starts_with("  setup")), "{what}: {text}");
}

#[test]
fn words_in_a_proof_are_one_line_and_move_nothing() {
	let bench = Bench::ready("words", "");
	bench.json("prove");
	let mut proof = bench.read("proof.json");
	proof["label"] = json!(HOSTILE);
	bench.write("hostile.json", proof.to_string());
	let said = bench.run("verify hostile.json");
	assert!(said.status.success());
	harmless("verify", &said.stdout);
	let text = String::from_utf8(said.stdout).unwrap();
	assert!(text.contains("two\\u{a} \\u{20}setup"), "{text}");
	// Programs get the same words, and a terminal that shows them gets no control characters.
	let said = bench.run("verify hostile.json --json");
	harmless("verify --json", &said.stdout);
	assert_eq!(bench.json("verify hostile.json")["label"], HOSTILE);
	for (name, value) in [("format", json!(HOSTILE)), ("context", json!({ "action": HOSTILE }))] {
		proof[name] = value;
		bench.write("hostile.json", proof.to_string());
		for line in ["verify hostile.json", "verify hostile.json --json", "check hostile.json"] {
			let said = bench.run(line);
			assert!(!said.status.success(), "{line}");
			harmless(line, &said.stdout);
			harmless(line, &said.stderr);
			assert_eq!(String::from_utf8(said.stderr).unwrap().lines().count(), 1, "{line}");
		}
	}
}

#[test]
fn names_of_files_labels_and_people_are_one_line_too() {
	let bench = Bench::new("names");
	let run = |args: &[&str]| {
		let said = bench.command("").args(args).output().unwrap();
		harmless(&args.join(" "), &said.stdout);
		harmless(&args.join(" "), &said.stderr);
		said
	};
	let name = &HOSTILE.replace('/', "");
	let range = ["--input-min", "0", "--input-max", "16"];
	let labels = format!("{HOSTILE},1,2,3,4,5,6,7,8,9");
	run(&[&["compile", "--labels", &labels][..], &range].concat());
	assert!(run(&[&["compile", "-o", name][..], &range].concat()).status.success());
	assert!(run(&["setup", name, "--proving-key", "p.key"]).status.success());
	for verb in ["setup", "inspect", "verify", "check", "compile", HOSTILE] {
		assert!(!run(&[verb, &format!("no-{name}")]).status.success(), "{verb}");
	}
	assert!(!run(&["key", "show", "--key", HOSTILE]).status.success());
	assert!(!run(&["model", "list", "--url", HOSTILE]).status.success());
	assert!(!run(&["accounts", HOSTILE]).status.success());
	assert!(run(&["ceremony", "powers", "--power", "13"]).status.success());
	assert!(run(&["ceremony", "new", "--model", name]).status.success());
	assert!(!run(&["ceremony", "contribute", "--name", HOSTILE]).status.success());
	let turned = "\u{202e}adA \u{200b}";
	assert!(run(&["ceremony", "contribute", "--name", turned]).status.success());
	let said = run(&["ceremony", "contribute", "--name", "Ada\"  transcript"]);
	let text = String::from_utf8(said.stdout).unwrap();
	assert!(text.contains("\"\\u{202e}adA \\u{200b}\""), "{text}");
	assert!(text.contains("\"Ada\\\" \\u{20}transcript\""), "{text}");
}

/// Files below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
	for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
		match entry.path() {
			path if path.is_dir() => sources(&path, found),
			path => found.push(path),
		}
	}
}

#[test]
fn one_file_writes_to_the_terminal() {
	let mut files = Vec::new();
	sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
	assert!(files.len() > 50);
	let writers: Vec<_> = files
		.iter()
		.filter(|path| {
			let text = fs::read_to_string(path).unwrap();
			let ways = ["print!(", "println!(", "dbg!(", "stdout()", "stderr()"];
			ways.iter().any(|way| text.contains(way))
		})
		.map(|path| path.file_name().unwrap())
		.collect();
	assert_eq!(writers, ["output.rs"]);
}
