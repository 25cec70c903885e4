//! Rows picked by computed indices.

use zkml_circuits::{
	gadgets::{
		pick::{self, Left},
		polynomial::Powers,
		product,
	},
	graph::{Node, Op, Pick, Table},
};

use super::*;

/// Where the challenge is in an assignment of a frame with one.
const CHALLENGE: usize = 1;
/// The first row's index.
const FIRST: i64 = -1;

/// Rows of two of which `1 / (z - F)` adds up to that of a row that is none, with multiplicities -1 and 2: with
/// `p_1 = z (z - 1)`, `p_2 = (z - 1) (z + 1)`, `p_3 = z (z + 1)`, which are `z - F`, `1 / p_3 = 2 / p_2 - 1 / p_1`.
const DEPENDENT: [i32; 4] = [2, -1, 1, -1];
const NO_ROW: [i64; 2] = [0, -1];

/// A table, and which rows are picked honestly.
#[derive(Clone)]
struct Case {
	pick: Pick,
	table: Vec<i64>,
	queries: Vec<i64>,
}

impl Case {
	fn new(rows: u32, width: u32, constant: bool, values: &[i32], queries: &[i64]) -> Self {
		let table = match constant {
			true => Table::Constant(values.to_vec()),
			false => Table::Computed,
		};
		let pick = Pick { first: FIRST, rows, width, table };
		let table = values.iter().map(|value| i64::from(*value)).collect();
		Self { pick, table, queries: queries.to_vec() }
	}

	fn width(&self) -> usize {
		self.pick.width as usize
	}

	/// Elements of the table on wires.
	fn own(&self) -> &[i64] {
		match self.pick.table {
			Table::Computed => &self.table,
			Table::Constant(_) | Table::OneHot => &[],
		}
	}

	fn row(&self, index: i64) -> Vec<i64> {
		let row = (index - FIRST) as usize;
		match self.pick.table {
			Table::OneHot => (0..self.width()).map(|column| i64::from(column == row)).collect(),
			_ => self.table[row * self.width()..(row + 1) * self.width()].to_vec(),
		}
	}

	fn results(&self) -> Vec<i64> {
		self.queries.iter().flat_map(|index| self.row(*index)).collect()
	}

	fn frame(&self, checks: &Checks) -> (Frame, [Vec<Lc>; 3]) {
		let mut frame = Frame::new(checks);
		let mut free = |count: usize| -> Vec<Lc> {
			let first = frame.builder().wires(count as u32);
			(first..).take(count).map(Lc::wire).collect()
		};
		let (x, table) = (free(self.queries.len()), free(self.own().len()));
		let (y, left) = pick::results(frame.builder(), checks, &self.pick, (&x, &table), &());
		frame.then(move |b, z| {
			let mut powers = Powers::new(z);
			match &left {
				Left::Rows(claim) => pick::constrain(b, claim, &mut powers),
				Left::Products(claims) => {
					claims.iter().for_each(|claim| product::constrain(b, claim, &mut powers));
				}
			}
		});
		(frame, [x, table, y])
	}

	/// An honest witness, and where the challenge is drawn.
	fn honest(&self, checks: &Checks) -> (Vec<Fr>, usize) {
		let mut witness = Witness::new(Craft::new(checks).wires);
		let (x, table) = (self.queries.as_slice(), self.own());
		x.iter().chain(table).for_each(|value| _ = witness.wire(|_| *value));
		let results = self.results();
		let known = results.as_slice();
		let (y, left) = pick::results(&mut witness, checks, &self.pick, (x, table), &known);
		assert_eq!(y, results);
		let front = witness.wires.len();
		if *checks != Checks::Bits {
			let mut powers = Powers::new(witness.wires[CHALLENGE]);
			match &left {
				Left::Rows(claim) => pick::constrain(&mut witness, claim, &mut powers),
				Left::Products(claims) => {
					let b = &mut witness;
					claims.iter().for_each(|claim| product::constrain(b, claim, &mut powers));
				}
			}
		}
		(witness.wires, front)
	}

	/// Where results begin.
	fn start(&self, checks: &Checks) -> usize {
		Craft::new(checks).wires.len() + self.queries.len() + self.own().len()
	}

	fn gadget(self, checks: &Checks) -> Gadget {
		let (frame, [x, table, y]) = self.frame(checks);
		let (wires, front) = self.honest(checks);
		let fingerprints = pick::by_fingerprints(checks, &self.pick, self.queries.len() as u64);
		let attacks = match fingerprints {
			true => self.wrong_rows(checks, &wires[..front]),
			false => self.wrong_selectors(checks, &wires),
		};
		let case = self.clone();
		let truth = move |wires: &[Fr]| {
			let at = |all: &[Lc]| all.iter().map(|lc| lc.evaluate(wires)).collect::<Vec<Fr>>();
			let [x, own, y] = [&x, &table, &y].map(|all| at(all));
			x.iter().zip(y.chunks(case.width())).all(|(x, y)| {
				let row =
					integer(*x).filter(|x| (0..i64::from(case.pick.rows)).contains(&(x - FIRST)));
				row.is_some_and(|index| match case.pick.table {
					Table::Computed => {
						let start = (index - FIRST) as usize * case.width();
						y == &own[start..start + case.width()]
					}
					_ => y.iter().zip(case.row(index)).all(|(y, t)| *y == field(t)),
				})
			})
		};
		Gadget { frame, truth: Box::new(truth), honest: vec![wires], attacks }.only_lies()
	}

	/// Bits that are none, and products of them.
	fn wrong_selectors(&self, checks: &Checks, honest: &[Fr]) -> Vec<(&'static str, Vec<Fr>)> {
		let start = self.start(checks);
		let system = self.frame(checks).0.finish().0;
		let mut attacks = Vec::new();
		for wire in start..honest.len() {
			for change in [Fr::ONE, -Fr::ONE] {
				let mut lie = honest.to_vec();
				lie[wire] += change;
				attacks.push(("another bit or product", lie.clone()));
				multiplied(&system, &mut lie);
				attacks.push(("another bit and what follows", lie));
			}
		}
		for (at, index) in [(0, 40), (0, FIRST - 1), (0, FIRST)] {
			let mut lie = honest.to_vec();
			lie[Craft::new(checks).wires.len() + at] = field(index);
			attacks.push(("another index", lie));
		}
		attacks
	}

	/// Results that are no row, completed in every way that breaks one group alone.
	fn wrong_rows(&self, checks: &Checks, front: &[Fr]) -> Vec<(&'static str, Vec<Fr>)> {
		let (start, width) = (self.start(checks), self.width());
		let counts = start + self.queries.len() * width;
		let index = Craft::new(checks).wires.len();
		let mut lies = Vec::new();
		let mut lie = |name: &'static str, change: &dyn Fn(&mut [Fr])| {
			let mut wires = front.to_vec();
			change(&mut wires);
			lies.push((name, wires));
		};
		lie("a result one too large", &|wires| wires[start] += Fr::ONE);
		lie("columns swapped", &|wires| wires.swap(start, start + 1));
		lie("another row's results", &|wires| {
			let other = self.row(if self.queries[0] == FIRST { FIRST + 1 } else { FIRST });
			(0..width).for_each(|column| wires[start + column] = field(other[column]));
		});
		lie("a row of two rows", &|wires| {
			let other = self.row(if self.queries[0] == FIRST { FIRST + 1 } else { FIRST });
			wires[start] = field(other[0]) + Fr::ONE;
		});
		lie("another index", &|wires| wires[index] += Fr::ONE);
		lie("an index out of the table", &|wires| wires[index] = field(FIRST - 1));
		lie("results of an index out of the table", &|wires| {
			wires[index] = field(FIRST + i64::from(self.pick.rows));
			(0..width).for_each(|column| wires[start + column] = Fr::ZERO);
		});
		if self.table[..4] == DEPENDENT.map(i64::from) {
			lie("a sum of fractions at one challenge", &|wires| {
				wires[index] = field(FIRST);
				(0..2).for_each(|column| wires[start + column] = field(NO_ROW[column]));
				let before = if self.queries[0] == FIRST { [1, 0] } else { [0, 1] };
				(0..2).for_each(|row| {
					wires[counts + row] += field([-1, 2][row] - before[row]);
				});
			});
		}
		let system = self.frame(checks).0.finish().0;
		lies.into_iter()
			.flat_map(|(name, front)| {
				complete(&system, &front).into_iter().map(move |wires| (name, wires))
			})
			.collect()
	}
}

/// Products of bits and table, as they follow.
fn multiplied(system: &R1cs, wires: &mut [Fr]) {
	let at = |side: &Matrix, row: usize, wires: &[Fr]| -> Fr {
		side.row(row).map(|(wire, c)| wires[wire as usize] * c).sum()
	};
	for row in 0..system.len() {
		if system.groups[usize::from(system.group_of[row])] == "matrix.product" {
			let product = at(&system.a, row, wires) * at(&system.b, row, wires);
			system.c.row(row).for_each(|(wire, _)| wires[wire as usize] = product);
		}
	}
}

/// All wires for those of the round: as they follow, and with each one wrong by as much as makes the rest fit.
fn complete(system: &R1cs, front: &[Fr]) -> Vec<Vec<Fr>> {
	let names: Vec<&str> =
		system.group_of.iter().map(|group| system.groups[usize::from(*group)]).collect();
	let rows = |wanted: &str| -> Vec<usize> {
		(0..system.len()).filter(|row| names[*row] == wanted).collect()
	};
	let at = |side: &Matrix, row: usize, wires: &[Fr]| -> Fr {
		side.row(row).map(|(wire, c)| wires[wire as usize] * c).sum()
	};
	let only = |side: &Matrix, row: usize| side.row(row).next().map(|(wire, _)| wire as usize);
	let steps: Vec<usize> = (0..system.len())
		.filter(|row| ["challenge.power", "pick.table", "pick.result"].contains(&names[*row]))
		.collect();
	let follow = |given: Option<(usize, Fr)>| {
		let mut wires = front.to_vec();
		wires.resize(system.wires, Fr::ZERO);
		for (row, name) in names.iter().enumerate() {
			match *name {
				"challenge.power" | "pick.table" | "pick.result" => {
					let wire = only(&system.c, row).unwrap();
					wires[wire] = match given {
						Some((step, value)) if step == row => value,
						_ => at(&system.a, row, &wires) * at(&system.b, row, &wires),
					};
				}
				"pick.query" | "pick.row" => {
					let wire = only(&system.a, row).unwrap();
					let below = at(&system.b, row, &wires).inverse().unwrap_or_default();
					wires[wire] = at(&system.c, row, &wires) * below;
				}
				_ => {}
			}
		}
		wires
	};
	let sum = rows("pick.sum")[0];
	let gap = |wires: &[Fr]| at(&system.a, sum, wires);
	let plain = follow(None);
	let mut ways = vec![plain.clone()];
	// A fraction that makes up for the others.
	for group in ["pick.query", "pick.row"] {
		let mut wires = plain.clone();
		let wire = only(&system.a, rows(group)[0]).unwrap();
		let factor = system.a.row(sum).find(|(own, _)| *own as usize == wire).unwrap().1;
		wires[wire] -= gap(&plain) / factor;
		ways.push(wires);
	}
	// Fingerprints compared at the challenge itself.
	let last = rows("challenge.power").pop().unwrap();
	ways.push(follow(Some((last, front[CHALLENGE]))));
	// A step with which the first index's fingerprint is a row's, whose multiplicity has to fit.
	let query = rows("pick.query")[0];
	for row in rows("pick.row") {
		for step in &steps {
			let apart = |value: Fr| {
				let wires = follow(Some((*step, value)));
				at(&system.b, query, &wires) - at(&system.b, row, &wires)
			};
			let (at_0, at_1) = (apart(Fr::ZERO), apart(Fr::ONE));
			if at_0 != at_1 {
				ways.push(follow(Some((*step, at_0 / (at_0 - at_1)))));
			}
		}
	}
	ways
}

/// By bits and by fingerprints, of constants and of a computed table.
pub fn pick_gadgets() -> Vec<Gadget> {
	let [bits, tables, _] = ways();
	let table: Vec<i32> = (0..12).map(|i| i * i - 20).collect();
	let mut gadgets = Vec::new();
	for constant in [true, false] {
		gadgets.push(Case::new(3, 2, constant, &table[..6], &[0, 1]).gadget(&bits));
	}
	let mut one_hot = Case::new(4, 4, true, &[0; 16], &[2, -1]);
	one_hot.pick.table = Table::OneHot;
	gadgets.push(one_hot.clone().gadget(&bits));
	gadgets.push(one_hot.gadget(&tables));
	let many: Vec<i32> = DEPENDENT.into_iter().chain(5..65).collect();
	// The first row once, so that a wrong fingerprint of it is no other query's.
	let queries = [-1, 0, 7, 7, 30, 2, 5, 9, 11, 14, 3, 4];
	gadgets.extend([true, false].map(|constant| {
		let case = Case::new(32, 2, constant, &many[..64], &queries);
		assert!(pick::by_fingerprints(&tables, &case.pick, queries.len() as u64));
		case.gadget(&tables)
	}));
	gadgets
}

#[test]
fn results_that_are_no_row_of_the_index_are_refused() {
	let mut groups = BTreeSet::new();
	pick_gadgets().into_iter().for_each(|gadget| groups.extend(gadget.check()));
	for name in ["selector", "table", "result", "query", "row", "sum"] {
		assert!(groups.contains(format!("pick.{name}").as_str()), "{name}");
	}
}

/// Why fingerprints are compared at a power of the challenge that is above all others.
#[test]
fn one_challenge_for_both_would_let_a_row_pass_that_is_none() {
	for z in [5u64, 1_234_567, u64::MAX] {
		let z = Fr::from(z);
		let print =
			|index: i64, [a, b]: [i64; 2]| field(index) + field(a) * z + field(b) * z.square();
		let rows = [print(0, [2, -1]), print(1, [1, -1])];
		let query = print(0, NO_ROW);
		let fraction = |point: Fr, print: Fr| (point - print).inverse().unwrap();
		let sides = |point: Fr| {
			let right = field(2) * fraction(point, rows[1]) - fraction(point, rows[0]);
			(fraction(point, query), right)
		};
		let (left, right) = sides(z);
		assert_eq!(left, right, "with multiplicities -1 and 2");
		let (left, right) = sides(z.pow([8]));
		assert_ne!(left, right);
	}
}

#[test]
fn fingerprints_are_used_where_they_cost_less_and_few_challenges_are_bad() {
	let [bits, tables, _] = ways();
	let pick = |rows, width| Pick { first: 0, rows, width, table: Table::Computed };
	let constant = |rows: u32, width: u32| {
		let values = vec![0; (rows * width) as usize];
		Pick { table: Table::Constant(values), ..pick(rows, width) }
	};
	assert!(pick::by_fingerprints(&tables, &constant(1000, 64), 32));
	assert!(!pick::by_fingerprints(&bits, &constant(1000, 64), 32));
	// As many bits as elements.
	assert!(!pick::by_fingerprints(&tables, &constant(65, 64), 32));
	assert!(pick::by_fingerprints(&tables, &pick(65, 64), 32));
	let hot = Pick { table: Table::OneHot, ..pick(1000, 1000) };
	assert!(!pick::by_fingerprints(&tables, &hot, 32));
	assert!(pick::bad_challenges(&pick(1000, 64), 32) < 1 << 29);
	assert!(pick::bad_challenges(&pick(1 << 16, 64), 1 << 16) > 1 << 36);
	assert!(!pick::by_fingerprints(&tables, &pick(1 << 16, 64), 1 << 16));
	assert_eq!(pick::bad_challenges(&pick(u32::MAX, u32::MAX), u64::MAX), u64::MAX);
}

/// A challenge at which a row's fraction is none is no challenge to prove with.
#[test]
fn a_challenge_that_is_a_fingerprint_is_told() {
	let tables = &ways()[1];
	let pick = Pick { first: 0, rows: 30, width: 1, table: Table::Constant(vec![0; 30]) };
	let queries: Vec<i64> = (0..20).collect();
	let b = &mut Witness::new(vec![]);
	let Left::Rows(claim) =
		pick::results(b, tables, &pick, (&queries, &[]), &[0i64; 20].as_slice()).1
	else {
		panic!("by bits");
	};
	// The fingerprint of row 1 is 1.
	assert!(pick::is_row(&claim, Fr::ONE));
	assert!(pick::is_row(&claim, Fr::ZERO));
	assert!(!pick::is_row(&claim, Fr::from(3)));
}

/// Models with a table of every kind.
pub fn all() -> Vec<CompiledModel> {
	let node =
		|name: &str, inputs: &[u32], op| Node { name: name.into(), inputs: inputs.into(), op };
	let mut models = Vec::new();
	for (rows, width, queries) in [(3u32, 2u32, 2u32), (32, 2, 12)] {
		let constants: Vec<i32> = (0..(rows * width) as i32).collect();
		for table in [Table::OneHot, Table::Constant(constants), Table::Computed] {
			let width = if table == Table::OneHot { rows } else { width };
			let spread = (0..rows * width).map(|i| i % queries).collect();
			let inputs: &[u32] = if table == Table::Computed { &[0, 1] } else { &[0] };
			let pick = Pick { first: 0, rows, width, table };
			let nodes =
				vec![node("table", &[0], Op::Gather(spread)), node("rows", inputs, Op::Pick(pick))];
			let input = common::spec(&[queries], 8, 0, rows as i32 - 1);
			let graph = common::graph(input, nodes, common::spec(&[queries, width], 8, 0, 127));
			let plain = CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO);
			let plain = plain.unwrap();
			models.extend([plain.clone(), plain.with_lookups()]);
		}
	}
	models
}

#[test]
fn models_that_pick_rows_agree_with_the_interpreter() {
	for (seed, model) in all().into_iter().chain(products::both()).enumerate() {
		let values = common::input(&model, seed as u64);
		common::agrees(&model, &values, seed as u64);
	}
}
