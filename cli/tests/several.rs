//! A model of two inputs and two outputs from its ONNX file to a proof, each of them public or private by
//! itself.

use crate::common::{has, Bench};
use serde_json::{json, Value};

/// A field of a protobuf message that has a length.
fn field(number: u8, payload: &[u8]) -> Vec<u8> {
	let (mut bytes, mut len) = (vec![number << 3 | 2], payload.len());
	while len >= 0x80 {
		bytes.push(len as u8 | 0x80);
		len >>= 7;
	}
	bytes.push(len as u8);
	bytes.extend(payload);
	bytes
}

/// A field that is a small number.
fn small(number: u8, value: u8) -> Vec<u8> {
	vec![number << 3, value]
}

/// A tensor of 32-bit floats, [1, 3].
fn value(name: &str) -> Vec<u8> {
	let dims = [1, 3].map(|dim| field(1, &small(1, dim))).concat();
	let tensor = [small(1, 1), field(2, &dims)].concat();
	[field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

fn node(operator: &str, inputs: [&str; 2], output: &str) -> Vec<u8> {
	let inputs = inputs.map(|name| field(1, name.as_bytes())).concat();
	[inputs, field(2, output.as_bytes()), field(4, operator.as_bytes())].concat()
}

/// `interest = income * rate` and `total = interest + income`.
fn onnx() -> Vec<u8> {
	let graph = [
		field(1, &node("Mul", ["income", "rate"], "interest")),
		field(1, &node("Add", ["interest", "income"], "total")),
		field(2, b"loan"),
		field(11, &value("income")),
		field(11, &value("rate")),
		field(12, &value("total")),
		field(12, &value("interest")),
	];
	[small(1, 8), field(7, &graph.concat()), field(8, &small(2, 13))].concat()
}

fn bench(name: &str) -> Bench {
	let bench = Bench::new(name);
	bench.write("model.onnx", onnx());
	let lists = json!({ "input_data": [[100, 200, 300], [0.25, 0.5, -0.5]] });
	bench.write("input.json", lists.to_string());
	bench
}

const COMPILE: &str = "compile --input-range income=0:1000 --input-range rate=-0.5:0.5";

fn names(all: &Value) -> Vec<&str> {
	all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn inputs_and_outputs_are_proved_each_public_or_private_by_itself() {
	for kind in ["", "--kind plain"] {
		let bench = bench("several");
		let compiled = bench.json(&format!("{COMPILE} {kind}"));
		assert_eq!(names(&compiled["inputs"]), ["income", "rate"]);
		assert_eq!(names(&compiled["outputs"]), ["total", "interest"]);
		assert_eq!(
			(&compiled["inputs"][0]["max"], &compiled["inputs"][1]["dims"][1]),
			(&json!(1000), &json!(3))
		);
		bench.json("setup");
		let open = bench.json("prove");
		let real = |made: &Value, output: usize| -> Vec<f64> {
			let real = made["outputs"][output]["real"].as_array().unwrap();
			real.iter().map(|x| x.as_f64().unwrap()).collect()
		};
		for (output, expected) in [(0, [125.0, 300.0, 150.0]), (1, [25.0, 100.0, -150.0])] {
			for (got, expected) in real(&open, output).iter().zip(expected) {
				assert!((got - expected).abs() < 3.0, "{got} for {expected}");
			}
		}
		assert_eq!(bench.json("verify")["inputs"][1]["real"], json!([0.25, 0.5, -0.5]));

		let made = bench.json("prove --hide-input income --hide-output interest");
		assert_eq!(made["outputs"], open["outputs"]);
		let checked = bench.json("verify");
		let hidden = |all: &Value| -> Vec<bool> {
			all.as_array().unwrap().iter().map(|one| one["values"].is_null()).collect()
		};
		assert_eq!(hidden(&checked["inputs"]), [true, false]);
		assert_eq!(hidden(&checked["outputs"]), [false, true]);
		for (file, name, digest) in [
			("input.opening.json", "income", &checked["digests"]["inputs"][0]),
			("proof.output.opening.json", "interest", &checked["digests"]["outputs"][1]),
		] {
			let openings = bench.read(file)["tensors"].clone();
			assert_eq!(names(&openings), [name]);
			assert_eq!(&openings[0]["commitment"], digest);
		}

		// The same file of openings is no good for another choice, and is left alone.
		let error = bench.error("prove --hide-input rate");
		has(
			"another input",
			&error,
			&["expected the openings of these inputs", "by input \"income\""],
		);
		// By names, in any order.
		let named =
			json!({ "input_data": { "rate": [0.25, 0.5, -0.5], "income": [100, 200, 300] } });
		bench.write("input.json", named.to_string());
		assert_eq!(bench.json("prove")["outputs"], open["outputs"]);
	}
}

#[test]
fn a_proof_that_says_something_else_of_one_tensor_is_refused() {
	let bench = bench("altered");
	bench.json(COMPILE);
	bench.json("setup");
	bench.json("prove --hide-input income");
	let whole = bench.read("proof.json");
	let refused = |change: &dyn Fn(&mut Value), words: &[&str]| {
		let mut proof = whole.clone();
		change(&mut proof);
		bench.write("proof.json", proof.to_string());
		has("altered", &bench.error("verify"), words);
	};
	let swap = |proof: &mut Value, path: &str| {
		proof.pointer_mut(path).unwrap().as_array_mut().unwrap().swap(0, 1);
	};
	refused(&|proof| swap(proof, "/outputs"), &["the digest of output interest: expected 0x"]);
	let both = |proof: &mut Value, side: &str| {
		swap(proof, &format!("/{side}"));
		swap(proof, &format!("/digests/{side}"));
	};
	refused(&|proof| both(proof, "outputs"), &["the pairing equation does not hold"]);
	refused(&|proof| both(proof, "inputs"), &["the pairing equation does not hold"]);
	refused(
		&|proof| proof["inputs"][1]["values"] = Value::Null,
		&["the pairing equation does not hold"],
	);
	refused(
		&|proof| drop(proof["inputs"].as_array_mut().unwrap().pop()),
		&["the digests of the proof's inputs: expected 1", "got 2"],
	);
	bench.write("proof.json", whole.to_string());
	bench.json("verify");
}

#[test]
fn what_is_said_of_a_tensor_that_is_not_there_is_refused_by_its_name() {
	let bench = bench("unknown");
	bench.refused(&[
		(
			"compile --input-range income=0:1000",
			&["input range: expected --input-min", "got none for rate"],
		),
		(
			&format!("{COMPILE} --input-range age=0:9"),
			&["expected a name among income, rate", "got age"],
		),
		("compile --input-range income=0", &["--input-range: expected MIN:MAX or NAME=MIN:MAX"]),
		(
			&format!("{COMPILE} --input-range rate=0:1"),
			&["expected one range for each input", "got \"rate=0:1\""],
		),
		("compile --output-tensor loss", &["the name of a computed tensor", "got loss"]),
	]);
	bench.json(COMPILE);
	bench.json("setup");
	bench.refused(&[
		("prove --hide-input age", &["--hide-input: expected a name among income, rate"]),
		("prove --hide-output age", &["--hide-output: expected a name among total, interest"]),
		(
			"prove --force",
			&["expected it with --private-output or --hide-output", "got it without"],
		),
	]);
	for (data, words) in [
		(json!([[1, 2, 3]]), "got 1 lists"),
		(json!([[1, 2, 3], [0.5, 0.5]]), "input rate: expected 3 values, got 2"),
		(json!({ "income": [1, 2, 3] }), "got none for rate"),
		(
			json!([[1, 2, 3], [0, 0, 0.75]]),
			"input rate, value 2: expected a number from -0.5 to 0.5",
		),
	] {
		bench.write("input.json", json!({ "input_data": data }).to_string());
		has("input.json", &bench.error("prove"), &[words]);
	}
	// One of the outputs alone.
	let one = bench.json(&format!("{COMPILE} --output-tensor interest"));
	assert_eq!(names(&one["outputs"]), ["interest"]);
}
