//! `docs/json.md` tells of every key that `--json` prints.

use std::{collections::BTreeSet, fs, path::Path};

use crate::common::Bench;
use serde_json::Value;

/// The words that the page has between backticks.
fn documented() -> BTreeSet<String> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/json.md");
	let page = fs::read_to_string(path).unwrap();
	page.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// All keys of an object and of what is in it. A key that names a node of a model is none.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
	match value {
		Value::Object(fields) => {
			for (key, value) in fields {
				found.insert(key.clone());
				keys(value, found);
			}
		}
		Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
		_ => {}
	}
}

/// What stands before `":` in a source, where it is the key of an object.
fn literals(folder: &Path, found: &mut BTreeSet<String>) {
	for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
		let path = entry.path();
		if path.is_dir() {
			literals(&path, found);
			continue;
		}
		let text = fs::read_to_string(&path).unwrap();
		let code = text.split("#[cfg(test)]").next().unwrap();
		for end in ["\":", "\"] ="] {
			let before = code.split(end).collect::<Vec<_>>();
			for piece in &before[..before.len() - 1] {
				let key = piece.rsplit('"').next().unwrap();
				if !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
					found.insert(key.to_owned());
				}
			}
		}
	}
}

#[test]
fn every_key_that_a_verb_prints_is_documented() {
	let mut found = BTreeSet::new();
	literals(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/verbs"), &mut found);
	assert!(found.len() > 80, "{found:?}");
	let bench = Bench::new("json-keys");
	for line in [
		"inspect",
		"compile --input-min 0 --input-max 16 --kind plain",
		"setup",
		"prove --private-input",
		"prove",
		"verify",
		"rerandomize",
		"export --r1cs c.r1cs --wtns c.wtns",
		"circuit show",
		"key new",
		"convert --from zkml --to snarkjs --verifying-key verifying.key -o v.json",
	] {
		keys(&bench.json(line), &mut found);
	}
	let failed = bench.run("verify missing.json --json");
	keys(&serde_json::from_slice(&failed.stdout).unwrap(), &mut found);
	let documented = documented();
	let missing: Vec<_> = found.iter().filter(|key| !documented.contains(*key)).collect();
	assert!(missing.is_empty(), "docs/json.md says nothing of {missing:?}");
}
