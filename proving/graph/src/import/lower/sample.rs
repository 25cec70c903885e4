//! Sampling at constant places, between elements: linear maps.

use super::{
	compose::{Compose, Taps},
	resize::cubic,
	signature::{
		float, free, input, int, optional, word, Attribute, Form, Input, Operator, Version, Y,
	},
	spread::{sizes_of, unravel},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{node::Node, FloatOp, ImportError};

const CORNERS: Attribute = int("align_corners", 0);
const ZEROS: Attribute = word("padding_mode", "zeros");
const GRID: &[Input] = &[input("X"), input("grid")];
const ROIS: &[Input] = &[input("X"), input("rois"), input("batch_indices")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"AffineGrid",
		affine_grid,
		&[Version::new(&[20], &[CORNERS], &[input("theta"), input("size")], &[input("grid")])],
	),
	Operator::new(
		"DeformConv",
		deformed,
		&[Version::new(
			&[19, 22],
			&[
				free("dilations", Form::Ints),
				int("group", 1),
				free("kernel_shape", Form::Ints),
				int("offset_group", 1),
				free("pads", Form::Ints),
				free("strides", Form::Ints),
			],
			&[input("X"), input("W"), input("offset"), optional("B"), optional("mask")],
			Y,
		)],
	),
	Operator::new(
		"GridSample",
		grid_sample,
		&[
			Version::new(&[16], &[CORNERS, word("mode", "bilinear"), ZEROS], GRID, Y),
			Version::new(&[20, 22], &[CORNERS, word("mode", "linear"), ZEROS], GRID, Y),
		],
	),
	Operator::new(
		"RoiAlign",
		roi_align,
		&[
			Version::new(
				&[10],
				&[
					word("mode", "avg"),
					int("output_height", 1),
					int("output_width", 1),
					int("sampling_ratio", 0),
					float("spatial_scale", 1.0),
				],
				ROIS,
				Y,
			),
			Version::new(
				&[16, 22],
				&[
					word("coordinate_transformation_mode", "half_pixel"),
					word("mode", "avg"),
					int("output_height", 1),
					int("output_width", 1),
					int("sampling_ratio", 0),
					float("spatial_scale", 1.0),
				],
				ROIS,
				Y,
			),
		],
	),
];

/// Taps along each axis as taps of all together, by the distance between neighbours.
pub fn together(parts: &[Taps], strides: &[isize]) -> Taps {
	let mut all = vec![(0usize, 1.0)];
	for (part, stride) in parts.iter().zip(strides) {
		let step = *stride as usize;
		let each = |(i, w): (usize, f64)| part.iter().map(move |(j, v)| (i + j * step, w * v));
		all = all.into_iter().flat_map(each).collect();
	}
	all
}

/// What is taken between elements.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
	Nearest,
	Linear,
	Cubic,
}

/// How places beyond the tensor are brought back.
enum Padding {
	Zeros,
	Border,
	Reflection,
}

/// Reflects at both ends until it is between them.
fn reflected(x: f64, low: f64, high: f64) -> f64 {
	let range = high - low;
	if range <= 0.0 {
		return low;
	}
	let way = (x - low).rem_euclid(2.0 * range);
	low + if way > range { 2.0 * range - way } else { way }
}

/// Places along an axis that `GridSample` samples.
struct Axis {
	size: i64,
	/// Smallest and largest place.
	ends: [f64; 2],
}

impl Axis {
	/// An element, if there is one for the place.
	fn element(&self, place: i64, padding: &Padding) -> Option<usize> {
		let inside = match padding {
			Padding::Zeros => place,
			Padding::Border => place.clamp(0, self.size - 1),
			// Ends between elements round towards the tensor.
			Padding::Reflection if (0..self.size).contains(&place) => place,
			Padding::Reflection => reflected(place as f64, self.ends[0], self.ends[1]) as i64,
		};
		(0..self.size).contains(&inside).then_some(inside as usize)
	}

	/// The two elements beside a place, and their shares; beyond the tensor there are zeros.
	fn between(&self, place: f64) -> Taps {
		let before = place.floor();
		let shares = [(before as i64, 1.0 - (place - before)), (before as i64 + 1, place - before)];
		let there = shares.into_iter().filter(|(_, share)| *share != 0.0);
		there.filter_map(|(i, share)| Some((self.element(i, &Padding::Zeros)?, share))).collect()
	}

	/// What a normalised coordinate takes.
	fn taps(&self, coordinate: f32, corners: bool, mode: Mode, padding: &Padding) -> Taps {
		let (n, size) = (f64::from(coordinate), self.size as f64);
		let place = match corners {
			true => (n + 1.0) / 2.0 * (size - 1.0),
			false => ((n + 1.0) * size - 1.0) / 2.0,
		};
		// In 32 bits, as those do who make such grids.
		let mut place = f64::from(place as f32);
		if mode == Mode::Nearest {
			place = place.round_ties_even();
		}
		if !(self.ends[0]..=self.ends[1]).contains(&place) {
			place = match padding {
				Padding::Zeros => place,
				Padding::Border => place.clamp(0.0, size - 1.0),
				Padding::Reflection => reflected(place, self.ends[0], self.ends[1]),
			};
		}
		let before = place.floor();
		let (first, ratio) = (before as i64, place - before);
		let weights: Vec<(i64, f64)> = match mode {
			Mode::Nearest => vec![(place as i64, 1.0)],
			Mode::Linear => vec![(first, 1.0 - ratio), (first + 1, ratio)],
			Mode::Cubic => {
				(-1..3).map(|i| (first + i, cubic((ratio - i as f64).abs(), -0.75))).collect()
			}
		};
		let here = weights.into_iter().filter(|(_, weight)| *weight != 0.0);
		here.filter_map(|(i, weight)| Some((self.element(i, padding)?, weight))).collect()
	}
}

/// `GridSample` of a constant grid.
fn grid_sample(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (shape, grid) = (inputs.constant(node, 1)?.dims.clone(), inputs.floats(node, 1)?);
	let rank = x.dims.len();
	let fits = rank > 2
		&& shape.len() == rank
		&& shape[0] == x.dims[0]
		&& shape[rank - 1] == rank - 2
		&& grid.iter().all(|g| g.is_finite() && g.abs() < 1e6);
	if !fits {
		return Err(node.error(format!("a grid for {:?}", x.dims), format!("{shape:?}")));
	}
	let corners = node.int("align_corners", 0) != 0;
	let mode = match node.text("mode", "linear").as_str() {
		"nearest" => Mode::Nearest,
		"linear" | "bilinear" => Mode::Linear,
		"cubic" | "bicubic" => Mode::Cubic,
		other => return Err(node.error("mode nearest, linear or cubic", other)),
	};
	let padding = match node.text("padding_mode", "zeros").as_str() {
		"zeros" => Padding::Zeros,
		"border" => Padding::Border,
		"reflection" => Padding::Reflection,
		other => return Err(node.error("padding_mode zeros, border or reflection", other)),
	};
	if mode == Mode::Cubic && matches!(padding, Padding::Border) {
		return Err(node.error("padding_mode zeros or reflection with mode cubic", "border"));
	}
	let axes: Vec<_> = x.dims[2..]
		.iter()
		.map(|size| Axis {
			size: *size as i64,
			ends: match corners {
				true => [0.0, *size as f64 - 1.0],
				false => [-0.5, *size as f64 - 0.5],
			},
		})
		.collect();
	let strides = super::shape::strides(&x.dims);
	let to = [&x.dims[..2], &shape[1..rank - 1]].concat();
	let len = lowering.count(node, &to)?;
	lowering.count(node, &[len, 4usize.saturating_pow(axes.len() as u32)])?;
	let places: usize = shape[1..rank - 1].iter().product();
	let mut taps = Vec::with_capacity(len);
	for index in 0..len {
		let (batch, channel) = (index / places / x.dims[1], index / places % x.dims[1]);
		let start = batch * strides[0] as usize + channel * strides[1] as usize;
		let point = (batch * places + index % places) * axes.len();
		// A grid names the last axis first.
		let along = axes.iter().rev().zip(&grid[point..]);
		let mut parts: Vec<_> = along.map(|(a, g)| a.taps(*g, corners, mode, &padding)).collect();
		parts.reverse();
		let here = together(&parts, &strides[2..]);
		taps.push(here.into_iter().map(|(i, w)| (start + i, w)).collect());
	}
	let made = Compose { lowering, node }.linear(&x, to, &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}

/// `AffineGrid`: places of a constant size under computed transformations.
fn affine_grid(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let size = super::shape::sizes(node, inputs.integers(node, 1)?)?;
	let rank = size.len().saturating_sub(2);
	let fits = (2..=3).contains(&rank) && x.dims == [size[0], rank, rank + 1];
	if !fits {
		let expected = format!("transformations for a size of {size:?}");
		return Err(node.error(expected, format!("{:?}", x.dims)));
	}
	let corners = node.int("align_corners", 0) != 0;
	let to = [&size[..1], &size[2..], &[rank]].concat();
	let len = lowering.count(node, &to)?;
	let mut taps = Vec::with_capacity(len);
	for index in 0..len {
		let (place, row) = (index / rank, index % rank);
		let mut rest = place;
		let mut here: Taps = Vec::new();
		let batch = place / size[2..].iter().product::<usize>();
		let start = (batch * rank + row) * (rank + 1);
		// The last axis is the first coordinate.
		for (coordinate, n) in size[2..].iter().rev().enumerate() {
			let (i, n) = ((rest % n) as f64, *n as f64);
			rest /= n as usize;
			let at = match corners {
				true if n > 1.0 => 2.0 * i / (n - 1.0) - 1.0,
				true => return Err(node.error("more than one place along each axis", "one")),
				false => (2.0 * i + 1.0) / n - 1.0,
			};
			here.push((start + coordinate, at));
		}
		here.push((start + rank, 1.0));
		taps.push(here);
	}
	let made = Compose { lowering, node }.linear(&x, to, &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}

/// The four elements around a point, as `RoiAlign` takes them: none if it is further than 1 outside.
fn around(y: f64, x: f64, height: usize, width: usize) -> Taps {
	if !(-1.0..=height as f64).contains(&y) || !(-1.0..=width as f64).contains(&x) {
		return vec![];
	}
	let part = |at: f64, size: usize| {
		let at = at.clamp(0.0, (size - 1) as f64);
		let low = at as usize;
		let share = at - low as f64;
		[(low, 1.0 - share), ((low + 1).min(size - 1), share)]
	};
	let columns = part(x, width);
	let each = |(row, h): (usize, f64)| columns.map(|(column, w)| (row * width + column, h * w));
	part(y, height).into_iter().flat_map(each).collect()
}

/// `RoiAlign` of constant regions: means of samples, or the largest of weighted elements.
fn roi_align(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let &[batch, channels, height, width] = x.dims.as_slice() else {
		return Err(node.error("4 dimensions", format!("{:?}", x.dims)));
	};
	let (rois, indices) = (inputs.floats(node, 1)?, inputs.integers(node, 2)?);
	let size = |name: &str| usize::try_from(node.int(name, 1)).ok().filter(|n| *n > 0);
	let (Some(rows), Some(columns)) = (size("output_height"), size("output_width")) else {
		return Err(node.error("output_height and output_width above 0", "others"));
	};
	let whole = |index: &i64| usize::try_from(*index).ok().filter(|index| *index < batch);
	let images: Option<Vec<_>> = indices.iter().map(whole).collect();
	let images = images.filter(|all| rois.len() == 4 * all.len());
	let Some(images) = images else {
		return Err(node.error(format!("regions of {batch} images"), "others"));
	};
	let half = match node.version.oldest() {
		..16 => 0.0,
		_ => match node.text("coordinate_transformation_mode", "half_pixel").as_str() {
			"half_pixel" => 0.5,
			"output_half_pixel" => 0.0,
			other => return Err(node.error("half_pixel or output_half_pixel", other)),
		},
	};
	let (scale, ratio) =
		(f64::from(node.float("spatial_scale", 1.0)), node.int("sampling_ratio", 0));
	// With others all samples would be outside, and the result 0.
	let mut ends = rois.iter().map(|end| f64::from(*end)).chain([scale]);
	if let Some(end) = ends.find(|end| !end.is_finite()) {
		return Err(node.error("a finite spatial_scale and finite regions", end.to_string()));
	}
	let largest = match node.text("mode", "avg").as_str() {
		"avg" => false,
		"max" => true,
		other => return Err(node.error("mode avg or max", other)),
	};
	let to = vec![images.len(), channels, rows, columns];
	let len = lowering.count(node, &to)?;
	let mut taps: Vec<Taps> = Vec::with_capacity(len);
	let mut taken = 0;
	for (image, roi) in images.iter().zip(rois.chunks(4)) {
		let [left, top, right, bottom] = [0, 1, 2, 3].map(|i| f64::from(roi[i]) * scale - half);
		let extent = |low: f64, high: f64| match half == 0.0 {
			true => (high - low).max(1.0),
			false => high - low,
		};
		let bins = [extent(top, bottom) / rows as f64, extent(left, right) / columns as f64];
		let samples = bins.map(|bin| if ratio > 0 { ratio } else { bin.ceil() as i64 });
		let bounded = |n: &i64| (1..1 << 10).contains(n);
		if !samples.iter().all(bounded) {
			return Err(node.error("regions of few samples", format!("{samples:?}")));
		}
		let [down, across] = samples.map(|n| n as usize);
		let count = (down * across) as f64;
		taken += channels * rows * columns * down * across * 4;
		lowering.count(node, &[taken])?;
		for channel in 0..channels {
			let start = (image * channels + channel) * height * width;
			for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
				let mut here = Taps::new();
				for (i, j) in (0..down).flat_map(|i| (0..across).map(move |j| (i, j))) {
					let at = |low: f64, bin: f64, place: usize, i: usize, n: usize| {
						low + (place as f64 + (i as f64 + 0.5) / n as f64) * bin
					};
					let y = at(top, bins[0], row, i, down);
					let x = at(left, bins[1], column, j, across);
					here.extend(
						around(y, x, height, width).into_iter().map(|(p, w)| (start + p, w)),
					);
				}
				let share = if largest { 1.0 } else { 1.0 / count };
				taps.push(here.into_iter().map(|(place, w)| (place, w * share)).collect());
			}
		}
	}
	let compose = &mut Compose { lowering, node };
	if !largest {
		return Ok(vec![Operand::Variable(compose.linear(&x, to, &taps, None)?)]);
	}
	let most = taps.iter().map(Vec::len).max().unwrap_or(0);
	if most == 0 || taps.iter().any(|taps| taps.len() != most) {
		return Err(node.error("regions inside the images", "some beyond"));
	}
	let each: Vec<Taps> = taps.into_iter().flatten().map(|tap| vec![tap]).collect();
	let weighted = compose.linear(&x, vec![len, most], &each, None)?;
	let node = compose.node;
	let value = compose.lowering.push(node, &[weighted.value], len, FloatOp::ReduceMax(most))?;
	Ok(vec![Operand::number(value, to)])
}

/// `DeformConv` of images with constant offsets: each weight takes a sample beside its own place.
fn deformed(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (kernel, shape) =
		(inputs.constant(node, 1)?.clone(), inputs.constant(node, 2)?.dims.clone());
	let (weights, offsets) = (inputs.floats(node, 1)?, inputs.floats(node, 2)?);
	let count = |name: &str| usize::try_from(node.int(name, 1)).unwrap_or(0);
	let (groups, offset_groups) = (count("group"), count("offset_group"));
	let (
		&[batch, channels, height, width],
		&[outputs, depth, rows, columns],
		&[_, _, down, across],
	) = (x.dims.as_slice(), kernel.dims.as_slice(), shape.as_slice())
	else {
		return Err(node.error("4 dimensions", format!("{:?}", x.dims)));
	};
	let steps = sizes_of(node, "strides", 2, 1)?;
	let dilations = sizes_of(node, "dilations", 2, 1)?;
	let pads = sizes_of(node, "pads", 4, 0)?;
	let window = rows * columns;
	let fits = groups > 0
		&& offset_groups > 0
		&& depth.checked_mul(groups) == Some(channels)
		&& outputs.is_multiple_of(groups)
		&& channels.is_multiple_of(offset_groups)
		&& shape == [batch, 2 * offset_groups * window, down, across]
		&& offsets.iter().all(|o| o.is_finite() && o.abs() < 1e6);
	if !fits {
		let expected = format!("a kernel and offsets for {:?}", x.dims);
		return Err(node.error(expected, format!("{:?} and {shape:?}", kernel.dims)));
	}
	if node.ints("kernel_shape").is_some_and(|shape| *shape != [rows as i64, columns as i64]) {
		return Err(node.error("the kernel's own shape", "another"));
	}
	for (axis, (size, kernel, to)) in
		[(height, rows, down), (width, columns, across)].into_iter().enumerate()
	{
		let extent = (kernel as i64 - 1) * dilations[axis] + 1;
		let room = size as i64 + pads[axis] + pads[axis + 2] - extent;
		if steps[axis] < 1 || room < 0 || room / steps[axis] + 1 != to as i64 {
			let expected = "offsets for each place of the result";
			return Err(node.error(expected, format!("{shape:?}")));
		}
	}
	let numbers = |index: usize, len: usize, default: f32| -> Result<Vec<f32>, ImportError> {
		let values = match inputs.has(index) {
			true => inputs.floats(node, index)?,
			false => vec![default; len],
		};
		match values.len() == len {
			true => Ok(values),
			false => Err(node.error(format!("{len} numbers"), values.len().to_string())),
		}
	};
	let places = down * across;
	let bias = numbers(3, outputs, 0.0)?;
	let mask = numbers(4, batch * offset_groups * window * places, 1.0)?;
	let to = vec![batch, outputs, down, across];
	let len = lowering.count(node, &to)?;
	lowering.count(node, &[len, depth, window, 4])?;
	let [rows_axis, columns_axis] =
		[height, width].map(|size| Axis { size: size as i64, ends: [0.0, size as f64 - 1.0] });
	let (mut taps, mut shifts) = (Vec::with_capacity(len), Vec::with_capacity(len));
	for index in 0..len {
		let at = unravel(index, &to);
		let (image, output, i, j) = (at[0], at[1], at[2], at[3]);
		let first = output / (outputs / groups) * depth;
		let mut here = Taps::new();
		for channel in first..first + depth {
			let own = image * offset_groups + channel / (channels / offset_groups);
			for element in 0..window {
				let (k, l) = (element / columns, element % columns);
				let offset = |part: usize| {
					let place = (own * window + element) * 2 + part;
					f64::from(offsets[(place * down + i) * across + j])
				};
				let start = |axis: usize, i: usize, k: usize| {
					(i as i64 * steps[axis] - pads[axis] + k as i64 * dilations[axis]) as f64
				};
				let y = rows_axis.between(start(0, i, k) + offset(0));
				let x = columns_axis.between(start(1, j, l) + offset(1));
				let share = mask[((own * window + element) * down + i) * across + j];
				let weight = weights[((output * depth + channel - first) * rows + k) * columns + l];
				let weight = f64::from(weight) * f64::from(share);
				let start = (image * channels + channel) * height * width;
				let sampled = together(&[y, x], &[width as isize, 1]);
				here.extend(sampled.into_iter().map(|(place, w)| (start + place, w * weight)));
			}
		}
		taps.push(here);
		shifts.push(bias[output]);
	}
	let made = Compose { lowering, node }.linear(&x, to, &taps, Some(shifts))?;
	Ok(vec![Operand::Variable(made)])
}
