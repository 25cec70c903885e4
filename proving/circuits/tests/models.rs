//! The models of the repository: how close their integers are to what onnxruntime made of the floats,
//! what their circuits cost, and that they can be proved.

use std::path::{Path, PathBuf};

use crate::common::{agrees, rng};
use serde_json::Value;
use zkml_circuits::{
	calibrate::mock, compile_float, import, import::FloatGraph, random_salt, setup, Binding,
	CompileOptions, CompiledModel, InputOptions, InputRange, Prover, Salts, Widths,
};
use zkml_groth16::{prepare, verify, VerifyError};
use zkml_poseidon::Direct;
use zkml_primitives::{ParamsKind, Scalar, Tensor, TensorSpec, ValueInfo, Visibility};

/// A model, and what it is held to.
struct Case {
	/// Its folder.
	name: &'static str,
	/// Largest value of each input; the smallest is 0.
	max: &'static [f32],
	/// The output, if it is not those of the file.
	tensor: Option<&'static str>,
	widths: Widths,
	/// Largest error allowed, as a share of an output's range.
	error: f64,
	/// The same on inputs drawn from the whole range.
	drawn: f64,
	/// Most constraints of a circuit with public weights.
	constraints: u64,
	/// Whether weights can be private.
	private: bool,
}

const CASE: Case = Case {
	name: "",
	max: &[],
	tensor: None,
	widths: Widths { weight_bits: 8, activation_bits: 12, table_bits: 10 },
	error: 0.02,
	drawn: 0.03,
	constraints: 0,
	private: false,
};

/// With more constraints than this a circuit is tried with its witness and not set up, to save time.
const PROVED: u64 = 50_000;

/// Of the first five the constraints are those that they had before models had several tensors, and a
/// twentieth; of the others those of their READMEs, and a twentieth.
const MODELS: [Case; 10] = [
	Case { name: "mlp-mnist", max: &[255.0], private: true, constraints: 4_173, ..CASE },
	Case { name: "lenet5-mnist", max: &[255.0], constraints: 27_295, ..CASE },
	Case { name: "cnn-digits", max: &[16.0], constraints: 16_344, ..CASE },
	Case {
		name: "credit",
		max: &[24.0],
		tensor: Some("add_result1"),
		widths: Widths { weight_bits: 12, ..CASE.widths },
		constraints: 1_872,
		private: true,
		..CASE
	},
	Case { name: "forest", max: &[24.0], error: 0.01, constraints: 2_079, ..CASE },
	Case { name: "xgboost", max: &[24.0], error: 0.01, constraints: 2_051, ..CASE },
	Case { name: "lightgbm", max: &[24.0], error: 0.01, constraints: 2_038, ..CASE },
	Case { name: "recommender", max: &[15.0, 199.0], constraints: 3_307, ..CASE },
	Case {
		name: "detector",
		max: &[16.0],
		widths: Widths { weight_bits: 10, activation_bits: 14, ..CASE.widths },
		error: 0.03,
		// Pictures of noise: with so few bits it is made for digits, which the samples are.
		drawn: 0.05,
		constraints: 46_159,
		..CASE
	},
	Case { name: "lstm", max: &[255.0], constraints: 17_145, ..CASE },
];

/// The largest, which has a test of its own.
const NANOGPT: Case =
	Case { name: "nanogpt", max: &[46.0], error: 0.03, constraints: 1_377_733, ..CASE };

fn folder(name: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name)
}

/// All numbers, of however many tensors.
fn numbers(value: &Value) -> Vec<f32> {
	match value {
		Value::Array(all) => all.iter().flat_map(numbers).collect(),
		other => vec![other.as_f64().unwrap() as f32],
	}
}

/// The numbers of each tensor: one that is alone is no list of lists.
fn tensors(value: &Value) -> Vec<Vec<f32>> {
	match value.as_array().unwrap().as_slice() {
		all @ [Value::Array(_), ..] => all.iter().map(numbers).collect(),
		_ => vec![numbers(value)],
	}
}

impl Case {
	fn float(&self) -> FloatGraph {
		import(&folder(self.name).join(format!("{}.onnx", self.name)), self.tensor).unwrap()
	}

	fn reference(&self) -> Vec<Value> {
		let text = std::fs::read_to_string(folder(self.name).join("reference.json")).unwrap();
		serde_json::from_str(&text).unwrap()
	}

	fn options(&self, float: &FloatGraph, visibility: Visibility) -> CompileOptions {
		assert_eq!(float.inputs.len(), self.max.len(), "{}", self.name);
		let ranges = float.inputs.iter().zip(self.max).map(|(input, max)| {
			let ranges = vec![InputRange { min: 0.0, max: *max }];
			(input.name.clone(), InputOptions { ranges, step: None })
		});
		CompileOptions {
			visibility,
			lookups: true,
			inputs: ranges.collect(),
			widths: self.widths,
			outputs: self.tensor.map(Into::into).into_iter().collect(),
			max_error: self.drawn,
			..CompileOptions::default()
		}
	}
}

/// Tensors as whoever sees those has them that have no salt.
fn seen<'a>(infos: &'a [ValueInfo], values: &'a [Vec<i32>], salts: &[Scalar]) -> Vec<Tensor<'a>> {
	let all = infos.iter().zip(values).zip(salts);
	all.map(|((info, values), salt)| match *salt == Scalar::ZERO {
		true => Tensor::Public(&info.tensor, values),
		false => Tensor::Committed,
	})
	.collect()
}

/// A proof as a verifier sees it, with the first input hidden and, of several outputs, the last.
fn prove(model: CompiledModel, input: &[Vec<i32>]) {
	let rng = &mut rng(3);
	let key = setup(&model, rng, &|_, _, _| ()).unwrap().proving;
	let prover = Prover::new(model, key).unwrap();
	let (infos, results) = (prover.model().inputs().to_vec(), prover.model().outputs().to_vec());
	let mut salts = Salts {
		inputs: vec![Scalar::ZERO; infos.len()],
		outputs: vec![Scalar::ZERO; results.len()],
	};
	salts.inputs[0] = random_salt(rng);
	if results.len() > 1 {
		salts.outputs[results.len() - 1] = random_salt(rng);
	}
	let proved = prover.prove(input, salts.clone(), Binding::bare(Scalar::ZERO), rng).unwrap();
	assert_eq!(proved.outputs, prover.model().evaluate(input).unwrap());
	let key = prepare(prover.circuit_key()).unwrap();
	let inputs = seen(&infos, input, &salts.inputs);
	let outputs = seen(&results, &proved.outputs, &salts.outputs);
	let mut statement = proved.statement;
	for (ctx, expected) in [(0, Ok(())), (1, Err(VerifyError::Equation))] {
		statement.ctx.0[31] = ctx;
		let commitments = &proved.proof.commitments;
		let kind = ParamsKind::Input;
		let public = statement.round_inputs::<Direct>(kind, &inputs, &outputs, commitments);
		assert_eq!(verify(&key, &public, &proved.proof), expected);
	}
}

#[test]
fn integers_are_close_to_floats_and_every_model_can_be_proved() {
	for case in MODELS {
		let (name, float) = (case.name, case.float());
		let reference = case.reference();
		let samples: Vec<_> = reference.iter().map(|row| numbers(&row["input"])).collect();
		let kinds = [Some(Visibility::Public), case.private.then_some(Visibility::Private)];
		for visibility in kinds.into_iter().flatten() {
			let drawn = case.options(&float, visibility);
			// On the whole range and on samples.
			let model = compile_float(&float, &drawn, &mut rng(1)).unwrap();
			let constraints = model.cost().counts.constraints;
			if visibility == Visibility::Public {
				assert!(constraints <= case.constraints, "{name}: {constraints} constraints");
			}
			let options = CompileOptions { samples: samples.clone(), ..drawn };
			let model = compile_float(&float, &options, &mut rng(1)).unwrap();
			let got = model.report().unwrap();
			println!("{name}, {visibility:?}: {constraints} constraints, {}", got.claim());
			if let [output] = got.outputs.as_slice() {
				assert!(output.agreement.is_none_or(|share| share >= 0.99), "{name}: {got:?}");
			}
			assert!(got.max_error <= case.error, "{name}: {got:?}");
			assert_eq!(got.narrow, [], "{name}");
			let input = model.quantize_inputs(&tensors(&reference[0]["input"])).unwrap();
			assert_eq!(mock(&model, &input, &mut rng(2)).unwrap(), None, "{name}");
			if visibility == Visibility::Public && constraints <= PROVED {
				prove(model, &input);
			}
		}
	}
}

/// Setting the transformer up takes 40 s, and its key 0.5 GB: its constraints are tried with a witness,
/// and `bench.sh prover` proves it.
#[test]
fn the_integers_of_the_transformer_are_close_to_what_onnxruntime_said() {
	let float = NANOGPT.float();
	let options = NANOGPT.options(&float, Visibility::Public);
	let model = compile_float(&float, &options, &mut rng(1)).unwrap();
	let constraints = model.cost().counts.constraints;
	assert!(constraints <= NANOGPT.constraints, "{constraints} constraints");
	let spec = model.outputs()[0].tensor.clone();
	let mut outputs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); spec.len() as usize];
	let (mut same, reference) = (0, NANOGPT.reference());
	for row in &reference {
		let input = model.quantize_inputs(&tensors(&row["input"])).unwrap();
		let got = model.evaluate(&input).unwrap().swap_remove(0);
		let got: Vec<f64> = (0..).zip(got).map(|(i, n)| real(&spec, i, n)).collect();
		let expected: Vec<f64> = numbers(&row["output"]).into_iter().map(f64::from).collect();
		same += usize::from(largest(&got) == largest(&expected));
		let both = got.into_iter().zip(expected);
		both.zip(&mut outputs).for_each(|(both, all)| all.push(both));
	}
	let errors = outputs.iter().map(|all| {
		let ends = all.iter().map(|(_, expected)| *expected);
		let (low, high) = (ends.clone().fold(f64::MAX, f64::min), ends.fold(f64::MIN, f64::max));
		let furthest = all.iter().map(|(got, expected)| (got - expected).abs()).fold(0.0, f64::max);
		furthest / (high - low)
	});
	let error = errors.fold(0.0, f64::max);
	println!("nanogpt: {constraints} constraints, {same} of {}, error {error}", reference.len());
	assert!(error <= NANOGPT.error, "{error}");
	assert!(same * 20 >= reference.len() * 19, "{same} next characters of {}", reference.len());
	let input = model.quantize_inputs(&tensors(&reference[0]["input"])).unwrap();
	assert_eq!(mock(&model, &input, &mut rng(2)).unwrap(), None);
}

/// What an integer of a tensor stands for.
fn real(spec: &TensorSpec, index: usize, integer: i32) -> f64 {
	let scale = spec.scale(index).unwrap();
	f64::from(integer) * f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
}

fn largest(values: &[f64]) -> Option<usize> {
	(0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]))
}

#[test]
fn the_float_graph_says_what_onnxruntime_said() {
	for case in MODELS.into_iter().chain([NANOGPT]) {
		let (name, float) = (case.name, case.float());
		for row in case.reference() {
			let values = float.evaluate(&numbers(&row["input"]));
			let expected = match case.tensor {
				// The probability is the score's logistic function.
				Some(_) => {
					let p = row["probability"].as_f64().unwrap();
					vec![vec![(p / (1.0 - p)).ln() as f32]]
				}
				None => tensors(&row["output"]),
			};
			assert_eq!(float.outputs.len(), expected.len(), "{name}");
			for (output, expected) in float.outputs.iter().zip(&expected) {
				let got = &values[output.value];
				assert_eq!(got.len(), expected.len(), "{name}");
				let scale = expected.iter().fold(1f32, |m, v| m.max(v.abs()));
				for (got, expected) in got.iter().zip(expected) {
					assert!((got - expected).abs() <= 1e-3 * scale, "{name}: {got} for {expected}");
				}
			}
		}
	}
}

#[test]
fn plain_circuits_of_small_models_take_their_witness() {
	let case = &MODELS[3];
	// With the label, not the score.
	let case = Case { tensor: None, widths: CASE.widths, ..*case };
	let float = case.float();
	let options = CompileOptions { lookups: false, ..case.options(&float, Visibility::Public) };
	let model = compile_float(&float, &options, &mut rng(1)).unwrap();
	let input = model.quantize_inputs(&tensors(&case.reference()[0]["input"])).unwrap();
	agrees(&model, &input, 3);
}
