//! Lookups: that each of many values is in a table of different numbers (LogUp, eprint 2022/1530).
//!
//! With queries `q_i`, and `m_t` the number of times that the number `t` is looked up, at the challenge `z`:
//! `sum 1 / (z - q_i) = sum m_t / (z - t)`.
//!
//! Cost: one constraint and wire a query, the same and a wire for its multiplicity a row of the
//! table, one constraint a table.
//!
//! Soundness: queries are combinations of wires of the commit round, and so are multiplicities; the
//! challenge comes after. As rational functions of `z` the two sides are equal only if every `q_i` is
//! some `t`: a query that is none has a pole on the left that the right does not have, and the
//! poles' residues, a number of queries below the field's characteristic, cannot cancel. For other
//! values the two sides agree at no more than `queries + size` of `2^248` challenges. A challenge that
//! is a query makes `0 = 1` of its constraint; one that is a row nobody looked up leaves that row's
//! quotient free, and is counted above.

use std::sync::Arc;

use ark_bn254::Fr;
use ark_ff::{batch_inversion, AdditiveGroup, Field, PrimeField};

use super::{Backend, FieldElement, Reader};
use crate::r1cs::field;

/// The numbers of a table, all different.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rows {
	/// The numbers of `0..n`.
	Below(u32),
	/// The numbers of this list.
	Listed(Arc<[i64]>),
}

impl Rows {
	/// How many rows the table has.
	pub fn count(&self) -> u32 {
		match self {
			Self::Below(n) => *n,
			Self::Listed(rows) => rows.len() as u32,
		}
	}

	/// The number in a row, from 0.
	pub fn at(&self, index: u32) -> i64 {
		match self {
			Self::Below(_) => index.into(),
			Self::Listed(rows) => rows[index as usize],
		}
	}

	/// The values of all rows, in their order.
	fn all(&self) -> impl Iterator<Item = i64> + '_ {
		(0..self.count()).map(|index| self.at(index))
	}
}

/// A value that must be in a table.
pub struct Query<B: Backend> {
	/// Index of the table.
	pub table: usize,
	/// The value that must be in that table.
	pub value: B::Int,
	/// The row where it is.
	pub row: B::Known<u32>,
}

/// What was looked up.
pub struct Lookups<B: Backend> {
	/// The tables, in the order of first use.
	pub tables: Vec<Rows>,
	/// The queries, in their order.
	pub queries: Vec<Query<B>>,
}

impl<B: Backend> Lookups<B> {
	/// Adds a query, and its table if it is new.
	pub fn push(&mut self, table: &Rows, value: B::Int, row: B::Known<u32>) {
		let known = self.tables.iter().position(|other| other == table);
		let table = known.unwrap_or_else(|| {
			self.tables.push(table.clone());
			self.tables.len() - 1
		});
		self.queries.push(Query { table, value, row });
	}
}

impl<B: Backend> Default for Lookups<B> {
	fn default() -> Self {
		Self { tables: Vec::new(), queries: Vec::new() }
	}
}

/// What was looked up and how often, all of it on wires of the commit round.
pub struct Committed<B: Backend> {
	/// What was looked up.
	pub lookups: Lookups<B>,
	/// Row by row of each table.
	multiplicities: Vec<Vec<B::Int>>,
}

/// Puts on wires how often each row was looked up: the last wires of the commit round.
pub fn commit<B: Backend>(b: &mut B) -> Committed<B> {
	let lookups = b.take_lookups();
	let counts = b.know(|of| {
		let zeros = |table: &Rows| vec![0; table.count() as usize];
		let mut counts: Vec<Vec<i64>> = lookups.tables.iter().map(zeros).collect();
		for query in &lookups.queries {
			counts[query.table][*of.known(&query.row) as usize] += 1;
		}
		counts
	});
	let multiplicities = lookups.tables.iter().enumerate();
	let multiplicities = multiplicities.map(|(table, rows)| {
		let row = |row: u32| b.wire(|of| of.known(&counts)[table][row as usize]);
		(0..rows.count()).map(row).collect()
	});
	let multiplicities = multiplicities.collect();
	Committed { lookups, multiplicities }
}

/// Constrains all queries, at the challenge, which is no [row](is_row).
pub fn constrain<B: Backend>(b: &mut B, committed: &Committed<B>, challenge: &B::Field) {
	let Committed { lookups: Lookups { tables, queries }, multiplicities } = committed;
	let z = challenge;
	let constant = |number: i64| B::Field::constant(field(number));
	let inverses = b.know(|of| {
		let table = |table: &Rows| {
			let mut inverses: Vec<Fr> = table.all().map(|row| of.field(z) - field(row)).collect();
			batch_inversion(&mut inverses);
			inverses
		};
		tables.iter().map(table).collect::<Vec<_>>()
	});
	let mut sums: Vec<Vec<B::Field>> = vec![Vec::new(); tables.len()];
	for Query { table, value, row } in queries {
		let inverse = b.field_wire(|of| of.known(&inverses)[*table][*of.known(row) as usize]);
		b.group("lookup.query", |g| {
			g.enforce(inverse.clone(), z.minus(&value.clone().into()), constant(1));
		});
		sums[*table].push(inverse);
	}
	for (table, rows) in tables.iter().enumerate() {
		let mut quotients = Vec::with_capacity(rows.count() as usize);
		for (index, multiplicity) in multiplicities[table].iter().enumerate() {
			let quotient = b.field_wire(|of| match of.int(multiplicity) {
				// Most rows are not looked up at all.
				0 => Fr::ZERO,
				count => field(count) * of.known(&inverses)[table][index],
			});
			b.group("lookup.row", |g| {
				let row = constant(rows.at(index as u32));
				g.enforce(quotient.clone(), z.minus(&row), multiplicity.clone());
			});
			quotients.push(quotient);
		}
		b.group("lookup.sum", |g| {
			let (sum, one) = (&sums[table], Fr::ONE);
			let parts = sum.iter().map(|lc| (one, lc));
			let parts = parts.chain(quotients.iter().map(|lc| (-one, lc)));
			g.equal(B::Field::sum(parts), constant(0));
		});
	}
}

/// Whether the challenge is a number of a table, so that nothing can be proved with it. Tables have no
/// more than 2^22 rows together, so that happens once in 2^226.
pub fn is_row<B: Backend>(lookups: &Lookups<B>, challenge: Fr) -> bool {
	let small = |value: Fr| match value.into_bigint().0 {
		[low, 0, 0, 0] => i64::try_from(low).ok(),
		_ => None,
	};
	// Of a negative row the opposite is small.
	let row = small(challenge).or_else(|| small(-challenge).map(|row| -row));
	row.is_some_and(|row| lookups.tables.iter().any(|table| table.all().any(|other| other == row)))
}
