//! Transforms of eight elements at a time, whatever an element's limbs are.
//!
//! Cooley and Tukey's butterflies forth, Gentleman and Sande's back. A level with `m` blocks of
//! elements multiplies all of block `k` by one power of the root, that of `k` with its bits
//! reversed; so a block can be taken through all levels below, forth and back, before the next is
//! touched, and what is in the cache stays there.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::BigInt;
use ark_poly::EvaluationDomain;
use rayon::prelude::*;

use super::{powers, reversed, shift, Domain, SIZES};

/// Elements of a row.
const LANES: usize = 8;

/// Eight elements in memory: limb by limb.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Row<L>(pub [[L; LANES]; 5]);

/// Rows that are transposed and taken through three levels together.
pub const SQUARE: usize = 8;

/// Powers of a root for one direction.
pub struct Twiddles<L> {
	/// The root to the power of the index with its bits reversed: one for each block.
	blocks: Vec<[L; 5]>,
	/// For each square, those of the last three levels: one, two and four.
	pub squares: Vec<[Row<L>; 7]>,
}

/// What transforms of one size need.
pub struct Tables<L> {
	/// Twiddles of the transform from values to coefficients.
	pub forth: Twiddles<L>,
	/// Twiddles of the transform from coefficients to values.
	pub back: Twiddles<L>,
	/// For each square, what takes coefficients to the coset; the size is divided by, and made up
	/// for is that factors come in Montgomery form for `2^256` and that products leave in none.
	pub scale: Vec<[Row<L>; SQUARE]>,
}

/// The tables of each size, made once.
pub type All<L> = [OnceLock<Tables<L>>; SIZES];

/// A processor's way to compute with eight elements at a time.
pub trait Eights: Copy + Sync {
	/// A limb of an element, of which it has five.
	type Limb: Copy + Default + Send + Sync + 'static;
	/// Rows that one task works on.
	const TASK: usize;

	/// What takes a constant of arkworks to one that elements are multiplied by.
	fn twiddle() -> Fr;
	/// What the powers of the coset's root are multiplied by beside.
	fn scale(domain: &Domain) -> Fr;
	/// Where the tables of each size are kept once they are made.
	fn tables() -> &'static All<Self::Limb>;
	/// A value, of whose words arkworks has `2^256` times what it stands for.
	fn value(value: Fr) -> [Self::Limb; 5];
	/// The same of a constant.
	fn constant(value: Fr) -> [Self::Limb; 5];

	/// One level towards coefficients: the two halves of a block, by the block's twiddle.
	fn forth_2(
		self,
		low: &mut [Row<Self::Limb>],
		high: &mut [Row<Self::Limb>],
		twiddle: &[Self::Limb; 5],
	);
	/// One level towards values, likewise.
	fn back_2(
		self,
		low: &mut [Row<Self::Limb>],
		high: &mut [Row<Self::Limb>],
		twiddle: &[Self::Limb; 5],
	);
	/// Two levels forth. The twiddles are the block's and its halves'.
	fn forth_4(self, quarters: [&mut [Row<Self::Limb>]; 4], twiddles: &[[Self::Limb; 5]; 3]);
	/// Two levels towards values, likewise.
	fn back_4(self, quarters: [&mut [Row<Self::Limb>]; 4], twiddles: &[[Self::Limb; 5]; 3]);
	/// All that is done to a block of eight rows: its levels forth, first of rows and then of what
	/// is in a row, the way to the coset, and the same levels back.
	fn square(self, rows: &mut [Row<Self::Limb>], block: usize, tables: &Tables<Self::Limb>);
	/// The products of elements, in the order of the rows, as integers below the prime.
	fn multiply(self, a: &[Row<Self::Limb>], b: &[Row<Self::Limb>], product: &mut [BigInt<4>]);
}

fn row<L: Copy + Default>(element: impl Fn(usize) -> [L; 5]) -> Row<L> {
	let mut row = Row([[L::default(); LANES]; 5]);
	for lane in 0..LANES {
		for (to, limb) in row.0.iter_mut().zip(element(lane)) {
			to[lane] = limb;
		}
	}
	row
}

impl<L: Copy + Default + Send> Twiddles<L> {
	fn new<E: Eights<Limb = L>>(root: Fr, size: usize) -> Self {
		let bits = size.ilog2() - 1;
		let powers = powers(root, E::twiddle(), size / 2);
		let twiddle = |block: usize| E::constant(powers[reversed(block, bits)]);
		let blocks = (0..size / 16).map(twiddle).collect();
		let squares = (0..size / 64)
			.into_par_iter()
			.map(|square| {
				let of = |level: usize, block: usize| {
					row(|lane| twiddle(level * (SQUARE * square + lane) + block))
				};
				[of(1, 0), of(2, 0), of(2, 1), of(4, 0), of(4, 1), of(4, 2), of(4, 3)]
			})
			.collect();
		Self { blocks, squares }
	}

	/// Those of the three levels above a square: the block's, its halves' and its quarters'.
	pub fn levels(&self, block: usize) -> [[L; 5]; 7] {
		let at = |level: usize| self.blocks[level * block..].iter().take(level).copied();
		let mut all = [[L::default(); 5]; 7];
		let levels = at(1).chain(at(2)).chain(at(4));
		all.iter_mut().zip(levels).for_each(|(to, twiddle)| *to = twiddle);
		all
	}
}

impl<L: Copy + Default + Send> Tables<L> {
	fn new<E: Eights<Limb = L>>(domain: &Domain) -> Self {
		let size = domain.size();
		let bits = size.ilog2();
		let powers = powers(shift(domain), E::scale(domain), size);
		let scale = (0..size / 64)
			.into_par_iter()
			.map(|square| {
				std::array::from_fn(|position| {
					row(|lane| {
						E::constant(powers[reversed(64 * square + 8 * lane + position, bits)])
					})
				})
			})
			.collect();
		Self {
			forth: Twiddles::new::<E>(domain.group_gen_inv(), size),
			back: Twiddles::new::<E>(domain.group_gen(), size),
			scale,
		}
	}
}

/// See [`super::product_on_coset`]; nothing if the domain is too small.
pub fn product_on_coset<E: Eights>(
	eights: E,
	domain: &Domain,
	a: &[Fr],
	b: &[Fr],
) -> Option<Vec<BigInt<4>>> {
	let size = domain.size();
	if size < LANES * SQUARE {
		return None;
	}
	let tables = E::tables().get(size.ilog2() as usize)?;
	let run = Run { eights, tables: tables.get_or_init(|| Tables::new::<E>(domain)) };
	let to_coset = |values: &[Fr]| {
		let rows = values.par_chunks_exact(LANES).with_min_len(E::TASK);
		let mut rows: Vec<_> = rows.map(|values| row(|lane| E::value(values[lane]))).collect();
		run.transform(&mut rows, 0);
		rows
	};
	let (a, b) = rayon::join(|| to_coset(a), || to_coset(b));
	let mut product = vec![BigInt([0; 4]); size];
	product
		.par_chunks_mut(LANES * E::TASK)
		.zip(a.par_chunks(E::TASK).zip(b.par_chunks(E::TASK)))
		.for_each(|(product, (a, b))| eights.multiply(a, b, product));
	Some(product)
}

#[derive(Clone, Copy)]
struct Run<E: Eights> {
	eights: E,
	tables: &'static Tables<E::Limb>,
}

impl<E: Eights> Run<E> {
	/// Takes a block to its coefficients and back to values on the coset. Blocks are numbered
	/// within their level.
	fn transform(self, rows: &mut [Row<E::Limb>], block: usize) {
		let Self { eights, tables } = self;
		if rows.len() == SQUARE {
			return eights.square(rows, block, tables);
		}
		let [forth, back] = [&tables.forth.blocks, &tables.back.blocks];
		let half = rows.len() / 2;
		if half == SQUARE {
			let (low, high) = rows.split_at_mut(half);
			eights.forth_2(low, high, &forth[block]);
			self.transform(low, 2 * block);
			self.transform(high, 2 * block + 1);
			return eights.back_2(low, high, &back[block]);
		}
		let by = |twiddles: &[[E::Limb; 5]]| {
			[twiddles[block], twiddles[2 * block], twiddles[2 * block + 1]]
		};
		let (forth, back) = (by(forth), by(back));
		self.each(rows, |quarters| eights.forth_4(quarters, &forth));
		let quarter = half / 2;
		let below = |(i, rows): (usize, &mut [Row<E::Limb>])| self.transform(rows, 4 * block + i);
		if quarter > E::TASK {
			rows.par_chunks_mut(quarter).enumerate().for_each(below);
		} else {
			rows.chunks_mut(quarter).enumerate().for_each(below);
		}
		self.each(rows, |quarters| eights.back_4(quarters, &back));
	}

	/// Runs a kernel on the quarters of a block, in parts if they are long.
	fn each(self, rows: &mut [Row<E::Limb>], kernel: impl Fn([&mut [Row<E::Limb>]; 4]) + Sync) {
		let half = rows.len() / 2;
		let (low, high) = rows.split_at_mut(half);
		let (a, b) = low.split_at_mut(half / 2);
		let (c, d) = high.split_at_mut(half / 2);
		if half / 2 <= E::TASK {
			return kernel([a, b, c, d]);
		}
		let low = a.par_chunks_mut(E::TASK).zip(b.par_chunks_mut(E::TASK));
		let high = c.par_chunks_mut(E::TASK).zip(d.par_chunks_mut(E::TASK));
		low.zip(high).for_each(|((a, b), (c, d))| kernel([a, b, c, d]));
	}
}
