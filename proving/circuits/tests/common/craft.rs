//! Assignments that lie, and the systems they are tried on.

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use zkml_circuits::{
	gadgets::{
		logup::{self, Query, Rows},
		range::Checks,
		Backend, Constraints,
	},
	r1cs::{field, Lc, R1cs, Wire},
};

/// A number of the field as a small signed one.
pub fn integer(value: Fr) -> Option<i64> {
	let small = |value: Fr| {
		let limbs = value.into_bigint().0;
		(limbs[1..] == [0; 3]).then_some(limbs[0]).and_then(|n| i64::try_from(n).ok())
	};
	small(value).or_else(|| small(-value).map(|n| -n))
}

/// A gadget under attack.
pub struct Gadget {
	/// The system it is in.
	pub frame: Frame,
	/// Whether an assignment states something true.
	pub truth: Box<dyn Fn(&[Fr]) -> bool>,
	/// True assignments, up to the challenge.
	pub honest: Vec<Vec<Fr>>,
	/// False ones.
	pub attacks: Vec<(&'static str, Vec<Fr>)>,
}

impl Gadget {
	/// Without attacks that happen to state something true.
	pub fn only_lies(mut self) -> Self {
		let truth = &self.truth;
		self.attacks.retain(|(_, wires)| !truth(wires));
		self
	}

	/// Runs the attacks on the whole gadget and on it without each group; gives the groups.
	pub fn check(self) -> Vec<&'static str> {
		let (system, lookups) = self.frame.finish();
		for wires in &self.honest {
			assert!((self.truth)(wires), "an honest assignment states something false");
			let whole = &lookups.complete(wires)[0];
			assert_eq!(whole.len(), system.wires);
			assert_eq!(system.first_broken(whole), None, "an honest assignment is refused");
		}
		let mut attacks = Vec::new();
		for (name, wires) in &self.attacks {
			assert!(!(self.truth)(wires), "{name}: states nothing false");
			for whole in lookups.complete(wires) {
				assert_eq!(whole.len(), system.wires, "{name}");
				assert!(system.first_broken(&whole).is_some(), "{name}: goes through");
				attacks.push(whole);
			}
		}
		assert!(!attacks.is_empty());
		let used: BTreeSet<_> = system.group_of.iter().map(|g| usize::from(*g)).collect();
		let groups = used.into_iter().map(|g| system.groups[g]);
		let groups: Vec<_> = groups.filter(|g| *g != "public.binding").collect();
		for group in &groups {
			let rest = system.without(group);
			let through = attacks.iter().any(|wires| rest.first_broken(wires).is_none());
			assert!(through, "without {group} every attack is still refused");
		}
		groups
	}
}

/// The wire of the challenge in a gadget's system.
const CHALLENGE: Wire = 1;
/// Its value.
const DRAWN: u64 = 0xdead_beef_1234_5671;

/// What a gadget says at the challenge.
type Behind = Box<dyn FnOnce(&mut Constraints, Lc)>;

/// A system for one gadget, with lookups if ranges are proved by them.
pub struct Frame {
	constraints: Constraints,
	lookups: bool,
	behind: Option<Behind>,
}

/// The lookups of a finished frame.
pub struct Lookups {
	tables: Vec<Rows>,
	queries: Vec<Query<Constraints>>,
	used: bool,
	/// How many wires of an assignment are before the challenge.
	front: usize,
}

impl Frame {
	/// An empty one.
	pub fn new(checks: &Checks) -> Self {
		let lookups = *checks != Checks::Bits;
		Self { constraints: Constraints::new(usize::from(lookups)), lookups, behind: None }
	}

	/// For a gadget without ranges.
	pub fn plain(constraints: Constraints) -> Self {
		Self { constraints, lookups: false, behind: None }
	}

	/// With what the gadget says at the challenge. The wires that it makes there end an assignment.
	pub fn then(&mut self, behind: impl FnOnce(&mut Constraints, Lc) + 'static) {
		self.behind = Some(Box::new(behind));
	}

	/// To put the gadget in.
	pub fn builder(&mut self) -> &mut Constraints {
		&mut self.constraints
	}

	/// The system, with the argument of its lookups.
	pub fn finish(self) -> (R1cs, Lookups) {
		let Self { mut constraints, lookups: used, behind } = self;
		let front = constraints.wires(0) as usize;
		let committed = logup::commit(&mut constraints);
		if used {
			constraints.close_round();
			logup::constrain(&mut constraints, &committed, &Lc::wire(CHALLENGE));
		}
		if let Some(behind) = behind {
			behind(&mut constraints, Lc::wire(CHALLENGE));
		}
		let logup::Lookups { tables, queries } = committed.lookups;
		(constraints.finish().0, Lookups { tables, queries, used, front })
	}
}

impl Lookups {
	/// The wires behind the gadget's: multiplicities, and what comes after the challenge. Honest
	/// values have no other way; a value that is in no table leaves the sums unequal, and that is put
	/// right at one place or none: a query's inverse, or a row's quotient.
	pub fn complete(&self, wires: &[Fr]) -> Vec<Vec<Fr>> {
		if !self.used {
			return vec![wires.to_vec()];
		}
		let (wires, behind) = wires.split_at(self.front.min(wires.len()));
		let ways = self.looked_up(wires);
		ways.into_iter().map(|whole| [whole.as_slice(), behind].concat()).collect()
	}

	/// The wires up to where the lookups end.
	fn looked_up(&self, wires: &[Fr]) -> Vec<Vec<Fr>> {
		let z = Fr::from(DRAWN);
		let mut whole = wires.to_vec();
		let mut counts: Vec<Vec<i64>> =
			self.tables.iter().map(|t| vec![0; t.count() as usize]).collect();
		let values: Vec<Fr> = self.queries.iter().map(|q| q.value.evaluate(wires)).collect();
		for (query, value) in self.queries.iter().zip(&values) {
			let table = &self.tables[query.table];
			let row = |v: i64| (0..table.count()).find(|row| table.at(*row) == v);
			if let Some(row) = integer(*value).and_then(row) {
				counts[query.table][row as usize] += 1;
			}
		}
		whole.extend(counts.iter().flatten().map(|count| field(*count)));
		let first_query = whole.len();
		whole.extend(values.iter().map(|value| (z - value).inverse().unwrap()));
		let mut first_rows = Vec::new();
		for (rows, table) in counts.iter().zip(&self.tables) {
			first_rows.push(whole.len());
			let quotient = |(t, m): (u32, &i64)| field(*m) / (z - field(table.at(t)));
			whole.extend((0..).zip(rows).map(quotient));
		}
		let mut ways = vec![whole.clone()];
		let gap = |table: usize| -> Fr {
			let queries = self.queries.iter().enumerate().filter(|(_, q)| q.table == table);
			let left: Fr = queries.map(|(i, _)| whole[first_query + i]).sum();
			let start = first_rows[table];
			left - whole[start..start + self.tables[table].count() as usize].iter().sum::<Fr>()
		};
		let gaps: Vec<Fr> = (0..self.tables.len()).map(gap).collect();
		if gaps.iter().all(|gap| *gap == Fr::ZERO) {
			return ways;
		}
		let (mut by_query, mut by_row) = (whole.clone(), whole.clone());
		for (table, gap) in gaps.iter().enumerate() {
			if let Some(first) = self.queries.iter().position(|q| q.table == table) {
				by_query[first_query + first] -= gap;
			}
			by_row[first_rows[table]] += gap;
		}
		ways.extend([by_query, by_row]);
		ways
	}
}

/// A gadget's wires, pushed one by one: range checks take any field element. One that is in range has
/// its honest wires; another goes whole into one bit or limb, number `spot`; with bits, a `spot`
/// beyond the last leaves all bits 0.
pub struct Craft<'a> {
	checks: &'a Checks,
	/// So far.
	pub wires: Vec<Fr>,
}

fn width(n: u64) -> u32 {
	64 - (n - 1).leading_zeros()
}

impl<'a> Craft<'a> {
	/// With the constant and the challenge.
	pub fn new(checks: &'a Checks) -> Self {
		let mut wires = vec![Fr::ONE];
		if *checks != Checks::Bits {
			wires.push(Fr::from(DRAWN));
		}
		Self { checks, wires }
	}

	/// Any wire.
	pub fn push(&mut self, value: Fr) {
		self.wires.push(value);
	}

	/// The wires of `range::loose`.
	pub fn loose(&mut self, value: Fr, bits: u32, spot: u32) {
		let (width, first, count) = match self.checks {
			Checks::Bits => (1, 0, bits),
			Checks::Tables { limb, .. } => {
				((*limb).into(), 1, bits.div_ceil(u32::from(*limb)).max(1))
			}
		};
		let fits = integer(value).filter(|v| (0..1i64 << bits).contains(v));
		for i in first..count {
			let base = field(1 << (width * i));
			self.wires.push(match fits {
				Some(value) => field(value >> (width * i) & ((1 << width) - 1)),
				None if i == spot => value / base,
				None => Fr::ZERO,
			});
		}
	}

	/// The wires of `range::exact`.
	pub fn exact(&mut self, value: Fr, n: u64, spot: u32) {
		let loose = match self.checks {
			Checks::Bits => n.is_power_of_two(),
			Checks::Tables { exact, .. } if exact.contains(&(n as u32)) => return,
			Checks::Tables { limb, .. } => {
				n.is_power_of_two() && width(n).is_multiple_of((*limb).into())
			}
		};
		self.loose(value, width(n), spot);
		if !loose {
			self.loose(field(n as i64 - 1) - value, width(n), spot);
		}
	}

	/// The wires of `range::fresh`.
	pub fn fresh(&mut self, value: Fr, n: u64, spot: u32) {
		if *self.checks != Checks::Bits {
			self.push(value);
		}
		self.exact(value, n, spot);
	}

	/// The wires of `range::remainder`.
	pub fn remainder(&mut self, value: Fr, shift: u32, spot: u32) {
		let filled = match self.checks {
			Checks::Bits => shift,
			Checks::Tables { limb, .. } => shift.next_multiple_of((*limb).into()),
		};
		self.loose(value * field(1 << (filled - shift)), filled, spot);
	}
}
