//! Who may depend on whom, asked of cargo.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use zkml_e2e::repository;

/// What cargo prints, asked offline and of what is locked.
fn cargo(verb: &str, args: &[&str]) -> String {
	let output = Command::new(env!("CARGO"))
		.args([verb, "--locked", "--offline"])
		.args(args)
		.current_dir(repository())
		.output()
		.expect("cargo runs");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).expect("names are UTF-8")
}

/// The crates of ours below a folder, whichever there are.
fn below(folder: &str) -> Vec<String> {
	let metadata = cargo("metadata", &["--no-deps", "--format-version", "1"]);
	let metadata: Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
	let folder = repository().join(folder);
	let word = |package: &Value, field: &str| package[field].as_str().expect("a text").to_owned();
	let packages = metadata["packages"].as_array().expect("a list").iter();
	let names: Vec<_> = packages
		.filter(|package| Path::new(&word(package, "manifest_path")).starts_with(&folder))
		.map(|package| word(package, "name"))
		.collect();
	assert!(names.len() > 1, "expected crates below {}, got {names:?}", folder.display());
	names
}

/// What happens off the chain and knows no chain.
fn proving() -> Vec<String> {
	below("proving")
}

/// All crates that a package of ours needs, itself first.
fn tree(package: &str) -> Vec<String> {
	let args = ["-e", "normal,build", "--prefix", "none", "-f", "{p}", "-p", package];
	let text = cargo("tree", &args);
	let names: Vec<_> =
		text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
	assert_eq!(names.first().map(String::as_str), Some(package));
	names
}

fn refuse(package: &str, forbidden: impl Fn(&str) -> bool) {
	let found: Vec<_> = tree(package).into_iter().filter(|name| forbidden(name)).collect();
	assert!(found.is_empty(), "{package} must not depend on {found:?}");
}

fn is_sdk(name: &str) -> bool {
	["frame-", "pallet-", "sp-", "sc-"].iter().any(|prefix| name.starts_with(prefix))
}

#[test]
fn circuits_and_the_pure_primitives_know_nothing_of_the_sdk() {
	let sdk = ["zkml-host", "zkml-runtime-api"];
	let pure = below("primitives").into_iter().filter(|name| !sdk.contains(&name.as_str()));
	for package in pure.chain(proving()) {
		refuse(&package, is_sdk);
	}
}

#[test]
fn what_proves_knows_no_chain_and_its_client_no_prover_service() {
	for package in proving() {
		refuse(&package, |name| ["subxt", "zkml-client"].contains(&name));
	}
	refuse("zkml-client", |name| ["axum", "zkml-prover-service"].contains(&name));
}

#[test]
fn only_commands_read_arguments_and_print() {
	for package in proving().into_iter().chain(["zkml-client".into()]) {
		refuse(&package, |name| ["clap", "indicatif", "rpassword"].contains(&name));
	}
}

#[test]
fn the_node_proves_nothing_itself() {
	let proving = proving();
	refuse("zkml-node", |name| proving.iter().any(|it| it == name) || name == "zkml-client");
}

#[test]
fn pallets_and_primitives_know_nothing_of_circuits_or_of_the_runtime() {
	let (pallets, proving) = (below("pallets"), proving());
	for package in pallets.into_iter().chain(["zkml-host".into(), "zkml-runtime-api".into()]) {
		refuse(&package, |name| {
			proving.iter().any(|it| it == name)
				|| ["zkml-client", "zkml-cli", "zkml-runtime", "zkml-node"].contains(&name)
		});
	}
}

#[test]
fn the_prover_knows_nothing_of_models() {
	refuse("zkml-prover", |name| ["zkml-circuits", "zkml-graph", "zkml-onnx"].contains(&name));
}

#[test]
fn the_integer_graph_knows_no_curve() {
	refuse("zkml-graph", |name| name.starts_with("ark-") || name == "zkml-groth16");
}

#[test]
fn no_release_contains_the_trapdoor() {
	for package in ["zkml-runtime", "zkml-node", "zkml-cli"] {
		refuse(package, |name| name == "zkml-trapdoor");
	}
}

#[test]
fn the_node_needs_no_rocksdb() {
	refuse("zkml-node", |name| name.contains("rocksdb"));
}

/// What `mod` lines of a file bring in.
fn modules(file: &Path) -> Vec<String> {
	let text = fs::read_to_string(file).expect("it is in the repository");
	let names = text.lines().filter_map(|line| {
		let path = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]"));
		path.or_else(|| line.strip_prefix("mod ")?.strip_suffix(';'))
	});
	names.map(|name| name.trim_end_matches(".rs").to_owned()).collect()
}

#[test]
fn no_file_of_tests_is_left_out_of_its_program() {
	let metadata = cargo("metadata", &["--no-deps", "--format-version", "1"]);
	let metadata: Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
	let packages = metadata["packages"].as_array().expect("a list").iter();
	let targets = packages.flat_map(|package| package["targets"].as_array().expect("a list"));
	let files = targets.map(|target| Path::new(target["src_path"].as_str().expect("a path")));
	let programs: Vec<_> = files.filter(|file| file.ends_with("tests/main.rs")).collect();
	assert!(programs.len() >= 5, "expected programs of tests, got {programs:?}");
	for main in programs {
		let named = modules(main);
		for entry in fs::read_dir(main.parent().expect("it is in a folder")).expect("it is there") {
			let path = entry.expect("an entry").path();
			let name =
				path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_owned();
			if path.extension().is_some_and(|end| end == "rs") && name != "main" {
				assert!(
					named.contains(&name),
					"{}: expected `mod {name};`, got none",
					main.display()
				);
			}
		}
	}
}
