//! Attention, and the rotation of its arguments by their position.

use super::{
	attention_mask::Mask,
	compose::{shaped, tensor, Compose, Made, Taps},
	linear,
	shape::{transposed, walk},
	signature::{
		float, free, input, int, optional, Attribute, Form, Input, Operator, Output, Version,
	},
	soft,
	spread::unravel,
	unseen, Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::Elementary,
	node::Node,
	source::{Tensor, Values},
	Divisor, ImportError,
};

const CAUSAL: Attribute = int("is_causal", 0);
const KEY_HEADS: Attribute = free("kv_num_heads", Form::Int);
const HEADS: Attribute = free("q_num_heads", Form::Int);
const SHOWN: Attribute = int("qk_matmul_output_mode", 0);
const SCALE: Attribute = free("scale", Form::Float);
const CAP: Attribute = float("softcap", 0.0);
const PRECISION: Attribute = free("softmax_precision", Form::Int)
	.idle("it says how many bits floats have on the way, which are none here");
const OUTPUTS: &[Output] =
	&[input("Y"), optional("present_key"), optional("present_value"), optional("qk_matmul_output")];
const PAST: &[Input] = &[
	input("Q"),
	input("K"),
	input("V"),
	optional("attn_mask"),
	optional("past_key"),
	optional("past_value"),
];
const PADDED: &[Input] = &[
	input("Q"),
	input("K"),
	input("V"),
	optional("attn_mask"),
	optional("past_key"),
	optional("past_value"),
	optional("nonpad_kv_seqlen"),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Attention",
		attention,
		&[
			Version::new(
				&[23],
				&[CAUSAL, KEY_HEADS, HEADS, SHOWN, SCALE, CAP, PRECISION],
				PAST,
				OUTPUTS,
			),
			Version::new(
				&[24],
				&[CAUSAL, KEY_HEADS, HEADS, SHOWN, SCALE, CAP, PRECISION],
				PADDED,
				OUTPUTS,
			),
			Version::new(
				&[25],
				&[
					CAUSAL,
					KEY_HEADS,
					int("left_window_size", -1),
					HEADS,
					SHOWN,
					int("right_window_size", -1),
					SCALE,
					CAP,
					PRECISION,
				],
				PADDED,
				OUTPUTS,
			),
		],
	),
	Operator::new(
		"RotaryEmbedding",
		rotary,
		&[Version::new(
			&[23],
			&[int("interleaved", 0), free("num_heads", Form::Int), int("rotary_embedding_dim", 0)],
			&[input("X"), input("cos_cache"), input("sin_cache"), optional("position_ids")],
			&[input("Y")],
		)],
	),
];

/// A constant or computed tensor with its elements from other places.
fn moved(
	compose: &mut Compose,
	x: &Operand,
	places: Vec<usize>,
	dims: Vec<usize>,
) -> Result<Operand, ImportError> {
	Ok(match x {
		Operand::Constant(constant) => {
			let picks: Vec<_> = places.into_iter().map(Some).collect();
			let values = constant.values.pick(&picks);
			Operand::constant(Tensor::new(&constant.name, dims, values))
		}
		Operand::Variable(x) => Operand::Variable(compose.picked(x, places, dims)?),
	})
}

/// As `[batch, heads, length, size]`; three axes are batch, length, and heads with their sizes.
fn split(
	compose: &mut Compose,
	x: &Operand,
	heads: Option<i64>,
	name: &str,
) -> Result<Operand, ImportError> {
	let node = compose.node;
	match *x.dims() {
		[_, _, _, _] => Ok(x.clone()),
		[batch, length, width] => {
			let heads = heads.and_then(|heads| usize::try_from(heads).ok()).unwrap_or(0);
			if heads == 0 || !width.is_multiple_of(heads) {
				let expected = format!("attribute {name} that divides {width}");
				return Err(node.error(expected, heads.to_string()));
			}
			let (dims, places) = transposed(&[batch, length, heads, width / heads], &[0, 2, 1, 3]);
			moved(compose, x, places, dims)
		}
		_ => Err(node.error("3 or 4 dimensions", format!("{:?}", x.dims()))),
	}
}

/// The past before the present, along the axis of positions.
fn appended(compose: &mut Compose, past: &Operand, x: &Operand) -> Result<Operand, ImportError> {
	let (a, b) = (past.dims(), x.dims());
	let fits = a.len() == 4 && (0..4).all(|axis| axis == 2 || a[axis] == b[axis]);
	if !fits {
		return Err(compose.node.error(format!("a past that fits {b:?}"), format!("{a:?}")));
	}
	let node = compose.node;
	let mut parts = Vec::new();
	for part in [past, x] {
		parts.push(match part {
			Operand::Variable(x) => x.clone(),
			Operand::Constant(constant) => {
				if let (Operand::Constant(first), Operand::Constant(second)) = (past, x) {
					return constants(node, first, second);
				}
				compose.lowering.materialise(node, constant)?
			}
		});
	}
	Ok(Operand::Variable(compose.joined(&parts, 2)?))
}

fn constants(node: &Node, a: &Tensor, b: &Tensor) -> Result<Operand, ImportError> {
	let [Some(first), Some(second)] = [a.floats(), b.floats()] else {
		return Err(node.error("numbers", "words"));
	};
	let mut dims = b.dims.clone();
	dims[2] += a.dims[2];
	let [left, right] = [a, b].map(|part| part.dims[2] * part.dims[3]);
	let mut values = Vec::with_capacity(first.len() + second.len());
	for (first, second) in first.chunks(left.max(1)).zip(second.chunks(right.max(1))) {
		values.extend_from_slice(first);
		values.extend_from_slice(second);
	}
	Ok(Operand::constant(Tensor::new(&b.name, dims, Values::Float(values))))
}

/// Each head of keys or values as often as there are heads of queries for it.
fn repeat(compose: &mut Compose, x: &Operand, heads: usize) -> Result<Operand, ImportError> {
	let &[batch, own, length, size] = x.dims() else {
		return Err(compose.node.error("4 dimensions", format!("{:?}", x.dims())));
	};
	if own == heads {
		return Ok(x.clone());
	}
	if own == 0 || !heads.is_multiple_of(own) {
		let expected = format!("heads that divide {heads}");
		return Err(compose.node.error(expected, own.to_string()));
	}
	let whole = [batch, own, heads / own, length, size];
	let step = (length * size) as isize;
	let places = walk(&whole, &[own as isize * step, step, 0, size as isize, 1], 0);
	moved(compose, x, places, vec![batch, heads, length, size])
}

/// Softmax along the last axis of what is seen; all zeros where nothing is.
fn soft_max(compose: &mut Compose, x: &Variable, seen: &[bool]) -> Made {
	let last = x.dims.len() - 1;
	let size = x.dims[last];
	let all = seen.iter().all(|seen| *seen);
	let visible = match all {
		true => x.clone(),
		false => {
			// Others stand for what is not seen, so that it makes no difference.
			let place = |i: usize| {
				let row = i / size * size;
				let other = (row..row + size).find(|i| seen[*i]).unwrap_or(i);
				if seen[i] {
					i
				} else {
					other
				}
			};
			let places = (0..x.len()).map(place).collect();
			compose.picked(x, places, x.dims.clone())?
		}
	};
	let largest = compose.largest(&visible, &[last])?;
	let below = compose.sum((1.0, &visible), (-1.0, &largest))?;
	let (each, total) = soft::parts(compose, &below, &[last], (!all).then_some(seen))?;
	compose.quotient(&each, &total, Divisor::Norm(1.0))
}

/// A product of matrices, of which one is computed.
fn times(compose: &mut Compose, a: &Operand, b: &Operand) -> Made {
	let inputs = Inputs::new(vec![Some(a.clone()), Some(b.clone())]);
	match linear::mat_mul(compose.lowering, compose.node, &inputs)?.pop() {
		Some(Operand::Variable(made)) => Ok(made),
		_ => Err(compose.node.error("a computed value", "constants alone")),
	}
}

/// `Attention`: `softmax(cap(scale Q K^T) + mask) V` for each head.
fn attention(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let heads = [HEADS.name, KEY_HEADS.name].map(|name| node.attribute(name).map(|a| a.i));
	let flat = inputs.operand(node, 0)?.dims().len() == 3;
	let mut parts = Vec::new();
	for (index, (heads, name)) in
		[(heads[0], HEADS.name), (heads[1], KEY_HEADS.name), (heads[1], KEY_HEADS.name)]
			.into_iter()
			.enumerate()
	{
		let x = match inputs.operand(node, index)? {
			Operand::Variable(_) => Operand::Variable(inputs.number(lowering, node, index)?),
			constant => constant.clone(),
		};
		parts.push(split(&mut Compose { lowering, node }, &x, heads, name)?);
	}
	let compose = &mut Compose { lowering, node };
	let mut past = 0;
	if inputs.has(4) != inputs.has(5) || inputs.has(4) && inputs.has(6) {
		return Err(node.error("both past_key and past_value, or nonpad_kv_seqlen", "others"));
	}
	for index in [4, 5].into_iter().filter(|index| inputs.has(*index)) {
		let before = inputs.operand(node, index)?.clone();
		past = before.dims().get(2).copied().unwrap_or(0);
		parts[index - 3] = appended(compose, &before, &parts[index - 3])?;
	}
	let (present_key, present_value) = (parts[1].clone(), parts[2].clone());
	let &[batch, count, queries, size] = parts[0].dims() else {
		return Err(node.error("queries of 4 dimensions", format!("{:?}", parts[0].dims())));
	};
	let keys = repeat(compose, &parts[1], count)?;
	let values = repeat(compose, &parts[2], count)?;
	let scale = match node.attribute("scale") {
		Some(scale) => scale.f,
		None => (1.0 / (size as f64).sqrt()) as f32,
	};
	let (dims, places) = transposed(keys.dims(), &[0, 1, 3, 2]);
	let turned = moved(compose, &keys, places, dims)?;
	let scores = times(compose, &parts[0], &turned)?;
	let mut scores = compose.affine(&scores, scale, 0.0)?;
	let raw = scores.clone();
	let cap = node.float("softcap", 0.0);
	if cap.is_nan() || cap < 0.0 {
		return Err(node.error("a softcap of 0 or more", cap.to_string()));
	}
	if cap > 0.0 {
		let shrunk = compose.affine(&scores, 1.0 / cap, 0.0)?;
		let bent = compose.unary(&shrunk, Elementary::Tanh)?;
		scores = compose.affine(&bent, cap, 0.0)?;
	}
	let &[_, _, _, length] = scores.dims.as_slice() else {
		return Err(node.error("scores of 4 dimensions", format!("{:?}", scores.dims)));
	};
	let mask = Mask::read(compose, inputs, [batch, count, queries, length], past)?;
	let value = compose.lowering.affine(node, scores.value, 1.0, mask.added)?;
	let mut scores = tensor(value, scores.dims);
	if let Some(addend) = mask.addend {
		scores = compose.sum((1.0, &scores), (1.0, &addend))?;
	}
	let shares = match mask.hidden {
		Some((seen, falls)) => {
			unseen::shares(compose, &scores, (&seen, Some(&mask.seen)), 3, &falls)?
		}
		None => soft_max(compose, &scores, &mask.seen)?,
	};
	let made = times(compose, &Operand::Variable(shares.clone()), &values)?;
	let made = match flat {
		true => {
			let width = made.dims[1] * made.dims[3];
			let turned = compose.turned(&made, &[0, 2, 1, 3])?;
			shaped(&turned, vec![batch, queries, width])
		}
		false => made,
	};
	let shown = node.int("qk_matmul_output_mode", 0);
	let mut results = vec![Operand::Variable(made), present_key, present_value];
	if node.wanted.get(3) == Some(&true) {
		results.push(Operand::Variable(match shown {
			0 if cap == 0.0 => raw,
			3 => shares,
			other => {
				let expected = "qk_matmul_output_mode 0 without softcap, or 3";
				return Err(node.error(expected, other.to_string()));
			}
		}));
	}
	Ok(results)
}

/// `RotaryEmbedding`: pairs of elements turned by constant angles.
fn rotary(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (cos, sin) = (inputs.constant(node, 1)?.clone(), inputs.constant(node, 2)?.clone());
	let given = node.int("num_heads", 0);
	let part = usize::try_from(node.int("rotary_embedding_dim", 0)).unwrap_or(0);
	let interleaved = node.int("interleaved", 0) != 0;
	let heads = usize::try_from(given).unwrap_or(0);
	let (batch, length, size) = match *x.dims.as_slice() {
		[batch, _, length, size] => (batch, length, size),
		[batch, length, width] if heads > 0 && width.is_multiple_of(heads) => {
			(batch, length, width / heads)
		}
		_ => return Err(node.error("4 dimensions, or 3 and num_heads", format!("{:?}", x.dims))),
	};
	let part = if part == 0 { size } else { part };
	if part > size || !part.is_multiple_of(2) {
		return Err(node.error(format!("an even part of {size}"), part.to_string()));
	}
	let half = part / 2;
	let positions = inputs.has(3).then(|| inputs.integers(node, 3)).transpose()?;
	let rows = match positions {
		Some(positions) if positions.len() == batch * length && cos.dims.len() == 2 => cos.dims[0],
		None if cos.dims == [batch, length, half] => batch * length,
		_ => {
			let got = format!("{:?}", cos.dims);
			return Err(node.error(format!("angles of {batch} times {length} positions"), got));
		}
	};
	let fits = cos.dims == sin.dims && cos.dims.last() == Some(&half);
	let (cos, sin) = (inputs.floats(node, 1)?, inputs.floats(node, 2)?);
	if !fits || cos.len() != rows * half || sin.len() != cos.len() {
		return Err(node.error(format!("sines and cosines of {half} angles"), "others"));
	}
	let mut taps: Vec<Taps> = Vec::with_capacity(x.len());
	for place in 0..x.len() {
		let index = unravel(place, &x.dims);
		let (position, element) = match index.as_slice() {
			[batch, _, at, element] => (batch * length + at, *element),
			other => (other[0] * length + other[1], other[2] % size),
		};
		if element >= part {
			taps.push(vec![(place, 1.0)]);
			continue;
		}
		let (pair, second) = match interleaved {
			true => (element / 2, element % 2 == 1),
			false => (element % half, element >= half),
		};
		let row = match positions {
			Some(positions) => node.axis(positions[position], rows)?,
			None => position,
		};
		let (cos, sin) = (f64::from(cos[row * half + pair]), f64::from(sin[row * half + pair]));
		let apart = if interleaved { 1 } else { half };
		taps.push(match second {
			false => vec![(place, cos), (place + apart, -sin)],
			true => vec![(place - apart, sin), (place, cos)],
		});
	}
	let made = Compose { lowering, node }.linear(&x, x.dims.clone(), &taps, None)?;
	Ok(vec![Operand::Variable(made)])
}
