//! Requantisation with halves to the even or the odd: bits, ties, parities, ends.

use zkml_circuits::graph::Ties;

use super::*;

struct Requantiser {
	rescale: Requantize,
	input: Interval,
}

/// What an assignment says.
#[derive(Clone, Copy)]
struct Claim {
	/// The quotient by `2^(s+1)`, the bit behind it and the remainder.
	quotient: Fr,
	bit: Fr,
	left: Fr,
	/// The inverse of what is zero at a tie, and whether there is one.
	inverse: Fr,
	tie: Fr,
	/// The results clamped at the lower end and at both.
	lower: Fr,
	result: Fr,
}

fn bits(n: i64) -> u32 {
	64 - n.leading_zeros()
}

impl Requantiser {
	fn new(
		multiplier: u32,
		shift: u8,
		offset: i64,
		ties: Ties,
		ends: [i64; 2],
		input: [i64; 2],
	) -> Self {
		let channels = vec![Channel { multiplier, shift, offset, ties }];
		let rescale = Requantize { min: ends[0], max: ends[1], channels };
		Self { rescale, input: Interval { min: input[0], max: input[1] } }
	}

	fn channel(&self) -> Channel {
		self.rescale.channels[0]
	}

	fn shift(&self) -> u32 {
		self.channel().shift.into()
	}

	fn odd(&self) -> i64 {
		i64::from(self.channel().ties == Ties::Odd)
	}

	/// By rational numbers: twice the number is compared with twice its neighbours.
	fn rounded(&self, x: i64) -> i64 {
		let Channel { multiplier, shift, offset, .. } = self.channel();
		let (number, one) = (x * i64::from(multiplier) + offset, 1i64 << shift);
		let floor = number.div_euclid(one);
		match (2 * number.rem_euclid(one)).cmp(&one) {
			std::cmp::Ordering::Less => floor,
			std::cmp::Ordering::Greater => floor + 1,
			std::cmp::Ordering::Equal => floor + (floor + self.odd()).rem_euclid(2),
		}
	}

	fn result(&self, x: i64) -> i64 {
		self.rounded(x).clamp(self.rescale.min, self.rescale.max)
	}

	/// The same claim with what follows from its digits: tie, inverse and clamped results.
	fn follow(&self, claim: Claim) -> Claim {
		let one = field(1 << self.shift());
		let d = one + one - Fr::ONE - claim.bit * one - claim.left;
		let tie = if d == Fr::ZERO { Fr::ONE } else { Fr::ZERO };
		self.clamped(Claim { inverse: d.inverse().unwrap_or_default(), tie, ..claim })
	}

	/// The same claim with results that follow from its tie.
	fn clamped(&self, claim: Claim) -> Claim {
		let h = self.sum(&claim);
		let (lower, result) = match integer(h) {
			Some(h) => {
				let lower = h.max(self.rescale.min);
				(field(lower), field(lower.min(self.rescale.max)))
			}
			None => (h, h),
		};
		Claim { lower, result, ..claim }
	}

	fn sum(&self, claim: &Claim) -> Fr {
		claim.quotient + claim.quotient + claim.bit + claim.tie + field(self.odd())
	}

	fn honest(&self, x: i64) -> Claim {
		let shift = self.shift();
		let channel = self.channel();
		let v = x * i64::from(channel.multiplier) + channel.offset + (1 << shift >> 1);
		let e = v - 1 - (self.odd() << shift);
		let [quotient, bit, left] =
			[e >> (shift + 1), e >> shift & 1, e & ((1 << shift) - 1)].map(field);
		let zero = Fr::ZERO;
		let claim =
			Claim { quotient, bit, left, inverse: zero, tie: zero, lower: zero, result: zero };
		self.follow(claim)
	}

	/// The gadget's wires for a claim; values out of their range go to `spot`.
	fn craft(&self, checks: &Checks, x: i64, claim: &Claim, spot: u32) -> Vec<Fr> {
		let Requantize { min, max, .. } = self.rescale;
		let (first, last) = (self.rounded(self.input.min), self.rounded(self.input.max));
		let h = self.sum(claim);
		let odd = claim.bit - claim.tie;
		let half = |distance: Fr, end: i64| {
			let last = if (end ^ self.odd()) & 1 == 0 { odd } else { Fr::ONE - odd };
			(distance - last) / field(2)
		};
		let mut craft = Craft::new(checks);
		[field(x), claim.quotient, claim.bit].into_iter().for_each(|wire| craft.push(wire));
		craft.remainder(claim.left, self.shift(), spot);
		[claim.inverse, claim.tie].into_iter().for_each(|wire| craft.push(wire));
		let below = bits((last - min).max(min - first));
		let y = claim.result;
		match (first < min, last > max) {
			(true, true) => {
				let lower = claim.lower;
				craft.push(lower);
				craft.loose(half(lower + lower - h - field(min), min), below - 1, spot);
				craft.push(y);
				let above = bits((last - max).max(max - min));
				craft.loose(lower + field(max) - y - y, above, spot);
			}
			(true, false) => {
				craft.push(y);
				craft.loose(half(y + y - h - field(min), min), below - 1, spot);
			}
			(false, true) => {
				craft.push(y);
				let above = bits((last - max).max(max - first));
				craft.loose(half(h + field(max) - y - y, max), above - 1, spot);
			}
			_ => craft.loose(half(h - field(first), first), bits(last - first) - 1, spot),
		}
		craft.wires
	}

	fn lies(&self, x: i64) -> Vec<(&'static str, Claim)> {
		let honest = self.honest(x);
		let (one, two) = (Fr::ONE, field(2));
		let (step, half) = (field(1 << self.shift()), two.inverse().unwrap());
		let (floor, ceiling) = (field(self.rescale.min), field(self.rescale.max));
		let mut lies = vec![
			("the other way", self.clamped(Claim { tie: one - honest.tie, ..honest })),
			(
				"the other way",
				self.clamped(Claim { tie: one - honest.tie, inverse: one, ..honest }),
			),
			("a tie of none", self.clamped(Claim { tie: one, inverse: Fr::ZERO, ..honest })),
			("half a tie", self.clamped(Claim { tie: half, ..honest })),
			("two ties", self.clamped(Claim { tie: two, ..honest })),
			("any result", Claim { result: field(7), ..honest }),
			("any negative result", Claim { result: field(-7), ..honest }),
			("the floor", Claim { result: floor, ..honest }),
			("the ceiling", Claim { result: ceiling, ..honest }),
			(
				"not clamped",
				Claim { result: self.sum(&honest), lower: self.sum(&honest), ..honest },
			),
			("not clamped above", Claim { result: honest.lower, ..honest }),
			("the ceiling from below", Claim { lower: ceiling, result: ceiling, ..honest }),
			("the floor from above", Claim { lower: floor, result: floor, ..honest }),
		];
		for way in [one, -one, two, -two] {
			let (quotient, bit) = (honest.quotient - way * half, honest.bit + way);
			let digits = Claim { quotient, bit, ..honest };
			lies.push(("a bit that is none", self.follow(digits)));
			lies.push(("a bit that is none, with its tie", self.clamped(digits)));
			let left = honest.left - way * step;
			let digits = Claim { bit, left, ..honest };
			lies.push(("the other bit", self.follow(digits)));
			let quotient = honest.quotient + way * half;
			lies.push(("another quotient", self.follow(Claim { quotient, left, ..honest })));
			let quotient = honest.quotient + way;
			let left = honest.left - way * (step + step);
			lies.push(("a quotient too many", self.follow(Claim { quotient, left, ..honest })));
			let quotient = honest.quotient + way / (step + step);
			let left = honest.left - way;
			lies.push(("a fraction as quotient", self.follow(Claim { quotient, left, ..honest })));
		}
		lies
	}

	fn gadget(self, checks: &Checks) -> Gadget {
		let mut frame = Frame::new(checks);
		let x = frame.builder().wires(1);
		let element = requantize::Element::new(&self.rescale, 0, self.input);
		let y = requantize::result(frame.builder(), checks, &element, &Lc::wire(x));
		let honest = (self.input.min..=self.input.max)
			.map(|x| {
				let wires = self.craft(checks, x, &self.honest(x), 0);
				let mut witness =
					Witness::new(wires[..Craft::new(checks).wires.len() + 1].to_vec());
				assert_eq!(requantize::result(&mut witness, checks, &element, &x), self.result(x));
				assert_eq!(witness.wires, wires, "at {x}");
				wires
			})
			.collect();
		let ties = (self.input.min..=self.input.max).filter(|x| self.honest(*x).tie == Fr::ONE);
		let mut tried: Vec<i64> = ties.step_by(3).take(8).collect();
		assert!(!tried.is_empty(), "no ties to lie about");
		tried.extend([self.input.min, self.input.min / 2, -1, 0, 5, self.input.max]);
		let mut attacks = Vec::new();
		for x in tried {
			for (name, claim) in self.lies(x) {
				for spot in 0..9 {
					attacks.push((name, self.craft(checks, x, &claim, spot)));
				}
			}
		}
		let truth = move |wires: &[Fr]| {
			let x = integer(wires[x as usize]).unwrap();
			y.evaluate(wires) == field(self.result(x))
		};
		Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
	}
}

pub fn tie_gadgets(checks: &Checks) -> Vec<Gadget> {
	let far = [-1000, 1000];
	[
		// Every second number is a tie; nothing saturates.
		Requantiser::new(1, 1, 0, Ties::Even, far, [-20, 20]),
		Requantiser::new(1, 1, 0, Ties::Odd, far, [-20, 20]),
		// A shift that fills no limb, a multiplier, an offset.
		Requantiser::new(3, 4, 4, Ties::Even, far, [-60, 61]),
		Requantiser::new(6, 4, -4, Ties::Odd, far, [-60, 61]),
		// Clamped below, above, at both, by ends that are even and odd.
		Requantiser::new(1, 2, 0, Ties::Even, [0, 1000], [-41, 60]),
		Requantiser::new(1, 2, 0, Ties::Odd, [-3, 1000], [-41, 60]),
		Requantiser::new(1, 3, 0, Ties::Even, [-1000, 5], [-70, 75]),
		Requantiser::new(5, 3, 0, Ties::Odd, [-1000, 4], [-30, 30]),
		Requantiser::new(1, 2, 0, Ties::Even, [-8, 7], [-60, 61]),
		Requantiser::new(1, 2, 0, Ties::Odd, [-7, 7], [-60, 61]),
		Requantiser::new(3, 5, 16, Ties::Even, [0, 15], [-200, 300]),
	]
	.into_iter()
	.map(|requantiser| requantiser.gadget(checks))
	.collect()
}

#[test]
fn a_half_goes_to_the_even_and_no_other_way() {
	for checks in &ways() {
		for gadget in tie_gadgets(checks) {
			gadget.check();
		}
	}
}

#[test]
fn quotients_are_those_of_rational_numbers_and_never_fall() {
	let rng = &mut rng(12);
	for _ in 0..2_000 {
		let ties = [Ties::Even, Ties::Odd][rng.gen_range(0..2)];
		let shift = rng.gen_range(1..9);
		let (multiplier, offset) = (rng.gen_range(1..40), rng.gen_range(-300..300));
		let end = rng.gen_range(-90..90);
		let input = [end, end + rng.gen_range(0..40)];
		let one = Requantiser::new(multiplier, shift, offset, ties, [-9, 9], input);
		let channel = one.channel();
		let mut last = i64::MIN;
		let mut tie = false;
		for x in input[0]..=input[1] {
			assert_eq!(channel.quotient(x), one.rounded(x), "{channel:?} of {x}");
			assert!(channel.quotient(x) >= last);
			last = channel.quotient(x);
			tie |= channel.sum(x) % (1 << shift) == 0;
		}
		assert_eq!(channel.can_tie(input[0], input[1]), tie, "{channel:?} in {input:?}");
	}
}

/// Where the range holds no tie, the rule for ties costs nothing.
#[test]
fn a_tie_that_cannot_occur_is_not_looked_for() {
	for checks in &ways() {
		let cost = |ties: Ties, input: [i64; 2]| {
			let one = Requantiser::new(4, 3, 1, ties, [-9, 9], input);
			let element = requantize::Element::new(&one.rescale, 0, one.input);
			let mut constraints = Constraints::new(0);
			let x = Lc::wire(constraints.wires(1));
			requantize::result(&mut constraints, checks, &element, &x);
			constraints.mark().constraints
		};
		assert_eq!(cost(Ties::Even, [-90, 90]), cost(Ties::Up, [-90, 90]));
	}
	assert!(!Channel { multiplier: 4, shift: 3, offset: 1, ties: Ties::Even }.can_tie(-90, 90));
}
