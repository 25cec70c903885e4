//! Argmax, maxima, comparisons, tables, products.

use super::*;

pub fn argmax_gadget(checks: &Checks) -> Gadget {
	let ranges = [Interval { min: -10, max: 10 }; 3];
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(3);
	let values: Vec<Lc> = (x..x + 3).map(Lc::wire).collect();
	let index = arg_max::index(frame.builder(), checks, &ranges, &values);
	let count = arg_max::width(&ranges);
	// Differences that are negative go to a spot.
	let craft = |x: [i64; 3], selectors: [i64; 3], largest: i64, spot: u32| {
		let mut craft = Craft::new(checks);
		x.iter().chain(&selectors).chain([&largest]).for_each(|v| craft.push(field(*v)));
		for j in 0..3 {
			let difference = largest - x[j] - selectors[j + 1..].iter().sum::<i64>();
			craft.loose(field(difference), count, spot);
		}
		craft.wires
	};
	let mut honest = Vec::new();
	for a in -3..4 {
		for b in -3..4 {
			for c in -3..4 {
				let x = [a, b, c];
				let mut witness = Witness::new(Craft::new(checks).wires);
				x.iter().for_each(|v| _ = witness.wire(|_| *v));
				let best = arg_max::index(&mut witness, checks, &ranges, &x);
				let selectors = [0, 1, 2].map(|j| i64::from(j == best));
				assert_eq!(witness.wires, craft(x, selectors, x[best as usize], 0));
				honest.push(witness.wires);
			}
		}
	}
	let truth = move |wires: &[Fr]| {
		let at = |i: u32| integer(wires[(x + i) as usize]).unwrap();
		let best = expected_argmax(&[at(0), at(1), at(2)]);
		index.evaluate(wires) == field(best as i64)
	};
	let mut attacks = Vec::new();
	for spot in 0..=count {
		attacks.extend([
			("the first is larger", craft([9, 5, 1], [0, 1, 0], 5, spot)),
			("the middle is larger", craft([5, 9, 1], [1, 0, 0], 5, spot)),
			("the last is larger", craft([1, 5, 9], [0, 1, 0], 5, spot)),
			("the later of two", craft([9, 9, 1], [0, 1, 0], 9, spot)),
			("a maximum nobody has", craft([5, 9, 1], [0, 0, 1], 10, spot)),
			("nothing selected", craft([5, 9, 1], [0, 0, 0], 10, spot)),
			("selectors that are no bits", craft([9, 9, 1], [2, -1, 0], 9, spot)),
			("selectors that are no bits", craft([1, 9, 9], [0, 2, -1], 9, spot)),
			("two selected", craft([1, 9, 9], [0, 1, 1], 9, spot)),
		]);
	}
	Gadget { frame, truth: Box::new(truth), honest, attacks }
}

#[test]
fn any_index_but_the_first_of_the_largest_is_refused() {
	for checks in &ways() {
		argmax_gadget(checks).check();
	}
}

pub fn max_gadget(checks: &Checks) -> Gadget {
	let ranges = [(-10, 10), (-4, 12), (-40, -11)].map(|(min, max)| Interval { min, max });
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(3);
	let values: Vec<Lc> = (x..x + 3).map(Lc::wire).collect();
	// The third is never the largest, and has no wires.
	let largest = reduce_max::largest(frame.builder(), checks, &ranges, &values);
	let craft = |x: [i64; 3], y: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		x.iter().for_each(|v| craft.push(field(*v)));
		craft.push(y);
		craft.loose(y + y - field(x[0]) - field(x[1]), 5, spot);
		craft.wires
	};
	let mut honest = Vec::new();
	for (a, b) in [(0, 0), (-10, 12), (10, -4), (3, 2), (2, 3)] {
		let x = [a, b, -20];
		let mut witness = Witness::new(Craft::new(checks).wires);
		x.iter().for_each(|v| _ = witness.wire(|_| *v));
		assert_eq!(reduce_max::largest(&mut witness, checks, &ranges, &x), a.max(b));
		assert_eq!(witness.wires, craft(x, field(a.max(b)), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=5 {
		for x in [[3, 9, -20], [9, 3, -20], [10, -4, -11]] {
			attacks.push(("the smaller", craft(x, field(x[0].min(x[1])), spot)));
			attacks.push(("more than both", craft(x, field(x[0].max(x[1]) + 1), spot)));
			attacks.push(("between the two", craft(x, field(7), spot)));
			attacks.push(("one that is never the largest", craft(x, field(x[2]), spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let at = |i: u32| integer(wires[(x + i) as usize]).unwrap();
		largest.evaluate(wires) == field(at(0).max(at(1)))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn anything_but_the_largest_is_refused() {
	for checks in &ways() {
		max_gadget(checks).check();
	}
}

pub fn step_gadget(checks: &Checks) -> Gadget {
	let (range, t) = (Interval { min: -9, max: 20 }, 4);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let y = greater::above(frame.builder(), checks, range, t, &Lc::wire(x));
	let craft = |x: i64, y: Fr, product: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		[field(x), y, product].into_iter().for_each(|v| craft.push(v));
		craft.loose(product - field(x - t), 4, spot);
		craft.wires
	};
	let product = |x: i64, y: Fr| y * field(2 * (x - t - 1) + 1);
	let mut honest = Vec::new();
	for value in [-9, 3, 4, 5, 6, 20] {
		let mut witness = Witness::new([Craft::new(checks).wires, vec![field(value)]].concat());
		let answer = i64::from(value > t);
		assert_eq!(greater::above(&mut witness, checks, range, t, &value), answer);
		assert_eq!(witness.wires, craft(value, field(answer), product(value, field(answer)), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=4 {
		for x in [-9, 3, 4, 5, 20] {
			let lie = field(i64::from(x <= t));
			attacks.push(("the other answer", craft(x, lie, product(x, lie), spot)));
			let truth = Fr::ONE - lie;
			attacks.push(("another product", craft(x, lie, product(x, truth), spot)));
			// What makes the range 0, whatever it takes.
			let half = field(x - t) / field(2 * (x - t - 1) + 1);
			attacks.push(("an answer that is no bit", craft(x, half, product(x, half), spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		y.evaluate(wires) == field(i64::from(x > t))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn a_wrong_answer_to_a_comparison_is_refused() {
	for checks in &ways() {
		step_gadget(checks).check();
	}
}

pub fn table_gadget(checks: &Checks) -> Gadget {
	let values = vec![100, 3, -5, 8, 90, -7, 40, 100];
	let function = Lookup { min: -4, values: values.clone() };
	let range = Interval { min: -3, max: 2 };
	let part = lookup::Part::new(checks, &function, range);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let y = lookup::value(frame.builder(), checks, &part, &Lc::wire(x));
	let first = Craft::new(checks).wires;
	let craft = |x: i64, y: Fr, selectors: [Fr; 6], spot: u32| {
		let mut craft = Craft::new(checks);
		craft.push(field(x));
		craft.push(y);
		if *checks == Checks::Bits {
			selectors.into_iter().for_each(|s| craft.push(s));
		} else {
			craft.loose(y + field(7), 7, spot);
		}
		craft.wires
	};
	let at = |x: i64| values[(x + 4) as usize];
	let select = |x: i64| [0, 1, 2, 3, 4, 5].map(|t| field(i64::from(t == x + 3)));
	let mut honest = Vec::new();
	for x in -3..=2 {
		let value = i64::from(at(x));
		let mut witness = Witness::new([first.clone(), vec![field(x)]].concat());
		assert_eq!(lookup::value(&mut witness, checks, &part, &x), value);
		assert_eq!(witness.wires, craft(x, field(value), select(x), 0));
		honest.push(witness.wires);
	}
	let slot = match checks {
		Checks::Bits => 0,
		Checks::Tables { .. } => checks.loose_width(7),
	};
	let mut attacks = Vec::new();
	for spot in 0..=3 {
		for x in -3..=2 {
			let value = field(at(x).into());
			let other = if x == 2 { -3 } else { x + 1 };
			let of_other = field(at(other).into());
			attacks.push(("one too much", craft(x, value + Fr::ONE, select(x), spot)));
			attacks.push(("another row's value", craft(x, of_other, select(x), spot)));
			attacks.push(("another row", craft(x, of_other, select(other), spot)));
			// The packed sum of another row.
			let packed = of_other + field((other - x) << slot);
			attacks.push(("a value that makes up for it", craft(x, packed, select(x), spot)));
			let mut two = select(x);
			two[0] += Fr::ONE;
			let sum = value + field(at(-3).into());
			attacks.push(("two rows", craft(x, sum, two, spot)));
			// Selectors that add up and point to x, but are no bits.
			let mut three = [Fr::ZERO; 6];
			let middle = (x + 3).clamp(1, 4) as usize;
			three[middle - 1] = Fr::ONE;
			three[middle + 1] = Fr::ONE;
			three[middle] = -Fr::ONE;
			let y = (0..6).map(|t| three[t] * field(at(t as i64 - 3).into())).sum();
			attacks.push(("selectors that are no bits", craft(middle as i64 - 3, y, three, spot)));
			attacks.push(("nothing selected", craft(x, Fr::ZERO, [Fr::ZERO; 6], spot)));
			// The right input by a selector of another value.
			let mut scaled = [Fr::ZERO; 6];
			scaled[0] = field(x) / field(-3);
			let y = scaled[0] * field(at(-3).into());
			attacks.push(("a part of a row", craft(x, y, scaled, spot)));
		}
		// Selecting nothing says 0, and is of use where 0 is the input.
		attacks.push(("no row at all", craft(0, Fr::ZERO, [Fr::ZERO; 6], spot)));
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		y.evaluate(wires) == field(values[(x + 4) as usize].into())
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn a_value_that_is_not_the_function_s_is_refused() {
	for checks in &ways() {
		table_gadget(checks).check();
	}
}

pub fn product_gadget() -> Gadget {
	let name = |name: &str, inputs: &[u32], op| zkml_circuits::graph::Node {
		name: name.into(),
		inputs: inputs.into(),
		op,
	};
	let nodes = vec![name("square", &[0, 0], Op::Mul)];
	let (input, output) = (common::spec(&[2], 8, -8, 8), common::spec(&[2], 8, -64, 64));
	let graph = common::graph(input, nodes, output);
	let model =
		CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO).unwrap();
	let mut constraints = Constraints::new(0);
	let x = constraints.wires(2);
	let values = [vec![Lc::wire(x), Lc::wire(x + 1)]];
	let ranges = [model.plan().ranges[0].clone()];
	let node = &model.graph().nodes[0];
	let operands = nodes::Operands::new(node, &ranges, &values);
	let mut none = nodes::Parameters::Constant(&[]);
	let (b, claims) = (&mut constraints, &mut Vec::new());
	let y = nodes::result(b, model.checks(), &operands, &mut none, &[], &(), claims);
	let wires = |x: [i64; 2], y: [i64; 2]| {
		[1].iter().chain(&x).chain(&y).map(|v| field(*v)).collect::<Vec<Fr>>()
	};
	let truth =
		move |wires: &[Fr]| (0..2).all(|i| y[i].evaluate(wires) == wires[x as usize + i].square());
	Gadget {
		frame: Frame::plain(constraints),
		truth: Box::new(truth),
		honest: vec![wires([3, -5], [9, 25])],
		attacks: vec![("another product", wires([3, -5], [9, -25]))],
	}
}

#[test]
fn a_wrong_product_is_refused() {
	product_gadget().check();
}
