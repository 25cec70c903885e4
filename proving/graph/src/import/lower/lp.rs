//! Pools of powers: sums of sizes, or roots of sums of squares, over windows.

use super::{
	compose::{tensor, Compose, Made},
	signature::{float, free, int, needed, word, Attribute, Form, Operator, Version, X, Y},
	window::Windows,
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{function::Elementary, node::Node, FloatOp, ImportError};

const AUTO: Attribute = word("auto_pad", "NOTSET");
const KERNEL: Attribute = needed("kernel_shape", Form::Ints);
const PADS: Attribute = free("pads", Form::Ints);
const STRIDES: Attribute = free("strides", Form::Ints);

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"GlobalLpPool",
		global,
		&[
			Version::new(&[1], &[float("p", 2.0)], X, Y),
			Version::new(&[2, 22], &[int("p", 2)], X, Y),
		],
	),
	Operator::new(
		"LpPool",
		pool,
		&[
			Version::new(
				&[1],
				&[AUTO, free("kernel_shape", Form::Ints), float("p", 2.0), PADS, STRIDES],
				X,
				Y,
			),
			Version::new(&[2, 11], &[AUTO, KERNEL, int("p", 2), PADS, STRIDES], X, Y),
			Version::new(
				&[18, 22],
				&[
					AUTO,
					int("ceil_mode", 0),
					free("dilations", Form::Ints),
					KERNEL,
					int("p", 2),
					PADS,
					STRIDES,
				],
				X,
				Y,
			),
		],
	),
];

/// The power, 1 or more.
fn power(node: &Node) -> Result<f32, ImportError> {
	let p = match node.version.oldest() {
		1 => node.float("p", 2.0),
		_ => node.int("p", 2) as f32,
	};
	match p {
		1.0..=16.0 => Ok(p),
		other => Err(node.error("p of 1 to 16", other.to_string())),
	}
}

/// Each element as it goes into the sum.
fn term(compose: &mut Compose, x: &Variable, p: f32) -> Made {
	if p == 2.0 {
		return compose.product(x, x);
	}
	let size = compose.size(x)?;
	match p == 1.0 {
		true => Ok(size),
		false => {
			// Whatever bounds of sums say.
			let size = compose.clamp(&size, 0.0, f32::INFINITY)?;
			compose.unary(&size, Elementary::Power(p.into()))
		}
	}
}

/// What the sum becomes.
fn root(compose: &mut Compose, total: &Variable, p: f32) -> Made {
	if p == 1.0 {
		return Ok(total.clone());
	}
	// A sum of what is not below 0, whatever bounds of sums say.
	let positive = compose.clamp(total, 0.0, f32::INFINITY)?;
	let root = if p == 2.0 { Elementary::Sqrt } else { Elementary::Power(1.0 / f64::from(p)) };
	compose.unary(&positive, root)
}

/// `GlobalLpPool`.
fn global(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let axes: Vec<_> = (2..x.dims.len()).collect();
	if axes.is_empty() {
		return Err(node.error("axes behind batch and channel", format!("{:?}", x.dims)));
	}
	let p = power(node)?;
	let compose = &mut Compose { lowering, node };
	let each = term(compose, &x, p)?;
	let total = compose.total(&each, &axes, 1.0)?;
	Ok(vec![Operand::Variable(root(compose, &total, p)?)])
}

/// `LpPool`.
fn pool(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let kernel = node.ints("kernel_shape").unwrap_or_default();
	let sizes = kernel.iter().map(|k| usize::try_from(*k)).collect::<Result<Vec<_>, _>>();
	let fits = x.dims.len() == kernel.len() + 2 && x.dims.len() > 2;
	let Some(sizes) = sizes.ok().filter(|_| fits) else {
		let expected = format!("a kernel_shape for {:?}", x.dims);
		return Err(node.error(expected, format!("{kernel:?}")));
	};
	let p = power(node)?;
	let windows = Windows::new(lowering, node, &x.dims[2..], &sizes)?;
	let (window, area): (usize, usize) = (sizes.iter().product(), x.dims[2..].iter().product());
	let channels = x.dims[0] * x.dims[1];
	lowering.count(node, &[channels, windows.places.len(), window])?;
	let compose = &mut Compose { lowering, node };
	let each = term(compose, &x, p)?;
	let places = &windows.places;
	let picks = (0..channels)
		.flat_map(|channel| places.iter().flatten().map(move |p| p.map(|p| channel * area + p)));
	let gathered = compose.lowering.gather(node, each.value, picks)?;
	let len = channels * places.len();
	let total = compose.lowering.push(node, &[gathered], len, FloatOp::ReduceSum(window))?;
	let dims = [&x.dims[..2], windows.out.as_slice()].concat();
	Ok(vec![Operand::Variable(root(compose, &tensor(total, dims), p)?)])
}
