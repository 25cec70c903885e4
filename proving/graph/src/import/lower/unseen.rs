//! Softmax of scores of which a computed mask hides some, and what becomes of rows of which nothing is seen.
//!
//! Of such a row floats go by what is hidden least: several masks hide by several numbers, which add up where more
//! than one hides. So there are levels, each with what it sees and its number, from the largest number down; the last
//! is that of all masks together, which every element has where no level sees anything.

use super::{
	compose::{tensor, Compose, Made},
	hidden::{Hidden, Hiding, Part, LEAST},
	masks::FAR,
	shape::repeated,
	soft, Variable,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	Divisor, ImportError,
};

/// Above it 32-bit floats hold at least every 128th beside a number.
const OWN: f32 = -131_072.0;
/// From here on down they hold nothing of what is smaller than 32.
const ALIKE: f32 = -1e9;
/// Nothing is left of an exponential so far below another.
const NOTHING: f32 = 18.0;

/// What a softmax makes of a row of which it sees nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
	/// The same everywhere, as all its scores are one number.
	Alike,
	/// What it would be without a mask: all are lower by the same.
	Own,
	/// Zeros, where floats have no number or an operator says so.
	Zeros,
}

/// Some of what is hidden, all by one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
	/// Number of the value that is 1 where this hides and nothing that hides more, in rows of which no level above
	/// sees anything.
	pub seen: usize,
	pub far: f32,
	pub hiding: Hiding,
}

/// What is hidden less than all, of rows of which nothing is seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fall {
	/// From the largest number down.
	pub levels: Vec<Level>,
	/// Whether it is not known.
	pub mixed: bool,
}

/// What becomes of rows of which nothing is seen, and where scores have to be for it.
#[derive(Clone, Debug, Default)]
pub struct Falls {
	/// What each level sees, which is all in the last, and what it is there.
	pub levels: Vec<(Option<usize>, Unseen)>,
	/// How far apart numbers are that hide, at least.
	apart: Option<f32>,
	/// The largest number that is put in the place of scores.
	put: Option<f32>,
	/// The size below which floats hold nothing of scores beside a number, if it is to be so.
	lost: Option<f32>,
}

impl Falls {
	/// Zeros.
	pub fn zeros() -> Self {
		Self { levels: vec![(None, Unseen::Zeros)], ..Self::default() }
	}

	/// Notes that a number hides, after those that are larger.
	fn note(&mut self, above: f32, far: f32, hiding: Hiding, unseen: Unseen) {
		let least = |own: Option<f32>, other: f32| Some(own.map_or(other, |own| own.min(other)));
		// Elsewhere scores are never that large. What is put beside them is as far from each as that is itself.
		let beside = hiding == Hiding::Put && above == 0.0;
		if above - far < -FAR && !beside {
			self.apart = least(self.apart, above - far);
		}
		if hiding == Hiding::Put && far > FAR {
			self.put = Some(self.put.map_or(far, |own| own.max(far)));
		}
		if hiding == Hiding::Added && unseen == Unseen::Alike {
			// Half of the distance of floats there.
			let lost = (f32::from_bits(far.to_bits() + 1) - far).abs() / 2.0;
			if lost < -FAR {
				self.lost = least(self.lost, lost);
			}
		}
	}

	/// Asks that scores, which in each row are so high above the smallest, be where the numbers hide them.
	fn limit(&self, compose: &mut Compose, x: &Variable, height: &Variable) {
		let (node, lowering) = (compose.node, &mut *compose.lowering);
		let advice = "(a mask of the least number of FLOAT, or of minus infinity, hides scores whatever they are)";
		// What is that far below another is nothing beside it.
		if let Some(apart) = self.apart {
			let why = format!(
				"as far as scores of a row may be apart of which a number that is {apart} \
			                   below hides some {advice}"
			);
			lowering.limit_met(node, height.value, (0, (apart - NOTHING) as i64), why);
		}
		if let Some(put) = self.put {
			let why = format!("as scores beside {put} that hides others {advice}");
			lowering.limit_met(node, x.value, ((put + NOTHING) as i64, i64::MAX), why);
		}
		if let Some(lost) = self.lost {
			let why = format!(
				"as floats lose scores beside a number only there, in rows that are hidden \
			                   whole {advice}"
			);
			lowering.limit_met(node, x.value, (-(lost as i64), lost as i64), why);
		}
	}
}

/// What becomes of elements that are hidden by a number.
fn unseen(node: &Node, far: f32, hiding: Hiding) -> Result<Unseen, ImportError> {
	match hiding {
		_ if far == f32::NEG_INFINITY => Ok(Unseen::Zeros),
		Hiding::Added if far > OWN => Ok(Unseen::Own),
		Hiding::Added if far > ALIKE => {
			let expected = format!(
				"a mask that adds {LEAST}, or {ALIKE} or less such as the least number of FLOAT (what \
				 is added between {OWN} and {ALIKE} leaves scores some of their digits in a row that is \
				 hidden whole; or Where puts it in the place of scores)"
			);
			Err(node.error(expected, far.to_string()))
		}
		Hiding::Alone | Hiding::Added | Hiding::Put => Ok(Unseen::Alike),
	}
}

/// What becomes of rows of which nothing is seen, by numbers that an operator takes for others.
///
/// # Errors
///
/// If that is not known.
pub fn falls(
	node: &Node,
	fall: &Fall,
	(far, hiding): (f32, Hiding),
	taken: impl Fn(f32) -> f32,
) -> Result<Falls, ImportError> {
	if fall.mixed {
		let expected = "one mask, or two of which each hides by one number, equal or 10,000 apart \
		                (And of truth values, or Mul of integers of 0 and 1, makes one mask of several)";
		return Err(
			node.error(expected, "masks of more numbers added or put in each other's place")
		);
	}
	let (mut made, mut above) = (Falls::default(), 0.0);
	for level in &fall.levels {
		let own = unseen(node, taken(level.far), level.hiding)?;
		made.note(above, level.far, level.hiding, own);
		if own == Unseen::Zeros {
			made.levels.push((None, own));
			return Ok(made);
		}
		made.levels.push((Some(level.seen), own));
		above = level.far;
	}
	let own = unseen(node, taken(far), hiding)?;
	made.note(above, far, hiding, own);
	made.levels.push((None, own));
	Ok(made)
}

/// What a constant lets be seen, as a value, repeated to a shape.
pub fn constant(compose: &mut Compose, seen: &[bool], shape: &[usize], dims: &[usize]) -> Made {
	let all = repeated(shape, dims).into_iter().map(|at| f32::from(u8::from(seen[at]))).collect();
	let name = compose.node.name;
	compose
		.lowering
		.materialise(compose.node, &Tensor::new(name, dims.to_vec(), Values::Float(all)))
}

/// How far below another a number is: equal, far enough for nothing to be left beside it, or neither.
fn below(far: f32, other: f32) -> Option<bool> {
	match far == other {
		true => Some(false),
		false => (other - far >= -LEAST).then_some(true),
	}
}

/// What is hidden least by two masks that are added, in a shape that both fit into.
pub fn added(
	compose: &mut Compose,
	parts: [&Part; 2],
	dims: &[usize],
	hiding: Hiding,
) -> Result<Fall, ImportError> {
	// Where one mask is seen there are the scores of the other side.
	let met = |own: Hiding| match (own, hiding) {
		(Hiding::Alone, Hiding::Added | Hiding::Put) => Hiding::Added,
		(own, _) => own,
	};
	let [first, second] = parts;
	if !(first.hides() && second.hides()) {
		let (part, other) = if first.hides() { (first, second) } else { (second, first) };
		let mut fall = part.fall.clone();
		for level in &mut fall.levels {
			let own = tensor(level.seen, part.shape.clone());
			level.seen = compose.spread(&own, dims)?.value;
			if other.hiding == Hiding::Added {
				level.hiding = Hiding::Added;
			}
		}
		return Ok(fall);
	}
	let (strong, weak) = if first.far <= second.far { (first, second) } else { (second, first) };
	let apart = below(strong.far, weak.far);
	let plain = [strong, weak].iter().all(|part| part.fall == Fall::default());
	let Some(apart) = apart.filter(|_| plain) else {
		return Ok(Fall { mixed: true, levels: Vec::new() });
	};
	if weak.far == f32::NEG_INFINITY {
		return Ok(Fall::default());
	}
	let mut own = |part: &Part| match part.value(compose, dims)? {
		Some(value) => Ok(tensor(value, dims.to_vec())),
		None => Err(compose.node.error("a mask", "none")),
	};
	let [by_strong, by_weak] = [own(strong)?, own(weak)?];
	let level = |seen: &Variable, part: &Part| {
		let (far, hiding) = (part.far, met(part.hiding));
		Level { seen: seen.value, far, hiding }
	};
	let mut levels = Vec::new();
	if apart {
		levels.push(level(&by_strong, weak));
		// Unless the weaker one makes no difference to the number of the stronger.
		if strong.far + weak.far < strong.far {
			levels.push(level(&by_weak, strong));
		}
	} else {
		// Of rows of which nothing is seen: of what both see there is nothing.
		let either = compose.sum((1.0, &by_strong), (1.0, &by_weak))?;
		let hiding = met(Hiding::Alone);
		levels.push(Level { hiding, ..level(&either, weak) });
	}
	Ok(Fall { levels, mixed: false })
}

/// What is hidden least where a number is put in the place of what is hidden already, but for what is `kept`; and the
/// number that hides most, and how.
pub fn chosen(
	compose: &mut Compose,
	part: &Part,
	kept: Variable,
	(put, hiding): (f32, Hiding),
) -> Result<(Fall, f32, Hiding), ImportError> {
	let mixed = Fall { mixed: true, levels: Vec::new() };
	let least = put.min(part.far);
	if !part.hides() {
		return Ok((Fall::default(), put, hiding));
	}
	if part.fall != Fall::default() {
		return Ok((mixed, least, hiding));
	}
	let one = |seen: Variable, far, hiding| Fall {
		levels: vec![Level { seen: seen.value, far, hiding }],
		mixed: false,
	};
	Ok(match (below(least, put), below(least, part.far)) {
		(Some(false), Some(false)) => (Fall::default(), put, part.hiding),
		(Some(true), _) => {
			let gone = compose.affine(&kept, -1.0, 1.0)?;
			(one(gone, put, hiding), least, part.hiding)
		}
		(_, Some(true)) => (one(kept, part.far, part.hiding), least, hiding),
		_ => (mixed, least, hiding),
	})
}

/// Softmax along an axis of scores of which some are hidden.
pub fn soft_max(compose: &mut Compose, x: &Variable, hidden: &Hidden, axis: usize) -> Made {
	compose.lowering.limit_to_bits(compose.node, &hidden.bits);
	let seen = tensor(hidden.seen, x.dims.clone());
	let falls = falls(compose.node, &hidden.fall, (hidden.far, hidden.hiding), |far| far)?;
	shares(compose, x, (&seen, None), axis, &falls)
}

/// The same of what is `seen`, which is 1 or 0. What is not among `all` has weight 0 whatever becomes of its row.
pub fn shares(
	compose: &mut Compose,
	x: &Variable,
	(seen, all): (&Variable, Option<&[bool]>),
	axis: usize,
	falls: &Falls,
) -> Made {
	let axes = [axis];
	let any = compose.largest(seen, &axes)?;
	// 1 for a row of which nothing is seen.
	let mut none = compose.affine(&any, -1.0, 1.0)?;
	let (mut seen, mut alike) = (seen.clone(), None::<Variable>);
	for (level, unseen) in &falls.levels {
		if *unseen == Unseen::Zeros {
			break;
		}
		let own = match (level, all) {
			(Some(value), _) => compose.product(&none, &tensor(*value, x.dims.clone()))?,
			(None, None) => none.clone(),
			(None, Some(all)) => {
				let whole = compose.spread(&none, &x.dims)?;
				let picks = all.iter().enumerate().map(|(i, seen)| seen.then_some(i));
				let value = compose.lowering.gather(compose.node, whole.value, picks)?;
				tensor(value, x.dims.clone())
			}
		};
		if level.is_some() {
			let met = compose.largest(&own, &axes)?;
			none = compose.sum((1.0, &none), (-1.0, &met))?;
		}
		if *unseen == Unseen::Own {
			seen = compose.sum((1.0, &seen), (1.0, &own))?;
		} else {
			alike = Some(match alike {
				Some(other) => compose.sum((1.0, &other), (1.0, &own))?,
				None => own,
			});
		}
	}
	// Above the smallest, so that 0 is no more than any that is seen.
	let opposite = compose.affine(x, -1.0, 0.0)?;
	let least = compose.largest(&opposite, &axes)?;
	let height = compose.sum((1.0, x), (1.0, &least))?;
	falls.limit(compose, x, &height);
	let visible = compose.product(&height, &seen)?;
	let largest = compose.largest(&visible, &axes)?;
	let below = compose.sum((1.0, &height), (-1.0, &largest))?;
	let (each, total) = soft::parts_of(compose, &below, &axes, |compose, each| {
		let own = compose.product(each, &seen)?;
		match &alike {
			Some(alike) => compose.sum((1.0, &own), (1.0, alike)),
			None => Ok(own),
		}
	})?;
	compose.quotient(&each, &total, Divisor::Norm(1.0))
}
