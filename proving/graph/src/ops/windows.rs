//! The geometry of a convolution whose windows a [`MatMul`] works on, and what it says of polynomials.
//!
//! A [`MatMul`] on gathered windows forgets what it was made from. With [`Windows`] beside it a circuit
//! can prove all positions of a convolution by one identity of polynomials: [`MatMul::convolution`].

use std::collections::BTreeMap;

use codec::{Decode, Encode};

use super::{
	layout::{Channel, Layout},
	MatMul,
};
use crate::graph::NONE;

/// Most spatial dimensions that a convolution can have here.
pub const MAX_AXES: usize = 3;

/// The convolution whose windows the input of a [`MatMul`] is.
///
/// An input `[images, channels, ...]`, with the lengths of [`Self::axes`] for the spatial dimensions, is cut
/// into windows: the input of the [`MatMul`] has the shape `[images, positions, channels, kernel]`, where
/// positions and kernel are row-major, the innermost axis last. The channels of a group are next to each
/// other. There are as many images as the rows are a multiple of the positions.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Windows {
	/// Channels of the source, those of all groups together.
	pub channels: u32,
	/// The spatial dimensions in ONNX's order, one to [`MAX_AXES`].
	pub axes: Vec<Axis>,
}

/// One spatial dimension of a convolution, in ONNX's words. Position `o` meets with element `a` of the
/// kernel the source's element `stride * o + dilation * a - pads[0]`, or 0 where there is none.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Axis {
	/// Elements of the source.
	pub input: u32,
	/// Elements of the kernel, from `kernel_shape`.
	pub kernel: u32,
	/// Elements of the source from one position to the next.
	pub stride: u32,
	/// Elements of the source from one element of the kernel to the next.
	pub dilation: u32,
	/// Zeros before the first element of the source and behind its last.
	pub pads: [u32; 2],
	/// How many positions of the kernel there are along the axis.
	pub output: u32,
}

/// What was expected of a geometry, and what it is.
type Fault = (String, String);

impl Axis {
	/// The images of a batch, which no window goes beyond.
	fn images(count: u32) -> Self {
		Self { input: count, kernel: 1, stride: 1, dilation: 1, pads: [0; 2], output: count }
	}

	/// The source's element that a position meets with an element of the kernel; nothing in the padding.
	fn element(&self, position: u32, a: u32) -> Option<i64> {
		let start = i64::from(self.dilation) * i64::from(a) - i64::from(self.pads[0]);
		let element = i64::from(self.stride) * i64::from(position) + start;
		(0..i64::from(self.input)).contains(&element).then_some(element)
	}

	/// Refuses sizes of which one does not follow from the others.
	fn check(&self) -> Result<(), Fault> {
		let Self { input, kernel, stride, dilation, pads, output } = self;
		if [input, kernel, stride, dilation, output].contains(&&0) {
			return Err(("windows of sizes above 0".into(), format!("{self:?}")));
		}
		let wide = |n: &u32| i128::from(*n);
		let extent = wide(dilation) * (wide(kernel) - 1) + 1;
		let room = wide(input) + wide(&pads[0]) + wide(&pads[1]) - extent;
		let positions = if room < 0 { 0 } else { room / wide(stride) + 1 };
		match positions == wide(output) {
			true => Ok(()),
			false => {
				Err((format!("windows at {positions} positions"), format!("at {output}: {self:?}")))
			}
		}
	}
}

/// The elements of one phase of an axis: those that are as far from a multiple of the stride.
#[derive(Default)]
struct Phase {
	/// The source's elements that windows have, the first first.
	pixels: Vec<Pixel>,
	/// The kernel's elements that meet one of them: where each stands relative to a position, in
	/// strides, and which it is.
	weights: Vec<(i64, u32)>,
}

/// An element of the source.
struct Pixel {
	/// Which of its phase.
	q: i64,
	/// A position that has it in its window.
	position: u32,
	/// The element of the kernel that it meets there.
	a: u32,
}

impl Phase {
	/// Smallest and largest place of an element of the source, and of one of the kernel.
	fn ends(&self) -> [(i64, i64); 2] {
		let ends = |places: &mut dyn Iterator<Item = i64>| {
			places.fold((i64::MAX, i64::MIN), |(min, max), place| (min.min(place), max.max(place)))
		};
		[ends(&mut self.pixels.iter().map(|p| p.q)), ends(&mut self.weights.iter().map(|w| w.0))]
	}
}

/// The exponents of an axis.
struct Exponents {
	/// Those phases in which windows have elements, in order.
	phases: Vec<Phase>,
	/// The exponent of the first position, in radices.
	shift: i64,
	/// What one place along the axis adds to an exponent.
	radix: i64,
}

impl Exponents {
	/// For each axis; nothing if exponents would not be below `2^32 - 1`.
	fn of(axes: &[Axis]) -> Option<Vec<Self>> {
		let (mut all, mut radix, mut top) = (Vec::with_capacity(axes.len()), 1i64, 0i64);
		for axis in axes.iter().rev() {
			let phases = phases(axis);
			let last = i64::from(axis.output) - 1;
			let (mut shift, mut span, mut highest) = (0, last, last);
			for [(first, end), (low, high)] in phases.iter().map(Phase::ends) {
				shift = shift.max(high - first);
				span = span.max((end - low).abs()).max((first - high - last).abs());
				highest = highest.max(end - low);
			}
			top = top.checked_add(radix.checked_mul(highest + shift)?)?;
			all.push(Self { phases, shift, radix });
			radix = radix.checked_mul(1 + span)?;
		}
		all.reverse();
		(top < i64::from(u32::MAX)).then_some(all)
	}
}

/// The phases of an axis in which windows have elements.
fn phases(axis: &Axis) -> Vec<Phase> {
	let mut phases = BTreeMap::<i64, Phase>::new();
	let stride = i64::from(axis.stride);
	for a in 0..axis.kernel {
		let start = i64::from(axis.dilation) * i64::from(a) - i64::from(axis.pads[0]);
		let k = start.div_euclid(stride);
		let inside = |position: &u32| axis.element(*position, a).is_some();
		let pixel = |position| Pixel { q: i64::from(position) + k, position, a };
		let mut met = (0..axis.output).filter(inside).map(pixel).peekable();
		if met.peek().is_some() {
			let phase = phases.entry(start.rem_euclid(stride)).or_default();
			phase.weights.push((k, a));
			phase.pixels.extend(met);
		}
	}
	let mut phases: Vec<_> = phases.into_values().collect();
	for phase in &mut phases {
		phase.pixels.sort_by_key(|pixel| pixel.q);
		phase.pixels.dedup_by_key(|pixel| pixel.q);
	}
	phases
}

/// One phase of each axis, in all ways.
fn combined(axes: &[Exponents]) -> Vec<Vec<&Phase>> {
	axes.iter().fold(vec![Vec::new()], |some, axis| {
		let with = |some: &Vec<_>| {
			let some = some.clone();
			axis.phases.iter().map(move |phase| [some.as_slice(), &[phase]].concat())
		};
		some.iter().flat_map(with).collect()
	})
}

impl Windows {
	/// Positions of an image.
	fn positions(&self) -> Option<u64> {
		self.axes.iter().try_fold(1u64, |n, axis| n.checked_mul(axis.output.into()))
	}

	/// The spatial dimensions behind one for the images of the batch.
	fn with_images(&self, dense: &MatMul) -> Vec<Axis> {
		// There is a position: sizes were checked.
		let images = u64::from(dense.rows) / self.positions().unwrap_or(1);
		[&[Axis::images(images as u32)], self.axes.as_slice()].concat()
	}

	/// Refuses sizes that do not fit each other or the operation's, which are in order.
	fn check_sizes(&self, dense: &MatMul) -> Result<(), Fault> {
		if !(1..=MAX_AXES).contains(&self.axes.len()) {
			let expected = format!("windows along 1 to {MAX_AXES} axes");
			return Err((expected, self.axes.len().to_string()));
		}
		let (groups, inputs) = (u64::from(dense.groups), dense.inputs() as u64);
		let channels = u64::from(self.channels);
		let kernel = self.axes.iter().try_fold(channels, |n, a| n.checked_mul(a.kernel.into()));
		if channels == 0 || !channels.is_multiple_of(groups) || kernel != Some(groups * inputs) {
			let expected = format!("windows of {inputs} elements for each of {groups} groups");
			return Err((expected, format!("{self:?}")));
		}
		match self.positions() {
			Some(n @ 1..) if u64::from(dense.rows).is_multiple_of(n) => {}
			_ => {
				let expected =
					format!("windows at a number of positions that divides {}", dense.rows);
				return Err((expected, format!("{self:?}")));
			}
		}
		self.axes.iter().try_for_each(Axis::check)?;
		match Exponents::of(&self.with_images(dense)) {
			Some(_) => Ok(()),
			None => Err(("windows in a smaller source".into(), format!("{self:?}"))),
		}
	}

	/// Refuses a geometry that is not the one by which the operation's input was picked: nothing is
	/// picked for the padding, and one and the same for an element of the source wherever a window has
	/// it. So there is a source whose windows these are, in whatever order its elements stand where they
	/// are picked from; some of them may be nothing, which is 0, too.
	pub(crate) fn check(&self, dense: &MatMul, picks: &[u32]) -> Result<(), Fault> {
		self.check_sizes(dense)?;
		let axes = self.with_images(dense);
		// Along each axis, for each position and element of the kernel, which of those elements of the
		// source that are in a window it is. All of these are met by the picks, so that there are no more.
		let along = |axis: &Axis| {
			let all = (0..axis.output).flat_map(|o| (0..axis.kernel).map(move |a| (o, a)));
			let places: Vec<_> = all.map(|(o, a)| axis.element(o, a)).collect();
			let mut met: Vec<_> = places.iter().flatten().copied().collect();
			met.sort_unstable();
			met.dedup();
			let rank = |place: &Option<i64>| place.and_then(|place| met.binary_search(&place).ok());
			(places.iter().map(rank).collect::<Vec<_>>(), met.len())
		};
		let along: Vec<_> = axes.iter().map(along).collect();
		let channels = self.channels as usize;
		let mut source = vec![None; channels * along.iter().map(|(_, met)| met).product::<usize>()];
		for (row, picks) in picks.chunks_exact(dense.groups as usize * dense.inputs()).enumerate() {
			let mut window = vec![Some(0)];
			let mut positions = dense.rows as usize;
			let mut rest = row;
			for (axis, (places, met)) in axes.iter().zip(&along) {
				positions /= axis.output as usize;
				let kernel = axis.kernel as usize;
				let here = &places[rest / positions * kernel..][..kernel];
				rest %= positions;
				let behind =
					|at: Option<usize>| here.iter().map(move |place| Some(at? * met + (*place)?));
				window = window.into_iter().flat_map(behind).collect();
			}
			for (channel, picks) in picks.chunks_exact(window.len()).enumerate() {
				for (place, pick) in window.iter().zip(picks) {
					let shown = || match *pick {
						NONE => "nothing".to_owned(),
						pick => format!("element {pick}"),
					};
					let first = match place {
						Some(place) => *source[place * channels + channel].get_or_insert(*pick),
						None => NONE,
					};
					if first != *pick {
						let expected = match first {
							NONE => "nothing in the padding or where nothing was".into(),
							first => format!("element {first} again"),
						};
						let at = format!("{} in the window of row {row}", shown());
						return Err((format!("windows that pick {expected}"), at));
					}
				}
			}
		}
		Ok(())
	}
}

impl MatMul {
	/// The operation as a convolution of polynomials, for one of the groups; nothing if it has no
	/// [`Windows`]. The plan has checked that they are there.
	///
	/// Along an axis of stride `s`, an element `r = s q + phase` of the source is number `q` of its phase,
	/// and an element `a` of the kernel stands `k` strides from a position, where
	/// `dilation * a - pad = s k + phase` again: position `o` meets with it the element `q = o + k` of the
	/// same phase. So a channel of the layout is a channel of the source and a phase along each axis. An
	/// element of the source is at `sum_m (q_m - q0_m) R_m`, one of the kernel at
	/// `sum_m (D_m + q0_m - k_m) R_m`, where `q0_m` is the first of the phase, and a position at
	/// `sum_m (o_m + D_m) R_m`, where `D_m` is as small as exponents from 0 up allow.
	///
	/// A product of both is thus at the exponent of position `o` if, and only if, `sum_m c_m R_m = 0` for
	/// `c_m = q_m - k_m - o_m`, and it is one of the sum at that position if, and only if, all `c_m` are 0.
	/// These are the same: `R = 1` for the innermost axis, and behind an axis of radix `R` comes
	/// `R (1 + C)`, where `C` is the largest `|c|` that there is along it, for any elements and positions.
	/// All terms of the sum but the innermost are multiples of `1 + C`, and so the innermost `c` is one, too,
	/// if the sum is 0; as `|c| <= C` it is 0. The same holds of the rest, divided by `1 + C`. `C` is also
	/// at least the distance of any two positions, so that no two have one exponent.
	///
	/// The images of a batch are one more axis, outside of all others, with a kernel of 1.
	pub fn convolution(&self, group: u32) -> Option<Layout> {
		let windows = self.windows.as_ref().filter(|_| self.rows > 0 && group < self.groups)?;
		windows.check_sizes(self).ok()?;
		let axes = windows.with_images(self);
		let all = Exponents::of(&axes)?;
		let window = windows.axes.iter().map(|axis| axis.kernel).product::<u32>();
		let place = |row: u32, k: u32| (row * self.groups + group) * self.inputs() as u32 + k;
		// Exponents are below 2^32 - 1 all.
		let mut outputs = vec![0];
		for (axis, Exponents { shift, radix, .. }) in axes.iter().zip(&all) {
			let next = |e: &u32| {
				let e = i64::from(*e);
				(0..axis.output).map(move |o| (e + (i64::from(o) + shift) * radix) as u32)
			};
			outputs = outputs.iter().flat_map(next).collect();
		}
		let mut kernels = Vec::new();
		for phases in combined(&all) {
			// The exponent, the row, and the element of the kernel there.
			let (mut inputs, mut weights) = (vec![(0, 0, 0)], vec![(0, 0)]);
			for ((axis, Exponents { shift, radix, .. }), phase) in axes.iter().zip(&all).zip(phases)
			{
				let first = phase.pixels[0].q;
				let next = |(e, row, k): &(i64, u32, u32)| {
					let (e, row, k) = (*e, row * axis.output, k * axis.kernel);
					let one =
						move |p: &Pixel| (e + (p.q - first) * radix, row + p.position, k + p.a);
					phase.pixels.iter().map(one)
				};
				inputs = inputs.iter().flat_map(next).collect();
				let next = |(e, k): &(i64, u32)| {
					let (e, k) = (*e, k * axis.kernel);
					let one = move |w: &(i64, u32)| (e + (shift + first - w.0) * radix, k + w.1);
					phase.weights.iter().map(one)
				};
				weights = weights.iter().flat_map(next).collect();
			}
			inputs.sort_unstable();
			weights.sort_unstable();
			kernels.push((inputs, weights));
		}
		let mut channels = Vec::new();
		for start in (0..windows.channels / self.groups).map(|channel| channel * window) {
			for (inputs, weights) in &kernels {
				let input = |(e, row, k): &(i64, u32, u32)| (place(*row, start + k), *e as u32);
				let weight = |(e, k): &(i64, u32)| (start + k, *e as u32);
				let inputs = inputs.iter().map(input).collect();
				channels.push(Channel { inputs, weights: weights.iter().map(weight).collect() });
			}
		}
		Some(Layout::new(channels, outputs))
	}
}
