//! Who may depend on whom, asked of cargo.

use std::process::Command;

use zkml_e2e::repository;

/// All crates that a package of ours needs, itself first.
fn tree(package: &str) -> Vec<String> {
	let output = Command::new(env!("CARGO"))
		.args(["tree", "--locked", "--offline", "-e", "normal,build", "--prefix", "none"])
		.args(["-f", "{p}", "-p", package])
		.current_dir(repository())
		.output()
		.expect("cargo runs");
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	let text = String::from_utf8(output.stdout).expect("names are UTF-8");
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
	let pure = ["zkml-primitives", "zkml-poseidon", "zkml-groth16", "zkml-foreign"];
	for package in
		pure.into_iter().chain(["zkml-onnx", "zkml-graph", "zkml-circuits", "zkml-interop"])
	{
		refuse(package, is_sdk);
	}
}

#[test]
fn pallets_and_primitives_know_nothing_of_circuits_or_of_the_runtime() {
	let pallets = [
		"pallet-verifier",
		"pallet-equivocations",
		"pallet-model-registry",
		"pallet-inference",
		"pallet-programs",
		"pallet-sorter",
	];
	for package in pallets.into_iter().chain(["zkml-host", "zkml-runtime-api"]) {
		refuse(package, |name| {
			["zkml-graph", "zkml-circuits", "zkml-cli", "zkml-runtime", "zkml-node"].contains(&name)
		});
	}
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
