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
//! with the constraints. Prints one JSON object. Inferences, and the proof of ranges, are made by processes of
//! their own, whose peaks are theirs: `peak_mb`, loading the key with it. `setup_mb` is that of compilation and
//! setup, `loaded_mb` of a process that has the key and made no proof.

use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	process::{Command, Stdio},
	time::Instant,
};

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

/// What the processes have in common: the files of this folder.
struct Files(PathBuf);

/// Takes the files away in the end.
struct Temporary(Files);

impl Temporary {
	fn new() -> Result<Self, Failure> {
		let folder = std::env::temp_dir().join(format!("measure-{}", std::process::id()));
		std::fs::create_dir(&folder)?;
		Ok(Self(Files(folder)))
	}
}

impl Drop for Temporary {
	fn drop(&mut self) {
		// What is left is in the system's folder for such things.
		let _ = std::fs::remove_dir_all(&self.0 .0);
	}
}

impl Files {
	fn file(&self, name: &str) -> PathBuf {
		self.0.join(name)
	}

	fn prover(&self) -> Result<Prover, Failure> {
		let model = CompiledModel::load(&self.file("model"))?;
		Ok(Prover::new(model, ProvingKeyFile::load(&self.file("key"))?)?)
	}

	/// What another process of this program says of a step.
	fn step(&self, step: &str, arguments: &Arguments) -> Result<Value, Failure> {
		let mut command = Command::new(std::env::current_exe()?);
		command.arg(format!("--{step}")).arg(&self.0).args(&arguments.0).stderr(Stdio::inherit());
		let output = command.output()?;
		if !output.status.success() {
			return Err(format!("{step}: expected success, got {}", output.status).into());
		}
		Ok(serde_json::from_slice(&output.stdout)?)
	}
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

/// What proofs of inferences take.
fn prove_inferences(files: &Files, arguments: &Arguments) -> Result<Value, Failure> {
	let rng = &mut Rng::from_entropy();
	let start = Instant::now();
	let prover = files.prover()?;
	let load_s = start.elapsed().as_secs_f64();
	let loaded_mb = memory("VmHWM");
	let input: Vec<Vec<i32>> = serde_json::from_slice(&std::fs::read(files.file("input"))?)?;
	let salts = Salts { inputs: salts(arguments, input.len(), rng)?, outputs: Vec::new() };
	let (mut times, mut witness, mut verify) = (Vec::new(), Vec::new(), Vec::new());
	let mut proof_bytes = 0;
	for _ in 0..arguments.number("proofs", 5u32)? {
		let start = Instant::now();
		let proved = prover.prove(&input, salts.clone(), Binding::bare(Scalar::ZERO), rng)?;
		times.push(start.elapsed().as_secs_f64());
		witness.push(f64::from(proved.witness_ms));
		proof_bytes = 256 + 64 * proved.proof.commitments.len();
		let start = Instant::now();
		zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof)?;
		verify.push(start.elapsed().as_secs_f64() * 1e3);
	}
	Ok(json!({
		"load_s": load_s,
		"loaded_mb": loaded_mb,
		"witness_ms": median(&mut witness),
		"prove_s": median(&mut times),
		"verify_ms": median(&mut verify),
		"peak_mb": memory("VmHWM"),
		"proof_bytes": proof_bytes,
	}))
}

/// What the proof of a version's ranges takes, once.
fn prove_ranges(files: &Files) -> Result<Value, Failure> {
	let rng = &mut Rng::from_entropy();
	let prover = files.prover()?;
	let file = files.file("ranges");
	let bytes = std::fs::metadata(&file)?.len();
	let start = Instant::now();
	let key = RangeKeyFile::load(&file)?;
	let load_s = start.elapsed().as_secs_f64();
	let start = Instant::now();
	let proof = prover.prove_ranges(&key, rng)?.ok_or("expected parameters under a point")?;
	let prove_s = start.elapsed().as_secs_f64();
	let peak_mb = memory("VmHWM");
	let start = Instant::now();
	zkml_groth16::verify_range(prover.prepared_key(), &proof)?;
	let verify_ms = start.elapsed().as_secs_f64() * 1e3;
	let estimate = prover.model().range_estimate();
	Ok(json!({
		"estimate": estimate,
		"constraints": estimate.map(|estimate| estimate.constraints),
		"load_s": load_s,
		"prove_s": prove_s,
		"verify_ms": verify_ms,
		"key_mb": bytes as f64 / 1e6,
		"peak_mb": peak_mb,
	}))
}

/// Setup, then proofs, each of which is verified.
fn prove(
	model: CompiledModel,
	input: &[Vec<i32>],
	arguments: &Arguments,
	rng: &mut Rng,
) -> Result<Value, Failure> {
	let start = Instant::now();
	let Keys { proving, ranges } = setup(&model, rng, &|_, _, _| ())?;
	let setup_s = start.elapsed().as_secs_f64();
	let setup_mb = memory("VmHWM");
	let key_bytes = proving.byte_len();
	let temporary = Temporary::new()?;
	let files = &temporary.0;
	model.save(&files.file("model"))?;
	proving.save(&files.file("key"), false)?;
	if let Some(ranges) = &ranges {
		ranges.save(&files.file("ranges"), false)?;
	}
	std::fs::write(files.file("input"), serde_json::to_vec(input)?)?;
	let has_ranges = ranges.is_some();
	// Other processes need the room.
	drop((model, proving, ranges));
	let mut told = files.step("prove", arguments)?;
	let range = has_ranges.then(|| files.step("ranges", arguments)).transpose()?;
	told["range"] = json!(range);
	told["setup_s"] = json!(setup_s);
	told["setup_mb"] = json!(setup_mb);
	told["pk_mb"] = json!(key_bytes as f64 / 1e6);
	Ok(told)
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
	if let [step, folder, rest @ ..] = all.as_slice() {
		let files = Files(folder.into());
		let told = match step.as_str() {
			"--prove" => Some(prove_inferences(&files, &Arguments(rest.to_vec()))?),
			"--ranges" => Some(prove_ranges(&files)?),
			_ => None,
		};
		if let Some(told) = told {
			println!("{told}");
			return Ok(());
		}
	}
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
		let proved = prove(model, &input, &arguments, rng)?;
		if let (Value::Object(printed), Value::Object(proved)) = (&mut printed, proved) {
			printed.extend(proved);
		}
	}
	println!("{printed}");
	Ok(())
}
