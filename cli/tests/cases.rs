//! `tests/cases`: what people met with other tools, line by line. The README there says what a
//! `case.json` may hold.

use std::{fs, path::Path};

use crate::common::Bench;
use serde_json::Value;

/// Fields that say what becomes of a line that succeeds.
const SUCCESS: [&str; 7] = ["ok", "output", "label", "json", "same", "says", "warns"];
/// All fields of a line.
const FIELDS: [&str; 4] = ["run", "refused", "tolerance", "proof"];

type Verdict = Result<(), String>;

fn source() -> std::path::PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases")
}

/// The names of folders whose names begin as asked, in order.
fn cases() -> Vec<String> {
	let asked = std::env::var("ZKML_CASE").unwrap_or_default();
	let entries = fs::read_dir(source()).unwrap().map(Result::unwrap);
	let mut names: Vec<String> = entries
		.filter(|entry| entry.path().is_dir())
		.map(|entry| entry.file_name().into_string().unwrap())
		.filter(|name| name.starts_with(&asked))
		.collect();
	names.sort();
	names
}

fn copy(from: &Path, to: &Path) {
	fs::create_dir_all(to).unwrap();
	for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
		let (from, to) = (entry.path(), to.join(entry.file_name()));
		match from.is_dir() {
			true => copy(&from, &to),
			false => drop(fs::copy(&from, &to).unwrap()),
		}
	}
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
	fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Result<Value, String> {
	serde_json::from_slice(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Words that a line or an error must have, which are a list or one.
fn words(value: &Value) -> Vec<&str> {
	match value {
		Value::Array(words) => words.iter().map(|word| word.as_str().unwrap()).collect(),
		word => vec![word.as_str().expect("words are text")],
	}
}

fn has(text: &str, wanted: &Value) -> Verdict {
	match words(wanted).iter().find(|word| !text.contains(**word)) {
		None => Ok(()),
		Some(word) => Err(format!("{word:?} is not in {text:?}")),
	}
}

/// The line with the text of files in it.
fn expand(line: &str, folder: &Path) -> String {
	let Some((before, rest)) = line.split_once("$(cat ") else { return line.into() };
	let (file, after) = rest.split_once(')').expect("a bracket that closes");
	let text = fs::read_to_string(folder.join(file)).expect("a file of text in a line");
	format!("{before}{}{}", text.trim(), expand(after, folder))
}

fn refusal(bench: &Bench, output: &std::process::Output, wanted: &Value, before: bool) -> Verdict {
	let errors = String::from_utf8_lossy(&output.stderr);
	let errors: Vec<&str> = errors.lines().filter(|line| !line.starts_with("warning: ")).collect();
	let [error] = errors[..] else { return Err(format!("expected one line, got {errors:?}")) };
	let error = error.strip_prefix("error: ").ok_or_else(|| format!("no error: {error:?}"))?;
	let expected = error.find("expected ").ok_or_else(|| format!("expected what? {error:?}"))?;
	if !error[expected..].contains("got") {
		return Err(format!("got what? {error:?}"));
	}
	if !before {
		return Err(format!("a file of {} changed", bench.0.display()));
	}
	has(error, wanted)
}

/// A proof's output as the model's numbers, beside what it should be.
fn output(file: &Value, line: &Value) -> Verdict {
	let (spec, values) = (&file["outputs"][0]["spec"], &file["outputs"][0]["values"]);
	let number = |value: &Value| value.as_f64().ok_or_else(|| format!("no number: {value}"));
	let unit = number(&spec["mantissa"])? / 2f64.powf(number(&spec["shift"])?);
	let got = values.as_array().ok_or("no public output")?;
	let got =
		got.iter().map(|value| Ok(number(value)? * unit)).collect::<Result<Vec<_>, String>>()?;
	let wanted = line["output"].as_array().ok_or("output is no list")?;
	if got.len() != wanted.len() {
		return Err(format!("expected {} values, got {got:?}", wanted.len()));
	}
	for (index, (got, wanted)) in got.iter().zip(wanted).enumerate() {
		let tolerance = match &line["tolerance"] {
			Value::Array(each) => number(each.get(index).ok_or("a tolerance for each value")?)?,
			all => number(all)?,
		};
		let wanted = number(wanted)?;
		// Not a number is not near.
		let near = (got - wanted).abs() <= tolerance;
		if !near {
			return Err(format!("value {index}: expected {wanted} within {tolerance}, got {got}"));
		}
	}
	Ok(())
}

fn success(bench: &Bench, said: &std::process::Output, line: &Value) -> Verdict {
	if !SUCCESS.iter().any(|field| line.get(field).is_some()) {
		return Err(format!("expected a refusal with {}, got success", line["refused"]));
	}
	let file = |name: &str| bench.0.join(name);
	let proof = || json(&file(line["proof"].as_str().unwrap_or("proof.json")));
	if line.get("output").is_some() {
		output(&proof()?, line)?;
	}
	if let Some(label) = line.get("label") {
		let got = &proof()?["label"];
		if got != label {
			return Err(format!("expected label {label}, got {got}"));
		}
	}
	for (name, wanted) in line["json"].as_object().into_iter().flatten() {
		let got = json(&file(name))?;
		if got != *wanted {
			return Err(format!("{name}: expected {wanted}, got {got}"));
		}
	}
	for (name, other) in line["same"].as_object().into_iter().flatten() {
		if read(&file(name))? != read(&file(other.as_str().unwrap()))? {
			return Err(format!("expected {name} as {other}, got another"));
		}
	}
	for (field, stream) in [("says", &said.stdout), ("warns", &said.stderr)] {
		if let Some(wanted) = line.get(field) {
			has(&String::from_utf8_lossy(stream), wanted)?;
		}
	}
	Ok(())
}

fn run(bench: &Bench, line: &Value) -> Verdict {
	for field in line.as_object().ok_or("a line is an object")?.keys() {
		if !SUCCESS.iter().chain(&FIELDS).any(|known| known == field) {
			return Err(format!("expected a field of a line, got {field}"));
		}
	}
	let text = line["run"].as_str().ok_or("a line without run")?;
	let before = bench.files();
	let said = bench.run(&expand(text, &bench.0));
	let same = bench.files() == before;
	match (said.status.code(), line.get("refused")) {
		(Some(0), _) => success(bench, &said, line),
		(Some(1 | 2), Some(wanted)) => refusal(bench, &said, wanted, same),
		_ => Err(format!("{}: {}", said.status, String::from_utf8_lossy(&said.stderr).trim())),
	}
}

#[test]
fn every_case_gives_the_right_values_or_the_refusal_asked_for() {
	let root = Bench(std::env::temp_dir().join(format!("zkml-cases-{}", std::process::id())));
	copy(&source(), &root.0);
	let (mut lines, mut faults) = (0, Vec::new());
	for name in cases() {
		// Not dropped: the root's folder goes at the end.
		let bench = std::mem::ManuallyDrop::new(Bench(root.0.join(&name)));
		let case = json(&bench.0.join("case.json")).unwrap();
		for line in case["lines"].as_array().unwrap_or_else(|| panic!("{name} has no lines")) {
			lines += 1;
			if let Err(fault) = run(&bench, line) {
				faults.push(format!("{name}: {}: {fault}", line["run"]));
			}
		}
	}
	assert!(lines > 0, "no case was run");
	assert!(faults.is_empty(), "{} of {lines} lines:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_case_says_where_it_is_from_and_runs_all_of_its_files() {
	for name in cases() {
		let folder = source().join(&name);
		let readme = fs::read_to_string(folder.join("README.md")).unwrap();
		for heading in ["# ", "**Reported.**", "**Right.**"] {
			assert!(readme.contains(heading), "{name}/README.md: {heading} is missing");
		}
		let case = json(&folder.join("case.json")).unwrap();
		let beside = case.get("beside").map(words).unwrap_or_default();
		let lines = ["lines", "on_chain"].map(|list| case[list].to_string()).concat();
		for entry in fs::read_dir(&folder).unwrap() {
			let file = entry.unwrap().file_name().into_string().unwrap();
			let known = ["README.md", "case.json", "model.onnx"].contains(&file.as_str());
			let used = known || beside.contains(&file.as_str()) || lines.contains(&file);
			assert!(used, "{name}: no line is about {file}");
		}
	}
}
