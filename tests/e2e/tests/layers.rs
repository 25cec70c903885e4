//! Who may depend on whom, asked of cargo.

use std::process::Command;

use zkml_e2e::repository;

/// What happens off the chain and knows no chain: the crates under `proving/`.
const PROVING: [&str; 7] = [
	"zkml-onnx",
	"zkml-graph",
	"zkml-prover",
	"zkml-circuits",
	"zkml-program-files",
	"zkml-files",
	"zkml-prover-service",
];

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
	let pure = ["zkml-primitives", "zkml-poseidon", "zkml-groth16", "zkml-programs"];
	for package in pure.into_iter().chain(PROVING) {
		refuse(package, is_sdk);
	}
}

#[test]
fn what_proves_knows_no_chain_and_its_client_no_prover_service() {
	for package in PROVING {
		refuse(package, |name| ["subxt", "zkml-client"].contains(&name));
	}
	refuse("zkml-client", |name| ["axum", "zkml-prover-service"].contains(&name));
}

#[test]
fn only_commands_read_arguments_and_print() {
	for package in PROVING.into_iter().chain(["zkml-client"]) {
		refuse(package, |name| ["clap", "indicatif", "rpassword"].contains(&name));
	}
}

#[test]
fn the_node_proves_nothing_itself() {
	refuse("zkml-node", |name| PROVING.contains(&name) || name == "zkml-client");
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
			PROVING.contains(&name)
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
