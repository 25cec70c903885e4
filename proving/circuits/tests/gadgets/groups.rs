//! Whole circuits: their public inputs, and that they have no group of constraints without attacks.

use zkml_circuits::{
	graph::{IntGraph, Node, Pick, Product, Sum, Table, Ties},
	plan::Plan,
};

use super::*;
use crate::{
	committed::late::{convolution, network},
	tensors::{self, alone, rows},
};

pub fn honest_wires(model: &CompiledModel, evaluated: bool) -> Vec<Fr> {
	let spec = model.input();
	let trace = model.trace(&[vec![spec.max; spec.len() as usize]]).unwrap();
	let circuit = model.describe();
	let words = match circuit.params() {
		ParamsKind::Input => Vec::new(),
		ParamsKind::Point => circuit.words(model.parameters(), Fr::from(3)),
	};
	let secrets = Secrets {
		trace: &trace,
		words: &words,
		parameters: model.parameters(),
		params_salt: to_field(&model.params_salt()).unwrap(),
		input_salts: &[Fr::from(5)],
		output_salts: &[Fr::from(6)],
		ctx: Fr::from(7),
	};
	let assigned = circuit.assign(secrets);
	if *model.checks() == Checks::Bits {
		return assigned.witness.wires;
	}
	let evaluated = Evaluated { inputs: vec![evaluated], outputs: vec![evaluated] };
	assigned.complete(&circuit, &evaluated, Fr::from(DRAWN)).unwrap()
}

/// Public inputs that are not those of the witness: the groups that tie them are mutated here, all
/// others where their gadget is. Parameters that are committed to by a point have none.
fn public_input_groups(model: &CompiledModel) -> Vec<&'static str> {
	let (system, public) = (model.circuit(), model.describe().public());
	let bits = *model.checks() == Checks::Bits;
	let params = match model.visibility() {
		Visibility::Public => "commitment.constant-params",
		Visibility::Private => "commitment.params",
	};
	let [input, output] =
		if bits { ["commitment.input", "commitment.output"] } else { ["binding.either"; 2] };
	let mut ties = vec![(public.input, input), (public.output, output), (public.ctx, "ctx.square")];
	ties.extend(public.params.map(|wire| (wire, params)));
	let mut groups: Vec<_> = ties.iter().map(|(_, group)| *group).collect();
	for evaluated in [false, true] {
		let honest = honest_wires(model, evaluated);
		assert_eq!(system.first_broken(&honest), None);
		for (wire, group) in &ties {
			let mut attack = honest.clone();
			attack[*wire as usize] += Fr::ONE;
			assert_eq!(system.first_broken(&attack), Some(*group));
			assert_eq!(system.without(group).first_broken(&attack), None);
		}
	}
	if bits {
		return groups;
	}
	// Another challenge than that the wires behind it were made for.
	let mut attack = honest_wires(model, false);
	attack[public.challenge as usize] += Fr::ONE;
	assert!(system.first_broken(&attack).is_some());
	// The evaluation of another tensor, with a product that makes it so: the last words' products,
	// which nothing but the evaluation takes.
	let words = |spec: &zkml_primitives::TensorSpec| spec.len().div_ceil(spec.per_word() as u32);
	let [input, output] = [model.input(), model.output()].map(|spec| words(spec) as usize);
	let products = rows(&system, "binding.horner");
	assert_eq!(products.len(), input + output);
	for (public, last) in [(public.input, input), (public.output, input + output)] {
		let mut attack = honest_wires(model, true);
		attack[public as usize] += Fr::ONE;
		attack[alone(&system, products[last - 1])] += Fr::ONE;
		assert_eq!(system.first_broken(&attack), Some("binding.horner"));
		assert_eq!(system.without("binding.horner").first_broken(&attack), None);
	}
	groups.push("binding.horner");
	groups
}

/// Models whose parameters are committed to by a point.
fn committed() -> [CompiledModel; 4] {
	[padded(), committed_perceptron(), convolution(), network()]
}

#[test]
fn a_witness_does_not_pass_under_other_public_inputs() {
	for visibility in [Visibility::Public, Visibility::Private] {
		let plain = model(&small(true, true), visibility);
		public_input_groups(&plain);
		public_input_groups(&plain.with_lookups());
	}
	for model in committed() {
		let groups = public_input_groups(&model);
		assert!(!groups.contains(&"commitment.params"), "{groups:?}");
		assert!(groups.contains(&"binding.horner"), "{groups:?}");
	}
}

/// The number of an operation among all; a new one has to be in [`operations`].
fn number(op: &Op) -> usize {
	match op {
		Op::MatMul(_) => 0,
		Op::Requantize(_) => 1,
		Op::ArgMax => 2,
		Op::Gather(_) => 3,
		Op::Sum(_) => 4,
		Op::Mul => 5,
		Op::ReduceMax(_) => 6,
		Op::ReduceSum(_) => 7,
		Op::Lookup(_) => 8,
		Op::Greater(_) => 9,
		Op::Product(_) => 10,
		Op::Pick(_) => 11,
		Op::Div(_) => 12,
		Op::Sqrt(_) => 13,
		Op::Sort(_) => 14,
		Op::Split(_) => 15,
		Op::Normalize(_) => 16,
	}
}

/// A public model of these operations, each with its inputs, on 16 elements from 1 to 20.
fn chain(steps: Vec<(Vec<u32>, Op)>) -> CompiledModel {
	let input = common::spec(&[16], 6, 1, 20);
	let mut parameters = Vec::new();
	for (_, op) in &steps {
		if let Op::MatMul(dense) = op {
			let count = |spec: &zkml_primitives::TensorSpec| spec.len() as i32;
			parameters.push((0..count(&dense.weights)).map(|i| i % 8 - 4).collect());
			parameters.push((0..count(&dense.bias)).map(|i| i - 2).collect());
		}
	}
	let node = |(i, (inputs, op)): (usize, (Vec<u32>, Op))| {
		let name = format!("node{i}");
		Node { name, inputs, op }
	};
	let nodes: Vec<_> = steps.into_iter().enumerate().map(node).collect();
	let last = nodes.len() as u32;
	let outputs = common::outputs([(0, full(&[16], 32))]);
	let mut graph = IntGraph { inputs: common::inputs([input]), nodes, outputs };
	let len = Plan::new(&graph, Some(&parameters)).unwrap().ranges[last as usize].len() as u32;
	graph.outputs = common::outputs([(last, full(&[len], 32))]);
	CompiledModel::new(Visibility::Public, graph, parameters, vec![], Scalar::ZERO).unwrap()
}

/// Small models which together have every operation, in both kinds.
fn operations() -> Vec<CompiledModel> {
	let rescale = |min: i64, max: i64, shift: u8, ties: Ties| {
		let channels = vec![Channel { ties, ..Channel::new(3, shift) }];
		Op::Requantize(Requantize { min, max, channels })
	};
	let quarter = |from: u32| Op::Gather((from..from + 4).collect());
	let dense = MatMul {
		rows: 2,
		groups: 2,
		weights: full(&[6, 4], 4),
		bias: full(&[6], 4),
		windows: None,
	};
	let product = Product { batch: 1, rows: 4, inner: 4, columns: 4 };
	let pick = Pick { first: 1, rows: 20, width: 20, table: Table::OneHot };
	let on = |inputs: &[u32], op: Op| (inputs.to_vec(), op);
	let square = || on(&[0, 0], Op::Mul);
	let all = vec![
		vec![on(&[0], Op::MatMul(dense))],
		vec![on(&[0], rescale(-100, 100, 0, Ties::Up))],
		vec![on(&[0], rescale(2, 5, 3, Ties::Up))],
		vec![on(&[0], rescale(2, 5, 3, Ties::Even)), on(&[1], rescale(-8, 90, 1, Ties::Odd))],
		vec![on(&[0], Op::ArgMax)],
		vec![on(&[0], quarter(3)), on(&[0], quarter(9)), on(&[1, 2], Op::Gather(vec![0, 7]))],
		vec![on(&[0], Op::Sum(Sum { factors: vec![-3], offset: vec![5] }))],
		vec![square(), on(&[0, 1], Op::Mul)],
		vec![on(&[0], Op::ReduceMax(4))],
		vec![on(&[0], Op::ReduceSum(4))],
		vec![on(&[0], Op::Lookup(Lookup { min: 1, values: (0..20).map(|i| i * i % 7).collect() }))],
		vec![on(&[0], Op::Greater((3..19).collect()))],
		vec![square(), on(&[0, 1], Op::Product(product))],
		vec![on(&[0], Op::Pick(pick))],
		vec![square(), on(&[1, 0], Op::Div(3))],
		vec![on(&[0], Op::Sqrt(4))],
		vec![on(&[0], Op::Sort(16))],
		vec![on(&[0], Op::Sort(4))],
		vec![on(&[0], Op::Split(6))],
		vec![on(&[0], Op::Split(8))],
		vec![on(&[0], Op::Normalize(3))],
		vec![on(&[0], Op::Normalize(9))],
	];
	let models: Vec<CompiledModel> = all.into_iter().map(chain).collect();
	let nodes = models.iter().flat_map(|model| &model.graph().nodes);
	let there: BTreeSet<usize> = nodes.map(|node| number(&node.op)).collect();
	assert_eq!(there, (0..=16).collect());
	models.into_iter().flat_map(|plain| [plain.clone(), plain.with_lookups()]).collect()
}

#[test]
fn no_circuit_has_a_group_that_was_not_mutated() {
	let mut covered = BTreeSet::new();
	let later = [
		words_gadgets(),
		polynomial_gadgets(),
		matrix_gadgets(),
		pick_gadgets(),
		relative_gadgets(),
	];
	for gadget in all_gadgets().into_iter().chain(later.into_iter().flatten()) {
		covered.extend(gadget.check());
	}
	// These rows are satisfied by anything. `keys.rs` deletes the first and changes a public input;
	// `without_their_rows_salt_and_words_are_not_in_the_commitment` deletes the others.
	covered.extend(["public.binding", "words.salt", "polynomial.unused"]);
	covered.extend(tensors::combining_groups());
	covered.insert(tensors::committed_group());
	let mut models = Vec::new();
	for visibility in [Visibility::Public, Visibility::Private] {
		for (argmax, rectify) in [(true, true), (false, true), (true, false)] {
			let plain = model(&small(argmax, rectify), visibility);
			models.extend([plain.clone(), plain.with_lookups()]);
		}
	}
	let late = committed();
	for model in models.iter().chain(&late) {
		covered.extend(public_input_groups(model));
	}
	let ranges = late.iter().map(|model| model.range_circuit().unwrap().build());
	let mut systems: Vec<R1cs> = ranges.collect();
	let others = [products::both(), picks::all(), operations(), tensors::models()];
	let all = models.into_iter().chain(late).chain(others.into_iter().flatten());
	systems.extend(all.map(|model| model.circuit()));
	for system in &systems {
		for group in &system.group_of {
			let group = system.groups[usize::from(*group)];
			assert!(covered.contains(group), "{group} has no attacks");
		}
	}
}
