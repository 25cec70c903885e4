//! Rank-1 constraints: linear combinations, sparse matrices, a builder.
//!
//! A constraint says `<a, w> * <b, w> = <c, w>` about the wires `w`. Wire 0 is the constant 1, the
//! public inputs follow, then the challenges, then the witness, round by round. Each constraint
//! belongs to a named group: tests delete a group and show that an attack then succeeds, so that no
//! constraint is there without a reason.

mod builder;
mod lc;

use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField, Zero};
use blake2::{digest::consts::U32, Blake2b, Digest};
use rayon::prelude::*;

pub use builder::{Builder, Counts};
pub use lc::{field, Lc};

/// Index of a wire.
pub type Wire = u32;
/// The wire that is 1.
pub const ONE: Wire = 0;

/// Where in rows a wire may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
	/// In the two factors.
	Factors,
	/// In the product of the two.
	Product,
}

/// The group of the rows that bind the public inputs.
const BINDING: &str = "public.binding";

/// A sparse matrix by rows. Millions of terms have a few hundred coefficients, so each of these is kept once.
#[derive(Clone, Debug)]
pub struct Matrix {
	starts: Vec<u32>,
	columns: Vec<Wire>,
	/// For each term, the index of its coefficient.
	indices: Vec<u32>,
	/// The coefficients that occur, 1 before all others.
	coefficients: Vec<Fr>,
	/// The index of each, by the words that it has in memory.
	known: BTreeMap<BigInt<4>, u32>,
}

/// The index of the coefficient 1.
const UNIT: u32 = 0;

impl Default for Matrix {
	fn default() -> Self {
		let (starts, columns, indices) = (vec![0], Vec::new(), Vec::new());
		let known = BTreeMap::from([(Fr::ONE.0, UNIT)]);
		Self { starts, columns, indices, coefficients: vec![Fr::ONE], known }
	}
}

impl Matrix {
	pub(super) fn push(&mut self, lc: &Lc) {
		for (wire, coefficient) in &lc.terms {
			let index = match *coefficient == Fr::ONE {
				true => UNIT,
				false => *self.known.entry(coefficient.0).or_insert_with(|| {
					self.coefficients.push(*coefficient);
					self.coefficients.len() as u32 - 1
				}),
			};
			self.columns.push(*wire);
			self.indices.push(index);
		}
		self.starts.push(self.columns.len() as u32);
	}

	/// Gives back the room that was kept for more.
	pub(super) fn close(&mut self) {
		self.starts.shrink_to_fit();
		self.columns.shrink_to_fit();
		self.indices.shrink_to_fit();
	}

	/// Wires and indices of coefficients of a row.
	fn terms_of(&self, row: usize) -> impl Iterator<Item = (Wire, u32)> + '_ {
		let range = self.starts[row] as usize..self.starts[row + 1] as usize;
		self.columns[range.clone()].iter().copied().zip(self.indices[range].iter().copied())
	}

	/// The terms of a row.
	pub fn row(&self, index: usize) -> impl Iterator<Item = (Wire, Fr)> + '_ {
		self.terms_of(index).map(|(wire, index)| (wire, self.coefficients[index as usize]))
	}

	/// A row times an assignment.
	fn evaluate(&self, index: usize, wires: &[Fr]) -> Fr {
		let mut sum = Fr::ZERO;
		for (wire, index) in self.terms_of(index) {
			let value = wires[wire as usize];
			// Most wires are bits and many are zero.
			if !value.is_zero() {
				sum += match index {
					UNIT => value,
					other => value * self.coefficients[other as usize],
				};
			}
		}
		sum
	}

	/// How many terms all rows have.
	pub fn terms(&self) -> usize {
		self.columns.len()
	}

	/// The wires that occur, in ascending order.
	pub fn wires(&self) -> Vec<Wire> {
		let mut wires = self.columns.clone();
		wires.par_sort_unstable();
		wires.dedup();
		wires
	}

	/// All rows times an assignment, in parallel.
	pub fn multiply(&self, wires: &[Fr], rows: usize) -> Vec<Fr> {
		(0..rows).into_par_iter().with_min_len(256).map(|i| self.evaluate(i, wires)).collect()
	}
}

/// A finished system of constraints.
#[derive(Clone, Debug, Default)]
pub struct R1cs {
	/// Wire 0, the public inputs and the challenges.
	pub public: usize,
	/// Number of wires that are committed to once, apart from every proof: those behind the public ones.
	pub committed: usize,
	/// For each commit round the end of its wires; the first begins behind the committed ones. The
	/// wires behind the last are chosen when all challenges are known.
	pub rounds: Vec<usize>,
	/// Number of wires, the constant and the public ones with them.
	pub wires: usize,
	/// Names of the groups.
	pub groups: Vec<&'static str>,
	/// The left factor of each row.
	pub a: Matrix,
	/// The right factor of each row.
	pub b: Matrix,
	/// The product of each row.
	pub c: Matrix,
	/// For each row its group.
	pub group_of: Vec<u16>,
	/// The wires that occur in left factors, in ascending order.
	pub a_wires: Vec<Wire>,
	/// The wires that occur in right factors, in ascending order.
	pub b_wires: Vec<Wire>,
}

impl R1cs {
	/// Number of constraints, those that bind the public inputs with them.
	pub fn len(&self) -> usize {
		self.group_of.len()
	}

	/// Number of constraints without those that bind the public inputs, which come last.
	pub fn rows(&self) -> usize {
		let binding = |group: &u16| self.groups[usize::from(*group)] == BINDING;
		self.group_of.iter().rposition(|group| !binding(group)).map_or(0, |last| last + 1)
	}

	/// Names the system: BLAKE2b-256 of its shape and every coefficient, row by row. The groups'
	/// names are no part of it.
	pub fn digest(&self) -> [u8; 32] {
		let mut hasher = Blake2b::<U32>::new_with_prefix(b"zkml/r1cs/v1");
		let mut number = |n: usize| hasher.update((n as u64).to_le_bytes());
		number(self.public);
		number(self.rounds.len());
		self.rounds.iter().for_each(|end| number(*end));
		number(self.wires);
		number(self.len());
		for matrix in [&self.a, &self.b, &self.c] {
			for row in 0..self.len() {
				let count = matrix.starts[row + 1] - matrix.starts[row];
				hasher.update(count.to_le_bytes());
				for (wire, coefficient) in matrix.row(row) {
					hasher.update(wire.to_le_bytes());
					let limbs = coefficient.into_bigint().0;
					limbs.iter().for_each(|limb| hasher.update(limb.to_le_bytes()));
				}
			}
		}
		// Everything before says how long it is, so this is no part of it.
		if self.committed > 0 {
			hasher.update((self.committed as u64).to_le_bytes());
		}
		hasher.finalize().into()
	}

	/// The wires committed to once.
	pub fn committed(&self) -> std::ops::Range<usize> {
		self.public..self.public + self.committed
	}

	/// The wires committed to in a round.
	pub fn round(&self, index: usize) -> std::ops::Range<usize> {
		let start = if index == 0 { self.committed().end } else { self.rounds[index - 1] };
		start..self.rounds[index]
	}

	/// The wires chosen when all challenges are known.
	pub fn last(&self) -> std::ops::Range<usize> {
		self.rounds.last().copied().unwrap_or(self.committed().end)..self.wires
	}

	/// A committed wire that shares each of its factors or products with another one, if there is one: such
	/// a wire's value is not bound by the commitment, which says no more than a combination of them. Of
	/// `place` are the columns in which they may be at all; one that is elsewhere is given as well.
	pub fn loose_committed(&self, place: Place) -> Option<Wire> {
		let range = self.committed();
		let inside = |wire: &Wire| range.contains(&(*wire as usize));
		let (factors, product) = ([&self.a, &self.b], [&self.c]);
		let (own, others) = match place {
			Place::Factors => (&factors[..], &product[..]),
			Place::Product => (&product[..], &factors[..]),
		};
		if let Some(wire) = others.iter().flat_map(|matrix| &matrix.columns).find(|w| inside(w)) {
			return Some(*wire);
		}
		let mut bound = vec![false; self.committed];
		for matrix in own {
			for row in 0..self.len() {
				let mut committed = matrix.row(row).filter(|(wire, _)| inside(wire));
				if let (Some((wire, _)), None) = (committed.next(), committed.next()) {
					bound[wire as usize - range.start] = true;
				}
			}
		}
		bound.iter().position(|bound| !bound).map(|index| (range.start + index) as Wire)
	}

	/// The wires in left factors and in right ones. Nothing else is kept.
	pub fn into_sides(self) -> [Vec<Wire>; 2] {
		let Self { a_wires, b_wires, .. } = self;
		[a_wires, b_wires]
	}

	/// Whether there is no constraint.
	pub fn is_empty(&self) -> bool {
		self.group_of.is_empty()
	}

	/// The name of the first group with a constraint that the assignment breaks.
	pub fn first_broken(&self, wires: &[Fr]) -> Option<&'static str> {
		self.broken(wires).next()
	}

	/// The groups with broken constraints, in order of rows, repeated.
	pub fn broken<'a>(&'a self, wires: &'a [Fr]) -> impl Iterator<Item = &'static str> + 'a {
		(0..self.len())
			.filter(|i| {
				let [a, b, c] = [&self.a, &self.b, &self.c].map(|m| m.evaluate(*i, wires));
				a * b != c
			})
			.map(|i| self.groups[usize::from(self.group_of[i])])
	}

	/// The same system without the constraints of a group.
	pub fn without(&self, group: &str) -> Self {
		let Self { public, committed, wires, .. } = *self;
		let mut rest = Self { public, committed, wires, ..Self::default() };
		rest.rounds.clone_from(&self.rounds);
		rest.groups.clone_from(&self.groups);
		for i in (0..self.len()).filter(|i| self.groups[usize::from(self.group_of[*i])] != group) {
			for (to, from) in
				[(&mut rest.a, &self.a), (&mut rest.b, &self.b), (&mut rest.c, &self.c)]
			{
				to.push(&Lc { terms: from.row(i).collect() });
			}
			rest.group_of.push(self.group_of[i]);
		}
		rest.close();
		rest
	}

	/// Notes which wires are in factors, when all rows are there.
	pub(super) fn close(&mut self) {
		[&mut self.a, &mut self.b, &mut self.c].into_iter().for_each(Matrix::close);
		(self.a_wires, self.b_wires) = rayon::join(|| self.a.wires(), || self.b.wires());
	}
}
