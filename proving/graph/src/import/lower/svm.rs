//! Support vector machines of `ai.onnx.ml`, as onnxruntime computes them.

use super::{
	best,
	classes::Classes,
	compose::{shaped, tensor, Compose, Made},
	learn::{self, Learnt, Pair, DOMAIN, TRANSFORM, YZ},
	signature::{free, int, word, Attribute, Form, Operator, Version, X, Y},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{function::Elementary, node::Node, FloatOp, ImportError};

const COEFFICIENTS: Attribute = free("coefficients", Form::Floats);
const PARAMS: Attribute = free("kernel_params", Form::Floats);
const KERNEL: Attribute = word("kernel_type", "LINEAR");
const RHO: Attribute = free("rho", Form::Floats);
const VECTORS: Attribute = free("support_vectors", Form::Floats);

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"SVMClassifier",
		classifier,
		&[Version::new(
			&[1],
			&[
				free("classlabels_ints", Form::Ints),
				free("classlabels_strings", Form::Strings),
				COEFFICIENTS,
				PARAMS,
				KERNEL,
				TRANSFORM,
				free("prob_a", Form::Floats),
				free("prob_b", Form::Floats),
				RHO,
				VECTORS,
				free("vectors_per_class", Form::Ints),
			],
			X,
			YZ,
		)],
	)
	.of(DOMAIN),
	Operator::new(
		"SVMRegressor",
		regressor,
		&[Version::new(
			&[1],
			&[
				COEFFICIENTS,
				PARAMS,
				KERNEL,
				int("n_supports", 0),
				int("one_class", 0),
				TRANSFORM,
				RHO,
				VECTORS,
			],
			X,
			Y,
		)],
	)
	.of(DOMAIN),
];

/// The kernel of the features with each support vector, as `[1, vectors]`.
fn kernels(compose: &mut Compose, x: &Variable, vectors: &[f32]) -> Made {
	let node = compose.node;
	let (features, name) = (x.len(), format!("{} of {}", VECTORS.name, node.name));
	let count = vectors.len() / features;
	let row = shaped(x, vec![1, features]);
	let params = node.floats(PARAMS.name)?;
	let [gamma, first, degree] = match params.as_slice() {
		[] => [0.0, 0.0, 0.0],
		[gamma, first, degree] => [*gamma, *first, *degree],
		other => return Err(node.error("three kernel_params", other.len().to_string())),
	};
	let product = |compose: &mut Compose, factor: f32, offset: Option<Vec<f32>>| {
		let weights = vectors.iter().map(|weight| weight * factor).collect();
		compose.matrix(&row, count, weights, offset, &name)
	};
	match node.text(KERNEL.name, "LINEAR").as_str() {
		"LINEAR" => product(compose, 1.0, None),
		"POLY" => {
			let base = product(compose, gamma, Some(vec![first; count]))?;
			match degree {
				1.0 => Ok(base),
				2.0 => compose.product(&base, &base),
				3.0 => {
					let square = compose.product(&base, &base)?;
					compose.product(&square, &base)
				}
				degree => compose.unary(&base, Elementary::Power(degree.into())),
			}
		}
		"SIGMOID" => {
			let base = product(compose, gamma, Some(vec![first; count]))?;
			compose.unary(&base, Elementary::Tanh)
		}
		"RBF" => {
			// |x - v|^2 as a sum of squares, which is not below 0.
			let rows = compose.spread(&row, &[count, features])?;
			let less = vectors.iter().map(|v| -v).collect();
			let value = compose.lowering.affine(node, rows.value, 1.0, less)?;
			let apart = tensor(value, vec![count, features]);
			let square = compose.product(&apart, &apart)?;
			let distance = compose.total(&square, &[1], -gamma)?;
			let made = compose.unary(&distance, Elementary::Exp)?;
			Ok(shaped(&made, vec![1, count]))
		}
		other => Err(node.error("kernel_type LINEAR, POLY, RBF or SIGMOID", other)),
	}
}

/// Support vectors of so many features.
fn vectors(node: &Node, features: usize) -> Result<Vec<f32>, ImportError> {
	let vectors = node.floats(VECTORS.name)?;
	match !vectors.is_empty() && vectors.len().is_multiple_of(features) {
		true => Ok(vectors),
		false => {
			let expected = format!("support vectors of {features} features");
			Err(node.error(expected, format!("{} numbers", vectors.len())))
		}
	}
}

/// `SVMRegressor`: a sum over the support vectors, or its side of 0.
fn regressor(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = learn::features(lowering, node, inputs)?;
	let (coefficients, rho) = (node.floats(COEFFICIENTS.name)?, node.floats(RHO.name)?);
	let [rho] = rho.as_slice() else {
		return Err(node.error("one rho", rho.len().to_string()));
	};
	let supports = node.int("n_supports", 0);
	let compose = &mut Compose { lowering, node };
	let kernels = match supports {
		// Without support vectors the coefficients are those of the features.
		0 => shaped(&x, vec![1, x.len()]),
		_ => {
			let vectors = vectors(node, x.len())?;
			if vectors.len() / x.len() != usize::try_from(supports).unwrap_or(0) {
				let got = (vectors.len() / x.len()).to_string();
				return Err(node.error(format!("{supports} support vectors"), got));
			}
			kernels(compose, &x, &vectors)?
		}
	};
	if supports == 0 && node.text(KERNEL.name, "LINEAR") != "LINEAR" {
		return Err(node.error("support vectors of a kernel", "none"));
	}
	if coefficients.len() != kernels.len() {
		let expected = format!("{} coefficients", kernels.len());
		return Err(node.error(expected, coefficients.len().to_string()));
	}
	let name = format!("{} of {}", COEFFICIENTS.name, node.name);
	let sum = compose.matrix(&kernels, 1, coefficients, Some(vec![*rho]), &name)?;
	if node.int("one_class", 0) != 0 {
		let above = compose.above(&sum, &[0.0])?;
		return Ok(vec![Operand::Variable(compose.affine(&above, 2.0, -1.0)?)]);
	}
	let transform = node.text(TRANSFORM.name, "NONE");
	let scores = (sum.value, 1);
	Ok(vec![learn::transformed(lowering, node, Learnt::Regressor, scores, &transform)?])
}

/// `SVMClassifier`: each pair of classes votes by a sum over the support vectors of both, and the first
/// class of the most votes is the label. Scores are the sums.
fn classifier(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let names = Classes::read(node)?;
	let classes = names.len();
	let x = learn::features(lowering, node, inputs)?;
	if !node.floats("prob_a")?.is_empty() || !node.floats("prob_b")?.is_empty() {
		// They are found by iteration there.
		let expected = "a machine without prob_a and prob_b (train it with probability=False)";
		return Err(node.error(expected, "one with probabilities"));
	}
	let vectors = vectors(node, x.len())?;
	let count = vectors.len() / x.len();
	let per_class = node.ints("vectors_per_class").unwrap_or_default();
	let sizes: Vec<usize> = per_class.iter().filter_map(|n| usize::try_from(*n).ok()).collect();
	let whole = sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size));
	let each = per_class.len() == classes && sizes.len() == classes;
	if classes < 2 || !each || whole != Some(count) {
		let expected =
			format!("{count} vectors in {classes} classes, of which there are 2 or more");
		return Err(node.error(expected, format!("{per_class:?}")));
	}
	let (coefficients, rho) = (node.floats(COEFFICIENTS.name)?, node.floats(RHO.name)?);
	let pairs = classes * (classes - 1) / 2;
	if coefficients.len() != (classes - 1) * count || rho.len() != pairs {
		let expected = format!("{} coefficients and {pairs} rho", (classes - 1) * count);
		return Err(node.error(expected, format!("{} and {}", coefficients.len(), rho.len())));
	}
	lowering.count(node, &[pairs, count])?;
	let starts: Vec<usize> =
		(0..classes).map(|class| sizes[..class].iter().sum::<usize>()).collect();
	let mut weights = vec![0.0; pairs * count];
	let mut sides = Vec::with_capacity(pairs);
	for i in 0..classes {
		for j in i + 1..classes {
			let row = sides.len() * count;
			for (class, from) in [(i, j - 1), (j, i)] {
				let (start, size) = (starts[class], sizes[class]);
				let own = &coefficients[from * count + start..][..size];
				weights[row + start..][..size].copy_from_slice(own);
			}
			sides.push((i, j));
		}
	}
	let compose = &mut Compose { lowering, node };
	let kernels = kernels(compose, &x, &vectors)?;
	let name = format!("{} of {}", COEFFICIENTS.name, node.name);
	let sums = compose.matrix(&kernels, pairs, weights, Some(rho), &name)?;
	let above = compose.above(&sums, &[0.0])?;
	let below = compose.affine(&above, -1.0, 1.0)?;
	// Votes of each class, side by side.
	let mut picks = Vec::with_capacity(classes * (classes - 1));
	for class in 0..classes {
		for (pair, (i, j)) in (0u32..).zip(&sides) {
			if *i == class {
				picks.push(Some((0, pair)));
			} else if *j == class {
				picks.push(Some((1, pair)));
			}
		}
	}
	let len = picks.len();
	let votes =
		compose.lowering.push(node, &[above.value, below.value], len, FloatOp::Gather(picks))?;
	let votes = match classes {
		2 => votes,
		_ => compose.lowering.push(node, &[votes], classes, FloatOp::ReduceSum(classes - 1))?,
	};
	let place = best::place(compose, &tensor(votes, vec![1, classes]), 1, false)?;
	let label = names.label(lowering, node, shaped(&place, vec![1]))?;
	let mut results = vec![Operand::Variable(label)];
	if node.wanted.get(1) == Some(&true) {
		let transform = node.text(TRANSFORM.name, "NONE");
		results.push(match classes {
			2 => learn::pair(lowering, node, sums.value, Pair::Sides, &transform)?,
			_ => {
				let scores = (sums.value, pairs);
				learn::transformed(lowering, node, Learnt::Classifier, scores, &transform)?
			}
		});
	} else {
		node.text(TRANSFORM.name, "NONE");
	}
	Ok(results)
}
