//! Holds an exported model to what ONNX Runtime makes of it: compiles it as a user would, evaluates its
//! integers on inputs that compiling did not see, and tries the circuit on the first of them.
//!
//! ```text
//! exports FOLDER
//! ```
//!
//! `FOLDER` holds `model.onnx` and `case.json`: `inputs`, each with `name`, `ranges` (a list of
//! `[min, max]`, one or one for each feature), `calibration` (values that compiling is given) and
//! `values` (those to compare on); `outputs`, each with `name`, `label` (whether it is an index, to be
//! met exactly but by a few inputs) and its `expected` numbers for each input; `tolerance`, a share of an output's range,
//! beside which real numbers may be off by a step: integers and truth values are to be equal;
//! `widths`, bits of weights, hidden values and tables. Prints `{"outcome": "right" | "refused" |
//! "wrong", "why": .., "error": .., "constraints": ..}`; see `scripts/bench/exports.py`, which makes the
//! folders.

use std::path::Path;

use rand::SeedableRng;
use serde_json::{json, Value};
use zkml_circuits::{
	calibrate::mock, compile_float, import, CompileOptions, CompiledModel, InputOptions,
	InputRange, Widths,
};
use zkml_onnx::{type_proto, Message, ModelProto, ValueInfoProto};
use zkml_primitives::Scale;

type Failure = Box<dyn std::error::Error>;
type Rng = rand_chacha::ChaCha20Rng;

/// Largest share of inputs whose label may be another than the float model's.
const OTHER_LABELS: f64 = 0.03;

fn list(value: &Value) -> &[Value] {
	value.as_array().map_or(&[], Vec::as_slice)
}

fn floats(value: &Value) -> Vec<f64> {
	list(value).iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
	list(value).iter().map(floats).collect()
}

/// What each inference is given: for each input its values.
fn inferences(case: &Value, key: &str) -> Vec<Vec<Vec<f32>>> {
	let narrow = |row: Vec<f64>| row.into_iter().map(|x| x as f32).collect::<Vec<_>>();
	let inputs: Vec<Vec<_>> = list(&case["inputs"])
		.iter()
		.map(|input| rows(&input[key]).into_iter().map(narrow).collect())
		.collect();
	let count = inputs.iter().map(Vec::len).min().unwrap_or(0);
	(0..count).map(|k| inputs.iter().map(|input| input[k].clone()).collect()).collect()
}

fn options(case: &Value) -> CompileOptions {
	let range = |ends: &Vec<f64>| match ends.as_slice() {
		[min, max] => Some(InputRange { min: *min as f32, max: *max as f32 }),
		_ => None,
	};
	let own = |input: &Value| {
		let ranges = rows(&input["ranges"]).iter().filter_map(range).collect();
		let name = input["name"].as_str().unwrap_or_default().to_string();
		(name, InputOptions { ranges, step: None })
	};
	let widths = match floats(&case["widths"]).as_slice() {
		[weight, activation, table] => Widths {
			weight_bits: *weight as u8,
			activation_bits: *activation as u8,
			table_bits: *table as u8,
		},
		_ => CompileOptions::default().widths,
	};
	CompileOptions {
		lookups: true,
		inputs: list(&case["inputs"]).iter().map(own).collect(),
		widths,
		samples: inferences(case, "calibration").into_iter().map(|all| all.concat()).collect(),
		..CompileOptions::default()
	}
}

/// What became of a model.
#[derive(Default)]
struct Verdict {
	/// Largest error, as a share of its output's range.
	error: f64,
	constraints: u64,
	wrong: Option<String>,
}

/// The names of outputs that are integers or truth values in the file: these are to be equal.
fn whole(onnx: &Path) -> Result<Vec<String>, Failure> {
	let model = ModelProto::decode(std::fs::read(onnx)?.as_slice())?;
	let outputs = model.graph.map_or(Vec::new(), |graph| graph.output);
	let is_whole = |info: &ValueInfoProto| {
		let kind = info.r#type.as_ref().and_then(|kind| kind.value.as_ref());
		let Some(type_proto::Value::TensorType(tensor)) = kind else { return false };
		// FLOAT, FLOAT16, DOUBLE and BFLOAT16 are real.
		!matches!(tensor.elem_type, 1 | 10 | 11 | 16)
	};
	Ok(outputs.into_iter().filter(is_whole).map(|info| info.name).collect())
}

/// How far an output is off: over all inputs the largest error of an element as a share of what the output
/// spans, or what is wrong.
fn apart(
	output: &Value,
	whole: bool,
	tolerance: f64,
	got: &[Vec<(f64, f64)>],
) -> Result<f64, String> {
	let expected = rows(&output["expected"]);
	let ends = (f64::INFINITY, f64::NEG_INFINITY);
	let (low, high) = expected.iter().flatten().fold(ends, |(a, b), x| (a.min(*x), b.max(*x)));
	// Of its size if it is always the same.
	let span = if high > low { high - low } else { high.abs().max(f64::MIN_POSITIVE) };
	let (mut error, mut others) = (0.0f64, 0);
	for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
		if got.len() != expected.len() {
			return Err(format!("expected {} elements, got {}", expected.len(), got.len()));
		}
		let mut other = false;
		for (element, ((got, step), expected)) in got.iter().zip(expected).enumerate() {
			let off = (got - expected).abs();
			// Not a number compares with nothing.
			let allowed = if whole { 0.0 } else { tolerance * span + step };
			let far = off.is_nan() || off > allowed;
			if output["label"] != true && far {
				return Err(format!(
					"input {index}, element {element}: expected {expected}, got {got}"
				));
			}
			error = error.max(off / span);
			other |= off != 0.0;
		}
		others += usize::from(other);
	}
	match output["label"] == true {
		true if others as f64 > OTHER_LABELS * expected.len() as f64 => {
			Err(format!("{others} of {} labels are others", expected.len()))
		}
		true => Ok(0.0),
		false => Ok(error),
	}
}

/// Outputs as real numbers, with what a step of each is worth.
fn reals(model: &CompiledModel, integers: &[Vec<i32>]) -> Vec<Vec<(f64, f64)>> {
	let each = model.outputs();
	let each = each.iter().zip(integers);
	each.map(|(output, integers)| {
		let step = |i: usize| {
			let scale = output.tensor.scale(i).unwrap_or(Scale::ONE);
			f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
		};
		integers.iter().enumerate().map(|(i, x)| (f64::from(*x) * step(i), step(i))).collect()
	})
	.collect()
}

fn judge(case: &Value, outputs: &[Value], onnx: &Path, rng: &mut Rng) -> Result<Verdict, Failure> {
	let names = outputs.iter().filter_map(|output| output["name"].as_str());
	let float = import(onnx, names)?;
	let model = compile_float(&float, &options(case), rng)?;
	let mut verdict = Verdict { constraints: model.estimate().constraints, ..Verdict::default() };
	// By output, then by input.
	let mut got = vec![Vec::new(); outputs.len()];
	for (index, values) in inferences(case, "values").iter().enumerate() {
		let integers = model.quantize_inputs(values)?;
		let results = reals(&model, &model.evaluate(&integers)?);
		got.iter_mut().zip(results).for_each(|(all, result)| all.push(result));
		if index == 0 {
			if let Some(group) = mock(&model, &integers, rng)? {
				verdict.wrong = Some(format!("constraints of {group} do not hold"));
				return Ok(verdict);
			}
		}
	}
	let whole = whole(onnx)?;
	let tolerance = case["tolerance"].as_f64().unwrap_or(0.03);
	for (output, got) in outputs.iter().zip(&got) {
		let is_whole = whole.iter().any(|name| output["name"] == name.as_str());
		match apart(output, is_whole, tolerance, got) {
			Ok(error) => verdict.error = verdict.error.max(error),
			Err(why) => verdict.wrong = Some(format!("{}: {why}", output["name"])),
		}
	}
	Ok(verdict)
}

fn main() -> Result<(), Failure> {
	let folder = std::env::args().nth(1).ok_or("expected FOLDER")?;
	let folder = Path::new(&folder);
	let case: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("case.json"))?)?;
	let rng = &mut Rng::seed_from_u64(0);
	let verdict = judge(&case, list(&case["outputs"]), &folder.join("model.onnx"), rng);
	let (outcome, why, verdict) = match verdict {
		Ok(mut verdict) => match verdict.wrong.take() {
			Some(wrong) => ("wrong", wrong, verdict),
			None => ("right", String::new(), verdict),
		},
		Err(refusal) => ("refused", refusal.to_string(), Verdict::default()),
	};
	let (error, constraints) = (verdict.error, verdict.constraints);
	println!(
		"{}",
		json!({ "outcome": outcome, "why": why, "error": error, "constraints": constraints })
	);
	Ok(())
}
