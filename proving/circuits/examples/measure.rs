//! Measures a model: accuracy of its integers, constraints, setup, proofs, verification, memory.
//!
//! ```text
//! measure MODEL.onnx [input=FILE] [inputs=FILE] [weights=public|private] [input-visibility=private|public,..]
//!         [kind=rounds|plain] [params=point|poseidon] [min=0] [max=255] [range=NAME:MIN:MAX].. [proofs=5] [weight-bits=N]
//!         [activation-bits=N] [table-bits=N] [tensor=NAME]
//! ```
//!
//! `range` is what an input of this name may hold, if it is not what all may. `input` is what is proved,
//! `{"input_data": [[..], ..]}` with a list for each input; `inputs` a list of `{"input": [..]}`, in each
//! all inputs one after the other, which compiling is given as samples. `input-visibility` is one for all
//! inputs, or one for each; outputs are public. With `proofs=0` nothing is set up: what is printed ends
//! with the constraints. Prints one JSON object; memory is this process's peak after setup is done and
//! its memory given back, see `peak_mb`.

use std::{collections::BTreeMap, path::Path, time::Instant};

use rand::SeedableRng;
use serde_json::{json, Value};
use zkml_circuits::{
	compile_float,
	graph::{Lookup, Op},
	import, random_salt, setup, Binding, CompileOptions, CompiledModel, InputOptions, InputRange,
	Keys, Prover, ProvingKeyFile, RangeKeyFile, Salts, Widths,
};
use zkml_primitives::{Scalar, TensorSpec, Visibility};

type Failure = Box<dyn std::error::Error>;
type Rng = rand_chacha::ChaCha20Rng;

/// Arguments of the form `name=value`.
struct Arguments(Vec<String>);

impl Arguments {
	fn get(&self, name: &str) -> Option<&str> {
		self.0.iter().find_map(|argument| argument.strip_prefix(name)?.strip_prefix('='))
	}

	fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, Failure> {
		let Some(text) = self.get(name) else { return Ok(default) };
		text.parse().map_err(|_| format!("{name}: expected a number, got {text}").into())
	}

	/// What inputs may hold, by their names.
	fn ranges(&self) -> Result<BTreeMap<String, InputOptions>, Failure> {
		let ranges = self.0.iter().filter_map(|argument| argument.strip_prefix("range="));
		let range = |text: &str| {
			let mut ends = text.rsplitn(3, ':');
			let (max, min, name) = (ends.next()?, ends.next()?, ends.next()?);
			let range = InputRange { min: min.parse().ok()?, max: max.parse().ok()? };
			Some((name.to_string(), InputOptions { ranges: vec![range], step: None }))
		};
		let refused = |text| format!("range: expected NAME:MIN:MAX, got {text}").into();
		ranges.map(|text| range(text).ok_or_else(|| refused(text))).collect()
	}
}

/// A field of `/proc/self/status` in MB, where there is one.
fn memory(field: &str) -> Option<f64> {
	let status = std::fs::read_to_string("/proc/self/status").ok()?;
	let line = status.lines().find(|line| line.starts_with(field))?;
	let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
	Some(kilobytes * 1024.0 / 1e6)
}

fn numbers(value: &Value) -> Vec<f32> {
	match value {
		Value::Array(all) => all.iter().flat_map(numbers).collect(),
		other => other.as_f64().map(|n| n as f32).into_iter().collect(),
	}
}

/// A list of numbers for each input.
fn lists(value: &Value) -> Vec<Vec<f32>> {
	value.as_array().map(|all| all.iter().map(numbers).collect()).unwrap_or_default()
}

fn read(path: &str) -> Result<Value, Failure> {
	Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

fn median(times: &mut [f64]) -> f64 {
	times.sort_by(f64::total_cmp);
	times.get(times.len() / 2).copied().unwrap_or(0.0)
}

/// What the proof of a version's ranges takes, once.
fn prove_ranges(prover: &Prover, file: &Path, rng: &mut Rng) -> Result<Value, Failure> {
	let bytes = std::fs::metadata(file)?.len();
	let _ = std::fs::write("/proc/self/clear_refs", "5");
	let key = RangeKeyFile::load(file);
	std::fs::remove_file(file)?;
	let key = key?;
	let start = Instant::now();
	let proof = prover.prove_ranges(&key, rng)?.ok_or("expected parameters under a point")?;
	let prove_s = start.elapsed().as_secs_f64();
	let start = Instant::now();
	zkml_groth16::verify_range(prover.prepared_key(), &proof)?;
	let verify_ms = start.elapsed().as_secs_f64() * 1e3;
	let constraints =
		prover.model().range_circuit().map(|circuit| circuit.cost().counts.constraints);
	Ok(json!({
		"constraints": constraints,
		"prove_s": prove_s,
		"verify_ms": verify_ms,
		"key_mb": bytes as f64 / 1e6,
		"peak_mb": memory("VmHWM"),
	}))
}

fn options(arguments: &Arguments) -> Result<CompileOptions, Failure> {
	let default = CompileOptions::default();
	let (min, max) = (arguments.number("min", 0.0)?, arguments.number("max", 255.0)?);
	let private = arguments.get("weights") == Some("private");
	let samples = match arguments.get("inputs") {
		Some(file) => {
			let rows = read(file)?;
			let rows = rows.as_array().ok_or("inputs: expected a list")?;
			rows.iter().map(|row| numbers(&row["input"])).collect()
		}
		None => Vec::new(),
	};
	Ok(CompileOptions {
		visibility: if private { Visibility::Private } else { Visibility::Public },
		lookups: arguments.get("kind") != Some("plain"),
		opened_params: arguments.get("params") == Some("poseidon"),
		input: vec![InputRange { min, max }],
		inputs: arguments.ranges()?,
		widths: Widths {
			weight_bits: arguments.number("weight-bits", default.widths.weight_bits)?,
			activation_bits: arguments.number("activation-bits", default.widths.activation_bits)?,
			table_bits: arguments.number("table-bits", default.widths.table_bits)?,
		},
		outputs: arguments.get("tensor").map(Into::into).into_iter().collect(),
		samples,
		..default
	})
}

/// The salt of each input: none for those that are public.
fn salts(arguments: &Arguments, count: usize, rng: &mut Rng) -> Result<Vec<Scalar>, Failure> {
	let text = arguments.get("input-visibility").unwrap_or("private");
	let said: Vec<&str> = text.split(',').collect();
	let each = match said.as_slice() {
		[one] => vec![*one; count],
		all if all.len() == count => all.to_vec(),
		all => {
			return Err(format!("input-visibility: expected 1 or {count}, got {}", all.len()).into())
		}
	};
	let mut salt = |said| match said {
		"private" => Ok(random_salt(rng)),
		"public" => Ok(Scalar::ZERO),
		other => Err(format!("input-visibility: expected private or public, got {other}").into()),
	};
	each.into_iter().map(&mut salt).collect()
}

/// Setup, then proofs, each of which is verified.
fn prove(
	model: CompiledModel,
	input: &[Vec<i32>],
	salts: Salts,
	proofs: u32,
	rng: &mut Rng,
) -> Result<Value, Failure> {
	let start = Instant::now();
	let Keys { proving, ranges } = setup(&model, rng, &|_, _, _| ())?;
	let setup_s = start.elapsed().as_secs_f64();
	let setup_mb = memory("VmHWM");
	let key_bytes = proving.byte_len();
	let [file, range_file] = ["key", "ranges"]
		.map(|end| std::env::temp_dir().join(format!("measure-{}.{end}", std::process::id())));
	proving.save(&file, false)?;
	if let Some(ranges) = &ranges {
		ranges.save(&range_file, false)?;
	}
	let has_ranges = ranges.is_some();
	drop((proving, ranges));

	let start = Instant::now();
	let prover = Prover::new(model, ProvingKeyFile::load(&file)?);
	std::fs::remove_file(&file)?;
	let prover = prover?;
	let load_s = start.elapsed().as_secs_f64();
	// Linux forgets the peak so far when 5 is written here; elsewhere setup's peak is told.
	let forgotten = std::fs::write("/proc/self/clear_refs", "5").is_ok();
	let (mut times, mut witness, mut verify) = (Vec::new(), Vec::new(), Vec::new());
	let mut proof_bytes = 0;
	for _ in 0..proofs {
		let start = Instant::now();
		let proved = prover.prove(input, salts.clone(), Binding::bare(Scalar::ZERO), rng)?;
		times.push(start.elapsed().as_secs_f64());
		witness.push(f64::from(proved.witness_ms));
		proof_bytes = 256 + 64 * proved.proof.commitments.len();
		let start = Instant::now();
		zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof)?;
		verify.push(start.elapsed().as_secs_f64() * 1e3);
	}
	let peak_mb = memory("VmHWM");
	let range = has_ranges.then(|| prove_ranges(&prover, &range_file, rng)).transpose()?;
	Ok(json!({
		"range": range,
		"setup_s": setup_s,
		"load_s": load_s,
		"witness_ms": median(&mut witness),
		"prove_s": median(&mut times),
		"verify_ms": median(&mut verify),
		"setup_mb": setup_mb,
		"peak_mb": peak_mb,
		"peak_is_of_proving": forgotten,
		"pk_mb": key_bytes as f64 / 1e6,
		"proof_bytes": proof_bytes,
	}))
}

/// Constraints by operation of the integer graph, of the rows of tables, and of the rest.
fn by_operation(model: &CompiledModel) -> BTreeMap<&'static str, u64> {
	let cost = model.cost();
	let mut all =
		BTreeMap::from([("rows of tables", cost.tables), ("inputs, outputs, ctx", cost.rest)]);
	for (node, constraints) in model.graph().nodes.iter().zip(&cost.nodes) {
		*all.entry(operation(&node.op)).or_default() += constraints;
	}
	all
}

/// Of each different table of a function its rows, and how many nodes take it.
fn functions(model: &CompiledModel) -> Vec<(usize, usize)> {
	let mut all: Vec<(&Lookup, usize)> = Vec::new();
	for node in &model.graph().nodes {
		if let Op::Lookup(table) = &node.op {
			match all.iter_mut().find(|(other, _)| *other == table) {
				Some((_, nodes)) => *nodes += 1,
				None => all.push((table, 1)),
			}
		}
	}
	all.into_iter().map(|(table, nodes)| (table.values.len(), nodes)).collect()
}

/// An operation's name.
fn operation(op: &Op) -> &'static str {
	match op {
		Op::MatMul(_) => "MatMul",
		Op::Requantize(_) => "Requantize",
		Op::ArgMax => "ArgMax",
		Op::Gather(_) => "Gather",
		Op::Sum(_) => "Sum",
		Op::Mul => "Mul",
		Op::ReduceMax(_) => "ReduceMax",
		Op::ReduceSum(_) => "ReduceSum",
		Op::Lookup(_) => "Lookup",
		Op::Greater(_) => "Greater",
		Op::Div(_) => "Div",
		Op::Sqrt(_) => "Sqrt",
		Op::Sort(_) => "Sort",
		Op::Split(_) => "Split",
		Op::Normalize(_) => "Normalize",
		Op::Product(_) => "Product",
		Op::Pick(_) => "Pick",
	}
}

fn main() -> Result<(), Failure> {
	let all: Vec<String> = std::env::args().skip(1).collect();
	let [path, rest @ ..] = all.as_slice() else { return Err("expected MODEL.onnx".into()) };
	let arguments = Arguments(rest.to_vec());
	let rng = &mut Rng::from_entropy();
	let options = options(&arguments)?;
	let start = Instant::now();
	let float = import(Path::new(path), options.outputs.iter().map(String::as_str))?;
	let model = compile_float(&float, &options, rng)?;
	let compile_s = start.elapsed().as_secs_f64();
	let estimate = model.estimate();
	let mut printed = json!({
		"kind": if options.lookups { "rounds" } else { "plain" },
		"constraints": estimate.constraints,
		"operations": by_operation(&model),
		"functions": functions(&model),
		"domain": estimate.domain,
		"accuracy": model.report(),
		"compile_s": compile_s,
		"estimate": estimate,
		"threads": std::thread::available_parallelism().map_or(1, usize::from),
	});
	let proofs = arguments.number("proofs", 5u32)?;
	if proofs > 0 {
		let input = match arguments.get("input") {
			Some(file) => model.quantize_inputs(&lists(&read(file)?["input_data"]))?,
			None => {
				let highest = |spec: &TensorSpec| vec![spec.max; spec.len() as usize];
				model.inputs().iter().map(|info| highest(&info.tensor)).collect()
			}
		};
		let inputs = salts(&arguments, input.len(), rng)?;
		let salts = Salts { inputs, outputs: Vec::new() };
		let proved = prove(model, &input, salts, proofs, rng)?;
		if let (Value::Object(printed), Value::Object(proved)) = (&mut printed, proved) {
			printed.extend(proved);
		}
	}
	println!("{printed}");
	Ok(())
}
