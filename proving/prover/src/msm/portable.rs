//! Additions one at a time, on any processor.

use std::{borrow::Cow, marker::PhantomData};

use ark_ec::{
	short_weierstrass::{Affine, SWCurveConfig},
	AffineRepr,
};
use rayon::prelude::*;

use super::{Adder, Block};
use crate::field::Coordinate;

/// Additions on the curve `P` with coordinates `C`.
pub struct Portable<P, C>(PhantomData<(P, C)>);

impl<P, C> Portable<P, C> {
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<P, C> Clone for Portable<P, C> {
	fn clone(&self) -> Self {
		*self
	}
}
impl<P, C> Copy for Portable<P, C> {}

/// A point. The neutral one is all zeros, which is not on a curve with an odd number of points.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Point<C> {
	x: C,
	y: C,
}

impl<C: Coordinate> Point<C> {
	#[inline(always)]
	fn is_neutral(&self) -> bool {
		self.y.is_blank()
	}
}

/// Room for a block's divisions.
pub struct Scratch<C> {
	denominators: Vec<C>,
	/// For each addition, the product of all denominators before.
	products: Vec<C>,
	/// The additions for which the formula for the sum of different points does not hold.
	special: Vec<usize>,
}

impl<C> Default for Scratch<C> {
	fn default() -> Self {
		Self { denominators: Vec::new(), products: Vec::new(), special: Vec::new() }
	}
}

impl<C: Coordinate, P: SWCurveConfig<BaseField = C::Field>> Adder for Portable<P, C> {
	type Curve = P;
	type Point = Point<C>;
	type Scratch = Scratch<C>;
	const NEUTRAL: Point<C> = Point { x: C::ZERO, y: C::ZERO };
	const BLOCK: usize = 1024;

	fn load<'a>(&self, points: &'a [Affine<P>], indices: Option<&[u32]>) -> Cow<'a, [Point<C>]> {
		let point = |point: &Affine<P>| match point.is_zero() {
			true => Self::NEUTRAL,
			false => Point { x: C::new(&point.x), y: C::new(&point.y) },
		};
		let loaded: Vec<_> = match indices {
			None => points.par_iter().with_min_len(1024).map(point).collect(),
			Some(indices) => {
				let point = |index: &u32| point(&points[*index as usize]);
				indices.par_iter().with_min_len(1024).map(point).collect()
			}
		};
		loaded.into()
	}

	fn unload(&self, point: &Point<C>) -> Affine<P> {
		match point.is_neutral() {
			true => Affine::identity(),
			false => Affine::new_unchecked(point.x.field(), point.y.field()),
		}
	}

	fn negate(&self, point: &Point<C>) -> Point<C> {
		Point { x: point.x, y: point.y.negated_if(true) }
	}

	/// The sign is left to `add`, which has the indices.
	#[inline(always)]
	fn term(&self, point: &Point<C>, _: bool) -> Point<C> {
		*point
	}

	fn add(&self, block: &mut Block<Point<C>>, to: &mut [Point<C>], scratch: &mut Scratch<C>) {
		let Scratch { denominators, products, special } = scratch;
		denominators.clear();
		products.clear();
		special.clear();
		let mut product = C::ONE;
		let (pairs, _) = block.terms.as_chunks::<2>();
		let (signs, _) = block.indices.as_chunks::<2>();
		for (i, pair) in pairs.iter().enumerate() {
			let [p, q] = pair;
			let mut denominator = q.x.minus(p.x);
			let suspect = p.y.may_be_blank() | q.y.may_be_blank() | denominator.may_be_zero();
			if suspect && (p.is_neutral() | q.is_neutral() | denominator.is_zero()) {
				denominator = self::special(&signed(pair, signs.get(i))).0;
				special.push(i);
			}
			denominators.push(denominator);
			products.push(product);
			product = product.times(denominator);
		}
		match block.signed {
			true => second_pass::<C, true>(block, scratch, product.inverse(), to),
			false => second_pass::<C, false>(block, scratch, product.inverse(), to),
		}
	}
}

/// Adds, given the inverse of the product of all denominators; terms have signs or have none.
fn second_pass<C: Coordinate, const SIGNED: bool>(
	block: &Block<Point<C>>,
	scratch: &mut Scratch<C>,
	mut inverse: C,
	to: &mut [Point<C>],
) {
	let Scratch { denominators, products, special } = scratch;
	let (pairs, _) = block.terms.as_chunks::<2>();
	let (signs, _) = block.indices.as_chunks::<2>();
	let room = denominators.iter().zip(products.iter()).zip(&block.to);
	for (i, (pair, ((denominator, product), index))) in pairs.iter().zip(room).enumerate().rev() {
		let per = inverse.times(*product);
		inverse = inverse.times(*denominator);
		let [p, q] = pair;
		let y = |side: usize| match SIGNED {
			true => pair[side].y.flipped_if(signs[i][side] % 2 == 1),
			false => pair[side].y,
		};
		let (mut y_p, mut rise) = (y(0), y(1).minus(y(0)));
		if special.last() == Some(&i) {
			special.pop();
			let terms = signed(pair, signs.get(i));
			match self::special(&terms).1 {
				Ok(three) => (y_p, rise) = (terms[0].y, three),
				Err(sum) => {
					to[*index as usize] = sum;
					continue;
				}
			}
		}
		let slope = rise.times(per);
		let x = slope.square().minus(p.x).minus(q.x);
		let y = slope.times(p.x.minus(x)).minus(y_p);
		to[*index as usize] = Point { x, y };
	}
}

/// Two terms with their signs, if they have any.
fn signed<C: Coordinate>(pair: &[Point<C>; 2], signs: Option<&[u32; 2]>) -> [Point<C>; 2] {
	let Some(signs) = signs else { return *pair };
	let at = |i: usize| Point { x: pair[i].x, y: pair[i].y.negated_if(signs[i] % 2 == 1) };
	[at(0), at(1)]
}

/// Where the formula for the sum of different points does not hold: what is divided by, never 0,
/// and what is divided, or the sum.
#[cold]
fn special<C: Coordinate>([p, q]: &[Point<C>; 2]) -> (C, Result<C, Point<C>>) {
	if p.y.is_zero() {
		return (C::ONE, Err(*q));
	}
	if q.y.is_zero() {
		return (C::ONE, Err(*p));
	}
	// Of points with one x, either both are one or they cancel. No point has order 2.
	if !q.y.minus(p.y).is_zero() {
		return (C::ONE, Err(Point { x: C::ZERO, y: C::ZERO }));
	}
	let square = p.x.square();
	(p.y.plus(p.y), Ok(square.plus(square).plus(square)))
}
