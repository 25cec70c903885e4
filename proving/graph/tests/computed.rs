//! Plans of products of computed matrices and of picked rows, as hostile files may have them.

use zkml_graph::{
	graph::{
		Channel, GraphError, IntGraph, Node, Op, Output, Pick, Product, Requantize, Table,
		MAX_BITS, MAX_PRODUCTS, NONE,
	},
	plan::Plan,
};
use zkml_primitives::{Scales, TensorSpec, ValueInfo};

fn spec(dims: &[u32], bits: u8, min: i32, max: i32) -> TensorSpec {
	let dims = dims.to_vec().try_into().unwrap();
	TensorSpec { dims, bits, min, max, scales: Scales::ONE }
}

/// The plan of operations on an input, whatever the output.
fn plan(input: TensorSpec, nodes: Vec<(Vec<u32>, Op)>) -> Result<Plan, GraphError> {
	let named = |(inputs, op)| Node { name: "it".into(), inputs, op };
	let mut nodes: Vec<Node> = nodes.into_iter().map(named).collect();
	let last = nodes.len() as u32;
	nodes.push(Node { name: "end".into(), inputs: vec![last], op: Op::Gather(vec![NONE]) });
	let info = |name: &[u8], tensor| ValueInfo { name: name.to_vec().try_into().unwrap(), tensor };
	let output = Output { info: info(b"y", spec(&[1], 8, 0, 1)), value: last + 1 };
	let inputs = vec![info(b"x", input)].try_into().unwrap();
	Plan::new(&IntGraph { inputs, nodes, outputs: vec![output].try_into().unwrap() }, None)
}

#[track_caller]
fn refused(result: Result<Plan, GraphError>, words: &str) {
	let error = result.unwrap_err().to_string();
	assert!(error.contains(words), "{words:?} not in {error:?}");
}

fn product([batch, rows, inner, columns]: [u32; 4]) -> Op {
	Op::Product(Product { batch, rows, inner, columns })
}

#[test]
fn matrices_that_do_not_fit_are_refused() {
	let of = |shape| plan(spec(&[12], 8, -9, 9), vec![(vec![0, 0], product(shape))]);
	assert_eq!(of([1, 3, 4, 3]).unwrap().ranges[1][0].max, 4 * 81);
	for shape in
		[[1, 3, 3, 3], [2, 3, 3, 3], [0, 3, 4, 3], [1, 0, 4, 3], [1, 3, 0, 3], [1, 3, 4, 0]]
	{
		refused(of(shape), "expected matrices of");
	}
	refused(of([u32::MAX; 4]), "elements");
	refused(of([1, 1 << 11, u32::MAX, 1 << 11]), "products");
	let one = plan(spec(&[12], 8, -9, 9), vec![(vec![0], product([1, 3, 4, 3]))]);
	refused(one, "expected 2 inputs");
	// As many as there may be are many.
	const { assert!(MAX_PRODUCTS < 1 << 32) };
}

#[test]
fn a_product_that_could_wrap_is_refused_with_its_layer() {
	let square = |shape| {
		let square = (vec![0, 0], Op::Mul);
		plan(spec(&[4], 32, i32::MIN, i32::MAX), vec![square, (vec![1, 0], product(shape))])
	};
	refused(square([1, 2, 2, 2]), &format!("node it: expected values of at most {MAX_BITS} bits"));
	// Terms that cancel are too large one by one, where each is on a wire.
	let ends = |min, max| Requantize { min, max, channels: vec![Channel::ONE] };
	let large = 1i64 << 40;
	let up = (vec![0], Op::Requantize(ends(large, large + 1)));
	let down = (vec![0], Op::Requantize(ends(-large - 1, -large)));
	let both = (vec![1, 2], Op::Gather(vec![0, 4]));
	let nodes = vec![up, down, both, (vec![3, 3], product([1, 1, 2, 1]))];
	refused(plan(spec(&[4], 8, -9, 9), nodes), "expected values of at most");
}

#[test]
fn a_pick_that_does_not_fit_is_refused() {
	let pick = |first, rows, width, table| Op::Pick(Pick { first, rows, width, table });
	let of = |op, inputs| plan(spec(&[2], 8, 0, 3), vec![(inputs, op)]);
	let constants = || Table::Constant((0..8).collect());
	let good = of(pick(0, 4, 2, constants()), vec![0]).unwrap();
	assert_eq!((good.ranges[1][0].min, good.ranges[1][1].max), (0, 7));
	for (first, rows, width) in
		[(0, 3, 2), (0, 4, 3), (0, 0, 0), (0, 8, 0), (0, u32::MAX, u32::MAX)]
	{
		assert!(of(pick(first, rows, width, constants()), vec![0]).is_err());
	}
	refused(of(pick(1, 4, 2, constants()), vec![0]), "indices of the table's rows, 1..=4");
	refused(of(pick(-1, 4, 2, constants()), vec![0]), "indices of the table's rows, -1..=2");
	refused(of(pick(i64::MAX, 4, 2, constants()), vec![0]), "indices of the table's rows");
	refused(of(pick(0, 4, 2, Table::OneHot), vec![0]), "expected 4 columns");
	refused(of(pick(0, 4, 2, Table::Computed), vec![0]), "expected 2 inputs");
	refused(of(pick(0, 4, 2, constants()), vec![0, 0]), "expected 1 inputs");
	refused(of(pick(0, 4, 2, Table::Computed), vec![0, 0]), "a table of 4 rows of 2");
	let many = pick(0, 1 << 22, 1 << 22, Table::OneHot);
	refused(of(many, vec![0]), "elements");
	let far =
		plan(spec(&[1 << 10], 8, 0, 3), vec![(vec![0], pick(0, 1 << 13, 1 << 13, Table::OneHot))]);
	refused(far, "elements");
	let wide = Table::Constant(vec![0; 1 << 23]);
	refused(of(pick(0, 1 << 23, 1, wide), vec![0]), "elements");
}

#[test]
fn rows_that_no_index_can_name_say_nothing_of_the_range() {
	let table = Table::Constant(vec![100, -100, 1, 2, 3, 4]);
	let op = Op::Pick(Pick { first: -1, rows: 3, width: 2, table });
	let ranges = plan(spec(&[1], 8, 0, 1), vec![(vec![0], op)]).unwrap().ranges;
	assert_eq!((ranges[1][0].min, ranges[1][0].max), (1, 3));
	assert_eq!((ranges[1][1].min, ranges[1][1].max), (2, 4));
	let hot = Op::Pick(Pick { first: -1, rows: 3, width: 3, table: Table::OneHot });
	let ranges = plan(spec(&[1], 8, 0, 1), vec![(vec![0], hot)]).unwrap().ranges;
	assert_eq!((ranges[1][0].max, ranges[1][1].max), (0, 1));
	// Of many different ranges all are taken for the widest.
	for (count, highest) in [(16, 5), (17, 5 + 16)] {
		let channel = |offset| Channel { offset, ..Channel::ONE };
		let channels = (0..count).map(channel).collect();
		let spread = Requantize { min: 0, max: 99, channels };
		let table = Table::Constant((0..100).collect());
		let op = Op::Pick(Pick { first: 0, rows: 100, width: 1, table });
		let nodes = vec![(vec![0], Op::Requantize(spread)), (vec![1], op)];
		let ranges = plan(spec(&[count as u32], 8, 0, 5), nodes).unwrap().ranges;
		assert_eq!(ranges[2][0].max, highest);
	}
}
