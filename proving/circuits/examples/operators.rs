//! Runs one of ONNX's node tests: compiles it, evaluates its integers, tries the circuit on them, and
//! compares with what the test expects.
//!
//! ```text
//! operators FOLDER
//! ```
//!
//! `FOLDER` holds `model.onnx` and `case.json` with the model's `inputs` by name, each with its `values`
//! (flat) and its declared `min` and `max`, the `output` tensor to take (or null), and the `expected`
//! numbers and `dims`; null stands for a number that is not finite. Prints
//! `{"outcome": "right" | "refused" | "wrong", "why": ..}`; see `scripts/bench/operators.py`, which makes
//! the folders.

use std::{collections::BTreeMap, path::Path};

use rand::SeedableRng;
use serde_json::{json, Value};
use zkml_circuits::{
	calibrate::mock, compile_float, import, CompileOptions, CompiledModel, InputOptions, InputRange,
};
use zkml_primitives::Scale;

type Failure = Box<dyn std::error::Error>;

/// Share of an element's range that a result may be off, with which a model compiles: its range over
/// what compiling drew, or the largest expected size.
const TOLERANCE: f64 = 0.02;

/// The same for the float graph, of which nothing is rounded but to 32 bits.
const FLOAT_TOLERANCE: f64 = 1e-3;

/// What became of a case.
enum Outcome {
	Right { error: f64 },
	Refused(String),
	Wrong(String),
}

fn floats(value: &Value) -> Vec<f64> {
	let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
	all.iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Output integers as real numbers, what a step of each is worth, and the range that compiling found
/// each to have.
fn reals(model: &CompiledModel, integers: &[i32]) -> Vec<Element> {
	let outputs = &model.graph().outputs;
	let step = |i: usize| {
		let scale = outputs.first().and_then(|output| output.info.tensor.scale(i));
		let scale = scale.unwrap_or(Scale::ONE);
		f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
	};
	// Of a label it has the scores behind it, which are no outputs.
	let outputs = model.report().and_then(|report| report.outputs.first());
	let outputs = outputs.map_or(&[][..], |output| &output.elements);
	let outputs = if outputs.len() == integers.len() { outputs } else { &[] };
	let range = |i: usize| outputs.get(i).map_or(0.0, |output| output.range);
	let each = integers.iter().enumerate();
	each.map(|(i, integer)| (f64::from(*integer) * step(i), step(i), range(i))).collect()
}

/// A result, what a step of it is worth, and the range that errors are shares of.
type Element = (f64, f64, f64);

/// The first element that is further from what is expected than a share of its range and its step, and
/// the largest distance as such a share.
fn apart(results: &[Element], expected: &[f64], tolerance: f64) -> (Option<String>, f64) {
	let size = expected.iter().fold(0.0f64, |size, x| size.max(x.abs()));
	let (mut worst, mut error) = (None, 0.0f64);
	for (index, ((got, step, range), expected)) in results.iter().zip(expected).enumerate() {
		let (off, range) = ((got - expected).abs(), range.max(size));
		error = error.max(off / if range > 0.0 { range } else { 1.0 });
		// Not a number compares with nothing.
		if off.is_nan() || off > tolerance * range + step {
			worst = worst.or(Some(format!("element {index}: expected {expected}, got {got}")));
		}
	}
	(worst, error)
}

fn judge(folder: &Path) -> Result<Outcome, Failure> {
	let case: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("case.json"))?)?;
	let expected = floats(&case["expected"]);
	let dims: Vec<usize> = floats(&case["dims"]).into_iter().map(|d| d as usize).collect();
	let given = case["inputs"].as_object().ok_or("expected inputs")?;
	let mut ranges = BTreeMap::new();
	for (name, input) in given {
		let (Some(min), Some(max)) = (input["min"].as_f64(), input["max"].as_f64()) else {
			return Ok(Outcome::Refused("inputs that are finite".into()));
		};
		let range = InputRange { min: min as f32, max: max as f32 };
		let own = InputOptions { ranges: vec![range], ..InputOptions::default() };
		ranges.insert(name.clone(), own);
	}
	let output = case["output"].as_str();
	let options = CompileOptions {
		lookups: true,
		inputs: ranges,
		max_error: TOLERANCE,
		..CompileOptions::default()
	};
	let rng = &mut rand_chacha::ChaCha20Rng::seed_from_u64(0);
	let float = match import(&folder.join("model.onnx"), output) {
		Ok(float) => float,
		Err(error) => return Ok(Outcome::Refused(error.to_string())),
	};
	let mut inputs: Vec<Vec<f32>> = Vec::new();
	for info in &float.inputs {
		let values = given.get(&info.name).map(|input| floats(&input["values"]));
		let values = values.ok_or_else(|| format!("expected an input {}", info.name))?;
		if values.len() != info.len() {
			let got = format!("{} of {} elements", info.name, info.len());
			return Ok(Outcome::Wrong(format!("expected {} elements, got {got}", values.len())));
		}
		inputs.push(values.into_iter().map(|x| x as f32).collect());
	}
	let model = match compile_float(&float, &options, rng) {
		Ok(model) => model,
		Err(error) => return Ok(Outcome::Refused(error.to_string())),
	};
	let [output] = float.outputs.as_slice() else {
		let got = float.outputs.len();
		return Ok(Outcome::Wrong(format!("outputs: expected one, got {got}")));
	};
	if output.dims != dims || float.len(output.value) != expected.len() {
		let got = format!("{:?} of {} elements", output.dims, float.len(output.value));
		return Ok(Outcome::Wrong(format!("shape: expected {dims:?}, got {got}")));
	}
	let real = float.evaluate(&inputs.concat()).swap_remove(output.value);
	let floats: Vec<_> = real.iter().map(|x| (f64::from(*x), 0.0, 0.0)).collect();
	if let Some(worst) = apart(&floats, &expected, FLOAT_TOLERANCE).0 {
		return Ok(Outcome::Wrong(format!("before rounding, {worst}")));
	}
	let integers = match model.quantize_inputs(&inputs) {
		Ok(integers) => integers,
		Err(error) => return Ok(Outcome::Wrong(format!("its own input: {error}"))),
	};
	let results = reals(&model, &model.evaluate(&integers)?[0]);
	if let Some(group) = mock(&model, &integers, rng)? {
		return Ok(Outcome::Wrong(format!("constraints of {group} do not hold")));
	}
	let (worst, error) = apart(&results, &expected, TOLERANCE);
	Ok(worst.map_or(Outcome::Right { error }, Outcome::Wrong))
}

fn main() -> Result<(), Failure> {
	let folder = std::env::args().nth(1).ok_or("expected FOLDER")?;
	let line = match judge(Path::new(&folder))? {
		Outcome::Right { error } => json!({ "outcome": "right", "error": error, "why": "" }),
		Outcome::Refused(why) => json!({ "outcome": "refused", "why": why }),
		Outcome::Wrong(why) => json!({ "outcome": "wrong", "why": why }),
	};
	println!("{line}");
	Ok(())
}
