//! One table for nodes that take the same function, and two for functions that differ.

use super::*;
use zkml_circuits::{
	gadgets::logup::{Lookups, Rows},
	graph::{IntGraph, Node},
	plan::Plan,
};

/// Numbers of the two inputs.
const FIRST: Interval = Interval { min: -3, max: 2 };
const SECOND: Interval = Interval { min: 0, max: 5 };
const VALUES: [i32; 10] = [100, 3, -5, 8, 90, -7, 40, 100, 12, 60];
/// The same but for one row.
const OTHERS: [i32; 10] = [100, 3, -5, 8, 91, -7, 40, 100, 12, 60];

fn function(values: [i32; 10]) -> Lookup {
	Lookup { min: -4, values: values.into() }
}

/// The first function of both inputs, and the second one of the first.
fn graph() -> IntGraph {
	let spec = |range: Interval| common::spec(&[1], 8, range.min as i32, range.max as i32);
	let name = |name: &str, input: u32, op| Node { name: name.into(), inputs: vec![input], op };
	let nodes = vec![
		name("first", 0, Op::Gather(vec![0])),
		name("second", 0, Op::Gather(vec![1])),
		name("f of first", 1, Op::Lookup(function(VALUES))),
		name("f of second", 2, Op::Lookup(function(VALUES))),
		name("g of first", 1, Op::Lookup(function(OTHERS))),
	];
	let wide = || common::spec(&[1], 8, -128, 127);
	let outputs = common::outputs([(3, wide()), (4, wide()), (5, wide())]);
	IntGraph { inputs: common::inputs([spec(FIRST), spec(SECOND)]), nodes, outputs }
}

pub(super) fn of(checks: &Checks, graph: &IntGraph) -> Vec<lookup::Shared> {
	let plan = Plan::new(graph, Some(&[])).unwrap();
	lookup::shared(checks, graph, &plan)
}

/// What the nodes' tables have rows for.
fn spans(checks: &Checks) -> Vec<Option<Interval>> {
	of(checks, &graph()).into_iter().map(|shared| shared.span).collect()
}

/// The results of the three nodes, and what they look up.
fn results<B: Backend>(b: &mut B, checks: &Checks, x: [&B::Int; 2]) -> [B::Int; 3] {
	let spans = spans(checks);
	let of =
		|values, node: usize| lookup::Part::new(checks, &function(values), spans[node].unwrap());
	[(VALUES, 2, x[0]), (VALUES, 3, x[1]), (OTHERS, 4, x[0])]
		.map(|(values, node, x)| lookup::value(b, checks, &of(values, node), x))
}

#[test]
fn equal_functions_have_one_table_where_their_arguments_meet() {
	for checks in &ways() {
		let joined = match checks {
			Checks::Bits => [FIRST, SECOND, FIRST],
			Checks::Tables { .. } => {
				let both = Interval { min: FIRST.min, max: SECOND.max };
				[both, both, FIRST]
			}
		};
		assert_eq!(spans(checks), [&[None; 2][..], &joined.map(Some)].concat());
	}
	// Arguments that do not meet have rows of their own: those between would be for nothing.
	let mut graph = graph();
	graph.inputs[0].tensor = common::spec(&[1], 8, -3, -1);
	let own = of(&ways()[1], &graph);
	assert_eq!(own[2].span, Some(Interval { min: -3, max: -1 }));
	assert_eq!(own[3].span, Some(SECOND));
}

fn tables(checks: &Checks) -> Lookups<Constraints> {
	let mut constraints = Constraints::new(1);
	let first = constraints.wires(2);
	results(&mut constraints, checks, [&Lc::wire(first), &Lc::wire(first + 1)]);
	constraints.take_lookups()
}

#[test]
fn functions_that_differ_in_one_row_have_tables_of_their_own() {
	let lookups = tables(&ways()[1]);
	let listed: Vec<u32> = lookups
		.tables
		.iter()
		.filter(|table| matches!(table, Rows::Listed(_)))
		.map(|table| table.count())
		.collect();
	assert_eq!(listed, [9, 6]);
	let of = |rows: u32| {
		let at = |q: &&zkml_circuits::gadgets::logup::Query<Constraints>| {
			let table = &lookups.tables[q.table];
			matches!(table, Rows::Listed(_)) && table.count() == rows
		};
		lookups.queries.iter().filter(at).count()
	};
	assert_eq!((of(9), of(6)), (2, 1));
}

fn value(values: [i32; 10], x: i64) -> Fr {
	field(values[(x + 4) as usize].into())
}

/// What stands for the arguments and results, with limbs of the results' ranges.
fn craft(checks: &Checks, x: [i64; 2], y: [Fr; 3], spot: u32) -> Vec<Fr> {
	let mut craft = Craft::new(checks);
	x.iter().for_each(|x| craft.push(field(*x)));
	for y in y {
		craft.push(y);
		// Values are from -7 to 100, of either function.
		craft.loose(y + field(7), 7, spot);
	}
	craft.wires
}

fn honest(x: [i64; 2]) -> [Fr; 3] {
	[value(VALUES, x[0]), value(VALUES, x[1]), value(OTHERS, x[0])]
}

fn gadget(checks: &Checks) -> Gadget {
	let mut frame = Frame::new(checks);
	let first = frame.builder().wires(2);
	let x = [Lc::wire(first), Lc::wire(first + 1)];
	let y = results(frame.builder(), checks, [&x[0], &x[1]]);
	let mut attacks = Vec::new();
	for spot in 0..=3 {
		for x in [[-3, 0], [0, 0], [2, 5], [0, 5]] {
			let right = honest(x);
			let with = |node: usize, y: Fr| {
				let mut all = right;
				all[node] = y;
				craft(checks, x, all, spot)
			};
			let slot = checks.loose_width(7);
			for node in 0..3 {
				attacks.push(("a value in no row", with(node, right[node] + Fr::ONE)));
				let values = if node == 2 { OTHERS } else { VALUES };
				let (own, other) = (x[usize::from(node == 1)], if x[0] == 1 { 2 } else { 1 });
				let of_other = value(values, other);
				attacks.push(("another row's value", with(node, of_other)));
				// The packed sum of another row.
				let packed = of_other + field((other - own) << slot);
				attacks.push(("a value that makes up for it", with(node, packed)));
			}
			attacks.push(("the other node's value", with(0, right[1])));
			attacks.push(("the other node's value", with(1, right[0])));
			attacks.push(("the other function's value", with(0, right[2])));
			attacks.push(("the other function's value", with(2, right[0])));
			let [f, second, g] = right;
			attacks
				.push(("both functions' values swapped", craft(checks, x, [g, second, f], spot)));
			attacks.push(("both nodes' values swapped", craft(checks, x, [second, f, g], spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let at = |i: usize| integer(wires[first as usize + i]).unwrap();
		let expected = honest([at(0), at(1)]);
		y.iter().zip(expected).all(|(y, expected)| y.evaluate(wires) == expected)
	};
	let honest = [[-3, 0], [0, 0], [2, 5], [1, 2], [2, 1]].map(|x| {
		let wires = craft(checks, x, honest(x), 0);
		let mut witness = Witness::new(wires[..4].to_vec());
		results(&mut witness, checks, [&x[0], &x[1]]);
		assert_eq!(witness.wires, wires);
		wires
	});
	Gadget { frame, truth: Box::new(truth), honest: honest.into(), attacks }.only_lies()
}

#[test]
fn a_value_of_another_row_node_or_function_is_refused_in_a_joined_table() {
	for checks in &ways()[1..] {
		gadget(checks).check();
	}
}

/// Who looked up what is nowhere: two nodes that swap their arguments make the same multiplicities.
#[test]
fn equal_lookups_of_two_nodes_have_one_sum_of_multiplicities() {
	let checks = &Checks::Tables { limb: 8, exact: vec![] };
	let counts = |x: [i64; 2]| {
		let mut witness = Witness::new(vec![Fr::ONE; 2]);
		results(&mut witness, checks, [&x[0], &x[1]]);
		let front = witness.wires.len();
		let lookups = logup::commit(&mut witness).lookups;
		let mut start = front;
		let mut all = Vec::new();
		for table in &lookups.tables {
			let own = witness.wires[start..start + table.count() as usize].to_vec();
			start += own.len();
			all.push((table.count(), own));
		}
		all
	};
	let of = |x, rows: u32| {
		let all = counts(x);
		all.into_iter().find(|(count, _)| *count == rows).map(|(_, own)| own).unwrap()
	};
	let [one, other] = [of([1, 2], 9), of([2, 1], 9)];
	assert_eq!(one, other);
	assert_eq!(one.iter().sum::<Fr>(), field(2));
	// Both ask for one row.
	assert_eq!(of([1, 1], 9)[4], field(2));
}

/// One query of `(x, y)`, in these rows, packed as the gadget packs them.
fn asked(rows: &[Rows], own: usize, packed: Fr) -> bool {
	let mut constraints = Constraints::new(1);
	let q = constraints.wires(1);
	for (index, rows) in rows.iter().enumerate() {
		// Each is asked for something that it has.
		let value = if index == own { Lc::wire(q) } else { Lc::integer(rows.at(0)) };
		constraints.look_up(rows, value, |_| 0);
	}
	let front = constraints.wires(0) as usize;
	let committed = logup::commit(&mut constraints);
	constraints.close_round();
	logup::constrain(&mut constraints, &committed, &Lc::wire(1));
	let system = constraints.finish().0;
	let z = Fr::from(DRAWN);
	let mut wires = vec![Fr::ONE, z, packed];
	assert_eq!(wires.len(), front);
	let asked: Vec<Fr> =
		committed.lookups.queries.iter().map(|query| query.value.evaluate(&wires)).collect();
	let tables = &committed.lookups.tables;
	let count = |table: usize, row: i64| {
		let queries = committed.lookups.queries.iter().zip(&asked);
		let same = queries.filter(|(q, value)| q.table == table && **value == field(row));
		same.count() as i64
	};
	let each = || {
		tables
			.iter()
			.enumerate()
			.flat_map(|(t, rows)| (0..rows.count()).map(move |r| (t, rows.at(r))))
	};
	let counts: Vec<i64> = each().map(|(table, row)| count(table, row)).collect();
	wires.extend(counts.iter().map(|count| field(*count)));
	wires.extend(asked.iter().map(|value| (z - value).inverse().unwrap()));
	let quotients = each().zip(&counts).map(|((_, row), m)| field(*m) / (z - field(row)));
	wires.extend(quotients.collect::<Vec<_>>());
	system.first_broken(&wires).is_none()
}

#[test]
fn rows_of_two_functions_in_one_table_would_mix_them_and_in_two_they_do_not() {
	let packed = |x: i64, y: i32| ((x + 4) << 8) + i64::from(y) + 7;
	let rows =
		|values: [i32; 10]| -> Vec<i64> { (-4..).zip(values).map(|(x, y)| packed(x, y)).collect() };
	let (f, g) = (rows(VALUES), rows(OTHERS));
	let mut both = [f.clone(), g.clone()].concat();
	both.sort_unstable();
	both.dedup();
	let listed = |rows: Vec<i64>| Rows::Listed(rows.into());
	let apart = [listed(f), listed(g)];
	// In row 0 they differ by one.
	let (right, wrong) = (field(packed(0, VALUES[4])), field(packed(0, OTHERS[4])));
	assert!(asked(&apart, 0, right) && asked(&apart, 1, wrong));
	assert!(!asked(&apart, 0, wrong) && !asked(&apart, 1, right));
	let one = [listed(both)];
	assert!(asked(&one, 0, right) && asked(&one, 0, wrong));
}

/// Two rescalings to ranges of their own, of which a function of so many arguments from `first` on is taken, the same
/// of both or not.
pub(super) fn rescaled(ends: [(i64, i64); 2], first: i64, values: &[Vec<i32>; 2]) -> IntGraph {
	let node = |name: &str, input: u32, op| Node { name: name.into(), inputs: vec![input], op };
	let rescale = |(min, max): (i64, i64)| {
		let channels = vec![Channel::new(1, 1)];
		Op::Requantize(Requantize { min, max, channels })
	};
	let function = |values: &Vec<i32>| Op::Lookup(Lookup { min: first, values: values.clone() });
	let nodes = vec![
		node("a", 0, rescale(ends[0])),
		node("b", 0, rescale(ends[1])),
		node("f of a", 1, function(&values[0])),
		node("f of b", 2, function(&values[1])),
	];
	let wide = || common::spec(&[1], 8, -128, 127);
	let outputs = common::outputs([(3, wide()), (4, wide())]);
	IntGraph { inputs: common::inputs([common::spec(&[1], 8, -40, 40)]), nodes, outputs }
}

#[test]
fn only_what_every_result_is_looked_up_for_loses_its_exact_range() {
	let said_of = |ends, checks: &Checks, values: [Vec<i32>; 2]| {
		let all = of(checks, &rescaled(ends, -5, &values));
		assert!(!all[2].looked_up && !all[3].looked_up);
		[all[0].looked_up, all[1].looked_up]
	};
	let said = |checks: &Checks, values| said_of([(-5, 6); 2], checks, values);
	let some: Vec<i32> = (0..12).map(|x| x * x).collect();
	let mut other = some.clone();
	other[3] += 1;
	let tables = &ways()[1];
	assert_eq!(said(tables, [some.clone(), some.clone()]), [true; 2]);
	assert_eq!(said(&Checks::Bits, [some.clone(), some.clone()]), [false; 2]);
	// Circuits of models whose tables have one node each are what they were.
	assert_eq!(said(tables, [some, other]), [false; 2]);
	// One that is constant is not looked up at all.
	assert_eq!(said(tables, [vec![7; 12], vec![7; 12]]), [false; 2]);
	// Rows that the other asks for are beyond the narrower clamp, at either end.
	let more: Vec<i32> = (0..16).map(|x| (x * x) % 16).collect();
	let both = [more.clone(), more];
	assert_eq!(said_of([(-5, 6), (-5, 10)], tables, both.clone()), [false, true]);
	assert_eq!(said_of([(-5, 10), (-2, 10)], tables, both.clone()), [true, false]);
	assert_eq!(said_of([(-5, 6), (-2, 10)], tables, both), [false; 2]);
}

/// A clamp at both ends, and a function of its result by a table that has those numbers.
fn clamped_gadget(checks: &Checks, exact: bool) -> Gadget {
	let (low, high) = (-5, 6);
	let values: Vec<i32> = (0..12).map(|x| (x * x) % 16).collect();
	let rescale = Requantize { min: low, max: high, channels: vec![Channel::new(1, 1)] };
	let input = Interval { min: -40, max: 40 };
	let element = requantize::Element::new(&rescale, 0, input).looked_up(!exact);
	let function = Lookup { min: low, values: values.clone() };
	let part = lookup::Part::new(checks, &function, Interval { min: low, max: high });
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let y = requantize::result(frame.builder(), checks, &element, &Lc::wire(x));
	let f = lookup::value(frame.builder(), checks, &part, &y);
	let quotient = |x: i64| (x + 1) >> 1;
	let at = move |y: i64| field(values[(y - low) as usize].into());
	// The result, what is over and under, and the function's value.
	let craft = |x: i64, [y, over, under, f]: [Fr; 4], spot: u32| {
		let mut craft = Craft::new(checks);
		[field(x), y, over, under].into_iter().for_each(|wire| craft.push(wire));
		craft.remainder(field(x + 1) - (y + over - under) * field(2), 1, spot);
		match exact {
			true => craft.exact(y - field(low), 12, spot),
			false => craft.loose(y - field(low), 4, spot),
		}
		craft.loose(over + under, 5, spot);
		craft.push(f);
		craft.loose(f, 4, spot);
		craft.wires
	};
	let honest = |x: i64| {
		let (h, zero) = (quotient(x), 0);
		let y = h.clamp(low, high);
		[y, (h - high).max(zero), (low - h).max(zero)].map(field)
	};
	let mut attacks = Vec::new();
	for spot in 0..4 {
		for x in [-40, -12, -11, -3, 0, 5, 12, 13, 14, 19, 40] {
			let [y, over, under] = honest(x);
			let (q, one, zero) = (field(quotient(x)), Fr::ONE, Fr::ZERO);
			let mut say = |name: &'static str, y: Fr, over: Fr, under: Fr| {
				let all = (low..=high).map(&at).chain([zero, one, field(15)]);
				attacks.extend(all.map(|f| (name, craft(x, [y, over, under, f], spot))));
			};
			say("another row's value", y, over, under);
			say("not clamped", q, zero, zero);
			say("a quotient one too large", q + one, zero, zero);
			say("clamped without need", field(high), q - field(high), zero);
			say("at the lower end without need", field(low), zero, field(low) - q);
			say("half saturated", field(high) - one, q - field(high) + one, zero);
			say("lifted", q + one, zero, one);
			let half = field(x + 1) / field(2);
			// Half a number more, which the function's value could make up for.
			say("no integer", half, zero, zero);
			attacks.push(("made up for", craft(x, [half, zero, zero, at(0) + field(8)], spot)));
			for t in low..=high {
				let f = at(t) + (field(t) - half) * field(1 << checks.loose_width(4));
				attacks.push(("made up for", craft(x, [half, zero, zero, f], spot)));
			}
		}
	}
	let honest = (-40..=40).map(|x| {
		let [y, over, under] = honest(x);
		let f = at(quotient(x).clamp(low, high));
		let wires = craft(x, [y, over, under, f], 0);
		let mut witness = Witness::new(wires[..Craft::new(checks).wires.len() + 1].to_vec());
		let y = requantize::result(&mut witness, checks, &element, &x);
		lookup::value(&mut witness, checks, &part, &y);
		assert_eq!(witness.wires, wires, "at {x}");
		wires
	});
	let honest = honest.collect();
	let truth = {
		let at = at.clone();
		move |wires: &[Fr]| {
			let h = quotient(integer(wires[x as usize]).unwrap()).clamp(low, high);
			y.evaluate(wires) == field(h) && f.evaluate(wires) == at(h)
		}
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn a_result_that_is_looked_up_is_clamped_without_an_exact_range() {
	for checks in &ways()[1..] {
		let cost = |exact| {
			let (system, _) = clamped_gadget(checks, exact).frame.finish();
			system.len()
		};
		assert!(cost(false) < cost(true));
		for exact in [true, false] {
			clamped_gadget(checks, exact).check();
		}
	}
}
