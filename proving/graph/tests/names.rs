//! What an operator means is said by its entry of the table: nothing else in the sources asks for its name.

use std::{
	fs,
	path::{Path, PathBuf},
};

use zkml_graph::import::supported;

/// Names that stand in a source beside the table, since people read them there and nothing is decided by them.
const WORDS: &[(&str, &[&str])] = &[
	// What functions of one number are called in reports.
	("import/float.rs", &["Cast", "Floor", "Round"]),
	("import/lower/elementwise.rs", &["Div"]),
	("import/lower/learn.rs", &["Sigmoid"]),
	("import/rewrite/unary.rs", &["Clip", "Div", "Mul"]),
	// What asks for more bits.
	("quantize/choices.rs", &["ArgMax", "Mul", "TopK"]),
	// An output of this name.
	("import/lower/normal.rs", &["Mean"]),
	// Functions that an attribute names, which ONNX has a list of.
	("import/lower/recurrent.rs", &["Elu", "HardSigmoid", "LeakyRelu", "Relu", "Sigmoid"]),
	("import/lower/recurrent.rs", &["Softplus", "Softsign", "Tanh", "ThresholdedRelu"]),
];

/// Where a node's operator is asked for its name.
const NAMES: &[&str] =
	&[".op()", ".op_type", "operator.name", ".operator.as_str()", ".operator =="];
/// What something is decided by.
const DECIDES: &[&str] =
	&["==", "!=", "match ", "matches!", "contains", "starts_with", "ends_with"];

/// All sources in a folder, with their path from the first one.
fn sources(folder: &Path, from: &Path, all: &mut Vec<(String, String)>) {
	let mut entries: Vec<PathBuf> =
		fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
	entries.sort();
	for path in entries {
		if path.is_dir() {
			sources(&path, from, all);
		} else if path.extension().is_some_and(|extension| extension == "rs") {
			let name = path.strip_prefix(from).unwrap().to_str().unwrap().replace('\\', "/");
			all.push((name, fs::read_to_string(&path).unwrap()));
		}
	}
}

fn all() -> Vec<(String, String)> {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
	let mut all = Vec::new();
	sources(&folder, &folder, &mut all);
	assert!(all.len() > 100, "{}", all.len());
	all
}

/// Names of operators that a source has as a text of its own, but for those of its entries.
fn named(text: &str) -> Vec<&'static str> {
	let elsewhere = |name: &&str| {
		let quoted = format!("\"{name}\"");
		let mut places = text.match_indices(&quoted);
		places.any(|(place, _)| !text[..place].trim_end().ends_with("Operator::new("))
	};
	supported().filter(elsewhere).collect()
}

/// Whether something is decided by an operator's name in that line, or the name is kept for that.
fn decides(line: &str) -> bool {
	let line = line.trim();
	let asks = NAMES.iter().any(|name| line.contains(name));
	let kept = line.starts_with("let ") && line.ends_with(".op();");
	!line.starts_with("//") && asks && (kept || DECIDES.iter().any(|word| line.contains(word)))
}

#[test]
fn an_operators_name_stands_in_its_entry_alone() {
	let mut found = Vec::new();
	for (file, text) in all() {
		let known =
			|name: &&str| WORDS.iter().any(|(of, words)| *of == file && words.contains(name));
		let names = named(&text).into_iter().filter(|name| !known(name));
		found.extend(names.map(|name| format!("{file}: {name}")));
	}
	assert_eq!(found, [""; 0], "say it in the entry (import/lower/operator.rs)");
	let list = "const SAME: &[&str] = &[\"Abs\", \"Add\"];\nOperator::new(\n\t\"Clip\", clip)";
	assert_eq!(named(list), ["Abs", "Add"]);
}

#[test]
fn nothing_is_decided_by_a_nodes_name() {
	let mut found = Vec::new();
	for (file, text) in all() {
		let lines = text.lines().enumerate().filter(|(_, line)| decides(line));
		found.extend(lines.map(|(index, line)| format!("{file}:{}: {}", index + 1, line.trim())));
	}
	assert_eq!(found, [""; 0], "say it in the entry (import/lower/operator.rs)");
	for line in [
		"let soft = node.op() == \"Softmax\";",
		"match node.op() {",
		"let name = node.op();",
		"self.float.nodes.iter().any(|node| node.name == name && node.operator == \"Equal\");",
		"let own = NARROW.contains(&node.op());",
		"if proto.op_type != \"If\" {",
	] {
		assert!(decides(line), "{line}");
	}
	assert!(!decides("operator: self.op().into(),"));
}
