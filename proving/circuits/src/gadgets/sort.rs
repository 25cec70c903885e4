//! Numbers in order, the largest first.
//!
//! - **With a challenge**: the results `y_i` are wires of the commit round, and each but the last is
//!   above the next: `y_i - y_(i+1)` is loosely in its range. At the challenge
//!   `prod (z - x_i) = prod (z - y_i)`. Cost, of n numbers: n wires and n - 1 ranges; behind the challenge
//!   2 (n - 1) constraints and 2 n - 3 wires.
//! - **By bits**, where there is none: a network that puts two numbers in order at a time (Batcher's
//!   odd-even merges; D. Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M), each with
//!   [`reduce_max::largest`]. Cost: about `n log(n)^2 / 4` times that of a maximum.
//!
//! Soundness with a challenge: the `x_i` are combinations of wires of the round and so are the `y_i`, all
//! fixed before the challenge. Two products of n factors `(X - a)` are equal as polynomials only if their roots are
//! the same, each as often; if they are not they agree at no more than `n - 1` of `2^248` challenges.
//! So the `y_i` are the `x_i` in some order, integers of the plan's ranges; differences of such are far from
//! wrapping, and none is negative, so the order is the only one there is. Equal numbers stand side by
//! side: whoever needs to know which is which sorts numbers that are all different.
//!
//! Soundness by bits: of `a` and `b` the larger is one of the two, and `a + b` less it is the other. Which
//! network puts all numbers in order does not depend on them.

use super::{
	div::bits,
	range::{self, Checks},
	reduce_max, Backend, FieldElement, Integer, Reader,
};
use crate::plan::Interval;

/// What the challenge is to say of a group: that one side is the other in another order.
pub struct Claim<B: Backend> {
	x: Vec<B::Int>,
	y: Vec<B::Int>,
}

/// The numbers of a group in order, and what is left to say of them at the challenge; `ranges` are the
/// results'.
pub fn claimed<B: Backend>(
	b: &mut B,
	checks: &Checks,
	ranges: &[Interval],
	x: &[B::Int],
) -> (Vec<B::Int>, Option<Claim<B>>) {
	if x.len() < 2 {
		return (x.to_vec(), None);
	}
	let sorted = b.know(|of| {
		let mut all: Vec<i64> = x.iter().map(|x| of.int(x)).collect();
		all.sort_unstable_by(|a, b| b.cmp(a));
		all
	});
	let y: Vec<B::Int> = (0..x.len()).map(|i| b.wire(|of| of.known(&sorted)[i])).collect();
	for (y, of) in y.windows(2).zip(ranges.windows(2)) {
		range::loose(b, checks, &y[0].minus(&y[1]), bits(of[0].max - of[1].min));
	}
	(y.clone(), Some(Claim { x: x.to_vec(), y }))
}

/// Constrains a group at the challenge.
pub fn constrain<B: Backend>(b: &mut B, claim: &Claim<B>, z: &B::Field) {
	let factor = |x: &B::Int| z.minus(&x.clone().into());
	// A claim is of two numbers or more.
	let Some((last, rest)) = claim.y.split_last() else { return };
	let [left, right] = [claim.x.as_slice(), rest].map(|all| {
		let mut factors = all.iter().map(factor);
		let first = factors.next().unwrap_or_else(|| B::Field::constant(1.into()));
		factors.fold(first, |product, factor| {
			let next = b.field_wire(|of| of.field(&product) * of.field(&factor));
			b.group("sort.product", |g| g.enforce(product, factor, next.clone()));
			next
		})
	});
	b.group("sort.permutation", |g| g.enforce(right, factor(last), left));
}

/// The numbers of a group in order, by comparisons; `ranges` are theirs.
pub fn compared<B: Backend>(
	b: &mut B,
	checks: &Checks,
	ranges: &[Interval],
	x: &[B::Int],
) -> Vec<B::Int> {
	let (mut all, mut of) = (x.to_vec(), ranges.to_vec());
	for (i, j) in network(x.len()) {
		let pair = [all[i].clone(), all[j].clone()];
		let both = [of[i], of[j]];
		all[i] = reduce_max::largest(b, checks, &both, &pair);
		all[j] = pair[0].plus(&pair[1]).minus(&all[i]);
		let [p, q] = both;
		of[i] = Interval { min: p.min.max(q.min), max: p.max.max(q.max) };
		of[j] = Interval { min: p.min.min(q.min), max: p.max.min(q.max) };
	}
	all
}

/// The pairs of places that are put in order one after the other, the larger number at the first.
fn network(len: usize) -> Vec<(usize, usize)> {
	let mut pairs = Vec::new();
	let top = len.next_power_of_two() / 2;
	let mut p = top;
	while p > 0 {
		let (mut q, mut r, mut d) = (top, 0, p);
		loop {
			let low = (0..len.saturating_sub(d)).filter(|i| i & p == r);
			pairs.extend(low.map(|i| (i, i + d)));
			if q == p {
				break;
			}
			(d, q, r) = (q - p, q / 2, p);
		}
		p /= 2;
	}
	pairs
}
