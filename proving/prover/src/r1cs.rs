//! Rank-1 constraints: linear combinations, a builder, sparse matrices.
//!
//! A constraint says `<a, w> * <b, w> = <c, w>` about the wires `w`. Wire 0 is the constant 1, the
//! public inputs follow, then the challenges, then the witness, round by round. Each constraint
//! belongs to a named group: tests delete a group and show that an attack then succeeds, so that no
//! constraint is there without a reason.

use std::{collections::BTreeMap, sync::Arc};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, One, PrimeField, Zero};
use blake2::{digest::consts::U32, Blake2b, Digest};
use rayon::prelude::*;

/// Index of a wire.
pub type Wire = u32;
/// The wire that is 1.
pub const ONE: Wire = 0;
/// The group of the rows that bind the public inputs.
const BINDING: &str = "public.binding";

/// A linear combination of wires: terms in ascending order of wires, no wire twice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lc {
	terms: Vec<(Wire, Fr)>,
}

impl Lc {
	/// A single wire.
	pub fn wire(wire: Wire) -> Self {
		Self { terms: vec![(wire, Fr::ONE)] }
	}

	/// A constant.
	pub fn constant(value: Fr) -> Self {
		Self { terms: if value.is_zero() { vec![] } else { vec![(ONE, value)] } }
	}

	/// A signed constant.
	pub fn integer(value: i64) -> Self {
		Self::constant(field(value))
	}

	/// The sum of `coefficient * combination`.
	pub fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Lc)>) -> Self {
		let mut terms = Vec::new();
		for (factor, part) in parts {
			if factor.is_one() {
				terms.extend_from_slice(&part.terms);
			} else if !factor.is_zero() {
				terms.extend(part.terms.iter().map(|(wire, c)| (*wire, *c * factor)));
			}
		}
		Self::collect(terms)
	}

	/// From terms in any order.
	fn collect(mut terms: Vec<(Wire, Fr)>) -> Self {
		terms.sort_unstable_by_key(|(wire, _)| *wire);
		terms.dedup_by(|later, earlier| {
			let same = later.0 == earlier.0;
			if same {
				earlier.1 += later.1;
			}
			same
		});
		terms.retain(|(_, c)| !c.is_zero());
		Self { terms }
	}

	/// `sum 2^i * wires[i]` over wires that follow each other.
	pub fn bits(first: Wire, count: u32) -> Self {
		let mut power = Fr::ONE;
		let mut terms = Vec::with_capacity(count as usize);
		for i in 0..count {
			terms.push((first + i, power));
			power.double_in_place();
		}
		Self { terms }
	}

	/// The sum with another combination.
	pub fn plus(&self, other: &Lc) -> Self {
		Self::sum([(Fr::ONE, self), (Fr::ONE, other)])
	}

	/// The difference from another combination.
	pub fn minus(&self, other: &Lc) -> Self {
		Self::sum([(Fr::ONE, self), (-Fr::ONE, other)])
	}

	/// The sum with a signed constant.
	pub fn offset(&self, value: i64) -> Self {
		self.plus(&Self::integer(value))
	}

	/// The product with a constant.
	pub fn times(&self, factor: Fr) -> Self {
		Self::sum([(factor, self)])
	}

	/// The value if no wire but the constant takes part.
	pub fn as_constant(&self) -> Option<Fr> {
		match self.terms.as_slice() {
			[] => Some(Fr::ZERO),
			[(ONE, value)] => Some(*value),
			_ => None,
		}
	}

	/// The value under an assignment.
	pub fn evaluate(&self, wires: &[Fr]) -> Fr {
		self.terms.iter().map(|(wire, c)| wires[*wire as usize] * c).sum()
	}
}

/// A signed integer as a field element.
pub fn field(value: i64) -> Fr {
	Fr::from(value)
}

/// A sparse matrix by rows.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
	starts: Vec<u32>,
	columns: Vec<Wire>,
	coefficients: Vec<Fr>,
}

impl Matrix {
	fn push(&mut self, lc: &Lc) {
		if self.starts.is_empty() {
			self.starts.push(0);
		}
		for (wire, coefficient) in &lc.terms {
			self.columns.push(*wire);
			self.coefficients.push(*coefficient);
		}
		self.starts.push(self.columns.len() as u32);
	}

	/// The terms of a row.
	pub fn row(&self, index: usize) -> impl Iterator<Item = (Wire, Fr)> + '_ {
		let range = self.starts[index] as usize..self.starts[index + 1] as usize;
		self.columns[range.clone()].iter().copied().zip(self.coefficients[range].iter().copied())
	}

	/// A row times an assignment.
	fn evaluate(&self, index: usize, wires: &[Fr]) -> Fr {
		let mut sum = Fr::ZERO;
		for (wire, coefficient) in self.row(index) {
			let value = wires[wire as usize];
			// Most wires are bits and many are zero.
			if !value.is_zero() {
				sum += if coefficient.is_one() { value } else { value * coefficient };
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
	/// For each commit round the end of its wires; the first begins behind the public ones. The
	/// wires behind the last are chosen when all challenges are known.
	pub rounds: Vec<usize>,
	/// All wires.
	pub wires: usize,
	/// Names of the groups.
	pub groups: Vec<&'static str>,
	/// Left factors.
	pub a: Matrix,
	/// Right factors.
	pub b: Matrix,
	/// Products.
	pub c: Matrix,
	/// For each row its group.
	pub group_of: Vec<u16>,
	/// The wires that occur in left factors, in ascending order,
	pub a_wires: Vec<Wire>,
	/// and in right factors.
	pub b_wires: Vec<Wire>,
}

impl R1cs {
	/// Number of constraints.
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
		hasher.finalize().into()
	}

	/// The wires committed to in a round.
	pub fn round(&self, index: usize) -> std::ops::Range<usize> {
		let start = if index == 0 { self.public } else { self.rounds[index - 1] };
		start..self.rounds[index]
	}

	/// The wires chosen when all challenges are known.
	pub fn last(&self) -> std::ops::Range<usize> {
		self.rounds.last().copied().unwrap_or(self.public)..self.wires
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
		let mut rest = Self { public: self.public, wires: self.wires, ..Self::default() };
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
		rest.note_wires();
		rest
	}

	fn note_wires(&mut self) {
		(self.a_wires, self.b_wires) = rayon::join(|| self.a.wires(), || self.b.wires());
	}
}

/// What a system will be, counted without keeping it.
#[derive(Clone, Debug, Default)]
pub struct Counts {
	/// Constraints.
	pub constraints: u64,
	/// Wires, the constant and the public ones with them.
	pub wires: u64,
	/// Values that are looked up.
	pub lookups: u64,
	/// How often a range of each size was asked for exactly.
	pub ranges: BTreeMap<u64, u64>,
	/// How often a range of each width was asked for loosely.
	pub loose: BTreeMap<u32, u64>,
	in_a: Vec<bool>,
	in_b: Vec<bool>,
}

impl Counts {
	fn note(seen: &mut Vec<bool>, lc: &Lc, wires: u64) {
		seen.resize(wires as usize, false);
		lc.terms.iter().for_each(|(wire, _)| seen[*wire as usize] = true);
	}

	/// Wires that occur on the left of a product, and on the right.
	pub fn sides(&self) -> [u64; 2] {
		[&self.in_a, &self.in_b].map(|seen| seen.iter().filter(|is| **is).count() as u64)
	}
}

/// The numbers of a table, all different.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rows {
	/// `0..n`.
	Below(u32),
	/// These.
	Listed(Arc<[i64]>),
}

impl Rows {
	/// How many.
	pub fn count(&self) -> u32 {
		match self {
			Self::Below(n) => *n,
			Self::Listed(rows) => rows.len() as u32,
		}
	}

	/// One of them.
	pub fn at(&self, index: u32) -> i64 {
		match self {
			Self::Below(_) => index.into(),
			Self::Listed(rows) => rows[index as usize],
		}
	}
}

/// The place of a table among those in use, where it is put if it is new.
pub(crate) fn place(tables: &mut Vec<Rows>, table: &Rows) -> usize {
	let known = tables.iter().position(|other| other == table);
	known.unwrap_or_else(|| {
		tables.push(table.clone());
		tables.len() - 1
	})
}

/// A value that must be in a table.
#[derive(Clone, Debug)]
pub struct Query {
	/// Index of the table.
	pub table: usize,
	/// The value.
	pub value: Lc,
}

/// Allocates wires and collects constraints.
///
/// Wires are numbered in the order of allocation. The witness is made without a builder: each
/// gadget pushes its values in the order in which it allocates their wires.
#[derive(Debug)]
pub struct Builder {
	system: R1cs,
	group: u16,
	counts: Counts,
	keep: bool,
	tables: Vec<Rows>,
	queries: Vec<Query>,
}

impl Builder {
	/// With this many public inputs, wires 1 and up, and challenges behind them.
	pub fn new(public_inputs: usize) -> Self {
		let public = public_inputs + 1;
		let mut builder = Self {
			system: R1cs { public, wires: public, ..R1cs::default() },
			group: 0,
			counts: Counts::default(),
			keep: true,
			tables: Vec::new(),
			queries: Vec::new(),
		};
		builder.group("unnamed");
		builder
	}

	/// One that counts and forgets.
	pub fn counting(public_inputs: usize) -> Self {
		Self { keep: false, ..Self::new(public_inputs) }
	}

	/// What there is so far.
	pub fn counts(&mut self) -> &mut Counts {
		self.counts.wires = self.system.wires as u64;
		self.counts.lookups = self.queries.len() as u64;
		&mut self.counts
	}

	/// Names the group of the constraints to come.
	pub fn group(&mut self, name: &'static str) {
		let groups = &mut self.system.groups;
		let known = groups.iter().position(|g| *g == name);
		self.group = known.unwrap_or_else(|| {
			groups.push(name);
			groups.len() - 1
		}) as u16;
	}

	/// A new witness wire.
	pub fn wire(&mut self) -> Wire {
		self.wires(1)
	}

	/// The first of several new wires that follow each other.
	pub fn wires(&mut self, count: u32) -> Wire {
		let first = self.system.wires as Wire;
		self.system.wires += count as usize;
		first
	}

	/// Ends a commit round: wires to come are chosen after its challenge.
	pub fn close_round(&mut self) {
		self.system.rounds.push(self.system.wires);
	}

	/// The value must be one of the table's; see [`crate::gadgets::lookup`].
	pub fn look_up(&mut self, table: &Rows, value: Lc) {
		let table = place(&mut self.tables, table);
		self.queries.push(Query { table, value });
	}

	/// The tables, and the values looked up so far.
	pub fn lookups(&self) -> (Vec<Rows>, Vec<Query>) {
		(self.tables.clone(), self.queries.clone())
	}

	/// `a * b = c`.
	pub fn enforce(&mut self, a: &Lc, b: &Lc, c: &Lc) {
		self.counts.constraints += 1;
		if !self.keep {
			let wires = self.system.wires as u64;
			Counts::note(&mut self.counts.in_a, a, wires);
			Counts::note(&mut self.counts.in_b, b, wires);
			return;
		}
		self.system.a.push(a);
		self.system.b.push(b);
		self.system.c.push(c);
		self.system.group_of.push(self.group);
	}

	/// `a = b`.
	pub fn equal(&mut self, a: &Lc, b: &Lc) {
		self.enforce(&a.minus(b), &Lc::constant(Fr::ONE), &Lc::default());
	}

	/// `wire` is 0 or 1.
	pub fn boolean(&mut self, wire: Wire) {
		let lc = Lc::wire(wire);
		self.enforce(&lc, &lc.offset(-1), &Lc::default());
	}

	/// Adds the rows that bind the public inputs, and closes the system.
	///
	/// The rows say `x * 0 = 0`. They constrain nothing, but they give wire 0 and every public input
	/// and challenge a polynomial of its own in A, independent of all others; without them, a proof
	/// could be turned into one for other public inputs (libsnark's and snarkjs's reductions have
	/// the same).
	pub fn finish(mut self) -> (R1cs, Counts) {
		self.group(BINDING);
		for wire in 0..self.system.public as Wire {
			self.enforce(&Lc::wire(wire), &Lc::default(), &Lc::default());
		}
		self.counts();
		self.system.note_wires();
		(self.system, self.counts)
	}
}
