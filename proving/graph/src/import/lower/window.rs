//! Windows that slide over a tensor, and convolutions.

use super::{
	elementwise,
	linear::{self, Matrix},
	shape::{strides, transposed},
	signature::{free, input, int, optional, word, Attribute, Form, Input, Operator, Version, Y},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::{
	graph::{self, Axis, MAX_AXES},
	import::{node::Node, source::Tensor, FloatMatMul, FloatOp, ImportError},
};

/// What convolutions are given.
pub const CONVOLUTION: &[Attribute] = &[
	word("auto_pad", "NOTSET"),
	free("dilations", Form::Ints),
	int("group", 1),
	free("kernel_shape", Form::Ints),
	free("pads", Form::Ints),
	free("strides", Form::Ints),
];
const XWB: &[Input] = &[input("X"), input("W"), optional("B")];

pub const OPERATORS: &[Operator] =
	&[Operator::new("Conv", conv, &[Version::new(&[1, 11, 22], CONVOLUTION, XWB, Y)])];

/// Where windows are, along the axes behind batch and channel.
pub struct Windows {
	/// Positions along each axis.
	pub out: Vec<usize>,
	/// For each position the elements of its window: places in a channel, `None` in the padding.
	pub places: Vec<Vec<Option<usize>>>,
	/// For each position the elements of its window that are in the tensor or its declared padding.
	pub counted: Vec<usize>,
	/// How windows lie along each axis behind batch and channel, in the order of the axes.
	pub axes: Vec<Axis>,
}

/// Attributes for each axis, or the default.
fn each(node: &Node, name: &str, rank: usize, default: i64) -> Result<Vec<i64>, ImportError> {
	// Sizes beyond are no use, and their products could overflow.
	let sound = |v: &i64| (0..1 << 30).contains(v);
	match node.ints(name) {
		None | Some([]) => Ok(vec![default; rank]),
		Some(values) if values.len() == rank && values.iter().all(sound) => Ok(values.to_vec()),
		Some(values) => Err(node.error(format!("{rank} sizes as {name}"), format!("{values:?}"))),
	}
}

impl Windows {
	/// Of a kernel of that shape over axes of these sizes, by the node's strides, pads, dilations,
	/// `auto_pad` and `ceil_mode`.
	pub fn new(
		lowering: &Lowering,
		node: &Node,
		sizes: &[usize],
		kernel: &[usize],
	) -> Result<Self, ImportError> {
		let rank = sizes.len();
		let steps = each(node, "strides", rank, 1)?;
		let dilations = each(node, "dilations", rank, 1)?;
		let pads = each(node, "pads", 2 * rank, 0)?;
		if steps.iter().chain(&dilations).any(|v| *v < 1) || kernel.contains(&0) {
			return Err(node.error("strides, dilations and kernels of 1 or more", "0"));
		}
		let auto = node.text("auto_pad", "NOTSET");
		if auto != "NOTSET" && pads.iter().any(|pad| *pad != 0) {
			return Err(node.error("pads or auto_pad", "both"));
		}
		let ceil = node.int("ceil_mode", 0) != 0;
		let (mut out, mut before, mut padded) = (Vec::new(), Vec::new(), Vec::new());
		let mut axes = Vec::new();
		for axis in 0..rank {
			let (size, step) = (sizes[axis] as i64, steps[axis]);
			let extent = dilations[axis]
				.checked_mul(kernel[axis] as i64 - 1)
				.filter(|extent| *extent < 1 << 40)
				.map(|extent| extent + 1)
				.ok_or_else(|| node.error("a smaller kernel", format!("{kernel:?}")))?;
			let (start, end) = match auto.as_str() {
				"NOTSET" => (pads[axis], pads[rank + axis]),
				"VALID" => (0, 0),
				"SAME_UPPER" | "SAME_LOWER" => {
					let positions = (size + step - 1) / step;
					let all = ((positions - 1) * step + extent - size).max(0);
					let less = all / 2;
					if auto == "SAME_UPPER" {
						(less, all - less)
					} else {
						(all - less, less)
					}
				}
				other => return Err(node.error("an auto_pad of ONNX", other)),
			};
			let room = size + start + end - extent;
			if room < 0 {
				let got = format!("{} wide with its padding", size + start + end);
				return Err(node.error(format!("a tensor of at least {extent}"), got));
			}
			let mut positions = room / step + 1;
			// A last window may be cut, if it starts in the tensor or before.
			if ceil && room % step != 0 && positions * step < size + start {
				positions += 1;
			}
			// Those that are too large have too many elements, too.
			axes.push(Axis {
				input: sizes[axis] as u32,
				kernel: kernel[axis] as u32,
				stride: step as u32,
				dilation: dilations[axis] as u32,
				pads: [start as u32, end as u32],
				output: positions as u32,
			});
			out.push(positions as usize);
			before.push(start);
			padded.push(size + end);
		}
		let positions = lowering.count(node, &out)?;
		let window = lowering.count(node, kernel)?;
		lowering.count(node, &[positions, window])?;
		let own = strides(sizes);
		let (mut places, mut counted) = (Vec::new(), Vec::new());
		for position in 0..positions {
			let mut elements = Vec::with_capacity(window);
			let mut inside = 0;
			for offset in 0..window {
				let (mut p, mut o) = (position, offset);
				let (mut place, mut here, mut in_padding) = (0, true, true);
				for axis in (0..rank).rev() {
					let index = (p % out[axis]) as i64 * steps[axis] - before[axis]
						+ (o % kernel[axis]) as i64 * dilations[axis];
					p /= out[axis];
					o /= kernel[axis];
					here &= (0..sizes[axis] as i64).contains(&index);
					in_padding &= index < padded[axis];
					place += own[axis] * index as isize;
				}
				elements.push(here.then_some(place as usize));
				inside += usize::from(in_padding);
			}
			places.push(elements);
			counted.push(inside);
		}
		Ok(Self { out, places, counted, axes })
	}
}

/// `Conv`: each output is a weighted sum of a window. The kernel may be computed.
pub fn conv(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		return with_computed(lowering, node, inputs, &x);
	}
	let bias = inputs.optional(node, 2)?;
	let result = convolve(lowering, node, &x, inputs.constant(node, 1)?, bias.map(|b| &**b))?;
	Ok(vec![Operand::Variable(result)])
}

/// `Conv` with a computed kernel: for each group the product of all windows and the kernel.
fn with_computed(lowering: &mut Lowering, node: &Node, inputs: &Inputs, x: &Variable) -> Lowered {
	let kernel = inputs.number(lowering, node, 1)?;
	let Taken { gathered, groups, rows, inner, out, .. } =
		taken(lowering, node, x, (&kernel.dims, "the kernel"))?;
	let outputs = kernel.dims[0];
	// Groups come first, and of the kernel what is summed along before the outputs.
	let left = transposed(&[rows, groups, inner], &[1, 0, 2]).1;
	let left = elementwise::picked(lowering, node, gathered, &left)?;
	let right = transposed(&[groups, outputs / groups, inner], &[0, 2, 1]).1;
	let right = elementwise::picked(lowering, node, kernel.value, &right)?;
	let pair = Inputs::new(vec![
		Some(Operand::number(left, vec![groups, rows, inner])),
		Some(Operand::number(right, vec![groups, inner, outputs / groups])),
	]);
	let made = linear::mat_mul(lowering, node, &pair)?.pop();
	let Some(Operand::Variable(made)) = made else {
		return Err(node.error("a computed value", "constants alone"));
	};
	let (batch, positions) = (x.dims[0], rows / x.dims[0]);
	let back = transposed(&[groups, batch, positions, outputs / groups], &[1, 0, 3, 2]).1;
	let value = elementwise::picked(lowering, node, made.value, &back)?;
	let dims = [&[batch, outputs], out.as_slice()].concat();
	let made = Operand::number(value, dims);
	let Some(bias) = inputs.get(2) else { return Ok(vec![made]) };
	if bias.dims() != [outputs] {
		return Err(node.error(format!("a bias of {outputs}"), format!("{:?}", bias.dims())));
	}
	let ones = vec![1; out.len()];
	let bias = bias.shaped([&[outputs], ones.as_slice()].concat());
	let both = Inputs::new(vec![Some(made), Some(bias)]);
	elementwise::combine(lowering, node, &both, 1.0).map(|sum| vec![Operand::Variable(sum)])
}

/// The windows of a convolution.
struct Taken {
	/// Shape `[rows, groups, inner]`.
	gathered: usize,
	groups: usize,
	/// Positions of all images.
	rows: usize,
	/// Elements of a window in the channels of a group.
	inner: usize,
	/// Positions along each axis.
	out: Vec<usize>,
	axes: Vec<Axis>,
}

/// The windows of a convolution by the node's attributes, of a kernel of that shape and name.
fn taken(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	(kernel, name): (&[usize], &str),
) -> Result<Taken, ImportError> {
	let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
	let fits = x.dims.len() > 2
		&& kernel.len() == x.dims.len()
		&& kernel[1].checked_mul(groups) == Some(x.dims[1])
		&& groups > 0
		&& kernel[0].is_multiple_of(groups);
	if !fits {
		let expected = format!("a kernel for {groups} groups of {:?}", x.dims);
		return Err(node.error(expected, format!("{name} of {kernel:?}")));
	}
	if node.ints("kernel_shape").is_some_and(|shape| {
		shape.len() + 2 != kernel.len()
			|| shape.iter().zip(&kernel[2..]).any(|(a, b)| *a != *b as i64)
	}) {
		return Err(node.error("the kernel's own shape", "another"));
	}
	let sizes = &x.dims[2..];
	let windows = Windows::new(lowering, node, sizes, &kernel[2..])?;
	let positions = windows.places.len();
	let area: usize = sizes.iter().product();
	let window: usize = kernel[2..].iter().product();
	let batch = x.dims[0];
	let taken = lowering.count(node, &[batch, positions, x.dims[1], window])?;
	let mut picks = Vec::with_capacity(taken);
	for image in 0..batch {
		for places in &windows.places {
			for channel in image * x.dims[1]..(image + 1) * x.dims[1] {
				picks.extend(places.iter().map(|p| p.map(|place| channel * area + place)));
			}
		}
	}
	let gathered = lowering.gather(node, x.value, picks)?;
	let (rows, inner) = (batch * positions, kernel[1] * window);
	Ok(Taken { gathered, groups, rows, inner, out: windows.out, axes: windows.axes })
}

/// A convolution as windows, one matrix for all of them, and the result back in ONNX's order.
pub fn convolve(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	kernel: &Tensor,
	bias: Option<&Tensor>,
) -> Result<Variable, ImportError> {
	let Taken { gathered, groups, rows, inner, out, axes } =
		taken(lowering, node, x, (&kernel.dims, &kernel.name))?;
	let (outputs, batch) = (kernel.dims[0], x.dims[0]);
	let matrix = Matrix::new(node, kernel, outputs, inner, true)?;
	let (bias, name, units) = match bias {
		Some(tensor) => {
			let units = matrix.units.map(|units| units.with_bias(tensor));
			(linear::vector(node, tensor, outputs)?, tensor.name.clone(), units)
		}
		None => (vec![0.0; outputs], format!("{} without bias", node.name), matrix.units),
	};
	let dense = FloatMatMul {
		rows,
		groups,
		inputs: inner,
		outputs: outputs / groups,
		weights: matrix.weights,
		bias,
		units,
		tensors: [kernel.name.clone(), name],
		windows: (axes.len() <= MAX_AXES)
			.then_some(graph::Windows { channels: x.dims[1] as u32, axes }),
	};
	let made = [batch, rows / batch, outputs];
	let len = lowering.count(node, &made)?;
	let dense = lowering.push(node, &[gathered], len, FloatOp::MatMul(dense))?;
	let value = elementwise::picked(lowering, node, dense, &transposed(&made, &[0, 2, 1]).1)?;
	let dims = [&[batch, outputs], out.as_slice()].concat();
	Ok(Variable { value, dims, kind: super::Kind::Number })
}
