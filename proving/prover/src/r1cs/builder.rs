//! What collects constraints.

use super::{Lc, R1cs, Wire, BINDING};

/// What a system will be, counted without keeping it.
#[derive(Clone, Debug, Default)]
pub struct Counts {
	/// Number of constraints, those that bind the public inputs with them.
	pub constraints: u64,
	/// Wires, the constant and the public ones with them.
	pub wires: u64,
	/// Wires that all rows have, on their three sides.
	pub terms: u64,
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

/// Allocates wires and collects constraints.
///
/// Wires are numbered in the order of allocation. Proving needs no builder: a witness is the values
/// of the wires in that order.
#[derive(Debug)]
pub struct Builder {
	system: R1cs,
	group: u16,
	counts: Counts,
	keep: bool,
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
		};
		builder.group("unnamed");
		builder
	}

	/// One that counts and forgets.
	pub fn counting(public_inputs: usize) -> Self {
		Self { keep: false, ..Self::new(public_inputs) }
	}

	/// Number of constraints so far.
	pub fn constraints(&self) -> u64 {
		self.counts.constraints
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

	/// Ends the wires that are committed to once: all witness wires so far, which no round is among.
	pub fn close_committed(&mut self) {
		self.system.committed = self.system.wires - self.system.public;
	}

	/// Ends a commit round: wires to come are chosen after its challenge.
	pub fn close_round(&mut self) {
		self.system.rounds.push(self.system.wires);
	}

	/// `a * b = c`.
	pub fn enforce(&mut self, a: &Lc, b: &Lc, c: &Lc) {
		self.counts.constraints += 1;
		self.counts.terms += [a, b, c].map(|lc| lc.terms.len() as u64).iter().sum::<u64>();
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
		self.counts.wires = self.system.wires as u64;
		self.system.close();
		(self.system, self.counts)
	}
}
