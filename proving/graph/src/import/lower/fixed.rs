//! Tensors that sizes and other constants give: windows, unit matrices, what is not 0, what is there once.

use std::{cmp::Ordering, f64::consts::PI};

use zkml_onnx::tensor_proto::DataType;

use super::{
	fold::{of_constants, one, only},
	shape::{strides, walk},
	signature::{
		free, input, int, optional, Attribute, Form, Input, Operator, Output, Setting, Version,
		INPUT, OUTPUT, X, Y,
	},
	Inputs, Lowered, Operand,
};
use crate::import::{
	node::Node,
	source::{count, small, whole, Tensor, Values},
	ImportError,
};

const SIZE: &[Input] = &[input("size")];
/// Numbers of 16 bits would be rounded.
const DATATYPE: Attribute = int("output_datatype", DataType::Float as i64)
	.only(&[Setting::Int(DataType::Float as i64), Setting::Int(DataType::Double as i64)]);
const WINDOW: &[Version] = &[Version::new(&[17], &[DATATYPE, int("periodic", 1)], SIZE, OUTPUT)];
const UNIQUE: &[Output] =
	&[input("Y"), optional("indices"), optional("inverse_indices"), optional("counts")];
const MEL: &[Input] = &[
	input("num_mel_bins"),
	input("dft_length"),
	input("sample_rate"),
	input("lower_edge_hertz"),
	input("upper_edge_hertz"),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new("BlackmanWindow", only, WINDOW)
		.folded(|n, i| window(n, i, |turn| 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())),
	Operator::new(
		"EyeLike",
		only,
		&[Version::new(&[9, 22], &[free("dtype", Form::Int), int("k", 0)], INPUT, OUTPUT)],
	)
	.folded(|n, i| i.get(0).map(|x| eye(n, x).map(one))),
	Operator::new("HammingWindow", only, WINDOW)
		.folded(|n, i| window(n, i, |turn| 25.0 / 46.0 - 21.0 / 46.0 * turn.cos())),
	Operator::new("HannWindow", only, WINDOW)
		.folded(|n, i| window(n, i, |turn| 0.5 - 0.5 * turn.cos())),
	// Inputs are finite, and values that are not have no proof.
	Operator::new(
		"IsInf",
		only,
		&[Version::new(&[10, 20], &[int("detect_negative", 1), int("detect_positive", 1)], X, Y)],
	)
	.folded(|n, i| {
		let negative = n.int("detect_negative", 1) != 0;
		let positive = n.int("detect_positive", 1) != 0;
		i.get(0).map(|x| {
			each(n, x, |v| v.is_infinite() && (v < 0.0 && negative || v > 0.0 && positive)).map(one)
		})
	}),
	Operator::new("IsNaN", only, &[Version::new(&[9, 13, 20], &[], X, Y)])
		.folded(|n, i| i.get(0).map(|x| each(n, x, f32::is_nan).map(one))),
	Operator::new("MelWeightMatrix", only, &[Version::new(&[17], &[DATATYPE], MEL, OUTPUT)])
		.folded(|n, i| i.constants().map(|_| mel(n, i).map(one))),
	Operator::new("NonZero", only, &[Version::new(&[9, 13], &[], X, Y)])
		.folded(|n, i| of_constants(i, |[x]| non_zero(n, x))),
	Operator::new(
		"OptionalGetElement",
		super::layout::identity,
		&[Version::new(&[15, 18, 28], &[], INPUT, OUTPUT)],
	),
	Operator::new(
		"OptionalHasElement",
		only,
		&[
			Version::new(&[15], &[], INPUT, OUTPUT),
			Version::new(&[18, 28], &[], &[optional("input")], OUTPUT),
		],
	)
	.folded(|n, i| {
		let there = i64::from(i.get(0).is_some());
		Some(Ok(one(Tensor::new(n.name, vec![], Values::Int(vec![there])))))
	}),
	Operator::new(
		"Unique",
		only,
		&[Version::new(&[11, 28], &[free("axis", Form::Int), int("sorted", 1)], X, UNIQUE)],
	)
	.folded(|n, i| i.constants().map(|_| unique(n, i))),
];

/// The only integer of a constant.
fn single(node: &Node, inputs: &Inputs, index: usize) -> Result<i64, ImportError> {
	match inputs.integers(node, index)? {
		[value] => Ok(*value),
		values => Err(node.error("a single integer", values.len().to_string())),
	}
}

/// A window of `size` numbers, each a function of its share of a whole turn.
fn window(node: &Node, inputs: &Inputs, at: fn(f64) -> f64) -> Option<Lowered> {
	inputs.constants()?;
	let periodic = node.int("periodic", 1) != 0;
	node.int(DATATYPE.name, 1);
	let made = single(node, inputs, 0).and_then(|size| {
		let most = usize::try_from(size).ok().filter(|size| *size > 0 && count(&[*size]).is_some());
		let Some(size) = most.filter(|size| periodic || *size > 1) else {
			return Err(
				node.error("a size of 1 or more, 2 if it is not periodic", size.to_string())
			);
		};
		let whole = if periodic { size } else { size - 1 } as f64;
		let value = |i: usize| match at(i as f64 * 2.0 * PI / whole) {
			// 0.42 - 0.5 + 0.08 is nothing, but not in floats, which would be an element of its own.
			nothing if nothing.abs() < 1e-12 => 0.0,
			value => value as f32,
		};
		let values = (0..size).map(value).collect();
		Ok(one(Tensor::new(node.name, vec![size], Values::Float(values))))
	});
	Some(made)
}

/// `EyeLike`: ones along a diagonal of a matrix of that shape.
fn eye(node: &Node, like: &Operand) -> Result<Tensor, ImportError> {
	let &[rows, columns] = like.dims() else {
		return Err(node.error("a matrix", format!("{:?}", like.dims())));
	};
	let k = node.int("k", 0);
	let float = match (node.attribute("dtype").map(|a| a.i), like) {
		(Some(number), _) => {
			let kind =
				i32::try_from(number).ok().and_then(|number| DataType::try_from(number).ok());
			match kind {
				Some(kind) if whole(kind).is_some() || kind == DataType::Bool => false,
				Some(DataType::Float | DataType::Double | DataType::Float16) => true,
				_ => {
					return Err(
						node.error("a type of numbers as attribute dtype", number.to_string())
					)
				}
			}
		}
		(None, Operand::Constant(tensor)) => tensor.integers().is_none(),
		(None, Operand::Variable(x)) => matches!(x.kind, super::Kind::Number),
	};
	let bit = |i: usize| (i % columns) as i64 - (i / columns) as i64 == k;
	let all = 0..rows * columns;
	let values = match float {
		true => Values::Float(all.map(|i| f32::from(u8::from(bit(i)))).collect()),
		false => Values::Int(all.map(|i| i64::from(bit(i))).collect()),
	};
	Ok(Tensor::new(node.name, vec![rows, columns], values))
}

/// A truth value for each number; a computed one is finite.
fn each(node: &Node, x: &Operand, is: impl Fn(f32) -> bool) -> Result<Tensor, ImportError> {
	let len = count(x.dims()).unwrap_or_default();
	let values = match x {
		// There minus infinity may be.
		Operand::Variable(x) if x.plain().kind.is_hidden() => {
			return Err(node.error("numbers as its input", x.kind.describe()));
		}
		Operand::Variable(_) => vec![0; len],
		Operand::Constant(tensor) => match &tensor.values {
			Values::Float(values) => values.iter().map(|v| i64::from(is(*v))).collect(),
			Values::Int(_) => vec![0; len],
			Values::Text(_) => return Err(node.error("numbers", tensor.no_floats())),
		},
	};
	Ok(Tensor::new(node.name, x.dims().to_vec(), Values::Int(values)))
}

/// `MelWeightMatrix`: triangles on the mel scale, as ONNX's reference has them.
fn mel(node: &Node, inputs: &Inputs) -> Result<Tensor, ImportError> {
	node.int(DATATYPE.name, 1);
	let [bins, length, rate] = [0, 1, 2].map(|index| single(node, inputs, index));
	let (bins, length, rate) = (bins?, length?, rate?);
	let [low, high] = [3, 4].map(|index| inputs.scalar(node, index));
	let (low, high) = (f64::from(low?.unwrap_or(0.0)), f64::from(high?.unwrap_or(0.0)));
	let most = 1 << 16;
	let sound = (1..most).contains(&bins)
		&& (1..most).contains(&length)
		&& rate > 0
		&& low >= 0.0
		&& high > low
		&& high * 2.0 <= rate as f64;
	if !sound {
		let got = format!("{bins} bins of {length} at {rate} from {low} to {high}");
		return Err(node.error("bins, a length and edges below half the sample rate", got));
	}
	let (bins, rows) = (bins as usize, length as usize / 2 + 1);
	if count(&[rows, bins]).is_none() {
		return Err(node.error("a matrix of few elements", format!("{rows} times {bins}")));
	}
	let to = |hertz: f64| 2595.0 * (hertz / 700.0).ln_1p() / 10f64.ln();
	let (start, end) = (to(low), to(high));
	let step = (end - start) / (bins + 2) as f64;
	let place = |i: usize| {
		let hertz = 700.0 * ((i as f64 * step + start) / 2595.0 * 10f64.ln()).exp_m1();
		((length + 1) as f64 * hertz / rate as f64).floor() as usize
	};
	let mut values = vec![0.0f32; rows * bins];
	for bin in 0..bins {
		let [left, peak, right] = [bin, bin + 1, bin + 2].map(place);
		if right > rows || peak >= rows {
			return Err(node.error(format!("edges within {rows} places"), right.to_string()));
		}
		if peak == left {
			values[peak * bins + bin] = 1.0;
		}
		for at in left..=peak {
			if peak > left {
				values[at * bins + bin] = ((at - left) as f64 / (peak - left) as f64) as f32;
			}
		}
		for at in peak..right {
			values[at * bins + bin] = ((right - at) as f64 / (right - peak) as f64) as f32;
		}
	}
	Ok(Tensor::new(node.name, vec![rows, bins], Values::Float(values)))
}

/// `NonZero`: the places along each axis of what is not 0.
fn non_zero(node: &Node, x: &Tensor) -> Result<Tensor, ImportError> {
	let there: Vec<usize> = match &x.values {
		Values::Float(values) => (0..values.len()).filter(|i| values[*i] != 0.0).collect(),
		Values::Int(values) => (0..values.len()).filter(|i| values[*i] != 0).collect(),
		Values::Text(_) => return Err(node.error("numbers", x.no_floats())),
	};
	let own = strides(&x.dims);
	let along = |axis: usize| {
		let there = &there;
		let (step, size) = (own[axis] as usize, x.dims[axis]);
		there.iter().map(move |place| (place / step % size) as i64)
	};
	let values = (0..x.dims.len()).flat_map(along).collect();
	Ok(Tensor {
		range: small(DataType::Int64),
		limits: whole(DataType::Int64),
		..Tensor::new(node.name, vec![x.dims.len(), there.len()], Values::Int(values))
	})
}

/// `Unique`, of all elements or of slices along an axis.
fn unique(node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.constant(node, 0)?;
	let axis = node.attribute("axis").map(|a| node.axis(a.i, x.dims.len())).transpose()?;
	let sorted = node.int("sorted", 1) != 0;
	// Each slice as the places of its elements.
	let (slices, dims): (Vec<Vec<usize>>, _) = match axis {
		None => ((0..x.values.len()).map(|place| vec![place]).collect(), None),
		Some(axis) => {
			let own = strides(&x.dims);
			let mut rest = x.dims.clone();
			rest[axis] = 1;
			let slice = |at: usize| walk(&rest, &own, at as isize * own[axis]);
			((0..x.dims[axis]).map(slice).collect(), Some(axis))
		}
	};
	let order = |a: usize, b: usize| match &x.values {
		Values::Float(values) => values[a].partial_cmp(&values[b]),
		Values::Int(values) => Some(values[a].cmp(&values[b])),
		Values::Text(values) => Some(values[a].cmp(&values[b])),
	};
	if let Values::Float(values) = &x.values {
		if values.iter().any(|value| value.is_nan()) {
			return Err(node.error("numbers", "NaN"));
		}
	}
	let compare = |a: &usize, b: &usize| {
		let pairs = slices[*a].iter().zip(&slices[*b]);
		let mut orders = pairs.map(|(a, b)| order(*a, *b).unwrap_or(Ordering::Equal));
		orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
	};
	let mut all: Vec<usize> = (0..slices.len()).collect();
	all.sort_by(|a, b| compare(a, b).then(a.cmp(b)));
	let mut groups: Vec<Vec<usize>> = Vec::new();
	for slice in all {
		match groups.last_mut().filter(|group| compare(&group[0], &slice).is_eq()) {
			Some(group) => group.push(slice),
			None => groups.push(vec![slice]),
		}
	}
	if !sorted {
		groups.sort_by_key(|group| group[0]);
	}
	let mut inverse = vec![0i64; slices.len()];
	for (number, group) in groups.iter().enumerate() {
		group.iter().for_each(|slice| inverse[*slice] = number as i64);
	}
	let (to, picks): (Vec<usize>, Vec<Option<usize>>) = match dims {
		None => (vec![groups.len()], groups.iter().map(|group| Some(group[0])).collect()),
		Some(axis) => {
			let mut to = x.dims.clone();
			to[axis] = groups.len();
			let own = strides(&x.dims);
			let after: usize = x.dims[axis + 1..].iter().product();
			let places = walk(&to, &strides(&to), 0).into_iter().map(|place| {
				let at = place / after % groups.len();
				let outer = place / after / groups.len();
				let size = x.dims[axis];
				let from = (outer * size + groups[at][0]) * own[axis].max(1) as usize;
				Some(from + place % after)
			});
			(to.clone(), places.collect())
		}
	};
	let ints = |values: Vec<i64>| Operand::constant(Tensor::ints(node.name, values));
	let y = Tensor {
		range: x.range,
		limits: x.limits,
		..Tensor::new(node.name, to, x.values.pick(&picks))
	};
	Ok(vec![
		Operand::constant(y),
		ints(groups.iter().map(|group| group[0] as i64).collect()),
		ints(inverse),
		ints(groups.iter().map(|group| group.len() as i64).collect()),
	])
}
