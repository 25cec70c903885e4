//! Classes as rows of which one element is on.

use super::{
	compare::side,
	compose::{shaped, Compose, Made},
	rounding::truncated,
	signature::{free, input, int, Attribute, Form, Input, Operator, Version, OUTPUT, X, Y},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const CLASSES: &[Input] = &[input("indices"), input("depth"), input("values")];
const NUMBERS: Attribute = free("cats_int64s", Form::Ints);
const WORDS: Attribute = free("cats_strings", Form::Strings);

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"OneHot",
		one_hot,
		&[Version::new(&[9, 11, 28], &[int("axis", -1)], CLASSES, OUTPUT)],
	)
	.settings(),
	Operator::new(
		"OneHotEncoder",
		encoder,
		&[Version::new(&[1], &[NUMBERS, WORDS, int("zeros", 1)], X, Y)],
	)
	.of(super::learn::DOMAIN),
];

/// Where the classes are to stand, and the shape with them.
fn with_axis(
	node: &Node,
	dims: &[usize],
	depth: usize,
) -> Result<(usize, Vec<usize>), ImportError> {
	let axis = node.axis(node.int("axis", -1), dims.len() + 1)?;
	let mut to = dims.to_vec();
	to.insert(axis, depth);
	Ok((axis, to))
}

/// `OneHot`.
fn one_hot(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let depth = match inputs.constant(node, 1)?.floats().as_deref() {
		Some([depth]) if (1.0..65536.0).contains(depth) => *depth as usize,
		other => return Err(node.error("a depth of 1 to 65535", format!("{other:?}"))),
	};
	let indices = inputs.operand(node, 0)?.clone();
	let (axis, to) = with_axis(node, indices.dims(), depth)?;
	let len = lowering.count(node, &to)?;
	let inner: usize = to[axis + 1..].iter().product();
	// For each element of the result its element of the indices, and its class.
	let places = |i: usize| (i / inner / depth * inner + i % inner, i / inner % depth);
	let values = side(lowering, node, inputs, 2)?;
	if values.dims() != [2] {
		return Err(node.error("two values, off and on", format!("{:?}", values.dims())));
	}
	match indices {
		Operand::Constant(tensor) => {
			let Some(numbers) = tensor.floats() else {
				return Err(node.error("numbers", tensor.no_floats()));
			};
			// What is out of range is nowhere on; other indices count from the end.
			let on = |i: usize| {
				let (place, class) = places(i);
				let index = numbers[place].trunc();
				let index = if index < 0.0 { index + depth as f32 } else { index };
				index == class as f32
			};
			let picks: Vec<_> = (0..len).map(|i| usize::from(on(i))).collect();
			match values {
				Operand::Variable(values) => Ok(vec![Operand::Variable(
					Compose { lowering, node }.picked(&values, picks, to)?,
				)]),
				Operand::Constant(values) => {
					let picks: Vec<_> = picks.into_iter().map(Some).collect();
					let tensor = Tensor {
						limits: values.limits,
						..Tensor::new(node.name, to, values.values.pick(&picks))
					};
					Ok(vec![Operand::constant(tensor)])
				}
			}
		}
		Operand::Variable(x) => {
			let x = match x.kind {
				Kind::Whole(_) | Kind::Integer | Kind::Label => {
					Variable { kind: Kind::Number, ..x }
				}
				_ => {
					let x = inputs.number(lowering, node, 0)?;
					truncated(&mut Compose { lowering, node }, &x)?
				}
			};
			let compose = &mut Compose { lowering, node };
			let mut hot: Option<Variable> = None;
			let classes: Vec<f32> = (0..len).map(|i| places(i).1 as f32).collect();
			let spread = compose.picked(&x, (0..len).map(|i| places(i).0).collect(), to.clone())?;
			for shift in [0.0, depth as f32] {
				let from: Vec<f32> = classes.iter().map(|class| class - shift - 0.5).collect();
				let beyond: Vec<f32> = from.iter().map(|bound| bound + 1.0).collect();
				let from = compose.above(&spread, &from)?;
				let beyond = compose.above(&spread, &beyond)?;
				let here = compose.sum((1.0, &from), (-1.0, &beyond))?;
				hot = Some(match hot {
					Some(hot) => compose.sum((1.0, &hot), (1.0, &here))?,
					None => here,
				});
			}
			let hot = hot.ok_or_else(|| node.error("classes", "none"))?;
			let made = match values {
				Operand::Constant(values) => match values.floats().as_deref() {
					Some([off, on]) => compose.affine(&hot, on - off, *off)?,
					_ => return Err(node.error("numbers", values.no_floats())),
				},
				Operand::Variable(values) => {
					let off = compose.part(&values, 0, 0, 1)?;
					let on = compose.part(&values, 0, 1, 1)?;
					let step = compose.sum((1.0, &on), (-1.0, &off))?;
					let step = compose.product(&hot, &shaped(&step, vec![1; to.len()]))?;
					compose.sum((1.0, &step), (1.0, &shaped(&off, vec![1; to.len()])))?
				}
			};
			Ok(vec![Operand::Variable(made)])
		}
	}
}

/// `OneHotEncoder` of numbers: whether they are each of some categories.
fn encoder(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let categories = node.ints(NUMBERS.name).unwrap_or_default().to_vec();
	if !node.texts(WORDS.name).is_empty() || categories.is_empty() {
		let expected = "cats_int64s: words are no inputs, number them before";
		return Err(node.error(expected, "others"));
	}
	// Else what is of no category is an error, of which nothing can be proved.
	if node.int("zeros", 1) == 0 {
		return Err(node.error("attribute zeros 1", "0"));
	}
	let x = inputs.real(lowering, node, 0)?;
	let numbers = Tensor::new(node.name, vec![], Values::Int(categories.clone())).floats();
	let Some(numbers) = numbers else {
		return Err(node.error("categories that floats hold", format!("{categories:?}")));
	};
	let depth = numbers.len();
	let to = [x.dims.as_slice(), &[depth]].concat();
	let len = lowering.count(node, &to)?;
	let compose = &mut Compose { lowering, node };
	let spread = compose.picked(&x, (0..len).map(|i| i / depth).collect(), to)?;
	let each: Vec<f32> = (0..len).map(|i| numbers[i % depth]).collect();
	Ok(vec![Operand::Variable(exactly(compose, &spread, &each)?)])
}

/// 1 where a number is that of its element, else 0.
pub fn exactly(compose: &mut Compose, x: &Variable, each: &[f32]) -> Made {
	if compose.lowering.is_whole(x.value) && each.iter().all(|number| number.fract() == 0.0) {
		// Half a step from it, so that what is rounded on the way makes no difference.
		let from: Vec<f32> = each.iter().map(|number| number - 0.5).collect();
		let beyond: Vec<f32> = each.iter().map(|number| number + 0.5).collect();
		let (from, beyond) = (compose.above(x, &from)?, compose.above(x, &beyond)?);
		return compose.sum((1.0, &from), (-1.0, &beyond));
	}
	let above = compose.above(x, each)?;
	let turned = compose.affine(x, -1.0, 0.0)?;
	let other: Vec<f32> = each.iter().map(|number| -number).collect();
	let below = compose.above(&turned, &other)?;
	let differ = compose.sum((1.0, &above), (1.0, &below))?;
	let value = compose.lowering.affine(compose.node, differ.value, -1.0, vec![1.0])?;
	Ok(Variable { value, ..differ })
}
