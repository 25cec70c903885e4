//! `Resize` and `Upsample`: linear maps, one along each axis.

use super::{
	compose::{Compose, Taps},
	shape::strides,
	signature::{
		float, free, input, int, needed, optional, word, Attribute, Form, Input, Operator, Version,
		X, Y,
	},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{node::Node, ImportError};

const MODE: Attribute = word("mode", "nearest");
const SCALED: &[Input] = &[input("X"), input("scales")];
const COORDINATES: Attribute = word("coordinate_transformation_mode", "half_pixel");
const COEFFICIENT: Attribute = float("cubic_coeff_a", -0.75);
const EXCLUDE: Attribute = int("exclude_outside", 0);
const BEYOND: Attribute = float("extrapolation_value", 0.0);
const NEAREST: Attribute = word("nearest_mode", "round_prefer_floor");
const SIZED: &[Input] = &[input("X"), optional("roi"), optional("scales"), optional("sizes")];
const OLDER: &[Attribute] = &[COORDINATES, COEFFICIENT, EXCLUDE, BEYOND, MODE, NEAREST];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Resize",
		resize,
		&[
			Version::new(&[10], &[MODE], SCALED, Y),
			Version::new(
				&[11],
				OLDER,
				&[input("X"), input("roi"), input("scales"), optional("sizes")],
				Y,
			),
			Version::new(&[13], OLDER, SIZED, Y),
			Version::new(
				&[18, 19],
				&[
					int("antialias", 0),
					free("axes", Form::Ints),
					COORDINATES,
					COEFFICIENT,
					EXCLUDE,
					BEYOND,
					word("keep_aspect_ratio_policy", "stretch"),
					MODE,
					NEAREST,
				],
				SIZED,
				Y,
			),
		],
	),
	Operator::new(
		"Upsample",
		upsample,
		&[
			Version::new(
				&[1],
				&[needed("height_scale", Form::Float), MODE, needed("width_scale", Form::Float)],
				X,
				Y,
			),
			Version::new(&[7], &[MODE, needed("scales", Form::Floats)], X, Y),
			Version::new(&[9, 10], &[MODE], SCALED, Y),
		],
	),
];

/// How places of the result are found in the tensor, and what is taken there.
struct Rule {
	coordinates: Coordinates,
	mode: Mode,
	antialias: bool,
	exclude: bool,
}

enum Mode {
	Nearest(Nearest),
	Linear,
	Cubic(f64),
}

/// Which of two neighbours is the nearest, by `nearest_mode`.
enum Nearest {
	RoundPreferFloor,
	RoundPreferCeil,
	Floor,
	Ceil,
}

/// How places of the result are found, by `coordinate_transformation_mode`.
#[derive(Clone, Copy, PartialEq)]
enum Coordinates {
	HalfPixel,
	HalfPixelSymmetric,
	PytorchHalfPixel,
	AlignCorners,
	Asymmetric,
	CropAndResize,
}

impl Coordinates {
	const ALL: [Self; 6] = [
		Self::HalfPixel,
		Self::HalfPixelSymmetric,
		Self::PytorchHalfPixel,
		Self::AlignCorners,
		Self::Asymmetric,
		Self::CropAndResize,
	];

	fn of(node: &Node) -> Result<Self, ImportError> {
		let name = node.text("coordinate_transformation_mode", "half_pixel");
		let found = Self::ALL.into_iter().find(|coordinates| coordinates.name() == name);
		found.ok_or_else(|| node.error(Self::ALL.map(Self::name).join(" or "), name))
	}

	fn name(self) -> &'static str {
		match self {
			Self::HalfPixel => "half_pixel",
			Self::HalfPixelSymmetric => "half_pixel_symmetric",
			Self::PytorchHalfPixel => "pytorch_half_pixel",
			Self::AlignCorners => "align_corners",
			Self::Asymmetric => "asymmetric",
			Self::CropAndResize => "tf_crop_and_resize",
		}
	}
}

/// Along an axis: its size, that of the result, and their ratio.
struct Line {
	from: usize,
	to: usize,
	scale: f64,
	/// Start and end of the part that is taken, as shares.
	part: [f64; 2],
}

impl Rule {
	/// That of the node, for operator set 10 and before that of those.
	fn of(node: &Node) -> Result<Self, ImportError> {
		// `Upsample` has no later set.
		let modern = node.version.oldest() >= 11;
		let nearest =
			if modern { node.text("nearest_mode", "round_prefer_floor") } else { "floor".into() };
		let nearest = match nearest.as_str() {
			"round_prefer_floor" => Nearest::RoundPreferFloor,
			"round_prefer_ceil" => Nearest::RoundPreferCeil,
			"floor" => Nearest::Floor,
			"ceil" => Nearest::Ceil,
			other => return Err(node.error("a nearest_mode of ONNX", other)),
		};
		let coefficient = if modern { node.float("cubic_coeff_a", -0.75) } else { -0.75 };
		let mode = match node.text("mode", "nearest").as_str() {
			"nearest" => Mode::Nearest(nearest),
			"linear" | "bilinear" => Mode::Linear,
			"cubic" if modern => Mode::Cubic(coefficient.into()),
			other => return Err(node.error("mode nearest, linear or cubic", other)),
		};
		if !modern {
			let coordinates = Coordinates::Asymmetric;
			return Ok(Self { coordinates, mode, antialias: false, exclude: false });
		}
		let antialias = node.int("antialias", 0) != 0;
		if antialias && matches!(mode, Mode::Nearest(_)) {
			return Err(node.error("antialias with mode linear or cubic", "with nearest"));
		}
		let coordinates = Coordinates::of(node)?;
		let exclude = node.int("exclude_outside", 0) != 0;
		Ok(Self { coordinates, mode, antialias, exclude })
	}

	/// Refuses what ONNX's text and ONNX Runtime read differently: sizes and nearest neighbours that
	/// depend on how a product is rounded, corners of a size that is no whole number.
	fn check(&self, node: &Node, lines: &[Line]) -> Result<(), ImportError> {
		for line in lines {
			let (exact, size) = (line.scale * line.from as f64, line.to as f64);
			let narrow = (line.scale as f32 * line.from as f32).floor();
			let corners =
				matches!(self.coordinates, Coordinates::AlignCorners | Coordinates::CropAndResize);
			let got = || format!("{} of {}", line.scale, line.from);
			if exact >= size && exact < size + 1.0 && f64::from(narrow) != size {
				return Err(node.error("scales of which the size is clear, or sizes", got()));
			}
			if corners && (exact - size).abs() > 1e-6 && line.scale != 1.0 {
				let name = self.coordinates.name();
				let expected = format!("sizes, or scales to whole sizes, for {name}");
				return Err(node.error(expected, got()));
			}
			let Mode::Nearest(_) = &self.mode else { continue };
			if node.version.oldest() == 10 && line.scale < 1.0 {
				return Err(node.error("scales of 1 or more in operator set 10", got()));
			}
			for place in 0..line.to {
				let origin = self.origin(line, place);
				let near = self.narrow_origin(line, place);
				let sides = |x: f64| [x.floor(), x.ceil(), (x + 0.5).floor(), (x - 0.5).ceil()];
				if sides(origin) != sides(near) {
					let expected = "places that lie clearly nearer to one neighbour";
					return Err(node.error(expected, format!("{origin} by scale {}", line.scale)));
				}
			}
		}
		Ok(())
	}

	/// [`Self::origin`] in the arithmetic of 32 bits.
	fn narrow_origin(&self, line: &Line, place: usize) -> f64 {
		let (x, scale) = (place as f32, line.scale as f32);
		f64::from(match self.coordinates {
			Coordinates::Asymmetric => x / scale,
			Coordinates::HalfPixel | Coordinates::PytorchHalfPixel if line.to > 1 => {
				(x + 0.5) / scale - 0.5
			}
			Coordinates::HalfPixel
			| Coordinates::PytorchHalfPixel
			| Coordinates::HalfPixelSymmetric
			| Coordinates::AlignCorners
			| Coordinates::CropAndResize => return self.origin(line, place),
		})
	}

	/// Where a place of the result is in the tensor.
	fn origin(&self, line: &Line, place: usize) -> f64 {
		let (size, x) = (line.from as f64, place as f64);
		let whole = line.scale * size;
		let half = |x: f64| (x + 0.5) / line.scale - 0.5;
		match self.coordinates {
			Coordinates::AlignCorners if whole == 1.0 => 0.0,
			Coordinates::AlignCorners => x * (size - 1.0) / (whole - 1.0),
			Coordinates::Asymmetric => x / line.scale,
			Coordinates::CropAndResize => {
				let [start, end] = line.part;
				let way = match whole == 1.0 {
					true => (end - start) * (size - 1.0) / 2.0,
					false => x * (end - start) * (size - 1.0) / (whole - 1.0),
				};
				way + start * (size - 1.0)
			}
			Coordinates::PytorchHalfPixel if whole == 1.0 => -0.5,
			Coordinates::HalfPixelSymmetric => {
				size / 2.0 * (1.0 - line.to as f64 / whole) + half(x)
			}
			Coordinates::HalfPixel | Coordinates::PytorchHalfPixel => half(x),
		}
	}

	/// The weights of the neighbours of a point that is `ratio`, above 0 and at most 1, behind one.
	fn weights(&self, ratio: f64, scale: f64) -> Vec<f64> {
		// With antialias the kernel is as much wider as the result is smaller.
		let scale = if self.antialias { scale.min(1.0) } else { 1.0 };
		let reach = match self.mode {
			Mode::Nearest(_) | Mode::Linear => 1.0,
			Mode::Cubic(_) => 2.0,
		};
		let start = (-reach / scale).floor() as i64 + 1;
		let distances = (start..2 - start).map(|i| (i as f64 - ratio) * scale);
		let weights: Vec<f64> = match &self.mode {
			Mode::Nearest(nearest) => {
				let second = ratio == 1.0
					|| match nearest {
						Nearest::RoundPreferFloor => ratio > 0.5,
						Nearest::RoundPreferCeil => ratio >= 0.5,
						Nearest::Floor => false,
						Nearest::Ceil => true,
					};
				return if second { vec![0.0, 1.0] } else { vec![1.0, 0.0] };
			}
			Mode::Linear => distances.map(|d| (1.0 - d.abs()).clamp(0.0, 1.0)).collect(),
			Mode::Cubic(a) => distances.map(|d| cubic(d.abs(), *a)).collect(),
		};
		let sum: f64 = weights.iter().sum();
		match self.antialias {
			true => weights.into_iter().map(|weight| weight / sum).collect(),
			false => weights,
		}
	}

	/// What each place of the result takes along an axis; `None` for those beyond the tensor.
	fn taps(&self, line: &Line) -> Vec<Option<Taps>> {
		let last = line.from as i64 - 1;
		let at = |place: usize| {
			let origin = self.origin(line, place);
			if self.coordinates == Coordinates::CropAndResize
				&& !(0.0..=last as f64).contains(&origin)
			{
				return None;
			}
			// The neighbour before comes first, an integer's own place second.
			let before = origin.ceil() as i64 - 1;
			let weights = self.weights(origin - before as f64, line.scale);
			let first = before + 1 - weights.len() as i64 / 2;
			let places = (0..weights.len() as i64).map(|i| first + i);
			let mut taps = Taps::new();
			for (place, weight) in places.zip(weights) {
				let inside = (0..=last).contains(&place);
				if weight == 0.0 || self.exclude && !inside {
					continue;
				}
				// Beyond its ends the tensor goes on as it ends.
				let place = place.clamp(0, last) as usize;
				match taps.iter_mut().find(|(other, _)| *other == place) {
					Some((_, sum)) => *sum += weight,
					None => taps.push((place, weight)),
				}
			}
			let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
			if self.exclude {
				taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
			}
			Some(taps)
		};
		(0..line.to).map(at).collect()
	}
}

/// The cubic kernel of a coefficient at a distance (R. Keys, 1981).
pub fn cubic(distance: f64, a: f64) -> f64 {
	let d = distance;
	match d {
		..=1.0 => ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0,
		..2.0 => ((d - 5.0) * d + 8.0) * a * d - 4.0 * a,
		_ => 0.0,
	}
}

/// A linear map along each axis, which `None` leaves at a value.
fn apply(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	rule: &Rule,
	lines: &[Line],
	beyond: f32,
) -> Lowered {
	rule.check(node, lines)?;
	let x = inputs.number(lowering, node, 0)?;
	let to: Vec<_> = lines.iter().map(|line| line.to).collect();
	let len = lowering.count(node, &to)?;
	let along: Vec<_> = lines
		.iter()
		.map(|line| {
			let whole = line.scale == 1.0 && line.from == line.to && line.part == [0.0, 1.0];
			match whole {
				true => (0..line.to).map(|i| Some(vec![(i, 1.0)])).collect(),
				false => rule.taps(line),
			}
		})
		.collect();
	let widest = |taps: &Vec<Option<Taps>>| taps.iter().flatten().map(Vec::len).max().unwrap_or(1);
	let most = along.iter().map(widest).try_fold(1usize, |n, m| n.checked_mul(m));
	lowering.count(node, &[len, most.unwrap_or(usize::MAX)])?;
	let own = strides(&x.dims);
	let (mut taps, mut offsets) = (Vec::with_capacity(len), vec![0.0; len]);
	for (place, offset) in offsets.iter_mut().enumerate() {
		let mut rest = place;
		let mut here = Some(vec![(0usize, 1.0)]);
		for axis in (0..to.len()).rev() {
			let part = &along[axis][rest % to[axis]];
			rest /= to[axis];
			let step = own[axis] as usize;
			here = here.zip(part.as_ref()).map(|(here, part)| {
				let each =
					|(i, w): (usize, f64)| part.iter().map(move |(j, v)| (i + j * step, w * v));
				here.into_iter().flat_map(each).collect()
			});
		}
		if here.is_none() {
			*offset = beyond;
		}
		taps.push(here.unwrap_or_default());
	}
	let offsets = offsets.iter().any(|o| *o != 0.0).then_some(offsets);
	let made = Compose { lowering, node }.linear(&x, to, &taps, offsets)?;
	Ok(vec![Operand::Variable(made)])
}

fn check_scale(node: &Node, scale: f64) -> Result<(), ImportError> {
	match scale > 0.0 && scale <= f64::from(1u32 << 16) {
		true => Ok(()),
		false => Err(node.error("scales above 0 and up to 65536", scale.to_string())),
	}
}

/// The axes, each with its ratio.
fn scaled(node: &Node, dims: &[usize], scales: &[f32]) -> Result<Vec<Line>, ImportError> {
	if scales.len() != dims.len() {
		return Err(node.error(format!("{} scales", dims.len()), scales.len().to_string()));
	}
	let line = |(from, scale): (&usize, &f32)| {
		let scale = f64::from(*scale);
		check_scale(node, scale)?;
		let to = (scale * *from as f64).floor() as usize;
		Ok(Line { from: *from, to, scale, part: [0.0, 1.0] })
	};
	dims.iter().zip(scales).map(line).collect()
}

/// `Upsample`: by scales alone.
fn upsample(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let dims = inputs.operand(node, 0)?.dims();
	let scales = match node.version.oldest() {
		1 => {
			let ends = [node.float("height_scale", 1.0), node.float("width_scale", 1.0)];
			let rest = dims.len().saturating_sub(2);
			[vec![1.0; rest].as_slice(), &ends].concat()
		}
		7 => node.floats("scales")?,
		_ => inputs.floats(node, 1)?,
	};
	let lines = scaled(node, dims, &scales)?;
	apply(lowering, node, inputs, &Rule::of(node)?, &lines, 0.0)
}

/// `Resize`: by scales or to sizes.
fn resize(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let dims = inputs.operand(node, 0)?.dims().to_vec();
	let rule = Rule::of(node)?;
	if node.version.oldest() < 11 {
		let lines = scaled(node, &dims, &inputs.floats(node, 1)?)?;
		return apply(lowering, node, inputs, &rule, &lines, 0.0);
	}
	let all: Vec<_> = (0..dims.len() as i64).collect();
	let axes = match node.version.oldest() {
		18.. => node.ints("axes").unwrap_or(&all),
		_ => &all,
	};
	let axes = axes.iter().map(|a| node.axis(*a, dims.len())).collect::<Result<Vec<_>, _>>()?;
	// An empty tensor stands for none.
	let given = |index: usize| match inputs.has(index) {
		true => inputs.floats(node, index),
		false => Ok(Vec::new()),
	};
	let (roi, scales, sizes) = (given(1)?, given(2)?, given(3)?);
	let policy = match node.version.oldest() {
		18.. => node.text("keep_aspect_ratio_policy", "stretch"),
		_ => "stretch".into(),
	};
	let mut whole = vec![1.0; dims.len()];
	let mut to = dims.clone();
	match (scales.len(), sizes.len()) {
		(n, 0) if n == axes.len() => {
			for (axis, scale) in axes.iter().zip(scales) {
				whole[*axis] = f64::from(scale);
				check_scale(node, whole[*axis])?;
				to[*axis] = (whole[*axis] * dims[*axis] as f64).floor() as usize;
			}
		}
		(0, n) if n == axes.len() => {
			for (axis, size) in axes.iter().zip(inputs.integers(node, 3)?) {
				to[*axis] = usize::try_from(*size)
					.map_err(|_| node.error("sizes of 1 or more", size.to_string()))?;
				whole[*axis] = to[*axis] as f64 / dims[*axis] as f64;
			}
			let ratios = axes.iter().map(|axis| whole[*axis]);
			let same = match policy.as_str() {
				"stretch" => None,
				"not_larger" => ratios.reduce(f64::min),
				"not_smaller" => ratios.reduce(f64::max),
				other => {
					return Err(node.error("keep_aspect_ratio_policy of ONNX", other));
				}
			};
			for (axis, scale) in same.iter().flat_map(|same| axes.iter().map(move |a| (a, same))) {
				whole[*axis] = *scale;
				to[*axis] = (scale * dims[*axis] as f64 + 0.5).floor() as usize;
			}
		}
		(scales, sizes) => {
			let got = format!("{scales} scales and {sizes} sizes");
			return Err(node.error(format!("{} scales or sizes", axes.len()), got));
		}
	}
	let mut lines: Vec<_> = (0..dims.len())
		.map(|axis| Line { from: dims[axis], to: to[axis], scale: whole[axis], part: [0.0, 1.0] })
		.collect();
	if rule.coordinates == Coordinates::CropAndResize {
		if roi.len() != 2 * axes.len() {
			let expected = format!("a roi of {} numbers", 2 * axes.len());
			return Err(node.error(expected, roi.len().to_string()));
		}
		for (i, axis) in axes.iter().enumerate() {
			lines[*axis].part = [roi[i], roi[axes.len() + i]].map(f64::from);
		}
	}
	let beyond = node.float("extrapolation_value", 0.0);
	apply(lowering, node, inputs, &rule, &lines, beyond)
}
