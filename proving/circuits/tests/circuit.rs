//! The circuit agrees with the interpreter.

use crate::common::{agrees, edges, full, graph, input, model, spec, Shape};
use proptest::prelude::*;
use zkml_circuits::{
	graph::{Channel, GraphError, MatMul, Node, Op, Requantize},
	CompiledModel,
};
use zkml_primitives::{Scalar, TensorSpec, Visibility};

fn shapes() -> impl Strategy<Value = Shape> {
	let sizes = prop::collection::vec(1u32..7, 2..5);
	let range = (-30i32..10, 0i32..60).prop_map(|(min, span)| (min, min + span));
	(sizes, any::<bool>(), any::<bool>(), 3u8..9, range, any::<u64>()).prop_map(
		|(sizes, argmax, rectify, bits, input, seed)| Shape {
			sizes,
			argmax,
			rectify,
			bits,
			input,
			seed,
		},
	)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn circuit_and_interpreter_agree_on_random_models_and_inputs(
		shape in shapes(),
		private in any::<bool>(),
		lookups in any::<bool>(),
		seed in any::<u64>(),
	) {
		let visibility = if private { Visibility::Private } else { Visibility::Public };
		let model = model(&shape, visibility);
		let model = if lookups { model.with_lookups() } else { model };
		for i in 0..3 {
			agrees(&model, &input(&model, seed.wrapping_add(i)), seed);
		}
		for values in edges(&model) {
			agrees(&model, &values, seed);
		}
	}
}

fn layer(name: &str, op: Op) -> (String, Op) {
	(name.into(), op)
}

fn dense(inputs: u32, outputs: u32, bits: u8) -> Op {
	let (weights, bias) = (full(&[outputs, inputs], bits), full(&[outputs], bits));
	Op::MatMul(MatMul { rows: 1, groups: 1, weights, bias, windows: None })
}

fn refused(
	input: TensorSpec,
	layers: Vec<(String, Op)>,
	output: TensorSpec,
	zeros: &[usize],
) -> GraphError {
	let chain = layers.into_iter().zip(0..);
	let nodes = chain.map(|((name, op), last)| Node { name, inputs: vec![last], op }).collect();
	let graph = graph(input, nodes, output);
	let parameters = zeros.iter().map(|n| vec![0; *n]).collect();
	CompiledModel::new(Visibility::Private, graph, parameters, vec![], Scalar::ZERO).unwrap_err()
}

#[test]
fn a_graph_in_which_a_value_could_wrap_is_refused_with_its_layer() {
	let layers = vec![
		layer("one", dense(2, 2, 30)),
		layer("two", dense(2, 2, 30)),
		layer("max", Op::ArgMax),
	];
	let (input, output) = (spec(&[2], 16, 0, 1000), spec(&[1], 8, 0, 1));
	let error = refused(input, layers, output, &[4, 2, 4, 2]);
	assert!(matches!(&error, GraphError::Overflow { node, .. } if node == "two"), "{error}");
}

#[test]
fn a_rescaling_without_room_between_its_ends_is_refused() {
	let rescale = Requantize { min: 5, max: 5, channels: vec![Channel::ONE] };
	let layers = vec![layer("scale", Op::Requantize(rescale))];
	let error = refused(spec(&[2], 8, -17, 15), layers, full(&[2], 8), &[]);
	let expected = "node scale: expected a range of results, the lower end first, got 5..=5";
	assert_eq!(error.to_string(), expected);
}

#[test]
fn quotients_roots_and_orders_that_have_no_meaning_are_refused_by_name() {
	let on = |input: TensorSpec, op: Op| {
		let inputs = match op {
			Op::Div(_) => vec![0, 0],
			_ => vec![0],
		};
		let nodes = vec![Node { name: "it".into(), inputs, op }];
		let graph = graph(input, nodes, full(&[2], 32));
		let salt = Scalar::ZERO;
		CompiledModel::new(Visibility::Public, graph, vec![], vec![], salt).unwrap_err().to_string()
	};
	let positive = || spec(&[2], 8, 1, 9);
	for (input, op, expected) in [
		(spec(&[2], 8, 0, 9), Op::Div(3), "expected a divisor above 0, got 0..=9"),
		(spec(&[2], 8, -9, 9), Op::Div(3), "expected a divisor above 0, got -9..=9"),
		(spec(&[2], 8, -9, -1), Op::Div(3), "expected a divisor above 0, got -9..=-1"),
		(positive(), Op::Div(255), "expected a shift of at most 59, got 255"),
		(positive(), Op::Div(59), "expected values of at most 61 bits, got up to 65 bits"),
		(
			spec(&[2], 8, -1, 9),
			Op::Sqrt(3),
			"expected an argument that is not negative, got -1..=9",
		),
		(positive(), Op::Sqrt(255), "expected a shift of at most 60, got 255"),
		(positive(), Op::Sqrt(57), "expected values of at most 61 bits, got up to 62 bits"),
		(positive(), Op::Sort(0), "expected a multiple of 0 elements, got 2"),
		(positive(), Op::Sort(3), "expected a multiple of 3 elements, got 2"),
		(positive(), Op::Sort(u32::MAX), "expected a multiple of 4294967295 elements, got 2"),
		(
			spec(&[2], 8, 0, 9),
			Op::Normalize(8),
			"expected an argument above 0 and below 2^44, got 0..=9",
		),
		(positive(), Op::Normalize(25), "expected a mantissa of 1 to 24 bits, got 25"),
		(positive(), Op::Split(0), "expected a divisor above 0, got 0"),
	] {
		let got = on(input, op.clone());
		let start = format!("node it: {expected}");
		assert!(got.starts_with(&start), "{op:?}: expected {start}, got {got}");
	}
}

#[test]
fn layers_that_do_not_fit_are_refused_by_name() {
	let input = || spec(&[3], 8, 0, 16);
	let error = refused(input(), vec![layer("one", dense(2, 2, 8))], full(&[2], 32), &[4, 2]);
	assert!(error.to_string().starts_with("node one: expected weights of shape [2, 3]"), "{error}");
	let error = refused(input(), vec![layer("one", dense(3, 2, 8))], full(&[5], 32), &[6, 2]);
	assert_eq!(error.to_string(), "node output y0: expected 2 elements, got 5");
	let error = refused(input(), vec![layer("one", dense(3, 2, 8))], full(&[2], 8), &[6, 2]);
	assert!(
		error.to_string().starts_with("node output y0: expected values in -128..=127"),
		"{error}"
	);
	let error = refused(input(), vec![layer("one", dense(3, 2, 8))], full(&[2], 32), &[5, 2]);
	assert_eq!(error.to_string(), "parameters of one: expected 6 values, got 5");
	let error = refused(spec(&[0], 8, 0, 16), vec![], full(&[2], 32), &[]);
	assert!(error.to_string().starts_with("input x0: expected a specification"), "{error}");
}

#[test]
fn a_public_model_takes_no_salt_and_a_private_one_a_canonical_one() {
	let shape =
		Shape { sizes: vec![2, 2], argmax: true, rectify: true, bits: 6, input: (0, 16), seed: 1 };
	let model = model(&shape, Visibility::Public);
	for (visibility, salt) in [
		(Visibility::Public, Scalar::from_hash([1; 32])),
		(Visibility::Private, Scalar(Scalar::MODULUS)),
	] {
		let (graph, parameters) = (model.graph().clone(), model.parameters().to_vec());
		assert!(CompiledModel::new(visibility, graph, parameters, vec![], salt).is_err());
	}
}
