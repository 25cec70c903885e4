//! Additions one at a time, for any curve on any processor.

use std::{borrow::Cow, marker::PhantomData};

use ark_ec::{
	short_weierstrass::{Affine, SWCurveConfig},
	AffineRepr,
};
use ark_ff::{AdditiveGroup, Field, Zero};

use super::{Adder, Block, BLOCK};

/// Additions with the fields' own arithmetic.
pub struct Portable<P>(PhantomData<P>);

impl<P> Portable<P> {
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<P> Clone for Portable<P> {
	fn clone(&self) -> Self {
		*self
	}
}
impl<P> Copy for Portable<P> {}

/// Room for a block's divisions.
pub struct Scratch<F> {
	denominators: Vec<F>,
	products: Vec<F>,
}

impl<F> Default for Scratch<F> {
	fn default() -> Self {
		Self { denominators: Vec::with_capacity(BLOCK), products: Vec::with_capacity(BLOCK) }
	}
}

impl<P: SWCurveConfig> Adder for Portable<P> {
	type Curve = P;
	type Point = Affine<P>;
	type Scratch = Scratch<P::BaseField>;
	const NEUTRAL: Affine<P> = Affine::identity();

	fn load<'a>(&self, points: &'a [Affine<P>], indices: Option<&[u32]>) -> Cow<'a, [Affine<P>]> {
		match indices {
			None => points.into(),
			Some(indices) => indices.iter().map(|i| points[*i as usize]).collect(),
		}
	}

	fn unload(&self, point: &Affine<P>) -> Affine<P> {
		*point
	}

	fn negate(&self, point: &Affine<P>) -> Affine<P> {
		-*point
	}

	fn term(&self, point: &Affine<P>, negative: bool) -> Affine<P> {
		if negative {
			-*point
		} else {
			*point
		}
	}

	fn add(
		&self,
		block: &mut Block<Affine<P>>,
		to: &mut [Affine<P>],
		scratch: &mut Scratch<P::BaseField>,
	) {
		scratch.denominators.clear();
		scratch.products.clear();
		let mut product = P::BaseField::ONE;
		for pair in block.terms.chunks_exact(2) {
			let denominator = denominator(&pair[0], &pair[1]);
			scratch.products.push(product);
			scratch.denominators.push(denominator);
			product *= denominator;
		}
		// No denominator is zero.
		let mut inverse = product.inverse().unwrap_or(P::BaseField::ONE);
		for (product, denominator) in scratch.products.iter_mut().zip(&scratch.denominators).rev() {
			*product *= inverse;
			inverse *= denominator;
		}
		let pairs = block.terms.chunks_exact(2).zip(&scratch.products);
		for ((pair, inverse), index) in pairs.zip(&block.to) {
			to[*index as usize] = sum(&pair[0], &pair[1], inverse);
		}
	}
}

/// What the slope of a sum is divided by; 1 if there is no slope.
fn denominator<P: SWCurveConfig>(p: &Affine<P>, q: &Affine<P>) -> P::BaseField {
	if p.is_zero() || q.is_zero() {
		return P::BaseField::ONE;
	}
	let difference = q.x - p.x;
	if !difference.is_zero() {
		return difference;
	}
	// Equal points are doubled; opposite ones cancel. No point has order 2.
	match p.y == q.y && !p.y.is_zero() {
		true => p.y.double(),
		false => P::BaseField::ONE,
	}
}

/// `p + q` on a curve `y^2 = x^3 + b`, given the inverse of [`denominator`].
fn sum<P: SWCurveConfig>(p: &Affine<P>, q: &Affine<P>, inverse: &P::BaseField) -> Affine<P> {
	if p.is_zero() {
		return *q;
	}
	if q.is_zero() {
		return *p;
	}
	let slope = if p.x != q.x {
		(q.y - p.y) * inverse
	} else if p.y == q.y && !p.y.is_zero() {
		let square = p.x.square();
		(square.double() + square) * inverse
	} else {
		return Affine::identity();
	};
	let x = slope.square() - p.x - q.x;
	Affine::new_unchecked(x, slope * (p.x - x) - p.y)
}
