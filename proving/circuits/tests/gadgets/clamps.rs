//! Clamps whose results are looked up in a table with rows beyond them keep their exact range, and so do those
//! whose results are not looked up at all: in gadgets, and in the circuit of a whole graph.

use super::{
	shared::{of, rescaled},
	*,
};
use zkml_circuits::{
	circuit::{Description, Weights},
	graph::{IntGraph, Node},
	plan::Plan,
};

/// What `a` and `b` are clamped to. Rows of their function are of the wider range.
const ENDS: [(i64, i64); 2] = [(-5, 6), (-5, 10)];
const WIDE: (i64, i64) = ENDS[1];
/// `(X + 1) >> 1` is 7.
const X: i64 = 13;

fn values() -> Vec<i32> {
	(0..16).map(|t| (t * t) % 16).collect()
}

/// Of a number of the wider range.
fn function(y: i64) -> Fr {
	field(values()[(y - WIDE.0) as usize].into())
}

fn graph(ends: [(i64, i64); 2]) -> IntGraph {
	rescaled(ends, WIDE.0, &[values(), values()])
}

/// The two clamps of [`X`], and the function of both; `loose` says of which clamp the rows say the range.
fn frame(checks: &Checks, loose: [bool; 2]) -> (Frame, [Lc; 4]) {
	let mut frame = Frame::new(checks);
	let x = Lc::wire(frame.builder().wires(1));
	let [a, b] = [0, 1].map(|node| {
		let (min, max) = ENDS[node];
		let op = Requantize { min, max, channels: vec![Channel::new(1, 1)] };
		let element = requantize::Element::new(&op, 0, Interval { min: -40, max: 40 });
		requantize::result(frame.builder(), checks, &element.looked_up(loose[node]), &x)
	});
	let lookup = Lookup { min: WIDE.0, values: values() };
	let part = lookup::Part::new(checks, &lookup, Interval { min: WIDE.0, max: WIDE.1 });
	let [f, g] = [&a, &b].map(|y| lookup::value(frame.builder(), checks, &part, y));
	(frame, [a, b, f, g])
}

/// What stands for two results, each with what is over, and the function of both.
fn craft(checks: &Checks, loose: [bool; 2], all: [(i64, i64); 2], spot: u32) -> Vec<Fr> {
	let mut craft = Craft::new(checks);
	craft.push(field(X));
	for (((y, over), loose), (min, max)) in all.into_iter().zip(loose).zip(ENDS) {
		[y, over, 0].into_iter().for_each(|wire| craft.push(field(wire)));
		craft.remainder(field(X + 1 - 2 * (y + over)), 1, spot);
		match loose {
			true => craft.loose(field(y - min), 4, spot),
			false => craft.exact(field(y - min), (max - min) as u64 + 1, spot),
		}
		craft.loose(field(over), 4, spot);
	}
	for (y, _) in all {
		craft.push(function(y));
		craft.loose(function(y), 4, spot);
	}
	craft.wires
}

#[test]
fn a_row_beyond_a_nodes_own_clamp_is_none_of_its_results() {
	for limb in [3, 4] {
		let checks = &Checks::Tables { limb, exact: vec![] };
		let shared = of(checks, &graph(ENDS));
		let right = [shared[0].looked_up, shared[1].looked_up];
		let (system, lookups, results) = {
			let (frame, results) = frame(checks, right);
			let (system, lookups) = frame.finish();
			(system, lookups, results)
		};
		let (truth, lie) = ([(6, 1), (7, 0)], [(7, 0); 2]);
		let honest = craft(checks, right, truth, 0);
		let expected = [field(6), field(7), function(6), function(7)];
		assert_eq!(results.map(|result| result.evaluate(&honest)), expected);
		assert_eq!(system.first_broken(&lookups.complete(&honest)[0]), None);
		// All else holds, with the row of 7 among the rows.
		for spot in 0..3 {
			for whole in lookups.complete(&craft(checks, right, lie, spot)) {
				assert_eq!(whole.len(), system.wires);
				assert!(system.first_broken(&whole).is_some(), "limbs of {limb} bits");
			}
		}
		// The circuit in which the rows would say the range of both.
		let (system, lookups) = frame(checks, [true; 2]).0.finish();
		for both in [truth, lie] {
			let whole = &lookups.complete(&craft(checks, [true; 2], both, 0))[0];
			assert_eq!(whole.len(), system.wires);
			assert_eq!(system.first_broken(whole), None, "limbs of {limb} bits");
		}
	}
}

/// A graph's whole circuit with limbs of 4 bits, and its wires for [`X`].
fn described(graph: IntGraph) -> (R1cs, Vec<Fr>) {
	let checks = &Checks::Tables { limb: 4, exact: vec![] };
	let plan = &Plan::new(&graph, Some(&[])).unwrap();
	let outputs = vec![Fr::from(6); graph.outputs.len()];
	let salt = Scalar::ZERO;
	let model = CompiledModel::new(Visibility::Public, graph, vec![], vec![], salt).unwrap();
	let trace = &model.trace(&[vec![X as i32]]).unwrap();
	let weights = Weights::Constant(&[], Fr::ZERO);
	let circuit = Description { graph: model.graph(), plan, weights, checks };
	let secrets = Secrets {
		trace,
		words: &[],
		parameters: &[],
		params_salt: Fr::ZERO,
		input_salts: &[Fr::from(5)],
		output_salts: &outputs,
		ctx: Fr::from(7),
	};
	let assigned = circuit.assign(secrets);
	let wires = assigned.complete(&circuit, &Evaluated::default(), Fr::from(DRAWN)).unwrap();
	(circuit.build(), wires)
}

/// Tries what is proved with a wider clamp in a graph whose clamp is narrower. With these limbs an exact range has
/// no wires but the inverse of one query more, that of the distance from the upper end: -1, which is in no row. All
/// else is as it would be without that range.
fn narrower_is_held_to(graph: IntGraph, wider: IntGraph) {
	let (system, honest) = described(graph);
	assert_eq!(system.first_broken(&honest), None);
	let (loosened, mut lie) = described(wider);
	assert_eq!(loosened.first_broken(&lie), None);
	assert_eq!(system.wires, lie.len() + 1, "the exact range takes one query more");
	let asked = |row: &usize| {
		let query = system.groups[usize::from(system.group_of[*row])] == "lookup.query";
		let distance =
			|| -> Fr { system.b.row(*row).map(|(wire, times)| times * lie[wire as usize]).sum() };
		query && distance() == Fr::from(DRAWN) + Fr::ONE
	};
	let rows: Vec<usize> = (0..system.len()).filter(asked).collect();
	let [row] = rows[..] else { panic!("one query of -1, got {rows:?}") };
	let (inverse, _) = system.a.row(row).next().unwrap();
	lie.insert(inverse as usize, Fr::ZERO);
	let broken: Vec<_> = system.broken(&lie).collect();
	assert_eq!(broken, ["lookup.query"]);
	assert_eq!(system.without("lookup.query").first_broken(&lie), None);
	// A good inverse is missed by the sum.
	lie[inverse as usize] = (Fr::from(DRAWN) + Fr::ONE).inverse().unwrap();
	assert_eq!(system.broken(&lie).collect::<Vec<_>>(), ["lookup.sum"]);
}

#[test]
fn a_circuit_keeps_the_exact_range_of_a_clamp_with_rows_beyond_it() {
	narrower_is_held_to(graph(ENDS), graph([WIDE; 2]));
	let turned = [ENDS[1], ENDS[0]];
	narrower_is_held_to(graph(turned), graph([WIDE; 2]));
}

#[test]
fn a_circuit_keeps_the_exact_range_of_a_clamp_that_nothing_is_looked_up_of() {
	let with = |place: usize, (min, max): (i64, i64)| {
		let IntGraph { inputs, mut nodes, .. } = graph([WIDE; 2]);
		let op = Op::Requantize(Requantize { min, max, channels: vec![Channel::new(1, 1)] });
		nodes.insert(place, Node { name: "c".into(), inputs: vec![0], op });
		for node in &mut nodes {
			let moved = |input: &u32| *input + u32::from(*input as usize > place);
			node.inputs = node.inputs.iter().map(moved).collect();
		}
		let wide = || common::spec(&[1], 8, -128, 127);
		let at = |node: usize| (node as u32 + 1 + u32::from(node >= place), wide());
		let outputs = common::outputs([(place as u32 + 1, wide()), at(2), at(3)]);
		IntGraph { inputs, nodes, outputs }
	};
	// Before those that are looked up, between, behind, and last of all.
	for place in [0, 1, 2, 4] {
		narrower_is_held_to(with(place, ENDS[0]), with(place, WIDE));
	}
}
