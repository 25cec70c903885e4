//! What becomes of a gate's sum: the functions that ONNX lists for recurrences, and their parameters.

use super::super::{
	compose::{tensor, Compose, Made},
	Variable,
};
use super::step::Kind;
use crate::import::{
	function::{Elementary, Function, Step},
	node::Node,
	FloatOp, ImportError,
};

/// What becomes of a sum.
#[derive(Clone, Copy)]
pub enum Activation {
	/// A function of it.
	Function(Elementary),
	/// It, or 0 if it is negative.
	Relu,
	/// `alpha * x + beta`.
	Affine(f32, f32),
	/// It, or `alpha` times it if it is negative.
	Leaky(f32),
	/// It where it is above `alpha`, else 0. ONNX has it at `alpha` too, ONNX Runtime has not.
	Thresholded(f32),
	/// `alpha * tanh(beta * x)`.
	Scaled(f32, f32),
	/// `alpha * x + beta`, clamped into 0 to 1.
	Hard(f32, f32),
}

/// Numbers of an attribute, which those activations that need one take in their order.
struct Parameters {
	name: &'static str,
	given: Vec<f32>,
	taken: usize,
	/// Whether one that was taken is not in the place that its activation has.
	elsewhere: bool,
}

impl Parameters {
	fn new(node: &Node, name: &'static str) -> Result<Self, ImportError> {
		let given = node.floats(name)?;
		match given.iter().find(|value| !value.is_finite()) {
			None => Ok(Self { name, given, taken: 0, elsewhere: false }),
			Some(value) => Err(node.error(format!("finite numbers in {name}"), value.to_string())),
		}
	}

	/// The number for the activation at a place. The default is there where ONNX and ONNX Runtime have the same.
	fn next(
		&mut self,
		node: &Node,
		(place, function): (usize, &str),
		default: Option<f32>,
	) -> Result<f32, ImportError> {
		let value = self.given.get(self.taken).copied();
		self.elsewhere |= self.given.get(place).copied() != value;
		self.taken += 1;
		value.or(default).ok_or_else(|| {
			let expected = format!("an {} for {function}", self.name);
			node.error(expected, "none (runtimes differ in what they take instead: give it)")
		})
	}

	/// Refuses numbers that are left over, if they could have been meant for others.
	fn end(self, node: &Node) -> Result<(), ImportError> {
		if self.given.len() <= self.taken || !self.elsewhere {
			return Ok(());
		}
		let (taken, name) = (self.taken, self.name);
		let expected = format!("{taken} numbers in {name}, one for each activation that takes one");
		Err(node.error(expected, self.given.len().to_string()))
	}
}

impl Activation {
	/// Those of all directions, one after the other.
	pub fn all(node: &Node, kind: &Kind, directions: usize) -> Result<Vec<Self>, ImportError> {
		let count = kind.functions().len() * directions;
		let named = node.texts("activations");
		let mut alphas = Parameters::new(node, "activation_alpha")?;
		let mut betas = Parameters::new(node, "activation_beta")?;
		if named.is_empty() {
			// These have no parameters.
			let own = kind.functions().iter().cycle().take(count);
			return Ok(own.map(|function| Self::Function(*function)).collect());
		}
		if named.len() != count {
			return Err(node.error(format!("{count} activations"), named.len().to_string()));
		}
		let mut all = Vec::with_capacity(count);
		for (place, name) in named.iter().enumerate() {
			let at = (place, name.as_str());
			let mut alpha = |default| alphas.next(node, at, default);
			let mut beta = |default| betas.next(node, at, default);
			all.push(match name.to_lowercase().as_str() {
				"sigmoid" => Self::Function(Elementary::Sigmoid),
				"tanh" => Self::Function(Elementary::Tanh),
				"relu" => Self::Relu,
				"softsign" => Self::Function(Elementary::Softsign),
				"softplus" => Self::Function(Elementary::Softplus),
				"elu" => Self::Function(Elementary::Elu(f64::from(alpha(Some(1.0))?))),
				"affine" => Self::Affine(alpha(None)?, beta(Some(0.0))?),
				"leakyrelu" => Self::Leaky(alpha(Some(0.01))?),
				"thresholdedrelu" => Self::Thresholded(alpha(None)?),
				"scaledtanh" => Self::Scaled(alpha(None)?, beta(None)?),
				"hardsigmoid" => Self::Hard(alpha(Some(0.2))?, beta(Some(0.5))?),
				_ => {
					let expected =
						"activations Affine, Elu, HardSigmoid, LeakyRelu, Relu, ScaledTanh, \
						Sigmoid, Softplus, Softsign, Tanh and ThresholdedRelu";
					return Err(node.error(expected, name));
				}
			});
		}
		alphas.end(node)?;
		betas.end(node)?;
		Ok(all)
	}

	/// It of each element.
	pub fn of(self, compose: &mut Compose, x: &Variable) -> Made {
		match self {
			Self::Function(function) => compose.unary(x, function),
			Self::Relu => compose.clamp(x, 0.0, f32::INFINITY),
			Self::Affine(alpha, beta) => compose.affine(x, alpha, beta),
			Self::Leaky(alpha) => {
				let positive = compose.clamp(x, 0.0, f32::INFINITY)?;
				compose.sum((alpha, x), (1.0 - alpha, &positive))
			}
			Self::Thresholded(alpha) => {
				let above = compose.above(x, &[alpha])?;
				compose.product(x, &above)
			}
			Self::Scaled(alpha, beta) => {
				// One function, so that no factor is taken out of it in some of the steps.
				let (alpha, beta) = (f64::from(alpha), f64::from(beta));
				let inner = Step::Sum(vec![(beta, 0)], 0.0);
				let outer = Step::Sum(vec![(alpha, 2)], 0.0);
				let steps = vec![inner, Step::Call(Elementary::Tanh, 1), outer];
				let function = Function::program(compose.node.op().into(), steps);
				let op = FloatOp::Unary(function);
				let value = compose.lowering.each(compose.node, x.value, op)?;
				Ok(tensor(value, x.dims.clone()))
			}
			Self::Hard(alpha, beta) => {
				let line = compose.affine(x, alpha, beta)?;
				compose.clamp(&line, 0.0, 1.0)
			}
		}
	}
}
