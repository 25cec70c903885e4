//! Requantisation and clamps: quotients, remainders, signs, ends.

use super::*;

struct Requantiser {
	rescale: Requantize,
	input: Interval,
}

impl Requantiser {
	fn quotient(&self, x: i64) -> i64 {
		let channel = self.rescale.channels[0];
		(x * i64::from(channel.multiplier) + channel.half()) >> channel.shift
	}

	fn result(&self, x: i64) -> i64 {
		self.quotient(x).clamp(self.rescale.min, self.rescale.max)
	}

	/// Whether there are quotients below the ends, and above.
	fn beyond(&self) -> (bool, bool) {
		let below = self.quotient(self.input.min) < self.rescale.min;
		(below, self.quotient(self.input.max) > self.rescale.max)
	}

	/// The gadget's wires if the quotient is said to be `h` and the result `y`, with what is over and
	/// under the ends if it may be beyond both; values out of their range go to `spot`.
	fn craft(&self, checks: &Checks, x: i64, h: Fr, y: Fr, ends: [Fr; 2], spot: u32) -> Vec<Fr> {
		let Requantize { min: low, max: high, .. } = self.rescale;
		let channel = self.rescale.channels[0];
		let shift = u32::from(channel.shift);
		let v = x * i64::from(channel.multiplier) + channel.half();
		let left = field(v) - h * field(1 << shift);
		let (min, max) = (self.quotient(self.input.min), self.quotient(self.input.max));
		let bits = |n: i64| 64 - n.leading_zeros();
		let mut craft = Craft::new(checks);
		craft.push(field(x));
		if self.beyond() == (true, true) {
			[y, ends[0], ends[1]].into_iter().for_each(|wire| craft.push(wire));
			craft.remainder(left, shift, spot);
			craft.exact(y - field(low), (high - low) as u64 + 1, spot);
			craft.loose(ends[0] + ends[1], bits((max - high).max(low - min)), spot);
			return craft.wires;
		}
		if shift > 0 {
			craft.push(h);
			craft.remainder(left, shift, spot);
		}
		match self.beyond() {
			(true, _) => {
				craft.push(y);
				craft.loose(y + y - h - field(low), bits((max - low).max(low - min)), spot);
			}
			(_, true) => {
				craft.push(y);
				craft.loose(h + field(high) - y - y, bits((max - high).max(high - min)), spot);
			}
			_ if shift > 0 => craft.loose(h - field(min), bits(max - min), spot),
			_ => {}
		}
		craft.wires
	}

	fn honest(&self, checks: &Checks, x: i64) -> Vec<Fr> {
		let (h, y) = (self.quotient(x), self.result(x));
		let ends = [(h - y).max(0), (y - h).max(0)].map(field);
		self.craft(checks, x, field(h), field(y), ends, 0)
	}

	fn gadget(self, checks: &Checks) -> Gadget {
		let mut frame = Frame::new(checks);
		let x = frame.builder().wires(1);
		let element = requantize::Element::new(&self.rescale, 0, self.input);
		let y = requantize::result(frame.builder(), checks, &element, &Lc::wire(x));
		let honest = (self.input.min..=self.input.max).step_by(7).map(|x| {
			let wires = self.honest(checks, x);
			let mut witness = Witness::new(wires[..Craft::new(checks).wires.len() + 1].to_vec());
			assert_eq!(requantize::result(&mut witness, checks, &element, &x), self.result(x));
			assert_eq!(witness.wires, wires, "at {x}");
			wires
		});
		let honest = honest.collect();
		let mut attacks = Vec::new();
		let (floor, ceiling) = (field(self.rescale.min), field(self.rescale.max));
		let shift = u32::from(self.rescale.channels[0].shift);
		let zero = Fr::ZERO;
		for x in [self.input.min, self.input.min / 2, -1, 0, 10, self.input.max / 3, self.input.max]
		{
			if x < self.input.min {
				continue;
			}
			let (q, r) = (field(self.quotient(x)), field(self.result(x)));
			let one = Fr::ONE;
			// Quotients: one off, and the fraction that leaves another remainder in range.
			let fraction = q + field(3) / field(1 << shift);
			let saturates = self.beyond() == (true, true);
			let mut say = |name: &'static str, h: Fr, y: Fr, ends: [Fr; 2]| {
				for spot in 0..12 {
					attacks.push((name, x, self.craft(checks, x, h, y, ends, spot)));
				}
			};
			if saturates {
				let follow = |y: Fr, over: Fr, under: Fr| (y + over - under, y, [over, under]);
				for (name, (h, y, ends)) in [
					("half saturated", follow(ceiling - one, q - ceiling + one, zero)),
					("wrapped", follow(q - ceiling - one, ceiling + one, zero)),
					("lifted", follow(q + one, zero, one)),
					("above the ceiling", follow(q, zero, zero)),
					("below the floor", follow(q, zero, zero)),
					("saturated without need", follow(ceiling, q - ceiling, zero)),
					("at the floor without need", follow(floor, zero, floor - q)),
					("one too many", follow(r + one, q - r, zero)),
					("a quotient one too large", follow(q + one, zero, zero)),
					("a quotient one too small", follow(q - one, zero, zero)),
				] {
					say(name, h, y, ends);
				}
			} else {
				let of = |h: Fr, y: Fr| (h, y, [zero; 2]);
				for (name, (h, y, ends)) in [
					("a quotient one too large", of(q + one, r + one)),
					("a quotient one too small", of(q - one, r - one)),
					("a fraction as quotient", of(fraction, fraction)),
					("the quotient of a negative number", of(q, q)),
					("the floor", of(q, floor)),
					("the ceiling", of(q, ceiling)),
					("any result", of(q, field(7))),
					("any negative result", of(q, field(-7))),
				] {
					say(name, h, y, ends);
				}
			}
		}
		let truth = {
			let this = Self { rescale: self.rescale.clone(), input: self.input };
			move |wires: &[Fr]| {
				let x = integer(wires[x as usize]).unwrap();
				y.evaluate(wires) == field(this.result(x))
			}
		};
		let attacks = attacks.into_iter().map(|(name, _, wires)| (name, wires)).collect();
		Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
	}
}

fn clamp(ends: (i64, i64), shift: u8, input: (i64, i64)) -> Requantiser {
	let channels = vec![Channel::new(if shift == 0 { 1 } else { 3 }, shift)];
	let input = Interval { min: input.0, max: input.1 };
	Requantiser { rescale: Requantize { min: ends.0, max: ends.1, channels }, input }
}

fn requantiser(rectify: bool, bits: u8, shift: u8, input: (i64, i64)) -> Requantiser {
	let half = 1 << (bits - 1);
	clamp(if rectify { (0, 2 * half - 1) } else { (-half, half - 1) }, shift, input)
}

pub fn rescale_gadgets(checks: &Checks) -> Vec<Gadget> {
	[
		// 3 * 500 >> 3 is up to 187, and 4 bits hold 15.
		requantiser(true, 4, 3, (-300, 500)),
		// No shift, and saturation.
		requantiser(true, 4, 0, (-30, 40)),
		// Nothing can saturate.
		requantiser(true, 6, 3, (-80, 80)),
		requantiser(true, 7, 0, (-80, 80)),
		// Shifts that do not fill a limb.
		requantiser(true, 6, 4, (-160, 160)),
		requantiser(true, 4, 5, (-900, 1500)),
		requantiser(false, 6, 5, (-300, 300)),
		// Nothing is negative.
		requantiser(true, 6, 3, (0, 80)),
		// Without ReLU.
		requantiser(false, 6, 3, (-80, 80)),
		// Other ends: both, the lower, the upper.
		clamp((-20, 11), 3, (-300, 500)),
		clamp((-9, 70), 0, (-30, 40)),
		clamp((-5, 200), 2, (-80, 80)),
		clamp((-300, 13), 2, (-80, 80)),
		clamp((-300, -2), 0, (-30, 40)),
	]
	.into_iter()
	.map(|requantiser| requantiser.gadget(checks))
	.collect()
}

#[test]
fn wrong_quotients_remainders_signs_and_saturation_are_refused() {
	for checks in &ways() {
		for gadget in rescale_gadgets(checks) {
			gadget.check();
		}
	}
}

#[test]
fn a_result_that_can_only_be_zero_costs_nothing() {
	for checks in &ways() {
		let element = requantize::Element::new(
			&requantiser(true, 6, 3, (-80, 0)).rescale,
			0,
			Interval { min: -80, max: 0 },
		);
		let mut constraints = Constraints::new(0);
		let x = Lc::wire(constraints.wires(1));
		let y = requantize::result(&mut constraints, checks, &element, &x);
		assert_eq!(y, Lc::default(), "not the constant 0");
		assert_eq!(constraints.mark().constraints, 0);
	}
}
