//! Compiled models.

use codec::{DecodeAll, Encode};
use zkml_circuits::{
	graph::{Channel, IntGraph, MatMul, Node, Op, Requantize, Sum},
	guard::Guard,
	Checks, Commitment, CompiledModel,
};
use zkml_fuzz::check_refusal;
use zkml_graph::Choices;
use zkml_primitives::{blake2_256, Scalar, Visibility};

use super::{file, fuzz, importer, saved, small_models, with_file, Kind, HEADER};
use crate::common::{agrees, edges, full, graph, input, spec};

/// Values of a model that is evaluated, and values and parameters of one whose circuit is made.
const EVALUATED: usize = 1 << 20;
const CIRCUIT: usize = 3_000;
/// Constraints of a circuit that is built.
const BUILT: u64 = 30_000;

/// What holds of every model that is accepted.
pub fn check(model: &CompiledModel) {
	let elements: usize = model.plan().ranges.iter().map(Vec::len).sum();
	if elements > EVALUATED {
		return;
	}
	let [low, high] = edges(model);
	let inputs = [low, high, input(model, 7)];
	for input in &inputs {
		let trace = model.trace(input).unwrap();
		let all = model.plan().ranges.iter().flatten().zip(trace.values.iter().flatten());
		for (range, value) in all {
			assert!((range.min..=range.max).contains(value), "{value} outside {range:?}");
		}
		for (spec, values) in model.graph().output_specs().zip(trace.outputs(model.graph())) {
			assert!(!spec.can_be_public() || spec.encode_values(&values).is_ok());
		}
	}
	let parameters: usize = model.parameters().iter().map(Vec::len).sum();
	let tables: u32 = match model.checks() {
		Checks::Bits => 0,
		Checks::Tables { exact, .. } => exact.iter().sum(),
	};
	let rows: u32 = model.graph().dense().map(|(_, dense)| dense.rows).sum();
	if elements > CIRCUIT || parameters * rows as usize > 20_000 || tables > 30_000 {
		return;
	}
	let constraints = model.cost().counts.constraints;
	if constraints > BUILT {
		return;
	}
	assert_eq!(model.circuit().len() as u64, constraints);
	for input in &inputs {
		agrees(model, input, 9);
	}
}

/// What a model's file holds behind the header.
type Parts = (
	Visibility,
	Vec<String>,
	Checks,
	Commitment,
	IntGraph,
	Vec<Vec<i32>>,
	Scalar,
	String,
	Vec<Guard>,
	Option<Choices>,
);

/// The settings hash that a payload's header must have: of a public model it names the parameters.
fn settings(payload: &[u8]) -> [u8; 32] {
	let Ok(parts) = Parts::decode_all(&mut &payload[..]) else { return [0; 32] };
	let (visibility, _, checks, commitment, graph, parameters, _, _, _, _) = parts;
	let constants = (visibility == Visibility::Public).then_some(parameters);
	let circuit = (visibility, checks, commitment, graph, constants);
	blake2_256(&(b"zkml/settings/v7", circuit).encode())
}

fn load(bytes: &[u8]) -> Option<CompiledModel> {
	match with_file(bytes, CompiledModel::load) {
		Ok(model) => Some(model),
		Err(error) => {
			check_refusal(&error);
			None
		}
	}
}

fn good() -> Vec<Vec<u8>> {
	let models = small_models().into_iter().chain(importer::models());
	let models = models.map(|model| model.with_accuracy_claim("all of 3 labels".into()));
	models.map(|model| saved(|path| model.save(path).unwrap())).collect()
}

#[test]
fn files_of_models_are_refused_or_hold_a_model() {
	fuzz("model-files", good(), 300).run(|bytes| {
		if let Some(model) = load(bytes) {
			check(&model);
		}
	});
}

#[test]
fn models_with_a_right_header_are_refused_or_can_be_proved() {
	let payloads: Vec<_> = good().into_iter().map(|file| file[HEADER..].to_vec()).collect();
	for payload in &payloads {
		assert!(load(&file(Kind::Model, settings(payload), payload)).is_some());
	}
	fuzz("models", payloads, 900).run(|payload| {
		let settings = settings(payload);
		let Some(model) = load(&file(Kind::Model, settings, payload)) else { return };
		assert_eq!(model.settings_hash(), settings);
		check(&model);
	});
}

/// A few bytes of graph could ask for any amount of memory or time.
#[test]
fn a_small_graph_of_many_elements_or_products_is_refused() {
	let dense = |rows: u32, outputs: u32, inputs: u32| {
		let (weights, bias) = (full(&[outputs, inputs], 4), full(&[outputs], 4));
		Op::MatMul(MatMul { rows, groups: 1, weights, bias, windows: None })
	};
	let channels = vec![Channel::ONE];
	let rescale = Op::Requantize(Requantize { min: -8, max: 7, channels });
	let wide = Op::Sum(Sum { factors: vec![0; 1000], offset: vec![0] });
	// Each works on the result of the first, of 4,096,000 elements.
	for (name, second, inputs, most) in [
		("elements", vec![rescale.clone(), rescale], 1, "at most 8388608 elements"),
		("gathered", vec![Op::Gather(vec![0])], 3, "inputs of at most 8388608 elements"),
		("summed", vec![wide], 1000, "at most 268435456 products"),
		("products", vec![dense(1000, 256, 4096)], 1, "at most 268435456 products"),
	] {
		let first = Node { name: "first".into(), inputs: vec![0], op: dense(4096, 1000, 1) };
		let node = |op| Node { name: name.into(), inputs: vec![1; inputs], op };
		let nodes: Vec<_> = [first].into_iter().chain(second.into_iter().map(node)).collect();
		let graph = graph(spec(&[4096], 8, 0, 1), nodes, full(&[1], 8));
		let sizes: Vec<_> = graph.parameter_specs().map(|(_, spec)| spec.len() as usize).collect();
		let parameters = sizes.into_iter().map(|size| vec![0; size]).collect();
		let result =
			CompiledModel::new(Visibility::Public, graph, parameters, vec![], Scalar::ZERO);
		let words = result.map(|_| ()).unwrap_err().to_string();
		assert!(words.contains(most) && words.contains(name), "{name}: {words}");
	}
}
