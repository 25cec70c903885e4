//! Products of two computed matrices.

use zkml_circuits::{
	gadgets::{
		polynomial::Powers,
		product::{self, Claim},
	},
	graph::{Node, Op, Product},
};

use super::{polynomials::Steps, *};

/// A challenge in an assignment of a frame with one.
const CHALLENGE: usize = 1;

/// Matrices whose identity costs less than their products, and two pairs of them. With two rows it is linear in
/// the power of the challenge that tells them apart, so that a wrong one can be worked out.
const SHAPE: Product = Product { batch: 1, rows: 2, inner: 4, columns: 4 };
const PAIRS: Product = Product { batch: 2, ..SHAPE };

fn frame(checks: &Checks, shape: Product) -> (Frame, [Vec<Lc>; 3]) {
	let mut frame = Frame::new(checks);
	let mut free = |count: u64| -> Vec<Lc> {
		let first = frame.builder().wires(count as u32);
		(first..).take(count as usize).map(Lc::wire).collect()
	};
	let [left, right, _] = shape.lens();
	let (left, right) = (free(left), free(right));
	let both = [left.as_slice(), &right];
	let (y, claims) = product::results(frame.builder(), checks, &shape, both, &());
	frame.then(move |b, z| {
		let mut powers = Powers::new(z);
		claims.iter().for_each(|claim| product::constrain(b, claim, &mut powers));
	});
	(frame, [left, right, y])
}

/// The true product, of integers or of field elements.
fn expected<T: Copy + std::ops::Mul<Output = T> + std::iter::Sum>(
	shape: &Product,
	[left, right]: [&[T]; 2],
) -> Vec<T> {
	shape.terms().map(|terms| terms.map(|(i, j)| left[i] * right[j]).sum()).collect()
}

/// An honest witness: its wires, where the results begin, where the challenge is drawn.
struct Honest {
	wires: Vec<Fr>,
	start: usize,
	front: usize,
	results: Vec<i64>,
}

fn honest(checks: &Checks, shape: Product, seed: u64) -> Honest {
	let rng = &mut rng(seed);
	let mut numbers =
		|count: u64| -> Vec<i64> { (0..count).map(|_| rng.gen_range(-9..10)).collect() };
	let [left, right, _] = shape.lens();
	let (left, right) = (numbers(left), numbers(right));
	let mut witness = Witness::new(Craft::new(checks).wires);
	left.iter().chain(&right).for_each(|value| _ = witness.wire(|_| *value));
	let start = witness.wires.len();
	let both = [left.as_slice(), &right];
	let results = expected(&shape, both);
	let (y, claims): (_, Vec<Claim<Witness>>) =
		product::results(&mut witness, checks, &shape, both, &results.as_slice());
	assert_eq!(y, results);
	let front = witness.wires.len();
	if *checks != Checks::Bits {
		let mut powers = Powers::new(witness.wires[CHALLENGE]);
		claims.iter().for_each(|claim| product::constrain(&mut witness, claim, &mut powers));
	}
	Honest { wires: witness.wires, start, front, results }
}

fn matrix_gadget(checks: &Checks, shape: Product) -> Gadget {
	let (frame, [left, right, y]) = frame(checks, shape);
	let system = self::frame(checks, shape).0.finish().0;
	let Honest { wires, start, front, results } = honest(checks, shape, 3);
	let mut attacks = Vec::new();
	if front == wires.len() {
		let mut more = wires.clone();
		more[start] += Fr::ONE;
		attacks.push(("a product one too large", more));
	} else {
		let (before, behind) = wires.split_at(front);
		let steps = Steps { system: &system, front };
		let own: Vec<Fr> = results.iter().map(|y| field(*y)).collect();
		assert_eq!(&before[start..], own);
		let (rows, columns) = (shape.rows as usize, shape.columns as usize);
		let mut lie = |change: &dyn Fn(&mut [Fr])| {
			let mut lie = own.clone();
			change(&mut lie[..rows * columns]);
			attacks.extend(steps.lies(&[&before[..start], &lie].concat(), behind));
		};
		lie(&|y| y[0] += Fr::ONE);
		lie(&|y| y[rows * columns - 1] += Fr::ONE);
		lie(&|y| y.swap(0, 1));
		lie(&|y| y.iter_mut().for_each(|y| *y = -*y));
		lie(&|y| y.fill(Fr::ZERO));
		// Transposed.
		lie(&|y| {
			let old = y.to_vec();
			(0..y.len()).for_each(|at| y[at] = old[at % rows * columns + at / rows]);
		});
		// What adds up to nothing, along a row and along a column.
		lie(&|y| {
			y[0] += Fr::ONE;
			y[1] -= Fr::ONE;
		});
		lie(&|y| {
			y[0] += Fr::ONE;
			y[columns] -= Fr::ONE;
		});
		// Another power of the challenge, with first results that fit it.
		let power =
			steps.rows().into_iter().rfind(|(_, name)| *name == "challenge.power").unwrap().0;
		let given = Some((power, Fr::from(7)));
		let mut fits = own.clone();
		for (pair, gap) in steps.follow(before, behind, given).1.iter().enumerate() {
			fits[pair * rows * columns] += gap;
		}
		let front = [&before[..start], &fits].concat();
		attacks.push(("another power", steps.follow(&front, behind, given).0));
		if shape.batch > 1 {
			// An error that another pair's makes up for.
			let mut lie = own.clone();
			lie[0] += Fr::ONE;
			lie[rows * columns] -= Fr::ONE;
			attacks.extend(steps.lies(&[&before[..start], &lie].concat(), behind));
		}
	}
	let truth = move |wires: &[Fr]| {
		let [left, right, y] = [&left, &right, &y]
			.map(|all| all.iter().map(|lc| lc.evaluate(wires)).collect::<Vec<_>>());
		y == expected(&shape, [&left, &right])
	};
	let honest = [3, 4].map(|seed| self::honest(checks, shape, seed).wires).into();
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

/// At the challenge and one by one.
pub fn matrix_gadgets() -> Vec<Gadget> {
	let [bits, tables, _] = ways();
	vec![
		matrix_gadget(&bits, Product { batch: 2, rows: 2, inner: 3, columns: 2 }),
		matrix_gadget(&tables, SHAPE),
		matrix_gadget(&tables, PAIRS),
		// Less than its identity.
		matrix_gadget(&tables, Product { rows: 1, ..SHAPE }),
	]
}

#[test]
fn wrong_products_of_matrices_are_refused() {
	let mut groups = BTreeSet::new();
	matrix_gadgets().into_iter().for_each(|gadget| groups.extend(gadget.check()));
	for name in ["product", "left", "right", "term", "result", "identity"] {
		assert!(groups.contains(format!("matrix.{name}").as_str()), "{name}");
	}
}

#[test]
fn the_identity_is_used_where_it_costs_less_and_costs_what_it_says() {
	let [bits, tables, _] = ways();
	for (rows, inner, columns) in [(3, 3, 3), (1, 9, 9), (9, 1, 9), (9, 9, 1), (2, 8, 8), (8, 4, 2)]
	{
		let shape = Product { batch: 2, rows, inner, columns };
		for checks in [&bits, &tables] {
			let system = frame(checks, shape).0.finish().0;
			let own = system.group_of.iter().map(|group| system.groups[usize::from(*group)]);
			let own = own.filter(|group| group.starts_with("matrix.")).count() as u64;
			assert_eq!(own, product::cost(checks, &shape), "{shape:?}");
		}
		assert!(product::cost(&tables, &shape) <= product::cost(&bits, &shape));
	}
	assert!(product::cost(&tables, &SHAPE) < product::cost(&bits, &SHAPE));
}

/// Results that fit one challenge fit no other: they have to be there before it is drawn.
#[test]
fn an_identity_at_a_challenge_that_is_known_says_nothing() {
	let tables = &ways()[1];
	let shape = SHAPE;
	let known = Fr::from(77_777);
	let at = |challenge: Fr, change: [Fr; 2]| {
		let Honest { mut wires, start, front, .. } = honest(tables, shape, 3);
		wires.truncate(front);
		wires[CHALLENGE] = challenge;
		wires[start] += change[0];
		wires[start + 1] += change[1];
		let mut witness = Witness::new(wires.clone());
		let numbers = |range: std::ops::Range<usize>| -> Vec<i64> {
			wires[range].iter().map(|wire| craft::integer(*wire).unwrap_or(0)).collect()
		};
		let (left, right) = (numbers(start - 24..start - 16), numbers(start - 16..start));
		// Field elements that are no integers: put in once the claim is made.
		let known = numbers(start..front);
		let mut scratch = Witness::new(Vec::new());
		let both = [left.as_slice(), &right];
		let claims = product::results(&mut scratch, tables, &shape, both, &known.as_slice()).1;
		let mut powers = Powers::new(challenge);
		claims.iter().for_each(|claim| product::constrain(&mut witness, claim, &mut powers));
		let system = frame(tables, shape).0.finish().0;
		let steps = Steps { system: &system, front };
		let behind = &witness.wires[front..];
		steps.lies(&wires, behind).swap_remove(0).1
	};
	let system = frame(tables, shape).0.finish().0;
	// A multiple of z less the challenge.
	let change = [-known, Fr::ONE];
	assert_eq!(system.first_broken(&at(known, change)), None);
	let broken = system.first_broken(&at(known + Fr::ONE, change));
	assert_eq!(broken, Some("matrix.identity"));
}

/// A product of two parts of the input, in both kinds.
pub fn both() -> Vec<CompiledModel> {
	let part = |from: u32, count: u32| Op::Gather((from..from + count).collect());
	let node =
		|name: &str, inputs: &[u32], op| Node { name: name.into(), inputs: inputs.into(), op };
	let nodes = vec![
		node("left", &[0], part(0, 8)),
		node("right", &[0], part(8, 16)),
		node("product", &[1, 2], Op::Product(SHAPE)),
	];
	let [input, output] = [common::spec(&[24], 9, -9, 9), common::spec(&[2, 4], 10, -324, 324)];
	let graph = common::graph(input, nodes, output);
	let plain =
		CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO).unwrap();
	vec![plain.clone(), plain.with_lookups()]
}

/// Whatever stands behind the challenge is a step that follows from what is before it.
#[test]
fn results_are_in_the_round_and_only_steps_behind_it() {
	for model in [both().remove(1)].into_iter().chain(picks::all()) {
		if *model.checks() == Checks::Bits {
			continue;
		}
		let system = model.circuit();
		let step = |name: &str| {
			let ends = ["identity", "sum", "either", "binding", "square"];
			let starts = ["matrix.", "pick.", "challenge.", "lookup.", "binding.", "polynomial."];
			starts.iter().any(|start| name.starts_with(start))
				&& !ends.iter().any(|end| name.ends_with(end))
				&& !["pick.selector", "matrix.product"].contains(&name)
		};
		let steps = system.group_of.iter().filter(|g| step(system.groups[usize::from(**g)]));
		assert_eq!(system.last().len(), steps.count());
	}
}
