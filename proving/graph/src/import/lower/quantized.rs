//! Tensors of quantised integers: a value holds what the integers stand for.

use zkml_onnx::tensor_proto::DataType;

use super::{
	compose::Compose,
	elementwise, linear, pool, reduce,
	scales::{zeros, Parameters, Spread},
	signature::Kernel,
	window, Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{whole as whole_range, Tensor, Units, Values},
	FloatOp, ImportError, Quantize,
};

/// Whether ONNX Runtime adds the zero point to a quotient before it rounds. Its kernels of 8 bits for
/// sums, products and means of windows do, others and `QuantizeLinear` do not.
fn adds_zero(
	lowering: &Lowering,
	kernel: Option<Kernel>,
	x: &Variable,
	made: usize,
	parameters: &Parameters,
) -> bool {
	let (min, max) = parameters.range;
	let own = match kernel {
		Some(Kernel::Add | Kernel::Mul) => true,
		Some(Kernel::AveragePool) => !whole_image(lowering, x, made),
		Some(Kernel::Relu) | None => false,
	};
	own && max - min == 255
}

/// The value whose kernel rounds for a `QuantizeLinear`: ONNX Runtime uses its kernels of 8 bits for
/// operators between `DequantizeLinear` and that, too, and drops a `Relu` before the latter if no quantised
/// number is negative.
fn fused(lowering: &Lowering, x: &Variable, parameters: &Parameters) -> usize {
	let mut made = x.value;
	while let Some(FloatOp::Clip { .. }) = made.checked_sub(1).map(|i| &lowering.ops[i].op) {
		if lowering.kernels[made] != Some(Kernel::Relu) || parameters.zeros[0] != parameters.range.0
		{
			break;
		}
		made = lowering.ops[made - 1].inputs[0];
	}
	made
}

/// Whether a mean is that of a whole image, for which ONNX Runtime has another kernel.
fn whole_image(lowering: &Lowering, x: &Variable, value: usize) -> bool {
	let input = |value: usize| lowering.ops[value - 1].inputs[0];
	// The mean of one number has no factor.
	let total = match lowering.ops[value - 1].op {
		FloatOp::ReduceSum(_) => value,
		_ => input(value),
	};
	let FloatOp::ReduceSum(n) = lowering.ops[total - 1].op else { return false };
	let mut image = input(total);
	while let Some(FloatOp::Gather(_)) = image.checked_sub(1).map(|i| &lowering.ops[i].op) {
		image = input(image);
	}
	x.dims[2..].iter().all(|d| *d == 1) && lowering.lens[image] == n * x.len()
}

/// Integers of a scale of their own, which is not that of the value they come from.
pub fn whole(
	lowering: &mut Lowering,
	node: &Node,
	value: usize,
	scale: f32,
	zero: i32,
) -> Result<usize, ImportError> {
	// No end: they are in range already.
	let (min, max) = (i32::MIN / 2, i32::MAX / 2);
	let to = Quantize { scale, min, max, zero, adds: false, cut: None };
	lowering.each(node, value, FloatOp::Quantize(to))
}

/// Rounds numbers to quantised ones; `adds` says whether the zero point is added before.
fn rounded(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	parameters: &Parameters,
	adds: bool,
) -> Result<Operand, ImportError> {
	let (scale, zero) = parameters.single(node)?;
	let (min, max) = parameters.range;
	let bound = |bound: i64| {
		let shifted = bound - i64::from(zero);
		shifted.clamp(i32::MIN.into(), i32::MAX.into()) as i32
	};
	let to = Quantize { scale, min: bound(min), max: bound(max), zero, adds, cut: None };
	let value = lowering.each(node, x.value, FloatOp::Quantize(to))?;
	let kind = Kind::Quantized { scale, zero };
	Ok(Operand::Variable(Variable { value, dims: x.dims.clone(), kind }))
}

/// Smallest and largest integer of the type that `output_dtype` names; it must be the zero point's.
fn output_range(node: &Node, zero: bool, range: (i64, i64)) -> Result<(i64, i64), ImportError> {
	let number = node.int("output_dtype", 0);
	if number == 0 {
		return Ok(range);
	}
	let kind = i32::try_from(number).ok().and_then(|number| DataType::try_from(number).ok());
	match kind.and_then(whole_range) {
		Some(own) if !zero || own == range => Ok(own),
		_ => {
			let expected = "attribute output_dtype of integers, the zero point's if there is one";
			Err(node.error(expected, number.to_string()))
		}
	}
}

/// `QuantizeLinear`: numbers as integers of constant scales and zero points, rounded and clamped.
pub fn quantize(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let dims = inputs.operand(node, 0)?.dims();
	let (axis, block) = (node.int("axis", 1), node.int("block_size", 0));
	let mut parameters = Parameters::read(node, inputs, [1, 2], dims, (axis, block))?;
	if inputs.optional(node, 2)?.is_some_and(|zero| zero.integers().is_none()) {
		return Err(node.error("a zero point of integers", "one of floats of few bits"));
	}
	parameters.range = output_range(node, inputs.has(2), parameters.range)?;
	if let Operand::Constant(tensor) = inputs.operand(node, 0)? {
		let values = tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))?;
		let integer = |(i, value): (usize, &f32)| {
			let (scale, zero) = parameters.at(dims, i);
			let whole = (value / scale).round_ties_even() as i64;
			whole.saturating_add(zero).clamp(parameters.range.0, parameters.range.1)
		};
		let integers = values.iter().enumerate().map(integer).collect();
		let quantized = Tensor::new(&tensor.name, dims.to_vec(), Values::Int(integers));
		let range = Some(parameters.range);
		return Ok(vec![Operand::constant(Tensor { range, ..quantized })]);
	}
	let x = inputs.number(lowering, node, 0)?;
	if parameters.scales.len() > 1 {
		return Ok(vec![rounded_each(lowering, node, &x, &parameters)?]);
	}
	let made = fused(lowering, &x, &parameters);
	let adds = adds_zero(lowering, lowering.kernels[made], &x, made, &parameters);
	Ok(vec![rounded(lowering, node, &x, &parameters, adds)?])
}

/// Rounds numbers to integers of several scales, which are integers of the scale 1 and without a zero point
/// then.
fn rounded_each(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	parameters: &Parameters,
) -> Result<Operand, ImportError> {
	let factors = parameters.each(node, &x.dims, |scale, _| 1.0 / scale);
	let offsets = parameters.each(node, &x.dims, |_, zero| zero as f32);
	let quotients = Compose { lowering, node }.scaled(x, Some(&factors), Some(&offsets))?;
	let bound = |bound: i64| bound.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
	let (min, max) = (bound(parameters.range.0), bound(parameters.range.1));
	let to = Quantize { scale: 1.0, min, max, zero: 0, adds: false, cut: None };
	let value = lowering.each(node, quotients.value, FloatOp::Quantize(to))?;
	let kind = Kind::Quantized { scale: 1.0, zero: 0 };
	Ok(Operand::Variable(Variable { value, dims: x.dims.clone(), kind }))
}

/// What integers stand for by a computed scale.
fn by_computed(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	index: usize,
	(axis, block): (i64, i64),
) -> Result<Operand, ImportError> {
	let scale = inputs.number(lowering, node, index + 1)?;
	let operand = inputs.operand(node, index)?.clone();
	let dims = operand.dims().to_vec();
	let spread = Spread::new(node, &scale.dims, &dims, axis, block)?;
	let (zeros, _) = zeros(node, inputs, index + 2, scale.len())?;
	let len = lowering.count(node, &dims)?;
	let places: Vec<usize> = (0..len).map(|element| spread.place(&dims, element)).collect();
	let less: Vec<f32> = places.iter().map(|place| zeros[*place] as f32).collect();
	let compose = &mut Compose { lowering, node };
	let scales = compose.picked(&scale, places, dims.clone())?;
	let made = match operand {
		Operand::Constant(tensor) => {
			let values =
				tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))?;
			let multiples = values.iter().zip(&less).map(|(value, zero)| value - zero).collect();
			let multiples = Tensor::new(&tensor.name, dims, Values::Float(multiples));
			compose.scaled(&scales, Some(&multiples), None)?
		}
		Operand::Variable(x) => {
			let (value, shift) = match &x.kind {
				Kind::Integer | Kind::Whole(_) | Kind::Number => (x.value, 0.0),
				Kind::Quantized { scale: 1.0, zero } => (x.value, *zero as f32),
				kind => return Err(node.error("integers of a constant scale", kind.describe())),
			};
			let offset = less.iter().map(|zero| shift - zero).collect();
			let value = compose.lowering.affine(node, value, 1.0, offset)?;
			compose.product(&Variable { value, dims, kind: Kind::Number }, &scales)?
		}
	};
	Ok(Operand::Variable(made))
}

/// What integers stand for, at input `index` with scale and zero point behind it.
fn numbers(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	index: usize,
	place: (i64, i64),
) -> Result<Operand, ImportError> {
	if let Operand::Variable(_) = inputs.operand(node, index + 1)? {
		return by_computed(lowering, node, inputs, index, place);
	}
	let operand = inputs.operand(node, index)?;
	let dims = operand.dims();
	let parameters = Parameters::read(node, inputs, [index + 1, index + 2], dims, place)?;
	let variable = match operand {
		Operand::Constant(tensor) => return constants(node, tensor, parameters),
		Operand::Variable(variable) => variable,
	};
	let (from, start) = match &variable.kind {
		Kind::Quantized { scale, zero } => (*scale, *zero),
		// Integers that stand for themselves: the input.
		Kind::Number | Kind::Integer | Kind::Whole(_) => (1.0, 0),
		kind => return Err(node.error("quantised integers", kind.describe())),
	};
	if parameters.scales.len() > 1 {
		let factors = parameters.each(node, dims, |scale, _| scale / from);
		let offsets = parameters
			.each(node, dims, |scale, zero| (f64::from(start) - zero as f64) as f32 * scale);
		let x = Variable { kind: Kind::Number, ..variable.clone() };
		let made = Compose { lowering, node }.scaled(&x, Some(&factors), Some(&offsets))?;
		return Ok(Operand::Variable(made));
	}
	let (scale, zero) = parameters.single(node)?;
	let shift = (f64::from(start) - f64::from(zero)) * f64::from(scale);
	let value = match (from, start) == (scale, zero) {
		true => variable.value,
		false => {
			let real = lowering.affine(node, variable.value, scale / from, vec![shift as f32])?;
			whole(lowering, node, real, scale, zero)?
		}
	};
	Ok(Operand::number(value, dims.to_vec()))
}

/// What constant integers, or floats of few bits, stand for.
fn constants(node: &Node, tensor: &Tensor, parameters: Parameters) -> Result<Operand, ImportError> {
	let dims = tensor.dims.clone();
	let Some(integers) = tensor.integers() else {
		let values = tensor.floats().ok_or_else(|| node.error("integers", tensor.no_floats()))?;
		let number = |(i, value): (usize, &f32)| value * parameters.at(&dims, i).0;
		let values = Values::Float(values.iter().enumerate().map(number).collect());
		return Ok(Operand::constant(Tensor::new(&tensor.name, dims, values)));
	};
	let multiple = |(i, q): (usize, &i64)| q.saturating_sub(parameters.at(&dims, i).1);
	let whole: Vec<i64> = integers.iter().enumerate().map(multiple).collect();
	let number = |(i, q): (usize, &i64)| *q as f32 * parameters.at(&dims, i).0;
	let values = Values::Float(whole.iter().enumerate().map(number).collect());
	let numbers = Tensor::new(&tensor.name, dims, values);
	let axis = match parameters.spread {
		Spread::All => 0,
		Spread::Axis(axis) => axis,
		// No output of a matrix has one unit then.
		Spread::Blocks { .. } => return Ok(Operand::constant(numbers)),
	};
	let narrow = parameters.range.1 - parameters.range.0 == 255;
	let zero = parameters.single(node).ok().filter(|_| narrow).map(|(_, zero)| zero);
	let units = Some(Units { axis, scales: parameters.scales, zero });
	Ok(Operand::constant(Tensor { units, whole: Some(whole), ..numbers }))
}

/// The first two inputs of a sum or a product. A quantised constant beside a variable becomes one, too:
/// what comes of both is rounded as that of two variables.
pub fn operands(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<[Operand; 2], ImportError> {
	let mut both = [inputs.operand(node, 0)?.clone(), inputs.operand(node, 1)?.clone()];
	if both.iter().any(|operand| matches!(operand, Operand::Variable(_))) {
		for operand in &mut both {
			let Operand::Constant(tensor) = &*operand else { continue };
			let units = tensor.units.as_ref().filter(|_| tensor.whole.is_some());
			if let Some(Units { scales, zero: Some(zero), .. }) = units {
				let made = lowering.materialise(node, tensor)?;
				// Differences of numbers of 8 bits.
				let (scale, min, max) = (scales[0], -255, 255);
				let to = Quantize { scale, min, max, zero: *zero, adds: false, cut: None };
				let value = lowering.each(node, made.value, FloatOp::Quantize(to))?;
				*operand = Operand::Variable(Variable { value, ..made });
			}
		}
	}
	Ok(both)
}

/// `DequantizeLinear`: the numbers that integers stand for, `(q - zero point) * scale`.
pub fn dequantize(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let place = (node.int("axis", 1), node.int("block_size", 0));
	Ok(vec![numbers(lowering, node, inputs, 0, place)?])
}

/// A bias in units of the product of the scales of input and weights.
fn bias(
	node: &Node,
	inputs: &Inputs,
	index: usize,
	scales: [usize; 2],
	factor: f32,
) -> Result<Option<Operand>, ImportError> {
	let Some(tensor) = inputs.optional(node, index)? else { return Ok(None) };
	let (left, right) = (inputs.floats(node, scales[0])?, inputs.floats(node, scales[1])?);
	let integers = inputs.integers(node, index)?;
	let sound = left.len() == 1 && (right.len() == 1 || right.len() == integers.len());
	if !sound {
		return Err(node.error("a scale for each bias", right.len().to_string()));
	}
	let number = |(i, q): (usize, &i64)| *q as f32 * left[0] * right[i % right.len()] * factor;
	let values = Values::Float(integers.iter().enumerate().map(number).collect());
	let whole = Some(integers.to_vec());
	let numbers = Tensor::new(&tensor.name, tensor.dims.clone(), values);
	Ok(Some(Operand::constant(Tensor { whole, ..numbers })))
}

/// The result of an operator from integers to integers, computed on the numbers that they stand for: rounded
/// to the scale at that input and the zero point behind it, as `kernel` does it.
fn requantized(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	results: Vec<Operand>,
	scale: usize,
	kernel: Option<Kernel>,
) -> Lowered {
	let [Operand::Variable(result)] = results.as_slice() else {
		return Err(node.error("a computed value", "a constant"));
	};
	let parameters = Parameters::read(node, inputs, [scale, scale + 1], &result.dims, (0, 0))?;
	let adds = adds_zero(lowering, kernel, result, result.value, &parameters);
	Ok(vec![rounded(lowering, node, result, &parameters, adds)?])
}

/// The numbers that the first two tensors of integers stand for, with scales of the second along that axis.
fn pair(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	axis: i64,
) -> Result<[Option<Operand>; 2], ImportError> {
	let first = numbers(lowering, node, inputs, 0, (0, 0))?;
	Ok([Some(first), Some(numbers(lowering, node, inputs, 3, (axis, 0))?)])
}

/// `QLinearConv`: weights have their outputs first.
pub fn conv(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let [x, w] = pair(lowering, node, inputs, 0)?;
	let bias = bias(node, inputs, 8, [1, 4], 1.0)?;
	let results = window::conv(lowering, node, &Inputs::new(vec![x, w, bias]))?;
	requantized(lowering, node, inputs, results, 6, None)
}

/// `QLinearMatMul`: weights have their outputs last.
pub fn mat_mul(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let both = pair(lowering, node, inputs, -1)?;
	let results = linear::mat_mul(lowering, node, &Inputs::new(both.into()))?;
	requantized(lowering, node, inputs, results, 6, None)
}

/// `QGemm`: without a scale of the result it stays numbers.
pub fn gemm(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let axis = if node.int("transB", 0) != 0 { 0 } else { -1 };
	let [a, b] = pair(lowering, node, inputs, axis)?;
	let alpha = node.float("alpha", 1.0);
	if !alpha.is_normal() || alpha.to_bits() << 9 != 0 {
		return Err(node.error("an alpha of 1 or another power of two", alpha.to_string()));
	}
	let bias = bias(node, inputs, 6, [1, 4], alpha)?;
	let results = linear::gemm(lowering, node, &Inputs::new(vec![a, b, bias]))?;
	match inputs.get(7) {
		Some(_) => requantized(lowering, node, inputs, results, 7, None),
		None => Ok(results),
	}
}

/// `QLinearAdd`: the sum of the numbers that two tensors stand for, rounded to integers of the result.
pub fn add(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let both = pair(lowering, node, inputs, -1)?;
	let results = elementwise::add(lowering, node, &Inputs::new(both.into()))?;
	requantized(lowering, node, inputs, results, 6, Some(Kernel::Add))
}

/// `QLinearMul`: the product of the numbers that two tensors stand for, rounded to integers of the result.
pub fn mul(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let both = pair(lowering, node, inputs, -1)?;
	let results = elementwise::mul(lowering, node, &Inputs::new(both.into()))?;
	requantized(lowering, node, inputs, results, 6, Some(Kernel::Mul))
}

/// `QLinearAveragePool`: the mean of each window of numbers, rounded to integers of the result.
pub fn average_pool(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = numbers(lowering, node, inputs, 0, (0, 0))?;
	let results = pool::average(lowering, node, &Inputs::new(vec![Some(x)]))?;
	requantized(lowering, node, inputs, results, 3, Some(Kernel::AveragePool))
}

/// `QLinearGlobalAveragePool`: the mean of each channel, rounded to integers of the result.
pub fn global_average_pool(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = numbers(lowering, node, inputs, 0, (0, 0))?;
	let x = Inputs::new(vec![Some(x)]);
	let results = reduce::global(lowering, node, &x, reduce::Reduction::Mean)?;
	requantized(lowering, node, inputs, results, 3, None)
}
