//! Files that a verb cannot use: one line that says what was expected and what was got, an exit
//! code that is not 0, and no file made or changed. Proofs and openings are in `bad_proofs.rs`, mistakes on
//! the command line in `bad_lines.rs`, those that need a chain in `tests/e2e/tests/bad_input.rs`.

use std::fs;

use crate::common::{has, Bench};
use serde_json::Value;
use zkml_primitives::blake2_256;

/// What every file of the command begins with, before its payload.
const HEADER: usize = 78;

/// `bytes` with `from` replaced, which must be there once.
fn patched(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
	let found: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i..].starts_with(from)).collect();
	let [at] = found[..] else { panic!("{from:?} is there {} times", found.len()) };
	[&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// A proof that is bound to a chain, without one.
const BOUND: &str =
	"prove --model-id 1111111111111111111111111111111111111111111111111111111111111111 \
	--genesis 2222222222222222222222222222222222222222222222222222222222222222 \
	--model-version 1 --expiry 9 --beneficiary //Alice --action submit:7";

/// A bench where every verb would succeed, with bad files beside the good ones.
fn prepared(name: &str) -> Bench {
	let bench = Bench::ready(name, "");
	bench.json(BOUND);
	bench.json("prove --private-input -o hidden.json");
	bench.json("key new secret.key");
	bench.write("token", "0123456789abcdef0123456789abcdef");
	bench.write("empty", "");
	bench.write(
		"other",
		"These are words of another program, longer than any header is. ".repeat(9),
	);
	fs::create_dir(bench.0.join("folder")).unwrap();
	bench
}

#[test]
fn empty_cut_foreign_missing_files_and_folders_are_refused_by_every_reader() {
	let bench = prepared("readers");
	bench.json("ceremony powers --power 13");
	bench.json("ceremony new");
	bench.json("compile -o plain.zkml --kind plain --input-min 0 --input-max 16");
	// One section, which is as long as it says.
	let section = [&[10, 0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0][..], &[0; 68]].concat();
	bench.write("a.zkey", [b"zkey\x01\0\0\0\x01\0\0\0", &section[..]].concat());
	let onnx = ["expected an ONNX model", "got an empty file", "got a file that is cut off"];
	let binary = |kind: &'static str| [kind, "got an empty file", "bytes after the header, got "];
	let json = |kind: &'static str| [kind, "got an empty file", "got JSON that is cut off"];
	let (model, proving) = (binary("expected a compiled model"), binary("expected a proving key"));
	let verifying = binary("expected a verifying key");
	let ceremony = binary("expected a ceremony");
	let powers =
		["expected powers in snarkjs's format", "got a file cut off", "got a file cut off"];
	let zkey = ["expected a key in snarkjs's format", "got a file cut off", "got a file cut off"];
	let proof = json("expected a proof written by `zkml prove`");
	let input = json(r#"expected {"input_data": [[numbers]]}"#);
	let opening = json("expected the openings of private tensors");
	let key = ["expected a mnemonic, a hex seed or a secret URI", "got 0 characters", "characters"];
	let token =
		["expected a token of at least 16 printable characters", "got 0 characters", "characters"];
	let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/snarkjs-1-input.json");
	let vector: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
	for (name, part) in
		[("vkey", "verification_key_json"), ("theirs", "proof_json"), ("public", "public_json")]
	{
		bench.write(&format!("{name}.json"), vector["envelope"][part].to_string());
	}
	let other_tool = ["expected ", "expected a file of another tool, got an empty file", "got "];
	for (line, whole, [expected, got_empty, got_cut]) in [
		("inspect FILE", "model.onnx", onnx),
		("compile FILE -o out.zkml", "model.onnx", onnx),
		("setup FILE", "model.zkml", model),
		("setup plain.zkml --force --zkey FILE", "a.zkey", zkey),
		("export FILE --r1cs new.r1cs", "model.zkml", model),
		("export plain.zkml --wtns new.wtns --input FILE", "input.json", input),
		(
			"export plain.zkml --wtns new.wtns --private-input --input-opening FILE",
			"input.opening.json",
			opening,
		),
		("ceremony new --force --model FILE", "model.zkml", model),
		("ceremony new --force --powers FILE", "powers.ptau", powers),
		("ceremony contribute FILE", "ceremony.zkc", ceremony),
		("ceremony beacon FILE --value VALUE", "ceremony.zkc", ceremony),
		("ceremony verify FILE", "ceremony.zkc", ceremony),
		("ceremony verify --model FILE", "model.zkml", model),
		("ceremony verify --powers FILE", "powers.ptau", powers),
		("ceremony finish --force FILE", "ceremony.zkc", ceremony),
		("prove --model FILE", "model.zkml", model),
		("prove --proving-key FILE", "proving.key", proving),
		("prove --input FILE", "input.json", input),
		("prove --private-input --input-opening FILE", "input.opening.json", opening),
		("verify FILE", "proof.json", proof),
		("verify --verifying-key FILE", "verifying.key", verifying),
		("circuit show --verifying-key FILE", "verifying.key", verifying),
		("rerandomize FILE", "proof.json", proof),
		("rerandomize --verifying-key FILE", "verifying.key", verifying),
		("check FILE", "proof.json", proof),
		("submit --key //Alice --from FILE", "proof.json", proof),
		("program register --tool snarkjs --verifying-key FILE", "vkey.json", other_tool),
		("program register --tool gnark --verifying-key FILE", "vkey.json", other_tool),
		("program register --tool arkworks --verifying-key FILE", "vkey.json", other_tool),
		("program register --tool sp1 --vkey VALUE --verifying-key FILE", "vkey.json", other_tool),
		(
			"program submit VALUE --tool snarkjs --proof FILE --public public.json",
			"theirs.json",
			other_tool,
		),
		(
			"program submit VALUE --tool snarkjs --proof theirs.json --public FILE",
			"public.json",
			other_tool,
		),
		("convert --from snarkjs --to evm --verifying-key FILE -o new", "vkey.json", other_tool),
		("convert --from snarkjs --to evm --proof FILE -o new", "theirs.json", other_tool),
		("convert --from gnark --to evm --inputs FILE -o new", "public.json", other_tool),
		("convert --from zkml --to evm --proof FILE -o new", "proof.json", proof),
		("convert --from zkml --to evm --verifying-key FILE -o new", "verifying.key", verifying),
		("key show --key-file FILE", "secret.key", key),
		("accounts --key-file FILE", "secret.key", key),
		("serve --listen 127.0.0.1:0 --models folder --token-file FILE", "token", token),
	] {
		let line = &line.replace("VALUE", &"11".repeat(32));
		let error = |file: &str| bench.error(&line.replace("FILE", file));
		has(line, &error("empty"), &[expected, got_empty]);
		has(line, &error("other"), &[expected]);
		has(line, &error("folder"), &["folder: expected to read it, got: Is a directory"]);
		// A missing opening or token is made.
		if ![opening, token].contains(&[expected, got_empty, got_cut]) {
			let missing = ["missing: expected to read it, got: No such file"];
			has(line, &error("missing"), &missing);
		}
		let whole = bench.bytes(whole);
		// A token is any text, so that only a short one is known to be cut.
		let length = if expected == token[0] { 15 } else { whole.len() * 2 / 3 };
		bench.write("cut", &whole[..length]);
		has(line, &error("cut"), &[got_cut]);
	}
}

#[test]
fn a_file_of_the_wrong_kind_version_or_content_is_named() {
	let bench = prepared("kinds");
	let key = bench.bytes("verifying.key");
	let with = |name: &str, change: &dyn Fn(&mut Vec<u8>), repair: bool| {
		let mut bytes = key.clone();
		change(&mut bytes);
		if repair {
			let hash = blake2_256(&bytes[HEADER..]);
			bytes[HEADER - 32..HEADER].copy_from_slice(&hash);
		}
		bench.write(name, bytes);
	};
	with("version.key", &|bytes| bytes[5] = 9, false);
	with("damaged.key", &|bytes| bytes[HEADER + 5] ^= 1, false);
	with("header.key", &|bytes| bytes.truncate(40), false);
	with("kind.key", &|bytes| bytes[HEADER] = 7, true);
	with("infinity.key", &|bytes| bytes[HEADER + 1..HEADER + 65].fill(0), true);
	bench.refused(&[
		("setup proving.key", &["expected a compiled model, got a proving key"]),
		("export proving.key --r1cs new", &["expected a compiled model, got a proving key"]),
		("export --r1cs new", &["circuit: expected a plain one", "got one with 1; compile with"]),
		("export --wtns new", &["circuit: expected a plain one", "got one with 1; compile with"]),
		(
			"setup --force --zkey new",
			&["circuit: expected a plain one", "got one with 1; compile with"],
		),
		("prove --model verifying.key", &["expected a compiled model, got a verifying key"]),
		("prove --proving-key model.zkml", &["expected a proving key, got a compiled model"]),
		("verify --verifying-key proving.key", &["expected a verifying key, got a proving key"]),
		("verify model.zkml", &["expected a proof written by", "got bytes that are no UTF-8"]),
		(
			"circuit show --verifying-key version.key",
			&["version.key: expected format version 6, got 9"],
		),
		(
			"circuit show --verifying-key damaged.key",
			&["expected the contents its checksum names, got damaged contents"],
		),
		(
			"circuit show --verifying-key header.key",
			&["expected a verifying key, got a file cut off within its header"],
		),
		("circuit show --verifying-key kind.key", &["expected a verifying key, got "]),
		(
			"circuit show --verifying-key infinity.key",
			&["expected one that verifiers accept, got one", "alpha", "point at infinity"],
		),
		(
			"verify --verifying-key infinity.key",
			&["the proof is under another verifying key: expected 0x", ", got 0x"],
		),
	]);
}

#[test]
fn graphs_and_options_that_cannot_be_compiled_are_refused() {
	let bench = Bench::new("graphs");
	let onnx = bench.bytes("model.onnx");
	bench.write("scan.onnx", patched(&onnx, b"\x22\x04Relu", b"\x22\x04Scan"));
	// The input's only dimension that is not the batch.
	let (head, tail) = onnx.split_at(onnx.len() - 80);
	bench.write("narrow.onnx", [head, &patched(tail, b"\x08\x40", b"\x08\x3f")].concat());
	let (scan, narrow) = (
		["hidden.relu (Scan): expected attribute body", "got none"],
		["hidden.matmul (MatMul): expected", "63", "64"],
	);
	bench.refused(&[
		("compile -o out.zkml scan.onnx", &scan),
		("compile -o out.zkml narrow.onnx", &narrow),
	]);
	// What is wrong with one node is said beside all others.
	for (file, words, node) in
		[("scan", &scan[..], "hidden.relu"), ("narrow", &narrow[..], "hidden.matmul")]
	{
		let graph = bench.json(&format!("inspect {file}.onnx"))["graph"].clone();
		has(file, graph["refused"].as_str().unwrap(), words);
		let nodes = graph["nodes"].as_array().unwrap();
		let refused: Vec<_> = nodes.iter().filter(|node| !node["refused"].is_null()).collect();
		assert_eq!(refused.len(), 1, "{graph}");
		assert_eq!(refused[0]["name"], node);
		assert!(nodes.len() > 3 && graph["outputs"].is_null(), "{graph}");
	}
	let many = format!("compile --input-min 0 --input-max 16 --labels {}", ["label"; 65].join(","));
	let long = format!(
		"compile --input-min 0 --input-max 16 --labels {}{}",
		"x".repeat(33),
		",label".repeat(9)
	);
	fs::create_dir(bench.0.join("folder")).unwrap();
	let ten = "labels: expected none, or one for each of 10 classes";
	bench.refused(&[
		("compile --weight-bits 17", &["weight bits: expected 2 to 16, got 17"]),
		("compile --activation-bits 3", &["activation bits: expected 4 to 20, got 3"]),
		("compile --private --weight-shift 41", &["weight shift: expected 0 to 40, got 41"]),
		(
			"compile --input-min 0 --input-max 16 --private --weight-shift 12",
			&["tensor hidden.weight: expected values from -0.0", ", got "],
		),
		("compile --input-min 16 --input-max 0", &["input range: expected", "got 16"]),
		("compile --input-min nan --input-max 1", &["input range: expected", "got NaN"]),
		("compile --input-min 0 --input-max 16 --labels one,two", &[ten, "got 2"]),
		("compile --output-tensor nothing", &["expected", "nothing"]),
		("compile --samples model.onnx", &["model.onnx: expected", "got"]),
		("calibrate", &["input range: expected --input-min and --input-max", "got none"]),
		("calibrate --samples input.json --max-error -1", &["expected", "got"]),
		(
			"compile --samples input.json --min-agreement 101",
			&["min agreement: expected 0 to 100 %"],
		),
		(&many, &[ten, "got 65"]),
		(&long, &["labels: expected at most 32 bytes each, got \"xxx"]),
		(
			"compile --input-min 0 --input-max 16 -o no/such/model.zkml",
			&["model.zkml: expected to write it, got: No such"],
		),
		(
			"compile --input-min 0 --input-max 16 -o folder",
			&["folder: expected the name of a file, got a folder"],
		),
	]);
}

#[test]
fn a_setup_that_could_not_write_both_keys_writes_none() {
	let bench = prepared("places");
	let nowhere = "key: expected to write it, got: No such file";
	bench.refused(&[
		("export --r1cs no/such/c.r1cs", &["c.r1cs: expected to write it, got: No such file"]),
		("export --wtns folder", &["folder: expected the name of a file, got a folder"]),
		("export --r1cs both --wtns both", &["both: expected a file for each output, got one"]),
		("setup --force --proving-key no/such/proving.key", &[nowhere]),
		("setup --force --verifying-key no/such/verifying.key", &[nowhere]),
		("setup --proving-key folder", &["folder: expected the name of a file, got a folder"]),
		(
			"setup --force --verifying-key folder",
			&["folder: expected the name of a file, got a folder"],
		),
		(
			"setup --proving-key both --verifying-key both",
			&["both: expected a file for each output, got one for two"],
		),
	]);
}

#[test]
fn a_proof_that_could_not_be_written_with_its_openings_leaves_none_of_them() {
	let bench = prepared("openings");
	let hidden = "prove --private-input --input-opening new.json --private-output";
	let line = |rest: &str| format!("{hidden} {rest}");
	let nowhere = "expected to write it, got: No such file";
	bench.refused(&[
		(&line("-o no/such/proof.json"), &["proof.json", nowhere]),
		(&line("-o folder"), &["folder: expected the name of a file, got a folder"]),
		(&line("--output-opening no/such/opening.json"), &["opening.json", nowhere]),
		(&line("--output-opening folder"), &["expected the name of a file, got a folder"]),
		(&line("--output-opening proof.json"), &["expected a file for each output, got one"]),
		(&line("--output-opening new.json"), &["expected a file for each output, got one"]),
		("prove --private-input --input-opening no/such/opening.json", &[nowhere]),
		("rerandomize -o no/such/proof.json", &["proof.json", nowhere]),
		("rerandomize -o folder", &["folder: expected to write it, got: Is a directory"]),
		("key new no/such/secret.key", &["secret.key", nowhere]),
		("key new secret.key", &["secret.key: expected no file of this name, got one"]),
		("key new folder", &["folder: expected no file of this name, got one"]),
	]);
}

#[test]
fn inputs_of_another_shape_range_or_kind_are_refused_with_their_place() {
	let bench = prepared("inputs");
	let row = |count: usize, value: &str| {
		format!(r#"{{"input_data": [[{}]]}}"#, vec![value; count].join(","))
	};
	let deep =
		|depth: usize| format!(r#"{{"input_data": {}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
	let range = "input image, value 0: expected a number from 0 to 16";
	let numbers = "expected numbers in input_data";
	let whole = "expected whole numbers in input_data that a float of 32 bits holds";
	let kind = r#"wrong.json: expected {"input_data": [[numbers]]}"#;
	for (text, words) in [
		(row(0, "1"), ["input image: expected 64 values", "got 0"]),
		(row(63, "1"), ["input image: expected 64 values", "got 63"]),
		(row(5_000, "1"), ["input image: expected 64 values", "got 5000"]),
		(row(64, "17"), [range, "got 17"]),
		(row(64, "-1"), [range, "got -1"]),
		(row(64, "1e30"), [range, "got 1000000000000000"]),
		(row(64, "1e39"), [numbers, "got 1e39"]),
		(row(64, "1e999"), [numbers, "got 1e999"]),
		(row(64, "NaN"), [kind, "got JSON with \"NaN\" where a value belongs"]),
		(
			row(64, "-Infinity"),
			[kind, "got JSON with \"-Infinity\" where a number as JSON has them"],
		),
		(row(64, "1,"), [kind, "where a value belongs, at line 1"]),
		(row(64, "+1"), [kind, "got JSON with \"+1\" where a value belongs"]),
		(row(64, "16777217"), [whole, "got 16777217, the nearest is 16777216"]),
		(row(64, &"9".repeat(30)), [whole, "got 999999999999999999999999999999, the nearest is 1"]),
		(row(64, r#""one""#), [numbers, r#"got "one" in quotes"#]),
		(row(64, "null"), [numbers, "got null"]),
		(row(64, "{}"), [numbers, "got an object"]),
		(deep(12), [numbers, "got lists within each other"]),
		(deep(200), [r#"expected {"input_data": [[numbers]]}"#, "got JSON nested deeper than 128"]),
		("[1, 2]".into(), [r#"expected {"input_data""#, "got JSON without such a list"]),
		(r#"{"input_data": 1}"#.into(), [r#"expected {"input_data""#, "without such a list"]),
	] {
		bench.write("wrong.json", &text);
		let error = bench.error("prove --input wrong.json");
		has(&text[..text.len().min(60)], &error, &words);
	}
	bench.write("huge.json", vec![b' '; (16 << 20) + 1]);
	let error = bench.error("prove --input huge.json");
	has("huge", &error, &["huge.json: expected at most 16777216 bytes, got more"]);
}

#[test]
fn every_file_of_json_says_a_thing_once_and_in_utf_8() {
	let bench = prepared("twice");
	for (file, line, kind) in [
		("input.json", "prove --input FILE", "input_data"),
		("input.json", "compile --samples FILE -o out.zkml", "input_data"),
		("proof.json", "verify FILE", "outputs"),
		("proof.json", "check FILE", "circuit"),
		("proof.json", "submit --key //Alice --from FILE", "proof"),
		("input.opening.json", "prove --private-input --input-opening FILE", "tensors"),
	] {
		let run = |name: &str| line.replace("FILE", name);
		let text = String::from_utf8(bench.bytes(file)).unwrap();
		let whole = bench.read(file);
		let (_, rest) = text.split_once('{').unwrap();
		bench.write("twice.json", format!("{{\"{kind}\": {}, {rest}", whole[kind]));
		let twice = format!("got JSON with {kind:?} twice in one object, again at line ");
		has(line, &bench.error(&run("twice.json")), &["twice.json: expected ", &twice]);
		let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
		bench.write("wide.json", [&[0xfe, 0xff][..], &wide].concat());
		let words = ["wide.json: expected ", "got text in UTF-16 (big-endian"];
		has(line, &bench.error(&run("wide.json")), &words);
		bench.write("more.json", format!("{text}{text}"));
		let words = ["more.json: expected ", "got JSON with more after its end: \"{\" at line "];
		has(line, &bench.error(&run("more.json")), &words);
	}
	// A byte order mark of UTF-8 changes nothing.
	for file in ["input.json", "proof.json", "input.opening.json"] {
		bench.write(file, [&[0xef, 0xbb, 0xbf], &bench.bytes(file)[..]].concat());
	}
	bench.json("verify proof.json");
	bench.json("prove --private-input");
}
