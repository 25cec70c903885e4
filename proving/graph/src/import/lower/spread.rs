//! Operators that spread a tensor's elements over a larger one: transposed convolutions and what is
//! like them.

use super::{
	compose::{shaped, tensor, Compose, Taps},
	signature::{free, input, int, optional, word, Form, Operator, Version, OUTPUT, Y},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{node::Node, FloatMatMul, FloatOp, ImportError};

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Col2Im",
		columns,
		&[Version::new(
			&[18],
			&[free("dilations", Form::Ints), free("pads", Form::Ints), free("strides", Form::Ints)],
			&[input("input"), input("image_shape"), input("block_shape")],
			OUTPUT,
		)],
	),
	Operator::new(
		"ConvTranspose",
		convolution,
		&[Version::new(
			&[1, 11, 22],
			&[
				word("auto_pad", "NOTSET"),
				free("dilations", Form::Ints),
				int("group", 1),
				free("kernel_shape", Form::Ints),
				free("output_padding", Form::Ints),
				free("output_shape", Form::Ints),
				free("pads", Form::Ints),
				free("strides", Form::Ints),
			],
			&[input("X"), input("W"), optional("B")],
			Y,
		)],
	),
];

/// Sizes of an attribute, one for each axis, or the default.
pub fn sizes_of(
	node: &Node,
	name: &str,
	count: usize,
	default: i64,
) -> Result<Vec<i64>, ImportError> {
	// Sizes beyond are no use, and their products could overflow.
	let sound = |v: &i64| (0..1 << 20).contains(v);
	match node.ints(name) {
		None | Some([]) => Ok(vec![default; count]),
		Some(values) if values.len() == count && values.iter().all(sound) => Ok(values.to_vec()),
		Some(values) => Err(node.error(format!("{count} sizes as {name}"), format!("{values:?}"))),
	}
}

/// Where windows of a kernel lay down what they hold, along each axis.
struct Layout {
	/// Number of windows along each axis.
	from: Vec<usize>,
	/// Elements of a window along each axis.
	kernel: Vec<usize>,
	/// Elements of the result along each axis.
	to: Vec<usize>,
	steps: Vec<i64>,
	dilations: Vec<i64>,
	before: Vec<i64>,
}

impl Layout {
	/// For each element of the result the windows and the elements of them that lie on it.
	fn sources(&self) -> Vec<Vec<(usize, usize)>> {
		let place = |index: &[usize], sizes: &[usize]| {
			index.iter().zip(sizes).fold(0, |place, (i, size)| place * size + i)
		};
		let windows: usize = self.from.iter().product();
		let elements: usize = self.kernel.iter().product();
		let mut sources = vec![Vec::new(); self.to.iter().product()];
		for (window, element) in (0..windows).flat_map(|w| (0..elements).map(move |e| (w, e))) {
			let (w, e) = (unravel(window, &self.from), unravel(element, &self.kernel));
			let at = (0..self.to.len()).map(|axis| {
				let at = w[axis] as i64 * self.steps[axis] + e[axis] as i64 * self.dilations[axis];
				usize::try_from(at - self.before[axis]).ok().filter(|at| *at < self.to[axis])
			});
			if let Some(at) = at.collect::<Option<Vec<_>>>() {
				sources[place(&at, &self.to)].push((window, element));
			}
		}
		sources
	}
}

/// An index along each axis.
pub fn unravel(mut place: usize, sizes: &[usize]) -> Vec<usize> {
	let mut index = vec![0; sizes.len()];
	for axis in (0..sizes.len()).rev() {
		index[axis] = place % sizes[axis];
		place /= sizes[axis];
	}
	index
}

/// `ConvTranspose`: one matrix for all elements of the result, of which each window has a part.
fn convolution(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let kernel = inputs.constant(node, 1)?.clone();
	let weights = inputs.floats(node, 1)?;
	let rank = x.dims.len().saturating_sub(2);
	let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
	let fits = rank > 0
		&& kernel.dims.len() == x.dims.len()
		&& kernel.dims[0] == x.dims[1]
		&& groups > 0
		&& kernel.dims[0].is_multiple_of(groups)
		&& !kernel.dims.contains(&0);
	if !fits {
		let expected = format!("a kernel for {groups} groups of {:?}", x.dims);
		return Err(node.error(expected, format!("{} of {:?}", kernel.name, kernel.dims)));
	}
	let (from, shape) = (&x.dims[2..], &kernel.dims[2..]);
	let declared = node.ints("kernel_shape");
	if declared.is_some_and(|d| d.iter().map(|n| *n as usize).ne(shape.iter().copied())) {
		return Err(node.error("the kernel's own shape", "another"));
	}
	let steps = sizes_of(node, "strides", rank, 1)?;
	let dilations = sizes_of(node, "dilations", rank, 1)?;
	let pads = sizes_of(node, "pads", 2 * rank, 0)?;
	let more = sizes_of(node, "output_padding", rank, 0)?;
	if steps.iter().chain(&dilations).any(|n| *n < 1) {
		return Err(node.error("strides and dilations of 1 or more", "0"));
	}
	let wanted = node.ints("output_shape").filter(|shape| !shape.is_empty());
	let wanted = match wanted {
		// Some files name batch and channels too.
		Some(shape) if shape.len() == rank + 2 => Some(&shape[2..]),
		Some(shape) if shape.len() == rank => Some(shape),
		Some(shape) => {
			return Err(node.error(format!("{rank} output sizes"), shape.len().to_string()))
		}
		None => None,
	};
	let auto = node.text("auto_pad", "NOTSET");
	let (mut to, mut before) = (Vec::new(), Vec::new());
	for axis in 0..rank {
		let extent = (shape[axis] as i64 - 1) * dilations[axis] + 1;
		let whole = steps[axis] * (from[axis] as i64 - 1) + more[axis] + extent;
		let same = matches!(auto.as_str(), "SAME_UPPER" | "SAME_LOWER");
		let size = match wanted {
			Some(shape) => shape[axis],
			None if same => from[axis] as i64 * steps[axis],
			None if auto == "VALID" => whole,
			None => whole - pads[axis] - pads[rank + axis],
		};
		// What is asked for beyond what there is goes behind it.
		let cut = whole.saturating_sub(size).max(0);
		before.push(match auto.as_str() {
			"SAME_UPPER" => cut / 2,
			"SAME_LOWER" => cut - cut / 2,
			"VALID" => 0,
			"NOTSET" if wanted.is_none() => pads[axis],
			"NOTSET" => cut - cut / 2,
			other => return Err(node.error("an auto_pad of ONNX", other)),
		});
		let size = usize::try_from(size).ok().filter(|size| *size > 0);
		to.push(size.ok_or_else(|| node.error("a result of at least one element", "none"))?);
	}
	let (depth, outputs) = (kernel.dims[0] / groups, kernel.dims[1]);
	let layout = Layout {
		from: from.to_vec(),
		kernel: shape.to_vec(),
		to: to.clone(),
		steps,
		dilations,
		before,
	};
	let positions = lowering.count(node, &to)?;
	let (area, window): (usize, usize) = (from.iter().product(), shape.iter().product());
	lowering.count(node, &[x.dims[0], positions, x.dims[1], window])?;
	lowering.count(node, &[area, window])?;
	let sources = layout.sources();
	let mut picks = Vec::new();
	for batch in 0..x.dims[0] {
		for sources in &sources {
			for channel in 0..x.dims[1] {
				let start = (batch * x.dims[1] + channel) * area;
				let mut here = vec![None; window];
				sources.iter().for_each(|(from, element)| here[*element] = Some(start + from));
				picks.extend(here);
			}
		}
	}
	let gathered = lowering.gather(node, x.value, picks)?;
	// From [channels, outputs, window] to [groups, outputs, channels, window].
	let mut matrix = Vec::with_capacity(weights.len());
	for (group, output) in (0..groups).flat_map(|g| (0..outputs).map(move |o| (g, o))) {
		for channel in group * depth..(group + 1) * depth {
			let start = (channel * outputs + output) * window;
			matrix.extend_from_slice(&weights[start..start + window]);
		}
	}
	let bias = match inputs.has(2) {
		true => inputs.floats(node, 2)?,
		false => vec![0.0; groups * outputs],
	};
	if bias.len() != groups * outputs {
		return Err(node.error(format!("{} biases", groups * outputs), bias.len().to_string()));
	}
	let dense = FloatMatMul {
		rows: x.dims[0] * positions,
		groups,
		inputs: depth * window,
		outputs,
		weights: matrix,
		bias,
		units: None,
		tensors: [kernel.name.clone(), format!("bias of {}", node.name)],
		windows: None,
	};
	let all = groups * outputs;
	let len = lowering.count(node, &[x.dims[0], positions, all])?;
	let value = lowering.push(node, &[gathered], len, FloatOp::MatMul(dense))?;
	let made = tensor(value, vec![x.dims[0], positions, all]);
	let made = Compose { lowering, node }.turned(&made, &[0, 2, 1])?;
	let dims = [&[x.dims[0], all], to.as_slice()].concat();
	Ok(vec![Operand::Variable(shaped(&made, dims))])
}

/// `Col2Im`: sums of the columns' elements where they lie on the image.
fn columns(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let to = super::shape::sizes(node, inputs.integers(node, 1)?)?;
	let kernel = super::shape::sizes(node, inputs.integers(node, 2)?)?;
	let rank = to.len();
	let steps = sizes_of(node, "strides", rank, 1)?;
	let dilations = sizes_of(node, "dilations", rank, 1)?;
	let pads = sizes_of(node, "pads", 2 * rank, 0)?;
	let fits = kernel.len() == rank
		&& rank > 0
		&& !kernel.contains(&0)
		&& steps.iter().chain(&dilations).all(|n| *n > 0);
	let from = (0..rank).filter(|_| fits).map(|axis| {
		let room = to[axis] as i64 + pads[axis] + pads[rank + axis];
		usize::try_from((room - dilations[axis] * (kernel[axis] as i64 - 1) - 1) / steps[axis] + 1)
			.ok()
	});
	let from = from.collect::<Option<Vec<_>>>().unwrap_or_default();
	// Padding may be so wide that the windows are more than can be counted.
	let windows = super::count(&from).unwrap_or(0);
	let window: usize = kernel.iter().product();
	let (&[batch, depth, count], true) = (x.dims.as_slice(), fits && !from.is_empty()) else {
		return Err(node.error("columns of blocks", format!("shape {:?}", x.dims)));
	};
	if !depth.is_multiple_of(window) || count != windows {
		let expected = format!("blocks of {window} elements at {windows} places");
		return Err(node.error(expected, format!("shape {:?}", x.dims)));
	}
	let channels = depth / window;
	let dims = [&[batch, channels], to.as_slice()].concat();
	let len = lowering.count(node, &dims)?;
	lowering.count(node, &[windows, window])?;
	let before = pads[..rank].to_vec();
	let sources = Layout { from, kernel, to, steps, dilations, before }.sources();
	let mut taps: Vec<Taps> = Vec::with_capacity(len);
	for image in 0..batch * channels {
		let at =
			|(from, element): &(usize, usize)| ((image * window + element) * windows + from, 1.0);
		taps.extend(sources.iter().map(|sources| sources.iter().map(at).collect()));
	}
	let made = Compose { lowering, node }.linear(&x, dims, &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}
