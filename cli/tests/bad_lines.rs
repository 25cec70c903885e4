//! Command lines that cannot be followed: one line that says what was expected and what was got, an
//! exit code that is not 0, and no file made or changed. Bad files are in `bad_files.rs`, keys and services
//! in `service.rs`, addresses of nodes in `urls.rs`, mistakes that need a chain in `tests/e2e/tests/bad_input.rs`.

use std::{collections::BTreeSet, fs};

use crate::common::{has, Bench};

/// Every verb as it would be given, with what it cannot do without; ID stands for 32 bytes in hex.
const VERBS: [&str; 38] = [
	"inspect",
	"compile -o out.zkml",
	"calibrate --samples input.json",
	"setup",
	"export --r1cs out.r1cs",
	"ceremony powers --power 4",
	"ceremony new",
	"ceremony contribute",
	"ceremony beacon --value ID",
	"ceremony verify",
	"ceremony finish",
	"prove",
	"verify",
	"model register",
	"model publish ID",
	"model deprecate ID 1",
	"model show ID",
	"model list",
	"circuit show",
	"request ID --price 1",
	"requests",
	"result 1",
	"submit --model-id ID",
	"check",
	"refund 1",
	"audit ID",
	"program register --tool risc0 --release v3.0 --image-id ID",
	"program submit ID --tool risc0 --seal 00 --journal 0x",
	"program context ID --key //Alice",
	"program show ID",
	"program record ID",
	"convert --from snarkjs --to gnark --proof proof.json -o out.proof",
	"accounts //Alice",
	"key new other.key",
	"key show",
	"serve",
	"mine",
	"rerandomize",
];

/// The same with a chain to speak to: all that speak to one, and with whatever makes them do so.
const ON_CHAIN: [&str; 24] = [
	"model register --key //Alice --yes",
	"model publish ID --key //Alice --yes",
	"model deprecate ID 1 --key //Alice --yes",
	"model show ID",
	"model list",
	"circuit show ID",
	"request ID --price 1 --key //Alice --yes",
	"request ID --price 1 --private-input --key //Alice --yes",
	"requests",
	"result 1",
	"result --statement ID --wait 1",
	"submit --model-id ID --private-input --key //Alice --yes",
	"submit --from proof.json --key //Alice --yes",
	"check",
	"refund 1 --key //Alice --yes",
	"audit ID",
	"program register --tool risc0 --release v3.0 --image-id ID --key //Alice --yes",
	"program submit ID --tool risc0 --seal SEAL --journal 0x --key //Alice --yes",
	"program context ID --key //Alice",
	"program show ID",
	"program record ID",
	"accounts //Alice",
	"mine --models . --key //Alice",
	"prove --model-id ID --key //Alice -o new.json",
];

fn id() -> String {
	format!("0x{}", "11".repeat(32))
}

/// A bench with keys, and a proof that is bound to a chain.
fn prepared(name: &str) -> Bench {
	let bench = Bench::ready(name, "");
	let bound = format!("--model-id {0} --genesis {0} --model-version 1 --expiry 9", id());
	bench.json(&format!("prove {bound} --beneficiary //Alice --action submit:7"));
	bench
}

/// A seal that can be read: the node is asked before the proof is looked at.
fn risc0_seal() -> String {
	let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/risc0-v3.0.json");
	let vector: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
	vector["envelope"]["seal"].as_str().unwrap().to_owned()
}

/// The names under `Commands:` in a help text.
fn commands(bench: &Bench, verb: &str) -> Vec<String> {
	let output = bench.run(&format!("{verb} --help"));
	assert!(output.status.success());
	let text = String::from_utf8(output.stdout).unwrap();
	let (_, list) = text.split_once("Commands:\n").expect("a list of verbs");
	let names = list.lines().take_while(|line| !line.is_empty());
	let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
	let names = names.filter_map(|line| line.split_whitespace().next());
	names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn the_table_of_verbs_is_complete() {
	let bench = Bench::new("verbs");
	let mut known = BTreeSet::new();
	for verb in commands(&bench, "") {
		match verb.as_str() {
			"model" | "circuit" | "key" | "ceremony" | "program" => {
				known.extend(commands(&bench, &verb).iter().map(|below| format!("{verb} {below}")));
			}
			_ => {
				known.insert(verb);
			}
		}
	}
	let listed: BTreeSet<String> = VERBS
		.iter()
		.map(|line| match line.split_once(' ') {
			Some((family @ ("model" | "circuit" | "key" | "ceremony" | "program"), rest)) => {
				format!("{family} {}", rest.split(' ').next().unwrap())
			}
			_ => line.split(' ').next().unwrap().to_owned(),
		})
		.collect();
	assert_eq!(known, listed);
}

#[test]
fn a_line_without_a_verb_shows_the_verbs_and_fails() {
	let bench = Bench::new("nothing");
	for line in ["", "model", "circuit", "key", "ceremony", "program"] {
		let output = bench.run(line);
		assert_eq!(output.status.code(), Some(2), "{line}");
		assert!(output.stdout.is_empty(), "{line}: help that nobody asked for is no result");
		let help = String::from_utf8(output.stderr).unwrap();
		assert!(help.contains("Commands:") && help.contains("Usage: zkml"), "{line}: {help}");
	}
}

#[test]
fn options_that_no_verb_has_and_words_too_many_are_named() {
	let bench = Bench::new("options");
	for verb in VERBS.map(|line| line.replace("ID", &id())) {
		let error = bench.error(&format!("{verb} --nonsense"));
		has(&verb, &error, &["expected ", "got --nonsense"]);
		if !verb.starts_with("accounts") {
			let error = bench.error(&format!("{verb} one two three"));
			has(&verb, &error, &["expected the arguments of this verb, got "]);
		}
	}
	let verbs = "expected a verb, got ";
	bench.refused(&[
		("proof", &[verbs, "\"proof\""]),
		("model shwo", &[verbs, "\"shwo\""]),
		("circuit list", &[verbs, "\"list\""]),
		("key old", &[verbs, "\"old\""]),
		("ceremony join", &[verbs, "\"join\""]),
		("program prove", &[verbs, "\"prove\""]),
	]);
}

#[test]
fn arguments_that_are_missing_excluded_or_no_number_in_range_are_named() {
	let bench = Bench::new("arguments");
	let id = id();
	let whole = "expected a whole number that is not too large";
	let short = "expected a whole number in 0..=4294967295";
	let at = |line: &str| line.replace("ID", &id);
	let nothing = |what: &'static str| [what, "got none"];
	let amount = "expected an amount of ZKML such as 1.5, at most 12 decimals";
	for (line, words) in [
		("compile --weight-bits 256", ["expected a whole number in 0..=255", "got \"256\""]),
		("compile --activation-bits -1", ["expected", "got -1"]),
		("compile --private --weight-shift x", [whole, "got \"x\""]),
		("compile --weight-shift 3", nothing("expected --private")),
		("compile --input-min 0", nothing("expected --input-max <INPUT_MAX>")),
		("compile --input-min low --input-max 1", ["expected a number", "got \"low\""]),
		("export", nothing("expected <--r1cs <FILE>|--wtns <FILE>>")),
		("export --r1cs c.r1cs --ctx ID", nothing("expected --wtns <FILE>")),
		(
			"export --r1cs c.r1cs --private-input",
			["expected it with --wtns FILE", "got it without"],
		),
		("ceremony powers", nothing("expected --power <N>")),
		("ceremony powers --power 0", ["--power: expected 1 to 28", "got 0"]),
		("ceremony powers --power 29", ["--power: expected 1 to 28", "got 29"]),
		("ceremony powers --power many", [whole, "got \"many\""]),
		("ceremony beacon", nothing("expected --value <HEX>")),
		("ceremony beacon --value ID --doublings 256", ["expected a whole number", "got \"256\""]),
		("prove --ctx 00 --model-id 00", ["expected at most one of --ctx <HEX> and", "got both"]),
		("prove --action register", nothing("expected --model-id <HEX>")),
		("prove --model-id ID --model-version 4294967296", [short, "got \"4294967296\""]),
		("prove --model-id ID --expiry soon", [whole, "got \"soon\""]),
		("model deprecate ID", nothing("expected <VERSION>")),
		("model deprecate ID 4294967296", [short, "got \"4294967296\""]),
		("model deprecate ID one", [whole, "got \"one\""]),
		("model publish", nothing("expected <MODEL_ID>")),
		("model show", nothing("expected <MODEL_ID>")),
		("model register --blocks 4294967296", [short, "got \"4294967296\""]),
		("request ID", nothing("expected --price <AMOUNT>")),
		("request ID --price", ["--price <AMOUNT>: expected a value", "got none"]),
		("request ID --price much", [amount, "got \"much\""]),
		("request ID --price 0.0000000000001", [amount, "got \"0.0000000000001\""]),
		("request ID --price 340282366920938463463374608", [amount, "got \"34028236692093"]),
		("request ID --price 1 --blocks 4294967296", [short, "got \"4294967296\""]),
		("request ID --price 1 --model-version -1", ["expected", "got -1"]),
		("result", nothing("expected <REQUEST>")),
		("result 18446744073709551616", [whole, "got \"18446744073709551616\""]),
		("result 1 --statement ID", ["expected at most one of", "got both"]),
		("result 1 --wait long", [whole, "got \"long\""]),
		("result 1 --prover http://127.0.0.1:1", nothing("expected --output-opening <FILE>")),
		("result 1 --output-opening o --token-file t", nothing("expected --prover <URL>")),
		(
			"result 1 --prover http://127.0.0.1:1 --output-opening one --output-opening two",
			["--prover: expected one --output-opening to write", "got 2"],
		),
		// Before anybody waits for a result, or is asked for one.
		(
			"result 1 --wait --prover http://localhost0:9977 --output-opening one",
			["the prover's URL: expected http:// and an address of this machine", "got http://lo"],
		),
		(
			"result 1 --wait --prover http://127.0.0.1:1 --output-opening one --token-file none",
			["none: expected to read it", "got: No such file"],
		),
		(
			"result 1 --wait --prover http://127.0.0.1:1 --output-opening no/such/folder",
			["expected to write it", "got: No such file"],
		),
		("refund", nothing("expected <REQUEST>")),
		("refund 18446744073709551616", [whole, "got \"18446744073709551616\""]),
		("submit", nothing("expected --model-id <HEX>")),
		("submit --from proof.json --model-id ID", ["expected at most one of", "got both"]),
		("submit --from proof.json --private-input", ["expected at most one of", "got both"]),
		("submit --model-id ID --blocks 4294967296", [short, "got \"4294967296\""]),
		("key show --key //Alice --key-file k", ["expected at most one of", "got both"]),
		("audit", nothing("expected <STATEMENT>")),
		("program register", nothing("expected --tool <TOOL>")),
		("program register --tool circom", ["expected one of snarkjs, gnark", "got \"circom\""]),
		("program register --tool gnark", nothing("expected --verifying-key FILE for this tool")),
		("program register --tool risc0 --release v3.0", nothing("expected --image-id HEX")),
		("program register --tool risc0 --image-id ID", nothing("expected --release, or")),
		(
			"program register --tool sp1 --vkey ID",
			["expected --release or --verify", "got neither"],
		),
		(
			"program register --tool sp1 --vkey ID --release v9",
			["--release: expected one of v5.0.0, v6.0.0, v6.1.0", "got \"v9\""],
		),
		(
			"program register --tool risc0 --image-id ID --release v5.0.0",
			["--release: expected one of v2.0, v2.1, v2.2, v3.0, v5.0-rc", "got \"v5.0.0\""],
		),
		(
			"program register --tool sp1 --vkey ID --release v5.0.0 --vk-root ID",
			["expected at most one of --release <NAME> and --vk-root <HEX>", "got both"],
		),
		(
			"program register --tool snarkjs --image-id ID",
			["--image-id with this --tool: expected no such option", "got one"],
		),
		("program register --tool gnark --context-input 256", ["expected a whole", "got \"256\""]),
		(
			"program register --tool gnark --context-input 1 --context-at 0",
			["expected at most one of --context-input <INDEX> and", "got both"],
		),
		(
			"program register --tool risc0 --release v3.0 --image-id ID --context-input 1",
			["the place of the context: expected --context-at", "got --context-input"],
		),
		(
			"program register --tool risc0 --release v3.0 --image-id ID --context-at 4065",
			["--context-at: expected 0 to 4064", "got 4065"],
		),
		("program submit ID --tool risc0 --journal 0x", nothing("expected --seal <FILE|HEX>")),
		("program submit ID --tool risc0", nothing("expected --seal for this tool")),
		("program submit ID --tool risc0 --seal 00", nothing("expected --journal for this tool")),
		(
			"program submit ID --tool risc0 --seal 0011 --journal 0x",
			["--seal: seal: expected 260 bytes, a selector of 4 and a proof", "got 2 bytes"],
		),
		(
			"program submit ID --tool sp1 --proof 0011 --public-values 0x",
			["--proof: proof bytes: expected 260 bytes of a Groth16 proof", "got 2"],
		),
		("program submit ID --tool gnark --nonce 1", nothing("expected --expiry <BLOCK>")),
		("program submit ID --tool snarkjs", nothing("expected --proof for this tool")),
		("program context", nothing("expected <PROGRAM_ID>")),
		("convert --from snarkjs --to evm -o x", nothing("expected <--verifying-key <FILE>|")),
		("convert --from circom --to evm", ["expected one of snarkjs, gnark", "got \"circom\""]),
		("serve --listen everywhere", ["expected an address and a port such as", "\"everywhere\""]),
		("serve --listen 127.0.0.1:70000", ["expected an address and a port", "got \"127.0.0.1"]),
		("serve --threads many", [whole, "got \"many\""]),
		("serve --queue -1", ["expected", "got -1"]),
		("mine --min-price much", [amount, "got \"much\""]),
		("mine --provers -1", ["expected", "got -1"]),
		("mine --answers many", [whole, "got \"many\""]),
	] {
		has(line, &bench.error(&at(line)), &words);
	}
}

#[test]
fn ids_accounts_shares_and_actions_are_refused_by_what_they_lack() {
	let bench = prepared("ids");
	let digits = |what: &'static str| [what, "expected 0x and 64 hex digits, got 2 digits"];
	let share = "expected a percentage from 0 to 100 such as 12.5";
	let action = "expected register, publish, answer:REQUEST or submit:NONCE as action";
	let long = format!("prove --ctx {}", "1".repeat(66));
	let above = format!("prove --ctx {}", "ff".repeat(32));
	let alice = format!("prove --model-id {} --beneficiary //Alice", id());
	for (line, words) in [
		("model show 0x12", digits("a model id")),
		("model publish 0x12 --key //Alice", digits("a model id")),
		("model deprecate 0x12 1 --key //Alice", digits("a model id")),
		("request 0x12 --price 1 --key //Alice", digits("a model id")),
		("submit --model-id 0x12 --key //Alice", digits("a model id")),
		("prove --model-id 0x12 --beneficiary //Alice", digits("a model id")),
		("circuit show 0x12", digits("a circuit hash")),
		("ceremony beacon --value 0x12", digits("--value")),
		("result --statement 0x12", digits("a statement id")),
		("audit 0x12", digits("a statement id")),
		("program show 0x12", digits("a program id")),
		("program record 0x12", digits("a statement id")),
		("program context 0x12 --key //Alice", digits("a program id")),
		("program submit 0x12 --tool snarkjs", digits("a program id")),
		("program register --tool sp1 --release v5.0.0 --vkey 0x12", digits("--vkey")),
		("program register --tool risc0 --release v3.0 --image-id 0x12", digits("--image-id")),
		("model show 0xzz", ["a model id: expected hex digits", "got 'z'"]),
		("prove --ctx 00", digits("--ctx")),
		("export --wtns w.wtns --ctx 00", digits("--ctx")),
		(&long, ["--ctx: expected 0x and 64 hex digits", "got 66 digits"]),
		(&above, ["--ctx: expected a number below the group order", "got 0xffff"]),
		(&format!("{alice} --action burn"), [action, "got \"burn\""]),
		(&format!("{alice} --action answer:-1"), [action, "got \"answer:-1\""]),
		(&format!("{alice} --action submit:18446744073709551616"), [action, "got \"submit:184"]),
		(&format!("{alice} --model-version 1 --expiry 9 --genesis 0x12"), digits("--genesis")),
		("accounts 5Grw", ["expected an account in SS58", "got \"5Grw\""]),
		("accounts 0x12", ["expected an account of 32 bytes in hex", "got \"0x12\""]),
		("accounts //", ["expected a development account such as //Alice", "got \"//\""]),
		("model register --share 101 --key //Alice", [share, "got \"101\""]),
		("model register --share 1.00001 --key //Alice", [share, "got \"1.00001\""]),
		("model register --share half --key //Alice", [share, "got \"half\""]),
	] {
		has(line, &bench.error(line), &words);
	}
}

#[test]
fn a_node_that_does_not_run_is_named_by_every_verb_that_needs_one() {
	let bench = prepared("no-node");
	let seal = risc0_seal();
	let line = |line: &str, url: &str| {
		format!("{} --url {url}", line.replace("SEAL", &seal).replace("ID", &id()))
	};
	for verb in ON_CHAIN {
		let error = bench.error(&line(verb, "ws://127.0.0.1:1"));
		has(verb, &error, &["expected a node at ws://127.0.0.1:1, got none: ", "refused"]);
	}
	for url in ["http://127.0.0.1:1", "127.0.0.1:1", "ftp://x"] {
		let error = bench.error(&line("model list", url));
		let words = ["expected a node at", "got none: the URL must start with ws:// or wss://"];
		has(url, &error, &words);
	}
	for url in ["ws://", "ws://[::1", "ws://127.0.0.1:99999"] {
		let error = bench.error(&line("model list", url));
		has(url, &error, &[&format!("expected a node at {url}, got none: ")]);
	}
}

#[test]
fn a_verb_that_signs_says_that_it_has_no_key() {
	let bench = prepared("no-key");
	let words = ["expected a signing key by --key-file, in ZKML_KEY or at a", "prompt, got none"];
	for line in [
		"key show",
		"accounts",
		"model register",
		"model publish ID",
		"model deprecate ID 1",
		"request ID --price 1",
		"submit --model-id ID",
		"submit --from",
		"refund 1",
		"mine --models .",
		"prove --model-id ID",
		"program register --tool risc0 --release v3.0 --image-id ID",
		"program context ID",
	] {
		has(line, &bench.error(&line.replace("ID", &id())), &words);
	}
}

/// Verbs that spend money and know what they need without a chain.
const MONEY: [&str; 9] = [
	"model register",
	"model publish ID",
	"model deprecate ID 1",
	"request ID --price 1",
	"submit --model-id ID",
	"submit --from proof.json",
	"refund 1",
	"program register --tool risc0 --release v3.0 --image-id ID",
	"program submit ID --tool risc0 --seal SEAL --journal 0x",
];

#[test]
fn nothing_is_sent_without_a_yes_where_nobody_can_be_asked() {
	let bench = prepared("consent");
	let seal = risc0_seal();
	for verb in MONEY {
		let verb = verb.replace("SEAL", &seal).replace("ID", &id());
		for more in ["", " --json"] {
			// Nobody listens there: the node is not even asked.
			let line = format!("{verb} --key //Alice --url ws://127.0.0.1:1{more}");
			let words = ["expected --yes", "got none: standard input is no terminal"];
			has(&line, &bench.error(&line), &words);
			assert_eq!(bench.run(&line).status.code(), Some(2), "{line}");
			has(&line, &bench.error(&format!("{line} --yes")), &["expected a node at"]);
		}
	}
}

#[test]
fn errors_are_an_object_too() {
	let bench = prepared("objects");
	for (line, kind, code) in [
		("prove --nonsense", "usage", 2),
		("submit --from missing.json --key //Alice", "file", 1),
		("verify missing.json", "file", 1),
		("model show 0x12", "usage", 1),
		("model list --url ws://127.0.0.1:1", "unreachable", 1),
		("refund 1 --key //Alice", "consent", 2),
		("key show --key nonsense", "key", 1),
		("key new proof.json", "key", 1),
		("setup", "file", 1),
		("compile input.json -o new.zkml", "model", 1),
		("prove --ctx 00", "usage", 1),
	] {
		let message = bench.error(line);
		let output = bench.run(&format!("{line} --json"));
		assert_eq!(output.status.code(), Some(code), "{line}");
		let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
		assert_eq!(object.as_object().unwrap().len(), 1, "{line}: {object}");
		let error = &object["error"];
		assert_eq!(error["kind"], kind, "{line}: {object}");
		assert_eq!(error["exit_code"], code, "{line}: {object}");
		assert_eq!(error["message"], message.as_str(), "{line}");
		// The line for people is there all the same.
		assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("error: {message}\n"));
	}
}
