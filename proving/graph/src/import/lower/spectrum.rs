//! Fourier transforms: products with constant matrices.

use std::f64::consts::TAU;

use super::{
	compose::{Compose, Taps},
	shape::strides,
	signature::{input, int, optional, Operator, Version, OUTPUT},
	spread::unravel,
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{node::Node, ImportError};

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"DFT",
		transform,
		&[
			Version::new(
				&[17],
				&[int("axis", 1), int("inverse", 0), int("onesided", 0)],
				&[input("input"), optional("dft_length")],
				OUTPUT,
			),
			Version::new(
				&[20],
				&[int("inverse", 0), int("onesided", 0)],
				&[input("input"), optional("dft_length"), optional("axis")],
				OUTPUT,
			),
		],
	),
	Operator::new(
		"STFT",
		short_time,
		&[Version::new(
			&[17],
			&[int("onesided", 1)],
			&[input("signal"), input("frame_step"), optional("window"), optional("frame_length")],
			OUTPUT,
		)],
	),
];

/// The only integer of a constant input.
fn single(node: &Node, inputs: &Inputs, index: usize) -> Result<i64, ImportError> {
	match inputs.integers(node, index)? {
		[value] => Ok(*value),
		values => Err(node.error("a single integer", values.len().to_string())),
	}
}

/// A number of samples.
fn length(node: &Node, value: i64) -> Result<usize, ImportError> {
	let length = usize::try_from(value).ok().filter(|length| (1..1 << 16).contains(length));
	length.ok_or_else(|| node.error("a length of 1 to 65535", value.to_string()))
}

/// Real or imaginary part of `e^(i angle)` times real or imaginary part of a number: its share in the
/// product's real (`part` 0) or imaginary (1) part.
fn share(angle: f64, part: usize, of: usize) -> f64 {
	match (part, of) {
		(0, 0) | (1, 1) => angle.cos(),
		(0, _) => -angle.sin(),
		_ => angle.sin(),
	}
}

/// `DFT` of real or complex numbers.
fn transform(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	let axis = match node.version.oldest() {
		..20 => node.int("axis", 1),
		_ if inputs.has(2) => single(node, inputs, 2)?,
		_ => -2,
	};
	let axis = node.axis(axis, rank)?;
	let parts = x.dims[rank - 1];
	if axis + 1 == rank || !(1..=2).contains(&parts) {
		let got = format!("axis {axis} of {:?}", x.dims);
		return Err(node.error("an axis before that of real and imaginary parts", got));
	}
	let (inverse, half) = (node.int("inverse", 0) != 0, node.int("onesided", 0) != 0);
	let size = x.dims[axis];
	let length = match inputs.has(1) {
		true => length(node, single(node, inputs, 1)?)?,
		false if inverse && half => 2 * size.saturating_sub(1),
		false => size,
	};
	if length == 0 || half && !inverse && parts != 1 || half && inverse && parts != 2 {
		let got = format!("{parts} parts of {length} places");
		return Err(node.error("onesided from real numbers, or back from complex ones", got));
	}
	let mut dims = x.dims.clone();
	dims[axis] = if half && !inverse { length / 2 + 1 } else { length };
	dims[rank - 1] = if half && inverse { 1 } else { 2 };
	let len = lowering.count(node, &dims)?;
	let most = lowering.count(node, &[2, length.max(size)])?;
	lowering.count(node, &[len, most])?;
	let own = strides(&x.dims);
	let taken = match half && inverse {
		true => size.min(length / 2 + 1),
		false => size.min(length),
	};
	let mut taps: Vec<Taps> = Vec::with_capacity(len);
	for place in 0..len {
		let index = unravel(place, &dims);
		let base: usize = (0..rank - 1)
			.filter(|other| *other != axis)
			.map(|other| index[other] * own[other] as usize)
			.sum();
		let (k, part) = (index[axis], index[rank - 1]);
		let mut here = Taps::new();
		for j in 0..taken {
			// The angle of a whole number of turns is none.
			let turn = (k * j % length) as f64 / length as f64 * TAU;
			let angle = if inverse { turn } else { -turn };
			// Of half a spectrum all but its ends stand for two.
			let twice = half && inverse && j > 0 && 2 * j != length;
			let factor = match (inverse, twice) {
				(false, _) => 1.0,
				(true, false) => 1.0 / length as f64,
				(true, true) => 2.0 / length as f64,
			};
			for of in 0..parts {
				// The imaginary parts of its ends are none.
				let weight = share(angle, part, of) * factor;
				let idle = half && inverse && !twice && of == 1;
				if weight.abs() > 1e-15 && !idle {
					here.push((base + j * own[axis] as usize + of, weight));
				}
			}
		}
		taps.push(here);
	}
	let made = Compose { lowering, node }.linear(&x, dims, &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}

/// `STFT` of real or complex signals: transforms of windows that overlap.
fn short_time(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let &[batch, size, parts] = x.dims.as_slice() else {
		return Err(node.error("batch, samples and parts", format!("{:?}", x.dims)));
	};
	let step = length(node, single(node, inputs, 1)?)?;
	let window = inputs.has(2).then(|| inputs.floats(node, 2)).transpose()?;
	let frame = match (inputs.has(3), &window) {
		(true, _) => length(node, single(node, inputs, 3)?)?,
		(false, Some(window)) => window.len(),
		(false, None) => size,
	};
	let window = window.unwrap_or_else(|| vec![1.0; frame]);
	let half = node.int("onesided", 1) != 0;
	if window.len() != frame || frame > size || frame == 0 || !(1..=2).contains(&parts) {
		let got = format!("{} of {size}", window.len());
		return Err(node.error(format!("a window of {frame} samples"), got));
	}
	if half && parts == 2 {
		return Err(node.error("onesided from real numbers", "complex ones"));
	}
	let frames = (size - frame) / step + 1;
	let bins = if half { frame / 2 + 1 } else { frame };
	let dims = vec![batch, frames, bins, 2];
	let len = lowering.count(node, &dims)?;
	lowering.count(node, &[len, frame * parts])?;
	let mut taps: Vec<Taps> = Vec::with_capacity(len);
	for place in 0..len {
		let index = unravel(place, &dims);
		let (start, k, part) = (index[1] * step, index[2], index[3]);
		let mut here = Taps::new();
		for (j, weight) in window.iter().enumerate() {
			let angle = -((k * j % frame) as f64 / frame as f64 * TAU);
			for of in 0..parts {
				let weight = share(angle, part, of) * f64::from(*weight);
				if weight.abs() > 1e-15 {
					here.push(((index[0] * size + start + j) * parts + of, weight));
				}
			}
		}
		taps.push(here);
	}
	let made = Compose { lowering, node }.linear(&x, dims, &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}
