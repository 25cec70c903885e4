//! What values a float graph takes on inputs: given ones, and drawn ones that cover the corners of the
//! declared range.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{bounds::Span, grid::Grid};
use crate::{
	import::{FloatGraph, FloatOp},
	plan::Interval,
};

/// Drawn inputs of each kind.
const EACH: usize = 16;
/// Features that are taken alone, elements of a value that are driven to their ends.
const ALONE: usize = 16;
const DRIVEN: usize = 4;
/// Steps of a search.
const STEPS: usize = 3;
/// Multiplications that all inputs together may take: large models see fewer.
const BUDGET: u64 = 1 << 33;

/// Inputs on the declared grid, of which each has so many elements. The same graph and specifications give
/// the same inputs.
///
/// All low and all high, constant rows between, noise, sparse rows, runs of one number after the other
/// (as strokes in an image are), rows of every size from the whole range to one step, each feature alone
/// at either end; of several inputs each alone at either end. `driven` ones follow the slopes of the graph's
/// values to their ends.
pub(crate) fn drawn(float: &FloatGraph, grid: &Grid, lens: &[usize]) -> Vec<Vec<f32>> {
	// The elements of an input have one range.
	let (mut inputs, mut start) = (Vec::with_capacity(lens.len()), 0);
	for len in lens {
		inputs.push(Own { range: grid.ranges()[start], len: *len });
		start += len;
	}
	let each =
		|of: &mut dyn FnMut(&Own) -> Vec<i64>| -> Vec<i64> { inputs.iter().flat_map(of).collect() };
	let level = |of: &dyn Fn(&Own) -> i64| each(&mut |input| vec![of(input); input.len]);
	let mut rng = ChaCha20Rng::seed_from_u64(0);
	let (low, high) = (level(&|input| input.range.min), level(&|input| input.range.max));
	let zero = level(&Own::near_zero);
	let mut rows: Vec<Vec<i64>> = vec![low.clone(), high.clone(), zero.clone()];
	for quarter in 1..4 {
		rows.push(level(&|input| input.range.min + input.width() * quarter / 4));
	}
	for _ in 0..EACH {
		rows.push(each(&mut |input| (0..input.len).map(|_| input.any(&mut rng)).collect()));
	}
	for _ in 0..EACH {
		rows.push(each(&mut |input| input.runs(&mut rng)));
	}
	for _ in 0..EACH / 2 {
		let share = rng.gen_range(0.02..0.3);
		let sparse = |input: &Own, rng: &mut ChaCha20Rng| match rng.gen_bool(share) {
			true => input.any(rng),
			false => input.near_zero(),
		};
		rows.push(each(&mut |input| (0..input.len).map(|_| sparse(input, &mut rng)).collect()));
	}
	// Nearly constant rows, and small ones: around a random level within ever fewer steps.
	for power in 1..=EACH as u32 {
		rows.push(each(&mut |input| {
			let reach = (input.width() >> (2 * power)).max(1) as i32;
			let level = match power % 2 {
				0 => input.near_zero(),
				_ => input.any(&mut rng),
			};
			let near = |_| {
				let value = level + i64::from(rng.gen_range(-reach..=reach));
				value.clamp(input.range.min, input.range.max)
			};
			(0..input.len).map(near).collect()
		}));
	}
	let len = low.len();
	if len > 1 {
		for i in 0..len.min(ALONE) {
			let place = i * len / len.min(ALONE);
			for (one, rest) in [(&high, &zero), (&low, &zero), (&high, &low)] {
				let mut row = rest.clone();
				row[place] = one[place];
				rows.push(row);
			}
		}
	}
	if inputs.len() > 1 {
		let mut start = 0;
		for input in &inputs {
			for (one, rest) in [(&high, &low), (&low, &high), (&high, &zero), (&low, &zero)] {
				let mut row = rest.clone();
				let own = start..start + input.len;
				row[own.clone()].copy_from_slice(&one[own]);
				rows.push(row);
			}
			start += input.len;
		}
	}
	rows.dedup();
	let most = affordable(float);
	thin(&mut rows, most);
	rows.into_iter().map(|row| grid.reals(row)).collect()
}

/// An input whose elements are drawn.
struct Own {
	range: Interval,
	len: usize,
}

impl Own {
	fn width(&self) -> i64 {
		self.range.max - self.range.min
	}

	fn near_zero(&self) -> i64 {
		0.clamp(self.range.min, self.range.max)
	}

	fn any(&self, rng: &mut ChaCha20Rng) -> i64 {
		// Ends of inputs fit 32 bits.
		rng.gen_range(self.range.min as i32..=self.range.max as i32).into()
	}

	fn runs(&self, rng: &mut ChaCha20Rng) -> Vec<i64> {
		let len = self.len;
		let mut values = Vec::with_capacity(len);
		let longest = rng.gen_range(2..=(len / 2).clamp(2, 24));
		while values.len() < len {
			let value = match rng.gen_range(0..4) {
				0 => self.range.max,
				1 => self.any(rng),
				// Most images are mostly background.
				_ => self.near_zero(),
			};
			let run = rng.gen_range(1..=longest).min(len - values.len());
			values.extend(vec![value; run]);
		}
		values
	}
}

/// How many inputs the graph can be run on.
fn affordable(float: &FloatGraph) -> usize {
	let products = |op: &FloatOp| match op {
		FloatOp::MatMul(dense) => (dense.weights.len() * dense.rows) as u64,
		FloatOp::Product(product) => product.products(),
		_ => 0,
	};
	let all: u64 = float.ops.iter().map(|node| products(&node.op) + node.len as u64).sum();
	(BUDGET / all.max(1)).clamp(8, 256) as usize
}

/// Keeps so many, the first few and others evenly.
fn thin<T>(rows: &mut Vec<T>, most: usize) {
	let len = rows.len();
	if len > most {
		let mut index = 0;
		rows.retain(|_| {
			index += 1;
			index <= 3 || index * most / len != (index - 1) * most / len
		});
	}
}

/// What each element of each value was, over a number of inputs.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
	spans: Vec<Vec<Span>>,
}

impl Observed {
	/// On these inputs, at least one.
	pub fn on<'a>(float: &FloatGraph, inputs: impl IntoIterator<Item = &'a Vec<f32>>) -> Self {
		let mut spans: Vec<Vec<Option<Span>>> =
			(0..=float.ops.len()).map(|value| vec![None; float.len(value)]).collect();
		for input in inputs {
			for (spans, value) in spans.iter_mut().zip(float.evaluate(input)) {
				for (span, v) in spans.iter_mut().zip(value).filter(|(_, v)| v.is_finite()) {
					let own = Span::only(f64::from(v));
					*span = Some(span.map_or(own, |span| span.join(own)));
				}
			}
		}
		// What never is a number is refused where it would be used.
		let known = |span: Option<Span>| span.unwrap_or(Span::only(0.0));
		Self { spans: spans.into_iter().map(|v| v.into_iter().map(known).collect()).collect() }
	}

	/// What was said to have been observed.
	pub fn of(spans: Vec<Vec<Span>>) -> Self {
		Self { spans }
	}

	/// The elements of a value.
	pub fn elements(&self, value: usize) -> &[Span] {
		&self.spans[value]
	}

	/// All elements of a value together.
	pub fn hull(&self, value: usize) -> Span {
		Span::hull(&self.spans[value])
	}
}

/// Inputs that drive values to their ends: elements of the outputs, and of the arguments of functions,
/// up and down. They start from what was drawn and follow the signs of the slopes.
pub(crate) fn driven(float: &FloatGraph, grid: &Grid, bounds: &[Vec<Span>]) -> Vec<Vec<f32>> {
	let mut targets = Vec::new();
	let mut values: Vec<usize> = float.outputs.iter().map(|output| output.value).collect();
	for node in &float.ops {
		let curved = matches!(
			node.op,
			FloatOp::Unary(_) | FloatOp::Mul | FloatOp::Div(_) | FloatOp::Product(_)
		);
		if curved {
			values.extend(&node.inputs);
		}
	}
	values.sort_unstable();
	values.dedup();
	for value in values.into_iter().filter(|value| *value > 0) {
		let mut order: Vec<usize> = (0..float.len(value)).collect();
		let spans = &bounds[value];
		order.sort_by(|a, b| spans[*b].high.total_cmp(&spans[*a].high));
		targets.extend(order.iter().take(DRIVEN).map(|element| (value, *element, 1f32)));
		order.sort_by(|a, b| spans[*a].low.total_cmp(&spans[*b].low));
		targets.extend(order.iter().take(DRIVEN).map(|element| (value, *element, -1f32)));
	}
	// A search takes a few evaluations and as many gradients.
	thin(&mut targets, (affordable(float) / (3 * STEPS)).max(2));
	let low = grid.reals(grid.ranges().iter().map(|range| range.min));
	let high = grid.reals(grid.ranges().iter().map(|range| range.max));
	let middle: Vec<f32> = low.iter().zip(&high).map(|(a, b)| (a + b) / 2.0).collect();
	let mut inputs = Vec::new();
	for (value, element, sign) in targets {
		let mut input = middle.clone();
		for _ in 0..STEPS {
			let values = float.evaluate(&input);
			let slopes = float.gradient(&values, value, element);
			for (i, x) in input.iter_mut().enumerate() {
				let rise = slopes[i] * sign;
				if rise != 0.0 {
					*x = if rise > 0.0 { high[i] } else { low[i] };
				}
			}
		}
		inputs.push(grid.nearest(&input));
	}
	inputs
}
