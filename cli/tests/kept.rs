//! What cannot be made a second time is not written over: keys, salts, ceremonies. And what nobody
//! else may read is for its owner alone, the files on the way to it with it.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::common::{has, Bench};

const COMPILE: &str = "compile --input-min 0 --input-max 16";

#[test]
fn a_private_model_and_its_keys_are_lost_by_force_alone() {
	let bench = Bench::ready("private", "--private");
	let salted = ["model.zkml: expected no file", "got a private model with the salt"];
	let ways = "name another place, or give --force and lose what is there";
	for line in [format!("{COMPILE} --private"), COMPILE.into()] {
		let error = bench.error(&line);
		has(&line, &error, &salted);
		has(&line, &error, &["which cannot be made again", ways]);
	}
	let keys = "proving.key: expected no file there, got a proving key, which cannot be made again";
	has("setup", &bench.error("setup"), &[keys, ways]);
	// Either of them is enough.
	let elsewhere = "setup --proving-key new.key";
	has(elsewhere, &bench.error(elsewhere), &["verifying.key: expected no file", "verifying key"]);
	bench.json("prove");

	// The advice works as it is given: elsewhere, and by force.
	bench.json(&format!("{COMPILE} --private -o second.zkml"));
	bench.json("setup second.zkml --proving-key second.key --verifying-key second.vkey");
	let old = (bench.bytes("model.zkml"), bench.bytes("proving.key"));
	bench.json(&format!("{COMPILE} --private --force"));
	bench.json("setup --force");
	assert!(old.0 != bench.bytes("model.zkml") && old.1 != bench.bytes("proving.key"));
	bench.json("prove");
}

#[test]
fn a_public_model_may_be_compiled_again_and_other_files_are_not_mistaken_for_one() {
	let bench = Bench::new("public");
	bench.json(COMPILE);
	let first = bench.bytes("model.zkml");
	bench.json(COMPILE);
	assert_eq!(first, bench.bytes("model.zkml"), "the same file makes the same model");
	bench.write("cut.zkml", &first[..first.len() / 2]);
	for (name, got) in [
		("model.onnx", "a file of another kind"),
		("input.json", "a file of another kind"),
		("cut.zkml", "a model that cannot be read and may be private"),
	] {
		let line = format!("{COMPILE} -o {name}");
		has(name, &bench.error(&line), &["expected no file, or a public model there, got ", got]);
	}
}

#[test]
fn a_salt_outlives_the_next_proof() {
	let bench = Bench::ready("salts", "");
	bench.json("prove --private-output");
	let opening = "proof.output.opening.json: expected no file there, got the opening of a private";
	has("prove", &bench.error("prove --private-output"), &[opening, "--force"]);
	// A proof whose output everybody sees has no salt, and another place for it is one.
	bench.json("prove");
	bench.json("prove --private-output -o second.json");
	bench.json("prove --private-output --force");
	bench.json("prove --private-input");
	for line in [
		"prove -o input.opening.json",
		"prove -o proof.output.opening.json",
		"prove --private-output --output-opening input.opening.json",
		"rerandomize -o input.opening.json",
		"export --r1cs input.opening.json",
		"prove -o proving.key",
		"prove -o verifying.key",
		"calibrate --samples input.json -o proving.key",
	] {
		has(line, &bench.error(line), &["which cannot be made again: name another place"]);
	}
}

#[test]
fn what_several_people_made_is_not_lost_to_one() {
	let bench = Bench::new("ceremony");
	bench.json(COMPILE);
	bench.json("ceremony powers --power 13");
	bench.json("ceremony new");
	bench.json("ceremony contribute --name Ada");
	bench.json("ceremony contribute --name Blaise");
	bench.json("ceremony contribute --name Carl -o third.zkc");
	bench.json("ceremony finish");
	let again = "which cannot be made again";
	for (line, what) in [
		("ceremony powers --power 13", "got powers of a ceremony"),
		("ceremony new", "got a ceremony"),
		("ceremony contribute -o third.zkc", "got a ceremony"),
		("ceremony beacon --value 0xAB -o third.zkc", "got a ceremony"),
		("ceremony finish", "got a proving key"),
		("setup", "got a proving key"),
	] {
		let line = line.replace("0xAB", &"ab".repeat(32));
		has(&line, &bench.error(&line), &["expected no file there", what, again, "--force"]);
	}
	bench.json("ceremony contribute -o third.zkc --force");
	bench.json("ceremony finish --force");
}

#[test]
fn secrets_are_for_their_owner_alone_and_the_rest_for_whom_the_mask_lets() {
	let bench = Bench::new("modes");
	let run = |line: &str| {
		let mut shell = std::process::Command::new("sh");
		let zkml = env!("CARGO_BIN_EXE_zkml");
		let script = format!("umask 022 && exec {zkml} {line} --json");
		let output = shell.args(["-c", &script]).current_dir(&bench.0).output().unwrap();
		assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
	};
	run(&format!("{COMPILE} --private"));
	run("setup");
	run("prove --private-input --private-output");
	run("key new");
	run(&format!("{COMPILE} --kind plain -o public.zkml"));
	run("setup public.zkml --proving-key public.key --verifying-key public.vkey");
	run("export public.zkml --r1cs c.r1cs --wtns c.wtns");
	let mode = |name: &str| fs::metadata(bench.0.join(name)).unwrap().permissions().mode() & 0o777;
	for secret in [
		"model.zkml",
		"proving.key",
		"input.opening.json",
		"proof.output.opening.json",
		"zkml.key",
		"c.wtns",
	] {
		assert_eq!(mode(secret), 0o600, "{secret}");
	}
	let public =
		["proof.json", "verifying.key", "public.zkml", "public.key", "public.vkey", "c.r1cs"];
	for name in public {
		assert_eq!(mode(name), 0o644, "{name}");
	}
	let left = bench.files().into_keys().filter(|path| path.to_string_lossy().ends_with(".tmp"));
	assert_eq!(left.count(), 0);
}
