//! A ceremony of snarkjs's own on the digits circuit: two people in either phase. Its key proves here
//! and there, and each verifies the other's proofs.

use std::{path::Path, process::Command, time::Instant};

use serde_json::{json, Value};
use zkml_e2e::*;

/// A folder with a plain circuit, and the programs to run in it.
struct Desk(Folder);

impl Desk {
	fn zkml(&self, line: &str) -> Said {
		zkml(&self.0 .0, "", &line.split(' ').collect::<Vec<_>>())
	}

	fn json(&self, line: &str) -> Value {
		self.zkml(&format!("{line} --json")).json()
	}

	fn node(&self, args: &[&str]) -> String {
		let node = Command::new("node").args(args).current_dir(&self.0 .0).output();
		let said = Said::from(node.expect("Node.js is there"));
		assert_eq!(said.code, 0, "{args:?}: {said:?}");
		said.out
	}

	/// Runs snarkjs's command.
	fn snarkjs(&self, line: &str) -> String {
		let start = Instant::now();
		let cli = repository().join("clients/js/node_modules/snarkjs/build/cli.cjs");
		let mut args = vec![cli.to_str().expect("a plain path")];
		args.extend(line.split(' '));
		let said = self.node(&args);
		println!("{:>6.1} s  snarkjs {line}", start.elapsed().as_secs_f64());
		said
	}

	/// Calls a function of the JavaScript client.
	fn convert(&self, function: &str, argument: &Value) -> Value {
		let module = repository().join("clients/js/src/snarkjs.js");
		let program = format!(
			"import {{ {function} }} from {:?};\
			 console.log(JSON.stringify({function}(JSON.parse(process.argv[1]))));",
			module.to_str().expect("a plain path")
		);
		let said = self.node(&["--input-type=module", "-e", &program, &argument.to_string()]);
		serde_json::from_str(&said).expect("JSON")
	}

	fn read(&self, name: &str) -> Value {
		let text = std::fs::read(self.0 .0.join(name)).expect("the file was written");
		serde_json::from_slice(&text).expect("JSON")
	}

	fn write(&self, name: &str, value: &Value) {
		std::fs::write(self.0 .0.join(name), value.to_string()).expect("the folder is ours");
	}

	/// Whether snarkjs takes a proof of ours for these public inputs.
	fn snarkjs_verifies(&self, proof: &Value, public: &Value) -> bool {
		self.write("ours.json", &self.convert("proofFromWire", &proof["proof"]));
		self.write("public.json", public);
		self.snarkjs("groth16 verify vkey.json public.json ours.json").contains("OK!")
	}
}

#[test]
fn a_key_of_snarkjs_own_ceremony_proves_here_and_there() {
	let desk = Desk(Folder::new("circom"));
	let digits = repository().join("models/digits");
	std::fs::copy(digits.join("digits.onnx"), desk.0.path("model.onnx")).unwrap();
	std::fs::copy(digits.join("input.json"), desk.0.path("input.json")).unwrap();
	desk.json("compile --kind plain --input-min 0 --input-max 16");
	let exported = desk.json("export --r1cs digits.r1cs --wtns digits.wtns");
	assert!(desk.snarkjs("wtns check digits.r1cs digits.wtns").contains("WITNESS IS CORRECT"));

	// 3,071 constraints, so 2^12.
	desk.snarkjs("powersoftau new bn128 12 powers0.ptau");
	for (number, name) in [(1, "Ada"), (2, "Blaise")] {
		let files = format!("powers{}.ptau powers{number}.ptau", number - 1);
		desk.snarkjs(&format!("powersoftau contribute {files} --name={name} -e=noise{number}"));
	}
	desk.snarkjs("powersoftau prepare phase2 powers2.ptau powers.ptau");
	desk.snarkjs("groth16 setup digits.r1cs powers.ptau key0.zkey");
	for (number, name) in [(1, "Ada"), (2, "Blaise")] {
		let files = format!("key{}.zkey key{number}.zkey", number - 1);
		desk.snarkjs(&format!("zkey contribute {files} --name={name} -e=noise{number}"));
	}
	desk.snarkjs("zkey export verificationkey key2.zkey vkey.json");

	// Before the first contribution delta is 1, and a key of another circuit is none of this.
	desk.zkml("setup --zkey key0.zkey").failed(&["expected one that verifiers accept, got one"]);
	desk.json("compile --kind plain --input-min 0 --input-max 15 -o other.zkml");
	desk.zkml("setup other.zkml --zkey key2.zkey").failed(&["key2.zkey: expected ", "got "]);
	let made = desk.json("setup --zkey key2.zkey");
	println!("imported in {}", made["cost"]);
	assert_eq!((&made["setup"], &made["contributions"]), (&json!("snarkjs"), &json!(2)));
	let wire = desk.convert("keyToWire", &desk.read("vkey.json"));
	let file = std::fs::read(Path::new(&desk.0.path("verifying.key"))).unwrap();
	let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
	assert!(hex.ends_with(&wire.as_str().unwrap()[2..]), "the verifying key is snarkjs's");

	// Ours, here and there.
	desk.json("prove");
	assert_eq!(desk.json("verify")["valid"], true);
	let ours = desk.read("proof.json");
	assert!(desk.snarkjs_verifies(&ours, &exported["public"]));

	// snarkjs's, there and here; of a private input too.
	for (hidden, inputs) in [("", &exported["public"]), (" --private-input", &Value::Null)] {
		let mut proof = ours.clone();
		let mut inputs = inputs.clone();
		if !hidden.is_empty() {
			inputs = desk.json(&format!("export --wtns digits.wtns{hidden}"))["public"].clone();
			desk.json(&format!("prove{hidden}"));
			proof = desk.read("proof.json");
			assert!(desk.snarkjs_verifies(&proof, &inputs));
		}
		desk.snarkjs("groth16 prove key2.zkey digits.wtns theirs.json public.json");
		assert_eq!(desk.read("public.json"), inputs);
		desk.snarkjs("groth16 verify vkey.json public.json theirs.json");
		let theirs = desk.convert("proofToWire", &desk.read("theirs.json"));
		assert_ne!(theirs, proof["proof"]);
		proof["proof"] = theirs;
		desk.write("theirs.proof.json", &proof);
		assert_eq!(desk.json("verify theirs.proof.json")["valid"], true);
	}
}
