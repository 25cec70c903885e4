//! Functions of one number in the walk.

use super::{
	bounds::Span,
	steps::Table,
	tails::tails,
	walk::{varied, Ends, Value, Walk},
};
use crate::{
	error::CompileError,
	graph::{GraphError, Lookup, Op},
	import::Function,
	options::Widths,
	plan::Interval,
};

/// Room beside what was observed, as a share of its width, where more is possible.
const ROOM: f64 = 0.5;
/// Share of a function's range that a row of its table may be off before it gets more rows.
const COARSE: f64 = 1.0 / 512.0;
/// How much more that may be where steps are powers of two.
const HAIR: f64 = 1.01;
/// Bits of a table's argument up to which it gets more rows.
const AUTOMATIC: u8 = 12;
/// Share of what a function makes of what was seen that a row may be off before a table goes less far.
const HOPELESS: f64 = 0.125;
/// How much more that may be before a table leaves it out.
const WIDE: f64 = 4.0;
/// What to do where a function has no value.
pub(super) const AWAY: &str = "a Clip before it, or another range of the input, keeps it away";

impl Walk<'_> {
	pub(super) fn table(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		function: &Function,
	) -> Result<Value, CompileError> {
		let (x, from) = self.aimed(input)?;
		if let Some(table) = self.steps.table(value) {
			let Table { scale, ends, unit, lookup } = table.clone();
			let id = self.rescaled(input, name, &x, &[scale], ends)?;
			return Ok(Value::settled(self.emit(name, vec![id], Op::Lookup(lookup), None)?, unit));
		}
		// For all that share it, mostly this one alone.
		let members = self.steps.members(value);
		let shared = members.len() > 1;
		let widest = |of: fn(&Widths) -> u8| {
			members.iter().map(|member| of(&self.widths(*member))).fold(0, u8::max)
		};
		let (table_bits, value_bits) = (widest(|w| w.table_bits), widest(|w| w.activation_bits));
		let inputs: Vec<usize> =
			members.iter().map(|member| self.float.ops[member - 1].inputs[0]).collect();
		let hull = |of: &[Vec<Span>]| Span::hull(inputs.iter().flat_map(|input| &of[*input]));
		let could = hull(self.known.bounds);
		let seen: Vec<Span> = inputs.iter().map(|v| self.known.observed.hull(*v)).collect();
		let was = Span::hull(&seen);
		let per_bits = f64::from(value_bits).exp2() - 1.0;
		let sizes = members.iter().map(|member| self.known.observed.hull(*member).size());
		let size = sizes.fold(0.0, f64::max);
		// A piece of a function is nothing beyond its end, exactly.
		let tolerance = if self.is_piece(value) { 0.0 } else { size / per_bits / 2.0 };
		let rows = f64::from(table_bits.max(AUTOMATIC)).exp2() - 1.0;
		let (arguments, mut meant) = domain(function, could, was, tolerance, rows);
		// Of what is beyond those bounds nothing is known.
		let own = hull(self.known.could);
		meant[0] &= own.low >= could.low;
		meant[1] &= own.high <= could.high;
		// The argument may have finer integers than it has elsewhere.
		let finest = match (x.shared(), &x.targets) {
			(Some(scale), Some(_)) => (scale / from).log2().ceil().min(0.0),
			_ => 0.0,
		};
		// A table that loses much gets some more rows.
		let mut scale = from;
		for bits in table_bits..=table_bits.max(AUTOMATIC) {
			let want = (arguments.high - arguments.low) / (f64::from(bits).exp2() - 1.0);
			scale = match shared {
				true => want.max(from * finest.exp2()),
				false => from * f64::exp2((want / from).log2().ceil().clamp(finest, 40.0)),
			};
			// The nearest power of two, whose cell may be a hair above what such a step's is where nothing is cut off.
			scale = if shared { scale.log2().round().exp2() } else { scale };
			let coarse = if shared { COARSE * HAIR } else { COARSE };
			if cell(function, arguments, scale) <= coarse {
				break;
			}
		}
		self.cell = self.cell.max(cell(function, arguments, scale));
		let low = (arguments.low / scale).floor() as i64;
		let high = ((arguments.high / scale).ceil() as i64).max(low + 1);
		let ends = Ends { low, high, meant };
		let id = self.rescaled(input, name, &x, &[scale], ends)?;
		let range = if shared { Interval { min: low, max: high } } else { self.hull(id) };
		// Rounding may step over an end where the function has no value.
		let inside = |x: i64| (x as f64 * scale).max(could.low).min(could.high);
		let values: Vec<f64> = (range.min..=range.max).map(|x| function.at(inside(x))).collect();
		if let Some(bad) = values.iter().position(|value| !value.is_finite()) {
			let at = inside(range.min + bad as i64);
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("a finite value of {} at {at} ({AWAY})", function.name()),
				got: values[bad].to_string(),
			}));
		}
		let span = values.iter().map(|v| Span::only(*v)).reduce(Span::join);
		let span = span.unwrap_or(Span::only(0.0));
		let size = if self.private { span.size() } else { span.size() * varied(span) };
		let unit = if size > 0.0 { size / per_bits } else { 1.0 };
		// Whole numbers are what they are.
		let whole = self.exact[value] && span.size() <= f64::from(1 << 24);
		let unit = match (self.is_piece(value), shared) {
			_ if whole => 1.0,
			// Of pieces of one function each is a power of two of the others.
			(true, _) => unit.log2().floor().exp2(),
			(false, true) => unit.log2().round().exp2(),
			(false, false) => unit,
		};
		let values = values.iter().map(|value| (value / unit).round() as i32).collect();
		let lookup = Lookup { min: range.min, values };
		self.steps.keep(value, Table { scale, ends, unit, lookup: lookup.clone() });
		Ok(Value::settled(self.emit(name, vec![id], Op::Lookup(lookup), None)?, unit))
	}
}

/// The most that the nearest row of a table is off, as a share of what the function makes of them all.
pub(super) fn cell(function: &Function, arguments: Span, step: f64) -> f64 {
	let Span { low, high } = arguments;
	let count = ((high - low) / step).ceil().clamp(1.0, 65536.0) as usize;
	let at = |i: usize| function.at((low + i as f64 * step).min(high));
	let half = |i: usize| function.at((low + (i as f64 + 0.5) * step).min(high));
	let (mut all, mut most) = (None::<Span>, 0f64);
	for i in 0..=count {
		let (here, between) = (at(i), half(i));
		if here.is_finite() && between.is_finite() {
			all = Some(all.map_or(Span::only(here), |span| span.join(Span::only(here))));
			most = most.max((between - here).abs()).max((between - at(i + 1)).abs());
		}
	}
	let all = all.unwrap_or(Span::only(0.0));
	if all.high > all.low {
		most / (all.high - all.low)
	} else {
		0.0
	}
}

/// The arguments that a table of so many rows is to have, and for each end whether what is beyond makes no
/// difference or cannot be.
fn domain(
	function: &Function,
	could: Span,
	was: Span,
	tolerance: f64,
	rows: f64,
) -> (Span, [bool; 2]) {
	let width = (was.high - was.low).max(was.size() * 1e-3).max(f64::MIN_POSITIVE);
	let near = |end: f64, seen: f64| (end - seen).abs() <= WIDE * width;
	let [left, right] = match could.size().is_finite() {
		true => tails(function, could, was, tolerance).map(Some),
		false => [None, None],
	};
	// Rows as far as there would tell little of what was seen apart.
	let told = |far: f64| {
		let reach = (was.high - far).max(far - was.low);
		let inside = (was.low..=was.high).contains(&far);
		inside || cell(function, was, reach / rows) <= HOPELESS
	};
	let constant = |tail: Option<super::tails::Tail>| {
		tail.filter(|tail| tail.slope == 0.0).map(|tail| tail.from).filter(|from| told(*from))
	};
	let (low, low_meant) = match constant(left) {
		Some(from) if from > could.low => (from, true),
		_ if near(could.low, was.low) => (could.low, true),
		_ => ((was.low - ROOM * width).max(could.low), false),
	};
	let (high, high_meant) = match constant(right) {
		Some(from) if from < could.high => (from, true),
		_ if near(could.high, was.high) => (could.high, true),
		_ => ((was.high + ROOM * width).min(could.high), false),
	};
	// A function that is constant on all of it.
	let high = if high > low { high } else { low + width };
	(Span { low, high }, [low_meant, high_meant])
}
