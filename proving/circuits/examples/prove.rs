//! From an ONNX file to a proof that verifies: `cargo run --release --example prove`.
//!
//! The model reads handwritten digits; its weights are public, the image is not.

use std::path::Path;

use rand::rngs::OsRng;
use zkml_circuits::{
	compile, random_salt, setup, Binding, CompileOptions, InputRange, Prover, Salts,
};
use zkml_primitives::Scalar;

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits");
	let input = std::fs::read_to_string(models.join("input.json"))?;
	let input: serde_json::Value = serde_json::from_str(&input)?;
	let pixels: Vec<f32> = serde_json::from_value(input["input_data"][0].clone())?;

	// Integers in place of floats; then constraints of them, with ranges proved by lookups.
	let range = InputRange { min: 0.0, max: 16.0 };
	let options = CompileOptions { lookups: true, input: vec![range], ..Default::default() };
	let model = compile(&models.join("digits.onnx"), &options, &mut OsRng)?;
	println!("The circuit has {} constraints.", model.estimate().constraints);

	// Whoever makes keys alone could forge proofs; `ceremony` makes them with several people.
	let key = setup(&model, &mut OsRng, &|_, _, _| ())?.proving;
	let prover = Prover::new(model, key)?;

	// The salt hides the input in its commitment; without one, the output is in clear.
	let input = prover.model().quantize_inputs(std::slice::from_ref(&pixels))?;
	let salts = Salts { inputs: vec![random_salt(&mut OsRng)], outputs: vec![Scalar::ZERO] };
	let proved = prover.prove(&input, salts, Binding::bare(Scalar::ZERO), &mut OsRng)?;

	// A verifier has the key, the public inputs and the proof, and no pixel.
	zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof)?;
	for row in pixels.chunks(8) {
		let line: String =
			row.iter().map(|pixel| [" ", ".", "o", "@"][*pixel as usize / 5]).collect();
		println!("    {line}");
	}
	println!(
		"is a {}, proved in {} ms; the proof verifies.",
		proved.outputs[0][0], proved.prove_ms
	);
	Ok(())
}
