//! Numbers in place of others: what pipelines do before a model and after it.

use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

use super::{
	classes,
	compose::{shaped, Compose, Made},
	fold::of_constants,
	learn::DOMAIN,
	one_hot::exactly,
	signature::{
		float, free, int, variadic, word, Attribute, Form, Input, Operator, Version, X, Y,
	},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const DEFAULT_FLOAT: Attribute = float("default_float", -0.0);
const DEFAULT_INT: Attribute = int("default_int64", -1);
const DEFAULT_STRING: Attribute = word("default_string", "_Unused");
/// Share of a value that may be lost where it is written as a difference.
const NEAR: f32 = 1e-6;
/// What an integer of many digits is taken apart by, so that weights of a matrix have either part.
const PART: f32 = 4096.0;
const VECTORS: &[Input] = &[variadic("X")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"FeatureVectorizer",
		vectorizer,
		&[Version::new(&[1], &[free("inputdimensions", Form::Ints)], VECTORS, Y)],
	)
	.of(DOMAIN),
	Operator::new(
		"Imputer",
		imputer,
		&[Version::new(
			&[1],
			&[
				free("imputed_value_floats", Form::Floats),
				free("imputed_value_int64s", Form::Ints),
				float("replaced_value_float", 0.0),
				int("replaced_value_int64", 0),
			],
			X,
			Y,
		)],
	)
	.of(DOMAIN)
	.settings(),
	Operator::new(
		"LabelEncoder",
		encoder,
		&[
			Version::new(
				&[1],
				&[free("classes_strings", Form::Strings), DEFAULT_INT, DEFAULT_STRING],
				X,
				Y,
			),
			Version::new(
				&[2],
				&[
					DEFAULT_FLOAT,
					DEFAULT_INT,
					DEFAULT_STRING,
					free("keys_floats", Form::Floats),
					free("keys_int64s", Form::Ints),
					free("keys_strings", Form::Strings),
					free("values_floats", Form::Floats),
					free("values_int64s", Form::Ints),
					free("values_strings", Form::Strings),
				],
				X,
				Y,
			),
			Version::new(
				&[4],
				&[
					DEFAULT_FLOAT,
					DEFAULT_INT,
					DEFAULT_STRING,
					free("default_tensor", Form::Tensor),
					free("keys_floats", Form::Floats),
					free("keys_int64s", Form::Ints),
					free("keys_strings", Form::Strings),
					free("keys_tensor", Form::Tensor),
					free("values_floats", Form::Floats),
					free("values_int64s", Form::Ints),
					free("values_strings", Form::Strings),
					free("values_tensor", Form::Tensor),
				],
				X,
				Y,
			),
		],
	)
	.of(DOMAIN)
	.folded(|n, i| of_constants(i, |[x]| encoded(n, x)))
	.settings(),
];

/// Keys or values, of one type.
enum Entries {
	/// Numbers, and whether they are integers.
	Numbers(Vec<f32>, bool),
	Words(Vec<String>),
}

impl Entries {
	/// What the attribute of that name has, of those for each type.
	fn read(node: &Node, name: &str) -> Result<Self, ImportError> {
		let tensor = node.attribute(&format!("{name}_tensor")).and_then(|a| a.t.as_ref());
		let words = node.texts(&format!("{name}_strings"));
		let tensor = match tensor {
			Some(proto) => Some(Tensor::read(proto)?),
			None if !words.is_empty() => return Ok(Self::Words(words)),
			None => node
				.ints(&format!("{name}_int64s"))
				.filter(|values| !values.is_empty())
				.map(|values| Tensor::ints(name, values.to_vec())),
		};
		match tensor {
			Some(Tensor { values: Values::Text(words), .. }) => Ok(Self::Words(words)),
			Some(tensor) => match tensor.floats() {
				Some(values) => Ok(Self::Numbers(values, tensor.integers().is_some())),
				None => Err(node.error(format!("numbers as {name}"), tensor.no_floats())),
			},
			None => Ok(Self::Numbers(node.floats(&format!("{name}_floats"))?, false)),
		}
	}

	fn len(&self) -> usize {
		match self {
			Self::Numbers(numbers, _) => numbers.len(),
			Self::Words(words) => words.len(),
		}
	}

	/// Whether one is there twice.
	fn repeats(&self) -> bool {
		match self {
			Self::Numbers(numbers, _) => {
				let mut different = numbers.clone();
				different.sort_by(f32::total_cmp);
				// Zeros of both signs are equal.
				different.windows(2).any(|two| two[0] == two[1])
			}
			Self::Words(words) => words.iter().collect::<BTreeSet<_>>().len() != words.len(),
		}
	}

	fn is_finite(&self) -> bool {
		match self {
			Self::Numbers(numbers, _) => numbers.iter().all(|number| number.is_finite()),
			Self::Words(_) => true,
		}
	}

	/// Those at these places, of which the one behind the last is another one.
	fn at(&self, places: &[usize], other: &Entry) -> Option<Self> {
		Some(match (self, other) {
			(Self::Numbers(numbers, whole), Entry::Number(other)) => {
				let all = places.iter().map(|place| *numbers.get(*place).unwrap_or(other));
				Self::Numbers(all.collect(), *whole)
			}
			(Self::Words(words), Entry::Word(other)) => {
				let all = places.iter().map(|place| words.get(*place).unwrap_or(other).clone());
				Self::Words(all.collect())
			}
			(Self::Numbers(..), Entry::Word(_)) | (Self::Words(_), Entry::Number(_)) => {
				return None
			}
		})
	}
}

/// A number or a word.
enum Entry {
	Number(f32),
	Word(String),
}

/// What a `LabelEncoder` has for what.
struct Encoding {
	keys: Entries,
	values: Entries,
	/// What it has for all others.
	default: Entry,
}

impl Encoding {
	fn read(node: &Node) -> Result<Self, ImportError> {
		let as_float = node.float("default_float", 0.0);
		let as_int = node.int("default_int64", -1);
		let as_word = node.text("default_string", "_Unused");
		let (keys, values) = match node.texts("classes_strings") {
			words if words.is_empty() => {
				(Entries::read(node, "keys")?, Entries::read(node, "values")?)
			}
			// Which way it goes its input says.
			words => {
				let places = (0..words.len()).map(|place| place as f32).collect();
				(Entries::Numbers(places, true), Entries::Words(words))
			}
		};
		if keys.len() == 0 || keys.len() != values.len() {
			let got = format!("{} keys and {} values", keys.len(), values.len());
			return Err(node.error("as many keys as values", got));
		}
		if !keys.is_finite() || !values.is_finite() {
			return Err(node.error("finite keys and values", "others"));
		}
		if keys.repeats() {
			return Err(node.error("different keys", "one twice"));
		}
		let tensor = node.attribute("default_tensor").and_then(|a| a.t.as_ref());
		let default = match (tensor.map(Tensor::read).transpose()?, &values) {
			(Some(tensor), _) => match (&tensor.values, tensor.floats().as_deref()) {
				(Values::Text(words), _) if words.len() == 1 => Entry::Word(words[0].clone()),
				(Values::Int(_) | Values::Float(_), Some([number])) => Entry::Number(*number),
				(_, other) => return Err(node.error("one default", format!("{other:?}"))),
			},
			(None, Entries::Numbers(_, true)) => Entry::Number(exact(node, as_int)?),
			(None, Entries::Numbers(_, false)) => Entry::Number(as_float),
			(None, Entries::Words(_)) => Entry::Word(as_word),
		};
		if let (Entries::Numbers(_, true), Entry::Number(number)) = (&values, &default) {
			if number.fract() != 0.0 {
				return Err(
					node.error("a default that is an integer, as values are", number.to_string())
				);
			}
		}
		Ok(Self { keys, values, default })
	}

	/// The same the other way round, as the first version has it for words.
	fn for_words(self, node: &Node) -> Result<Self, ImportError> {
		if node.texts("classes_strings").is_empty() {
			return Ok(self);
		}
		let default = Entry::Number(exact(node, node.int("default_int64", -1))?);
		let turned = Self { keys: self.values, values: self.keys, default };
		match turned.keys.repeats() {
			true => Err(node.error("different classes_strings", "one twice")),
			false => Ok(turned),
		}
	}

	/// What it makes of each of these.
	fn all(&self, node: &Node, of: &Entries) -> Result<Entries, ImportError> {
		let end = self.keys.len();
		let places: Vec<usize> = match (of, &self.keys) {
			(Entries::Numbers(numbers, _), Entries::Numbers(keys, _)) => {
				let places: BTreeMap<u32, usize> =
					keys.iter().zip(0..).map(|(key, place)| (bits(*key), place)).collect();
				let place = |number: &f32| places.get(&bits(*number)).copied().unwrap_or(end);
				numbers.iter().map(place).collect()
			}
			(Entries::Words(words), Entries::Words(keys)) => {
				let places: BTreeMap<&String, usize> = keys.iter().zip(0..).collect();
				words.iter().map(|word| places.get(word).copied().unwrap_or(end)).collect()
			}
			(Entries::Numbers(..), Entries::Words(_)) => {
				return Err(node.error("numbers as keys, as its input has", "words"))
			}
			(Entries::Words(_), Entries::Numbers(..)) => {
				return Err(node.error("words as keys, as its input has", "numbers"))
			}
		};
		let made = self.values.at(&places, &self.default);
		made.ok_or_else(|| node.error("a default of the type of the values", "another"))
	}
}

/// A number's bits, of which zeros of both signs have the same.
fn bits(number: f32) -> u32 {
	(number + 0.0).to_bits()
}

/// `LabelEncoder` of constants.
fn encoded(node: &Node, x: &Tensor) -> Result<Tensor, ImportError> {
	let encoding = Encoding::read(node)?;
	let made = match &x.values {
		Values::Text(words) => {
			encoding.for_words(node)?.all(node, &Entries::Words(words.clone()))?
		}
		Values::Int(_) | Values::Float(_) => {
			let numbers = x.floats().ok_or_else(|| node.error("numbers", x.no_floats()))?;
			encoding.all(node, &Entries::Numbers(numbers, x.integers().is_some()))?
		}
	};
	let (values, limits) = match made {
		// Of integers they were made.
		Entries::Numbers(numbers, true) => {
			(Values::Int(numbers.iter().map(|number| *number as i64).collect()), Some(INT64))
		}
		Entries::Numbers(numbers, false) => (Values::Float(numbers), None),
		Entries::Words(words) => (Values::Text(words), None),
	};
	Ok(Tensor { limits, ..Tensor::new(node.name, x.dims.clone(), values) })
}

/// An integer as a float, if that is the same number.
fn exact(node: &Node, value: i64) -> Result<f32, ImportError> {
	let float = Tensor::ints(node.name, vec![value]).floats();
	let float = float.and_then(|floats| floats.first().copied());
	float.ok_or_else(|| node.error("integers that floats hold", value.to_string()))
}

/// `LabelEncoder`: the value of the key that is met, else another. Of a class it is one of each class's own.
fn encoder(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let encoding = Encoding::read(node)?;
	if let Operand::Variable(x) = inputs.operand(node, 0)? {
		let of_class = match &x.kind {
			Kind::Word(words) => {
				let index = Variable { kind: Kind::Label, ..x.clone() };
				Some((index, encoding.for_words(node)?, Entries::Words(words.to_vec())))
			}
			_ => {
				let numbers = matches!(encoding.keys, Entries::Numbers(..));
				classes::of(lowering, x).filter(|_| numbers).map(|(index, numbers)| {
					let numbers = numbers.iter().map(|number| *number as f32).collect();
					(index, encoding, Entries::Numbers(numbers, true))
				})
			}
		};
		if let Some((index, encoding, names)) = of_class {
			let made = match encoding.all(node, &names)? {
				Entries::Words(words) => Variable { kind: Kind::Word(Rc::new(words)), ..index },
				Entries::Numbers(numbers, whole) => {
					classes::each(lowering, node, &index, (numbers, whole))?
				}
			};
			return Ok(vec![Operand::Variable(made)]);
		}
	}
	let encoding = Encoding::read(node)?;
	let of_numbers = |entries| match entries {
		Entries::Numbers(numbers, whole) => Ok((numbers, whole)),
		Entries::Words(_) => {
			let expected = "numbers as keys and values (words are no inputs: number them before the model, \
			                and take the numbers as the input; a result is a word where it is that of a class)";
			Err(node.error(expected, "words"))
		}
	};
	let ((keys, _), (values, whole)) = (of_numbers(encoding.keys)?, of_numbers(encoding.values)?);
	let Entry::Number(default) = encoding.default else {
		return Err(node.error("a default of the type of the values", "a word"));
	};
	let x = inputs.real(lowering, node, 0)?;
	let (count, len) = (keys.len(), x.len());
	lowering.count(node, &[len, count])?;
	let compose = &mut Compose { lowering, node };
	let to = vec![len, count];
	let spread = compose.picked(&x, (0..len * count).map(|i| i / count).collect(), to)?;
	let each: Vec<f32> = (0..len * count).map(|i| keys[i % count]).collect();
	let met = exactly(compose, &spread, &each)?;
	let steps: Vec<f32> = values.iter().map(|value| value - default).collect();
	let kept = values.iter().zip(&steps).all(|(value, step)| {
		let off = (step + default - value).abs();
		off == 0.0 || !whole && off <= NEAR * value.abs()
	});
	let made = match kept {
		true => weighed(compose, &met, steps, default, whole)?,
		// Beside the default nothing would be left of the values.
		false => {
			let total = compose.total(&met, &[1], 1.0)?;
			let none = compose.affine(&total, -1.0, 1.0)?;
			let all = compose.joined(&[met, none], 1)?;
			weighed(compose, &all, values.into_iter().chain([default]).collect(), 0.0, whole)?
		}
	};
	let kind = if whole { Kind::Whole(INT64) } else { Kind::Number };
	Ok(vec![Operand::Variable(Variable { kind, ..shaped(&made, x.dims) })])
}

/// The sum of what is met, weighed, and an offset; whole numbers exactly, in two parts where they have many digits.
fn weighed(
	compose: &mut Compose,
	met: &Variable,
	weights: Vec<f32>,
	offset: f32,
	whole: bool,
) -> Made {
	let name = format!("values of {}", compose.node.name);
	let size = weights.iter().fold(offset.abs(), |size, weight| weight.abs().max(size));
	if !whole || size < PART * 4.0 {
		return compose.matrix(met, 1, weights, Some(vec![offset]), &name);
	}
	let most = 2.0 * PART * PART;
	if size >= most {
		let expected = format!("integers that are less than {most} apart, and from 0");
		return Err(compose.node.error(expected, size.to_string()));
	}
	let mut sum = |part: fn(f32) -> f32| {
		let weights = weights.iter().map(|weight| part(*weight)).collect();
		compose.matrix(met, 1, weights, Some(vec![part(offset)]), &name)
	};
	let (high, low) = (sum(|number| (number / PART).trunc())?, sum(|number| number % PART)?);
	compose.sum((PART, &high), (1.0, &low))
}

/// `Imputer`: another number in place of one that stands for a missing one.
fn imputer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let whole = node.ints("imputed_value_int64s").filter(|values| !values.is_empty());
	let (floats, by_float) =
		(node.floats("imputed_value_floats")?, node.float("replaced_value_float", 0.0));
	let by_int = node.int("replaced_value_int64", 0);
	let (imputed, replaced) = match whole {
		Some(values) => {
			let imputed = values.iter().map(|value| exact(node, *value));
			(imputed.collect::<Result<Vec<_>, _>>()?, exact(node, by_int)?)
		}
		None => (floats, by_float),
	};
	let x = inputs.real(lowering, node, 0)?;
	// Inputs are numbers: none is missing.
	if replaced.is_nan() {
		return Ok(vec![Operand::Variable(x)]);
	}
	let features = x.dims.last().copied().unwrap_or(1);
	if imputed.len() != 1 && imputed.len() != features {
		let expected = format!("one imputed value, or one for each of {features} features");
		return Err(node.error(expected, imputed.len().to_string()));
	}
	let compose = &mut Compose { lowering, node };
	let there = exactly(compose, &x, &vec![replaced; x.len()])?;
	let steps: Vec<f32> = (0..x.len()).map(|i| imputed[i % imputed.len()] - replaced).collect();
	let steps = Tensor::new(node.name, x.dims.clone(), Values::Float(steps));
	let added = compose.scaled(&there, Some(&steps), None)?;
	Ok(vec![Operand::Variable(compose.sum((1.0, &x), (1.0, &added))?)])
}

/// `FeatureVectorizer`: features side by side.
fn vectorizer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let sizes = node.ints("inputdimensions").unwrap_or_default();
	let mut parts = Vec::new();
	for index in 0..inputs.len() {
		let x = inputs.real(lowering, node, index)?;
		let (rows, features) = match x.dims.as_slice() {
			[features] => (1, *features),
			[rows, features] => (*rows, *features),
			other => return Err(node.error("rows of features", format!("{other:?}"))),
		};
		if sizes.get(index).is_some_and(|size| *size != features as i64) {
			return Err(node.error(format!("inputdimensions of {features}"), format!("{sizes:?}")));
		}
		parts.push(shaped(&x, vec![rows, features]));
	}
	if parts.iter().any(|part| part.dims[0] != parts[0].dims[0]) {
		return Err(node.error("as many rows of each input", "others"));
	}
	Ok(vec![Operand::Variable(Compose { lowering, node }.joined(&parts, 1)?)])
}
