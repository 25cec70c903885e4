//! Functions of one number that are a chain of simple ones, which have operations of their own.

use super::function::{Elementary, Function, Step};

/// A step of a chain, of what the step before it gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
	/// `factor * x + offset`; the factor is not 0.
	Affine {
		/// What the number is multiplied by.
		factor: f64,
		/// What is added to it then.
		offset: f64,
	},
	/// What is below `min` becomes `min`, what is above `max` becomes `max`.
	Clamp {
		/// The smallest number that comes out.
		min: f64,
		/// The largest number that comes out.
		max: f64,
	},
	/// `sqrt(x)`.
	Sqrt,
	/// `1 / x`.
	Reciprocal,
	/// `exp(x)`.
	Exp,
	/// `ln(x)`.
	Log,
}

impl Link {
	/// Its value at a number; not a number where it has none.
	pub fn at(&self, x: f64) -> f64 {
		match *self {
			Self::Affine { factor, offset } => factor * x + offset,
			Self::Clamp { min, max } => x.max(min).min(max),
			Self::Sqrt => x.sqrt(),
			Self::Reciprocal => 1.0 / x,
			Self::Exp => x.exp(),
			Self::Log => x.ln(),
		}
	}
}

impl Function {
	/// Its steps, if each is a link of the one before it, and one of them is curved.
	pub fn links(&self) -> Option<Vec<Link>> {
		let mut all = Vec::new();
		for (place, step) in self.steps().iter().enumerate() {
			match step {
				Step::Sum(terms, offset) => match terms[..] {
					[(factor, at)] if at == place && factor != 0.0 => {
						all.push(Link::Affine { factor, offset: *offset });
					}
					_ => return None,
				},
				Step::Clamp(at, min, max) if *at == place => {
					all.push(Link::Clamp { min: *min, max: *max });
				}
				Step::Call(function, at) if *at == place => all.extend(called(*function)?),
				_ => return None,
			}
		}
		let curved = |link: &Link| !matches!(link, Link::Affine { .. } | Link::Clamp { .. });
		all.iter().any(curved).then_some(all)
	}
}

/// A function as links.
fn called(function: Elementary) -> Option<Vec<Link>> {
	Some(match function {
		Elementary::Sqrt => vec![Link::Sqrt],
		Elementary::Reciprocal => vec![Link::Reciprocal],
		Elementary::Power(0.5) => vec![Link::Sqrt],
		Elementary::Power(-0.5) => vec![Link::Sqrt, Link::Reciprocal],
		Elementary::Power(-1.0) => vec![Link::Reciprocal],
		Elementary::Power(0.25) => vec![Link::Sqrt, Link::Sqrt],
		Elementary::Exp => vec![Link::Exp],
		Elementary::Log => vec![Link::Log],
		Elementary::Power(factor) if factor != 0.0 => {
			vec![Link::Log, Link::Affine { factor, offset: 0.0 }, Link::Exp]
		}
		_ => return None,
	})
}
