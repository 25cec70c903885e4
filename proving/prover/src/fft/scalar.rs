//! Transforms of one element at a time, on any processor; in the order that `eights` has too.
//!
//! Cooley and Tukey's butterflies forth, Gentleman and Sande's back. A level with `m` blocks of
//! elements multiplies all of block `k` by one power of the root, that of `k` with its bits
//! reversed. So a block can be taken through all levels below, forth and back, before the next is
//! touched, and what is in the cache stays there.

use std::sync::OnceLock;

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field};
use ark_poly::EvaluationDomain;
use rayon::prelude::*;

use super::{powers, reversed, shift, Domain, SIZES};

/// Below `2p` in memory.
type Element = crate::field::Element<FrConfig>;

/// Elements of a quarter that is split no further among threads.
const TASK: usize = 1024;

struct Tables {
	/// For each block, the root to the power of the index with its bits reversed.
	forth: Vec<Fr>,
	/// The same of its inverse.
	back: Vec<Fr>,
	/// For each coefficient, in the order in which they come, what takes it to the coset, divided
	/// by the size.
	scale: Vec<Fr>,
}

/// The tables of each size, made once.
static TABLES: [OnceLock<Tables>; SIZES] = [const { OnceLock::new() }; SIZES];

impl Tables {
	fn new(domain: &Domain) -> Self {
		let size = domain.size();
		let in_order = |powers: Vec<Fr>| {
			let bits = powers.len().ilog2();
			(0..powers.len()).map(|i| powers[reversed(i, bits)]).collect()
		};
		let half = (size / 2).max(1);
		Self {
			forth: in_order(powers(domain.group_gen_inv(), Fr::ONE, half)),
			back: in_order(powers(domain.group_gen(), Fr::ONE, half)),
			scale: in_order(powers(shift(domain), domain.size_inv(), size)),
		}
	}
}

/// [`super::product_on_coset`] without vector instructions.
pub fn product_on_coset(domain: &Domain, mut a: Vec<Fr>, mut b: Vec<Fr>) -> Vec<BigInt<4>> {
	let size = domain.size();
	let tables = TABLES[size.ilog2() as usize].get_or_init(|| Tables::new(domain));
	a.resize(size, Fr::ZERO);
	b.resize(size, Fr::ZERO);
	let to_coset = |values: &[Fr]| {
		let mut elements: Vec<Element> = values.iter().map(|value| Element::new(*value)).collect();
		Run(tables).transform(&mut elements, 0);
		elements
	};
	let (a, b) = rayon::join(|| to_coset(&a), || to_coset(&b));
	let pairs = a.par_iter().zip(&b).with_min_len(TASK);
	pairs.map(|(a, b)| a.times(*b).integer()).collect()
}

#[derive(Clone, Copy)]
struct Run<'a>(&'a Tables);

impl Run<'_> {
	/// Takes a block to its coefficients and back to values on the coset. Blocks are numbered
	/// within their level.
	fn transform(self, block: &mut [Element], index: usize) {
		let Tables { forth, back, scale } = self.0;
		let by = |twiddles: &[Fr]| {
			[twiddles[index], twiddles[2 * index], twiddles[2 * index + 1]].map(Element::new)
		};
		match block {
			[only] => *only = only.times(Element::new(scale[index])),
			[low, high] => {
				forth_2(low, high, Element::new(forth[index]));
				*low = low.times(Element::new(scale[2 * index]));
				*high = high.times(Element::new(scale[2 * index + 1]));
				back_2(low, high, Element::new(back[index]));
			}
			[a, b, c, d] => {
				forth_4([a, b, c, d], &by(forth));
				for (i, element) in [&mut *a, &mut *b, &mut *c, &mut *d].into_iter().enumerate() {
					*element = element.times(Element::new(scale[4 * index + i]));
				}
				back_4([a, b, c, d], &by(back));
			}
			_ => {
				let (forth, back) = (by(forth), by(back));
				each(block, |elements| forth_4(elements, &forth));
				let quarter = block.len() / 4;
				let below =
					|(i, part): (usize, &mut [Element])| self.transform(part, 4 * index + i);
				if quarter > TASK {
					block.par_chunks_mut(quarter).enumerate().for_each(below);
				} else {
					block.chunks_mut(quarter).enumerate().for_each(below);
				}
				each(block, |elements| back_4(elements, &back));
			}
		}
	}
}

/// Runs a function on elements at the same place of each quarter.
#[inline(always)]
fn each(block: &mut [Element], run: impl Fn([&mut Element; 4]) + Sync) {
	let quarter = block.len() / 4;
	let (low, high) = block.split_at_mut(2 * quarter);
	let (a, b) = low.split_at_mut(quarter);
	let (c, d) = high.split_at_mut(quarter);
	let all = |a: &mut [Element], b: &mut [Element], c: &mut [Element], d: &mut [Element]| {
		for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
			run([a, b, c, d]);
		}
	};
	if quarter <= TASK {
		return all(a, b, c, d);
	}
	let low = a.par_chunks_mut(TASK).zip(b.par_chunks_mut(TASK));
	let high = c.par_chunks_mut(TASK).zip(d.par_chunks_mut(TASK));
	low.zip(high).for_each(|((a, b), (c, d))| all(a, b, c, d));
}

/// `u + w v` and `u - w v`. `w` is below `p`.
#[inline(always)]
fn forth_2(u: &mut Element, v: &mut Element, w: Element) {
	let product = v.times(w);
	(*u, *v) = (u.plus(product), u.minus(product));
}

/// `u + v` and `(u - v) w`. `w` is below `p`.
#[inline(always)]
fn back_2(u: &mut Element, v: &mut Element, w: Element) {
	(*u, *v) = (u.plus(*v), w.times(u.minus_unreduced(*v)));
}

/// Two levels. The twiddles are the block's and its halves'.
#[inline(always)]
fn forth_4([a, b, c, d]: [&mut Element; 4], w: &[Element; 3]) {
	let [mut x, mut y, mut z, mut t] = [*a, *b, *c, *d];
	forth_2(&mut x, &mut z, w[0]);
	forth_2(&mut y, &mut t, w[0]);
	forth_2(&mut x, &mut y, w[1]);
	forth_2(&mut z, &mut t, w[2]);
	[*a, *b, *c, *d] = [x, y, z, t];
}

#[inline(always)]
fn back_4([a, b, c, d]: [&mut Element; 4], w: &[Element; 3]) {
	let [mut x, mut y, mut z, mut t] = [*a, *b, *c, *d];
	back_2(&mut x, &mut y, w[1]);
	back_2(&mut z, &mut t, w[2]);
	back_2(&mut x, &mut z, w[0]);
	back_2(&mut y, &mut t, w[0]);
	[*a, *b, *c, *d] = [x, y, z, t];
}
