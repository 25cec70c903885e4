//! Quotients, roots, parts of a division, and numbers in order.

use zkml_circuits::gadgets::{div, normalize, sort, split, sqrt};

use super::*;

/// Bits of a number that is not negative.
fn bits(n: i64) -> u32 {
	64 - n.leading_zeros()
}

pub fn div_gadget(checks: &Checks) -> Gadget {
	let shift = 2u8;
	let (divisor, result) = (Interval { min: 1, max: 9 }, Interval { min: -80, max: 160 });
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(2);
	let (numerator, d) = (Lc::wire(x), Lc::wire(x + 1));
	let y = div::quotient(frame.builder(), checks, shift, (divisor, result), &numerator, &d);
	let craft = |x: i64, d: i64, y: Fr, product: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		[field(x), field(d), y, product].into_iter().for_each(|v| craft.push(v));
		let remainder = field((x << (shift + 1)) + d) - product.double();
		craft.loose(remainder, bits(2 * divisor.max - 1), spot);
		craft.loose(field(2 * d - 1) - remainder, bits(2 * divisor.max - 1), spot);
		craft.loose(y - field(result.min), bits(result.max - result.min), spot);
		craft.wires
	};
	let quotient = move |x: i64, d: i64| (2 * (x << shift) + d).div_euclid(2 * d);
	let mut honest = Vec::new();
	for (numerator, d) in [(0, 1), (40, 1), (-20, 1), (7, 9), (-7, 9), (5, 8), (-5, 8), (1, 3)] {
		let start = [Craft::new(checks).wires, vec![field(numerator), field(d)]].concat();
		let mut witness = Witness::new(start);
		let y = quotient(numerator, d);
		let ranges = (divisor, result);
		assert_eq!(div::quotient(&mut witness, checks, shift, ranges, &numerator, &d), y);
		assert_eq!(witness.wires, craft(numerator, d, field(y), field(y * d), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=9 {
		for (x, d) in [(7, 9), (-7, 9), (40, 1), (5, 8)] {
			let y = quotient(x, d);
			for (name, off) in [("a remainder below 0", 1), ("a remainder above the divisor", -1)] {
				attacks.push((name, craft(x, d, field(y + off), field((y + off) * d), spot)));
				attacks.push(("another product", craft(x, d, field(y + off), field(y * d), spot)));
			}
			// Remainders within the divisor, and quotients that are no integers.
			for remainder in 0..2 * d {
				let y = field((x << (shift + 1)) + d - remainder) / field(2 * d);
				let product = y * field(d);
				attacks.push(("a quotient that wraps", craft(x, d, y, product, spot)));
			}
		}
	}
	let truth = move |wires: &[Fr]| {
		let [n, d] = [x, x + 1].map(|wire| integer(wires[wire as usize]).unwrap());
		y.evaluate(wires) == field(quotient(n, d))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

pub fn sqrt_gadget(checks: &Checks) -> Gadget {
	let (shift, result) = (3u8, Interval { min: 0, max: 20 });
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let y = sqrt::root(frame.builder(), checks, shift, result, &Lc::wire(x));
	let craft = |x: i64, y: Fr, square: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		[field(x), y, square].into_iter().for_each(|v| craft.push(v));
		let rest = field(x << shift) - square;
		craft.loose(rest, bits(2 * result.max), spot);
		craft.loose(y.double() - rest, bits(2 * result.max), spot);
		craft.wires
	};
	let root = move |x: i64| (x << shift).isqrt();
	let mut honest = Vec::new();
	for x in [0, 1, 2, 17, 49, 50, 55] {
		let y = root(x);
		let mut witness = Witness::new([Craft::new(checks).wires, vec![field(x)]].concat());
		assert_eq!(sqrt::root(&mut witness, checks, shift, result, &x), y);
		assert_eq!(witness.wires, craft(x, field(y), field(y * y), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=6 {
		for x in [2, 17, 50] {
			let y = root(x);
			let square = |y: i64| field(y * y);
			attacks.push(("one too large", craft(x, field(y + 1), square(y + 1), spot)));
			attacks.push(("one too small", craft(x, field(y - 1), square(y - 1), spot)));
			attacks.push(("the negative root", craft(x, field(-y), square(y), spot)));
			attacks.push(("another number's square", craft(x, field(y + 1), square(y), spot)));
			for rest in 0..=2 * y {
				let square = field((x << shift) - rest);
				let roots = square.sqrt().into_iter().flat_map(|y| [y, -y]);
				attacks.extend(roots.map(|y| ("a root that wraps", craft(x, y, square, spot))));
			}
			let half = field(2 * y + 1) / field(2);
			attacks.push(("half of an odd number", craft(x, half, half.square(), spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		y.evaluate(wires) == field(root(x))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

pub fn split_gadget(checks: &Checks, n: u32) -> Gadget {
	let result = Interval { min: -4, max: 9 };
	let divisor = i64::from(n);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let parts = split::parts(frame.builder(), checks, n, result, &Lc::wire(x));
	let craft = |x: i64, quotient: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		craft.push(field(x));
		craft.push(quotient);
		let rest = field(x) - quotient * field(divisor);
		match n.is_power_of_two() {
			true => craft.remainder(rest, n.trailing_zeros(), spot),
			false => craft.exact(rest, n.into(), spot),
		}
		craft.loose(quotient - field(result.min), bits(result.max - result.min), spot);
		craft.wires
	};
	let mut honest = Vec::new();
	for x in [-4 * divisor, -1, 0, 1, divisor - 1, divisor, 9 * divisor + 1] {
		let (q, r) = (x.div_euclid(divisor), x.rem_euclid(divisor));
		let mut witness = Witness::new([Craft::new(checks).wires, vec![field(x)]].concat());
		assert_eq!(split::parts(&mut witness, checks, n, result, &x), [q, r]);
		assert_eq!(witness.wires, craft(x, field(q), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=6 {
		for x in [-5i64, 0, 1, 20] {
			for off in [-1, 1] {
				let quotient = field(x.div_euclid(divisor) + off);
				attacks.push(("the next quotient", craft(x, quotient, spot)));
			}
			for rest in 0..divisor {
				let quotient = field(x - rest) / field(divisor);
				attacks.push(("a quotient that wraps", craft(x, quotient, spot)));
			}
		}
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		let expected = [x.div_euclid(divisor), x.rem_euclid(divisor)];
		parts.iter().zip(expected).all(|(part, e)| part.evaluate(wires) == field(e))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

/// Numbers up to 100, with mantissas of this many bits: fewer than they have, or as many and more.
pub fn normalize_gadget(checks: &Checks, mantissa_bits: u8) -> Gadget {
	const TOP: i64 = 6;
	let shape = normalize::Shape::new(checks, mantissa_bits, 100);
	let k = i64::from(mantissa_bits);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(1);
	let parts = normalize::parts(frame.builder(), checks, &shape, &Lc::wire(x));
	let power_at = |e: i64| field(1 << (TOP - e).clamp(0, TOP));
	let select = |e: i64| [0, 1, 2, 3, 4, 5, 6].map(|t| field(i64::from(t == e)));
	// The mantissa that goes with a product, where it is a wire.
	let craft =
		|x: Fr, e: Fr, power: Fr, selected: [Fr; 7], product: Fr, mantissa: Fr, spot: u32| {
			let mut craft = Craft::new(checks);
			craft.push(x);
			craft.fresh(e, TOP as u64 + 1, spot);
			craft.push(power);
			if *checks == Checks::Bits {
				selected.into_iter().for_each(|s| craft.push(s));
			} else {
				craft.loose(power - field(1), 6, spot);
			}
			craft.push(product);
			if TOP <= k {
				craft.exact(product - field(1 << TOP), 1 << TOP, spot);
			} else {
				craft.push(mantissa);
				craft.remainder(product - mantissa * field(1 << (TOP - k)), (TOP - k) as u32, spot);
				craft.exact(mantissa - field(1 << k), 1 << k, spot);
			}
			craft.wires
		};
	let honest_of = |x: i64, e: i64, spot| {
		let product = x << (TOP - e);
		let mantissa = field(product >> (TOP - k).max(0));
		craft(field(x), field(e), power_at(e), select(e), field(product), mantissa, spot)
	};
	let mut honest = Vec::new();
	for x in [1i64, 2, 3, 7, 8, 63, 64, 65, 100] {
		let e = i64::from(x.ilog2());
		let mut witness = Witness::new([Craft::new(checks).wires, vec![field(x)]].concat());
		let m = (x << k) >> e;
		assert_eq!(normalize::parts(&mut witness, checks, &shape, &x), [m, e]);
		assert_eq!(witness.wires, honest_of(x, e, 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=7 {
		for x in [1i64, 3, 5, 64, 77] {
			let e = i64::from(x.ilog2());
			for other in (0..=TOP).filter(|other| *other != e) {
				attacks.push(("another exponent", honest_of(x, other, spot)));
				// Another exponent with the right power, product and mantissa.
				let product = x << (TOP - e);
				let mantissa = field(product >> (TOP - k).max(0));
				let all = [field(x), field(other), power_at(e), field(product), mantissa];
				let [x, other, power, product, mantissa] = all;
				// Selectors that add up to one, to this exponent and to that power, and are no bits.
				let third = (power - field(64) + field(32) * other) / field(16);
				let (first, zero) = (Fr::ONE - other + third, Fr::ZERO);
				let no_bits = [first, other - third.double(), third, zero, zero, zero, zero];
				let of_other = select(integer(other).unwrap());
				for selected in [select(e), of_other, no_bits] {
					let wires = craft(x, other, power, selected, product, mantissa, spot);
					attacks.push(("the power of another exponent", wires));
				}
			}
			// The product of another number, and a mantissa one off.
			let product = (x << (TOP - e)) ^ (1 << (TOP - k).max(0));
			let mantissa = field(product >> (TOP - k).max(0));
			let product = field(product);
			let wires = craft(field(x), field(e), power_at(e), select(e), product, mantissa, spot);
			attacks.push(("another product", wires));
			for off in [-1, 1] {
				let product = field(x << (TOP - e));
				let mantissa = field(((x << (TOP - e)) >> (TOP - k).max(0)) + off);
				let wires =
					craft(field(x), field(e), power_at(e), select(e), product, mantissa, spot);
				attacks.push(("a mantissa that is one off", wires));
			}
		}
	}
	for spot in 0..=7 {
		// Two powers at once: 32 and 16 as that of 1 + 2.
		let both = [0, 1, 1, 0, 0, 0, 0].map(field);
		let [x, e, power, product] = [2, 3, 48, 96].map(field);
		let mantissa = field(96 >> (TOP - k).max(0));
		attacks.push(("two exponents", craft(x, e, power, both, product, mantissa, spot)));
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		let e = i64::from(x.ilog2());
		parts.iter().zip([(x << k) >> e, e]).all(|(part, is)| part.evaluate(wires) == field(is))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

const ALL: Interval = Interval { min: 0, max: 15 };

fn in_order(wires: &[Fr], x: Wire, y: &[Lc]) -> bool {
	let mut expected: Vec<i64> =
		(x..).take(y.len()).map(|wire| integer(wires[wire as usize]).unwrap()).collect();
	expected.sort_unstable_by(|a, b| b.cmp(a));
	y.iter().zip(expected).all(|(y, e)| y.evaluate(wires) == field(e))
}

/// With a challenge.
pub fn order_gadget(checks: &Checks) -> Gadget {
	let ranges = [ALL; 3];
	let mut frame = Frame::new(checks);
	let first = frame.builder().wires(3);
	let x: Vec<Lc> = (first..).take(3).map(Lc::wire).collect();
	let (y, claim) = sort::claimed(frame.builder(), checks, &ranges, &x);
	let claim = claim.unwrap();
	frame.then(move |b, z| sort::constrain(b, &claim, &z));

	/// What stands behind the challenge.
	#[derive(Clone, Copy, PartialEq)]
	enum Behind {
		Honest,
		LeftMended,
		RightMended,
	}
	let craft = |x: [i64; 3], y: [Fr; 3], behind: Behind, spot: u32| {
		let mut craft = Craft::new(checks);
		let z = craft.wires[1];
		x.iter().for_each(|v| craft.push(field(*v)));
		y.iter().for_each(|v| craft.push(*v));
		y.windows(2).for_each(|y| craft.loose(y[0] - y[1], 4, spot));
		let x = x.map(field);
		let left = (z - x[0]) * (z - x[1]);
		let right = (z - y[0]) * (z - y[1]);
		let [mut all, mut part] = [left * (z - x[2]), right];
		match behind {
			Behind::Honest => {}
			Behind::LeftMended => all = right * (z - y[2]),
			Behind::RightMended => part = all / (z - y[2]),
		}
		[craft.wires, vec![left, all, part]].concat()
	};
	let sorted = |x: [i64; 3]| {
		let mut all = x;
		all.sort_unstable_by(|a, b| b.cmp(a));
		all
	};
	let mut honest = Vec::new();
	for x in [[1, 2, 3], [15, 0, 15], [4, 4, 4], [9, 5, 0]] {
		let mut witness = Witness::new([Craft::new(checks).wires, x.map(field).into()].concat());
		let z = witness.wires[1];
		let (y, claim) = sort::claimed(&mut witness, checks, &ranges, &x);
		assert_eq!(y, sorted(x));
		sort::constrain(&mut witness, &claim.unwrap(), &z);
		assert_eq!(witness.wires, craft(x, sorted(x).map(field), Behind::Honest, 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for behind in [Behind::Honest, Behind::LeftMended, Behind::RightMended] {
		for spot in 0..=4 {
			let mut push = |name, x, y: [i64; 3]| {
				attacks.push((name, craft(x, y.map(field), behind, spot)));
			};
			push("two swapped", [9, 5, 1], [5, 9, 1]);
			push("the largest last", [9, 5, 1], [5, 1, 9]);
			push("one twice, another left out", [9, 5, 1], [9, 9, 1]);
			push("another number", [9, 5, 1], [9, 6, 1]);
			push("others with the same sum", [9, 5, 1], [10, 5, 0]);
			push("a number that is in no group", [4, 4, 4], [15, 4, 4]);
			// The same product at this challenge, by a number that is none.
			let x = [9i64, 5, 1];
			let z = Craft::new(checks).wires[1];
			let all: Fr = x.iter().map(|x| z - field(*x)).product();
			let rest = z - all / ((z - field(8)) * (z - field(6)));
			let y = [field(8), field(6), rest];
			attacks.push(("what the challenge asks for", craft(x, y, behind, spot)));
		}
	}
	let truth = move |wires: &[Fr]| in_order(wires, first, &y);
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

/// By comparisons.
pub fn network_gadget(checks: &Checks) -> Gadget {
	let mut frame = Frame::new(checks);
	let first = frame.builder().wires(3);
	let x: Vec<Lc> = (first..).take(3).map(Lc::wire).collect();
	let y = sort::compared(frame.builder(), checks, &[ALL; 3], &x);
	// The pairs of three numbers, and what is said to be the larger of one of them.
	const PAIRS: [(usize, usize); 3] = [(0, 2), (0, 1), (1, 2)];
	let craft = |x: [i64; 3], lie: Option<(usize, i64)>, spot: u32| {
		let mut craft = Craft::new(checks);
		let mut all = x;
		all.iter().for_each(|v| craft.push(field(*v)));
		for (index, (i, j)) in PAIRS.into_iter().enumerate() {
			let (a, b) = (all[i], all[j]);
			let larger = match lie {
				Some((at, 0)) if at == index => a.min(b),
				Some((at, off)) if at == index => a.max(b) + off,
				_ => a.max(b),
			};
			craft.push(field(larger));
			craft.loose(field(2 * larger - a - b), 4, spot);
			(all[i], all[j]) = (larger, a + b - larger);
		}
		craft.wires
	};
	let mut honest = Vec::new();
	for x in [[1, 2, 3], [15, 0, 15], [4, 4, 4], [2, 9, 5]] {
		let mut witness = Witness::new([Craft::new(checks).wires, x.map(field).into()].concat());
		let y = sort::compared(&mut witness, checks, &[ALL; 3], &x);
		assert!(y.is_sorted_by(|a, b| a >= b));
		assert_eq!(witness.wires, craft(x, None, 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=4 {
		for x in [[1, 2, 3], [2, 9, 5], [9, 5, 1]] {
			for at in 0..3 {
				attacks.push(("the smaller as the larger", craft(x, Some((at, 0)), spot)));
				attacks.push(("one more, and one less", craft(x, Some((at, 1)), spot)));
			}
		}
	}
	let truth = move |wires: &[Fr]| in_order(wires, first, &y);
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

/// All of these in each way.
pub fn relative_gadgets() -> Vec<Gadget> {
	let mut gadgets = Vec::new();
	for checks in &ways() {
		gadgets.extend([div_gadget(checks), sqrt_gadget(checks)]);
		gadgets.extend([6, 8, 16].map(|n| split_gadget(checks, n)));
		gadgets.extend([3, 9].map(|bits| normalize_gadget(checks, bits)));
		gadgets.push(match checks {
			Checks::Bits => network_gadget(checks),
			Checks::Tables { .. } => order_gadget(checks),
		});
	}
	gadgets
}

#[test]
fn wrong_quotients_and_remainders_of_computed_divisors_are_refused() {
	ways().iter().for_each(|checks| _ = div_gadget(checks).check());
}

#[test]
fn a_root_that_is_one_off_or_wraps_is_refused() {
	ways().iter().for_each(|checks| _ = sqrt_gadget(checks).check());
}

#[test]
fn another_quotient_by_a_constant_is_refused() {
	for checks in &ways() {
		[6, 8, 16].into_iter().for_each(|n| _ = split_gadget(checks, n).check());
	}
}

#[test]
fn another_mantissa_or_power_of_two_is_refused() {
	for checks in &ways() {
		[3, 9].into_iter().for_each(|bits| _ = normalize_gadget(checks, bits).check());
	}
}

#[test]
fn numbers_that_are_others_or_in_no_order_are_refused() {
	let [bits, tables @ ..] = &ways();
	network_gadget(bits).check();
	tables.iter().for_each(|checks| _ = order_gadget(checks).check());
}

/// All numbers of ones and zeros in order is all numbers in order (D. Knuth, 5.3.4, the 0-1 principle).
#[test]
fn a_network_puts_all_zeros_and_ones_in_order() {
	for len in 1..=13usize {
		for all in 0..1u32 << len {
			let x: Vec<i64> = (0..len).map(|i| i64::from(all >> i & 1)).collect();
			let ranges = vec![Interval { min: 0, max: 1 }; len];
			let y = sort::compared(&mut Witness::new(vec![]), &Checks::Bits, &ranges, &x);
			assert!(y.is_sorted_by(|a, b| a >= b), "{x:?} to {y:?}");
			assert_eq!(y.iter().sum::<i64>(), x.iter().sum::<i64>());
		}
	}
}
