//! Functions of one number.

/// A function of one number: a short program of elementary functions, sums and products.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
	name: String,
	/// Each step may use the argument and the steps before it; the last is the result.
	steps: Vec<Step>,
	/// Whether it is to be taken link by link, see [`Self::links`].
	chained: bool,
}

/// A step: its operands are places, 0 the argument and `i + 1` the result of step `i`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
	Call(Elementary, usize),
	/// Factors and places, and an offset.
	Sum(Vec<(f64, usize)>, f64),
	Product(usize, usize),
	Clamp(usize, f64, f64),
}

/// Functions that ONNX has names for, with their parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Elementary {
	Sigmoid,
	Tanh,
	Erf,
	Exp,
	Log,
	Sqrt,
	Reciprocal,
	Power(f64),
	Softplus,
	Softsign,
	Elu(f64),
	Celu(f64),
	Selu(f64, f64),
	Mish,
	HardSwish,
	Swish(f64),
	Gelu,
	GeluTanh,
	Sin,
	Cos,
	Tan,
	Sinh,
	Cosh,
	Asin,
	Acos,
	Atan,
	Asinh,
	Acosh,
	Atanh,
	Floor,
	/// Without what is behind the point.
	Truncate,
	/// To the nearest integer, halves to the even one.
	Round,
	/// `1 / x`, but 0 at 0: for a product with what is 0 there.
	Inverse,
}

impl Function {
	/// `function` under the name of its ONNX operator.
	pub(super) fn elementary(name: &str, function: Elementary) -> Self {
		Self { name: name.into(), steps: vec![Step::Call(function, 0)], chained: false }
	}

	/// A program; places must be those of earlier steps.
	pub(super) fn program(name: String, steps: Vec<Step>) -> Self {
		Self { name, steps, chained: false }
	}

	/// Its value at `x`; not a number where it has none.
	pub fn at(&self, x: f64) -> f64 {
		let mut values = Vec::with_capacity(self.steps.len() + 1);
		values.push(x);
		for step in &self.steps {
			values.push(match step {
				Step::Call(function, place) => function.at(values[*place]),
				Step::Sum(terms, offset) => {
					terms.iter().map(|(factor, place)| factor * values[*place]).sum::<f64>()
						+ offset
				}
				Step::Product(a, b) => values[*a] * values[*b],
				Step::Clamp(place, min, max) => values[*place].max(*min).min(*max),
			});
		}
		values[self.steps.len()]
	}

	/// A parameter of one of its functions that is no finite number, of which nothing can be computed.
	pub(super) fn unsound(&self) -> Option<f64> {
		use Elementary::{Celu, Elu, Power, Selu, Swish};
		let parameters = self.steps.iter().flat_map(|step| match step {
			Step::Call(Power(a) | Elu(a) | Celu(a) | Swish(a), _) => vec![*a],
			Step::Call(Selu(alpha, gamma), _) => vec![*alpha, *gamma],
			Step::Call(..) | Step::Product(..) => vec![],
			// One end of a clamp may be none.
			Step::Clamp(_, min, max) => {
				[min, max].into_iter().filter(|end| end.is_nan()).copied().collect()
			}
			Step::Sum(terms, offset) => {
				terms.iter().map(|(factor, _)| *factor).chain([*offset]).collect()
			}
		});
		let mut unsound =
			parameters.filter(|parameter| parameter.is_nan() || parameter.is_infinite());
		unsound.next()
	}

	/// The name of its operator, or of its operators from first to last.
	pub fn name(&self) -> &str {
		&self.name
	}

	/// Whether it is the logistic function.
	pub(super) fn is_sigmoid(&self) -> bool {
		self.steps == [Step::Call(Elementary::Sigmoid, 0)]
	}

	/// Whether it jumps somewhere: a table of it is right only where its argument is exact.
	pub fn jumps(&self) -> bool {
		use Elementary::{Floor, Round, Truncate};
		let jumping = |step: &Step| matches!(step, Step::Call(Floor | Round | Truncate, _));
		self.steps.iter().any(jumping)
	}

	/// Whether it is one function that grows everywhere.
	pub(super) fn grows(&self) -> bool {
		let growing = |function: &Elementary| {
			use Elementary::{Asinh, Atan, Erf, Exp, Sigmoid, Sinh, Softplus, Softsign, Tanh};
			matches!(
				function,
				Asinh | Atan | Erf | Exp | Sigmoid | Sinh | Softplus | Softsign | Tanh
			)
		};
		matches!(self.steps.as_slice(), [Step::Call(function, 0)] if growing(function))
	}

	/// Whether it is one function that is constant far out, to either side.
	pub(crate) fn ends_flat(&self) -> bool {
		use Elementary::{Erf, Sigmoid, Tanh};
		matches!(self.steps.as_slice(), [Step::Call(Sigmoid | Tanh | Erf, 0)])
	}

	/// It with its argument clamped, less a number.
	pub(crate) fn piece(&self, min: f64, max: f64, less: f64) -> Self {
		let mut steps = vec![Step::Clamp(0, min, max)];
		steps.extend(self.steps.iter().map(|step| step.moved(|place| place + 1)));
		let last = steps.len();
		steps.push(Step::Sum(vec![(1.0, last)], -less));
		Self { name: self.name.clone(), steps, chained: false }
	}

	/// It less a line through the origin.
	pub(crate) fn less(&self, slope: f64) -> Self {
		let mut steps = self.steps.clone();
		steps.push(Step::Sum(vec![(1.0, self.steps.len()), (-slope, 0)], 0.0));
		Self { name: self.name.clone(), steps, chained: false }
	}

	/// It to be taken link by link rather than from a table.
	pub(crate) fn chained(self) -> Self {
		Self { chained: true, ..self }
	}

	/// Whether it is to be taken link by link.
	pub(crate) fn is_chained(&self) -> bool {
		self.chained
	}

	/// Its steps, for those that build a longer function of it.
	pub(super) fn steps(&self) -> &[Step] {
		&self.steps
	}
}

impl Step {
	/// The same at other places.
	pub(super) fn moved(&self, place: impl Fn(usize) -> usize) -> Self {
		match self {
			Self::Call(function, argument) => Self::Call(*function, place(*argument)),
			Self::Sum(terms, offset) => {
				Self::Sum(terms.iter().map(|(f, term)| (*f, place(*term))).collect(), *offset)
			}
			Self::Product(a, b) => Self::Product(place(*a), place(*b)),
			Self::Clamp(argument, min, max) => Self::Clamp(place(*argument), *min, *max),
		}
	}
}

fn sigmoid(x: f64) -> f64 {
	1.0 / (1.0 + (-x).exp())
}

/// `ln(1 + e^x)` without overflow.
fn softplus(x: f64) -> f64 {
	x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The error function: its power series near 0, the continued fraction of its complement beyond.
fn erf(x: f64) -> f64 {
	let size = x.abs();
	if size < 3.0 {
		let (mut term, mut sum) = (x, x);
		for n in 1..100 {
			let n = f64::from(n);
			term *= -x * x / n;
			sum += term / (2.0 * n + 1.0);
		}
		return sum * std::f64::consts::FRAC_2_SQRT_PI;
	}
	let mut fraction = 0.0;
	for n in (1..=60).rev() {
		fraction = 0.5 * f64::from(n) / (size + fraction);
	}
	let complement =
		(-size * size).exp() / (size + fraction) * std::f64::consts::FRAC_2_SQRT_PI / 2.0;
	(1.0 - complement).copysign(x)
}

impl Elementary {
	fn at(self, x: f64) -> f64 {
		let negative = |value: f64| if x < 0.0 { value } else { x };
		match self {
			Self::Sigmoid => sigmoid(x),
			Self::Tanh => x.tanh(),
			Self::Erf => erf(x),
			Self::Exp => x.exp(),
			Self::Log => x.ln(),
			Self::Sqrt => x.sqrt(),
			Self::Reciprocal => 1.0 / x,
			Self::Power(exponent) => x.powf(exponent),
			Self::Softplus => softplus(x),
			Self::Softsign => x / (1.0 + x.abs()),
			Self::Elu(alpha) => negative(alpha * x.exp_m1()),
			Self::Celu(alpha) => negative(alpha * (x / alpha).exp_m1()),
			Self::Selu(alpha, gamma) => gamma * negative(alpha * x.exp_m1()),
			Self::Mish => x * softplus(x).tanh(),
			Self::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
			Self::Swish(alpha) => x * sigmoid(alpha * x),
			Self::Gelu => 0.5 * x * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2)),
			Self::GeluTanh => {
				let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
				0.5 * x * (1.0 + inner.tanh())
			}
			Self::Sin => x.sin(),
			Self::Cos => x.cos(),
			// Beyond its poles a table would step over them.
			Self::Tan if x.abs() >= std::f64::consts::FRAC_PI_2 => f64::NAN,
			Self::Tan => x.tan(),
			Self::Sinh => x.sinh(),
			Self::Cosh => x.cosh(),
			Self::Asin => x.asin(),
			Self::Acos => x.acos(),
			Self::Atan => x.atan(),
			Self::Asinh => x.asinh(),
			Self::Acosh => x.acosh(),
			Self::Atanh => x.atanh(),
			Self::Floor => x.floor(),
			Self::Truncate => x.trunc(),
			Self::Round => x.round_ties_even(),
			Self::Inverse if x == 0.0 => 0.0,
			Self::Inverse => 1.0 / x,
		}
	}
}
