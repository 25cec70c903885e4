//! Claims of published RISC Zero and SP1 proofs against the public inputs that go with them.

use std::{fs, path::Path};

use serde_json::Value;
use zkml_primitives::ProgramKey;
use zkml_program_files::{arkworks, risc0, snarkjs, sp1, Form};
use zkml_programs::{key_digest, public_inputs, Claim, ClaimError, ProgramKind};

fn file(name: &str) -> Value {
	let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"));
	let text = fs::read(folder.join(format!("{name}.json"))).expect("a vector of this name");
	serde_json::from_slice(&text).expect("JSON")
}

fn unhex<B: TryFrom<Vec<u8>>>(value: &Value) -> B {
	let bytes = hex::decode(value.as_str().expect("a string")).expect("hexadecimal digits");
	B::try_from(bytes).ok().expect("as many bytes as the field has")
}

/// RISC Zero's key, the same in all releases.
fn risc0_key() -> ProgramKey {
	let code = &file("risc0-v3.0")["encodings"]["verifying_key_arkworks_uncompressed"];
	arkworks::read_key(&unhex::<Vec<u8>>(code), Form::Uncompressed).expect("a published key")
}

/// Program, key and claim of a file; the proof is not looked at here.
fn read(file: &Value) -> (ProgramKind, ProgramKey, Claim) {
	let part = |name: &str| &file["envelope"][name];
	let bytes = |name: &str| unhex::<Vec<u8>>(part(name));
	if file["kind"] == "risc0" {
		let program = ProgramKind::Risc0 {
			image_id: unhex(part("image_id")),
			control_root: unhex(part("control_root")),
			control_id: unhex(part("bn254_control_id_big_endian")),
		};
		let journal = bytes("journal").try_into().expect("a short journal");
		return (program, risc0_key(), Claim::Risc0 { selector: unhex(part("selector")), journal });
	}
	let (key, verifier_hash) =
		sp1::read_key(&bytes("verifying_key_gnark_compressed")).expect("a published key");
	let (vkey, selector) = (unhex(part("program_vkey")), unhex(part("selector")));
	let public_values = bytes("public_values").try_into().expect("few public values");
	let (program, claim) = match part("expected_vk_root") {
		Value::Null => {
			(ProgramKind::Sp1V5 { vkey, verifier_hash }, Claim::Sp1V5 { selector, public_values })
		}
		vk_root => (
			ProgramKind::Sp1V6 { vkey, vk_root: unhex(vk_root), verifier_hash },
			Claim::Sp1V6 {
				selector,
				exit_code: unhex(part("exit_code")),
				vk_root: unhex(part("vk_root")),
				nonce: unhex(part("nonce")),
				public_values,
			},
		),
	};
	(program, key.key, claim)
}

/// Every file whose claim makes sense, whether or not its proof shows it.
const CLAIMS: [&str; 29] = [
	"risc0-v1.0",
	"risc0-v1.1",
	"risc0-v1.2",
	"risc0-v2.0",
	"risc0-v2.1",
	"risc0-v2.2",
	"risc0-v3.0",
	"risc0-v3.0-reject-a-coordinate-plus-q",
	"risc0-v3.0-reject-a-identity",
	"risc0-v3.0-reject-a-negated",
	"risc0-v3.0-reject-b-outside-subgroup",
	"risc0-v3.0-reject-g2-order-swapped",
	"risc0-v3.0-reject-image-id-bit",
	"risc0-v3.0-reject-journal-bit",
	"risc0-v3.0-reject-other-release-selector",
	"risc0-v3.0-reject-seal-long",
	"risc0-v3.0-rerandomised",
	"risc0-v5.0-rc",
	"sp1-v2.0.0",
	"sp1-v4.0.0-rc.3",
	"sp1-v5.0.0",
	"sp1-v5.0.0-reject-proof-bit",
	"sp1-v5.0.0-reject-public-values-bit",
	"sp1-v6.0.0",
	"sp1-v6.0.0-beta.1",
	"sp1-v6.0.0-reject-nonce-bit",
	"sp1-v6.0.0-reject-public-values-bit",
	"sp1-v6.0.0-reject-vkey-bit",
	"sp1-v6.1.0",
];

/// Files whose claim is refused, and one of which no block of numbers could be made.
const OTHERS: [&str; 7] = [
	"risc0-v3.0-reject-seal-short",
	"risc0-v3.0-reject-unknown-selector",
	"sp1-v5.0.0-reject-vkey-plus-r",
	"sp1-v6.0.0-reject-exit-code",
	"sp1-v6.0.0-reject-nonce-plus-r",
	"sp1-v6.0.0-reject-vk-root-bit",
	"sp1-v6.0.0-reject-vkey-plus-r",
];

#[test]
fn no_file_of_the_two_tools_is_left_out() {
	let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors"));
	let mut names = Vec::new();
	for entry in fs::read_dir(folder).expect("the folder of vectors") {
		let path = entry.expect("an entry of the folder").path();
		let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
		let json = path.extension().is_some_and(|extension| extension == "json");
		if json && ["risc0", "sp1"].iter().any(|kind| file(&name)["kind"] == *kind) {
			names.push(name);
		}
	}
	names.sort();
	let mut known = [CLAIMS.as_slice(), OTHERS.as_slice()].concat();
	known.sort_unstable();
	assert_eq!(names, known);
}

#[test]
fn public_inputs_are_those_that_were_published() {
	for name in CLAIMS {
		let file = file(name);
		let (program, key, claim) = read(&file);
		assert_eq!(program.check(&key), Ok(()), "{name}");
		let inputs = public_inputs(&program, &key, &claim).expect(name);
		assert_eq!(snarkjs::write_inputs(&inputs), file["groth16"]["public_inputs"], "{name}");
	}
}

#[test]
fn selectors_follow_from_what_a_release_fixes() {
	for name in CLAIMS {
		let file = file(name);
		let (program, key, _) = read(&file);
		let selector: [u8; 4] = unhex(&file["envelope"]["selector"]);
		assert_eq!(program.selector(&key), Some(selector), "{name}");
	}
	let digest: [u8; 32] = unhex(&file("risc0-v3.0")["envelope"]["verifying_key_digest"]);
	assert_eq!(key_digest(&risc0_key()), digest);
}

#[test]
fn claims_that_make_no_sense_are_refused_by_reason() {
	let refused = |name| {
		let (program, key, claim) = read(&file(name));
		public_inputs(&program, &key, &claim).expect_err(name)
	};
	let unknown = refused("risc0-v3.0-reject-unknown-selector");
	let expected = [0x73, 0xc4, 0x57, 0xba];
	assert_eq!(unknown, ClaimError::Selector { expected, got: [0; 4] });
	let mut got = [0; 32];
	got[31] = 1;
	assert_eq!(refused("sp1-v6.0.0-reject-exit-code"), ClaimError::ExitCode { got });
	let root = refused("sp1-v6.0.0-reject-vk-root-bit");
	assert!(matches!(root, ClaimError::VkRoot { .. }), "{root:?}");
	for name in ["sp1-v5.0.0-reject-vkey-plus-r", "sp1-v6.0.0-reject-vkey-plus-r"] {
		assert_eq!(refused(name), ClaimError::NotCanonical { index: 0 }, "{name}");
	}
	let nonce = refused("sp1-v6.0.0-reject-nonce-plus-r");
	assert_eq!(nonce, ClaimError::NotCanonical { index: 4 });
}

#[test]
fn a_proof_of_one_release_is_not_one_of_another() {
	let (_, key, claim) = read(&file("risc0-v3.0"));
	let (older, _, _) = read(&file("risc0-v2.2"));
	let refused = public_inputs(&older, &key, &claim);
	assert!(matches!(refused, Err(ClaimError::Selector { .. })), "{refused:?}");
	let (program, key, _) = read(&file("sp1-v6.1.0"));
	let (_, _, older) = read(&file("sp1-v6.0.0"));
	let refused = public_inputs(&program, &key, &older);
	assert!(matches!(refused, Err(ClaimError::VkRoot { .. })), "{refused:?}");
}

#[test]
fn a_bit_of_what_was_shown_changes_the_inputs() {
	let (program, key, claim) = read(&file("risc0-v3.0"));
	let good = public_inputs(&program, &key, &claim);
	let changed = ["risc0-v3.0-reject-journal-bit", "risc0-v3.0-reject-image-id-bit"];
	for name in changed {
		let (program, key, claim) = read(&file(name));
		let inputs = public_inputs(&program, &key, &claim);
		assert!(inputs.is_ok() && inputs != good, "{name}");
	}
	// The seal is another, the statement is not.
	let (program, key, claim) = read(&file("risc0-v3.0-rerandomised"));
	assert_eq!(public_inputs(&program, &key, &claim), good);
	let read_seal = |name: &str| {
		let seal = unhex::<Vec<u8>>(&file(name)["envelope"]["seal"]);
		risc0::read_seal(&seal).expect("a published seal")
	};
	assert!(read_seal("risc0-v3.0") != read_seal("risc0-v3.0-rerandomised"));
}
