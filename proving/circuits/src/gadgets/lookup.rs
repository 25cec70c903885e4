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

use ark_bn254::Fr;
use ark_ff::{batch_inversion, AdditiveGroup, Zero};

use super::Witness;
use crate::r1cs::{field, Builder, Lc, Wire};

/// The wires of the multiplicities, table by table: the last of the commit round.
pub fn multiplicities(b: &mut Builder) -> Vec<Wire> {
	let (tables, _) = b.lookups();
	tables.iter().map(|table| b.wires(table.count())).collect()
}

/// Constrains all queries so far, at the challenge.
pub fn constrain(b: &mut Builder, multiplicities: &[Wire], challenge: Wire) {
	let (tables, queries) = b.lookups();
	assert_eq!(tables.len(), multiplicities.len(), "no table is first used behind the round");
	let z = Lc::wire(challenge);
	let one = field(1);
	let mut sums: Vec<Vec<Lc>> = vec![Vec::new(); tables.len()];
	b.group("lookup.query");
	for query in &queries {
		let inverse = Lc::wire(b.wire());
		b.enforce(&inverse, &z.minus(&query.value), &Lc::integer(1));
		sums[query.table].push(inverse);
	}
	for ((table, first), sum) in tables.iter().zip(multiplicities).zip(sums) {
		let mut rows = Vec::with_capacity(table.count() as usize);
		b.group("lookup.row");
		for row in 0..table.count() {
			let quotient = Lc::wire(b.wire());
			b.enforce(&quotient, &z.offset(-table.at(row)), &Lc::wire(first + row));
			rows.push(quotient);
		}
		b.group("lookup.sum");
		let parts = sum.iter().map(|lc| (one, lc)).chain(rows.iter().map(|lc| (-one, lc)));
		b.equal(&Lc::sum(parts), &Lc::default());
	}
}

/// Pushes how often each row was looked up.
pub fn assign_multiplicities(w: &mut Witness) {
	let mut counts: Vec<Vec<u32>> = w.tables.iter().map(|t| vec![0; t.count() as usize]).collect();
	for (table, row) in &w.queries {
		counts[*table][*row as usize] += 1;
	}
	w.wires.extend(counts.into_iter().flatten().map(Fr::from));
}

/// Pushes the inverses and quotients at the challenge. `multiplicities` are the wires where
/// [`assign_multiplicities`] began. None if the challenge is a row; tables have no more than 2^22 of them
/// together, so that happens once in 2^226.
pub fn assign(w: &mut Witness, multiplicities: usize, challenge: Fr) -> Option<()> {
	let mut tables: Vec<Vec<Fr>> = Vec::with_capacity(w.tables.len());
	for table in &w.tables {
		let difference = |row| challenge - field(table.at(row));
		let mut inverses: Vec<Fr> = (0..table.count()).map(difference).collect();
		if inverses.iter().any(Zero::is_zero) {
			return None;
		}
		batch_inversion(&mut inverses);
		tables.push(inverses);
	}
	w.wires.extend(w.queries.iter().map(|(table, row)| tables[*table][*row as usize]));
	for (at, inverse) in (multiplicities..).zip(tables.into_iter().flatten()) {
		let count = w.wires[at];
		// Most rows are not looked up at all.
		w.wires.push(if count.is_zero() { Fr::ZERO } else { count * inverse });
	}
	Some(())
}
