//! What classes are called: a label is the index of one, or the number that the file calls it by.

use std::rc::Rc;

use super::{compose::Compose, picked, Kind, Lowering, Variable, INT64};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	FloatOp, FloatPick, FloatTable, ImportError,
};

/// What 32-bit floats tell from its neighbours is below it.
const FAR: u64 = 1 << 24;
/// Most classes of an index that are looked at one by one.
const MOST: i64 = 1 << 16;

/// The names of a classifier's classes.
pub enum Classes {
	/// The label is one of them.
	Numbers(Vec<i64>),
	/// The label is the index of one of them.
	Words(Rc<Vec<String>>),
}

impl Classes {
	/// Those of a classifier; an empty list of words if it says nothing.
	pub fn read(node: &Node) -> Result<Self, ImportError> {
		// Trees call them by another name.
		let numbers = [node.ints("classlabels_int64s"), node.ints("classlabels_ints")];
		let words = node.texts("classlabels_strings");
		match numbers.into_iter().flatten().find(|numbers| !numbers.is_empty()) {
			Some(_) if !words.is_empty() => {
				Err(node.error("classes as numbers or as words", "both"))
			}
			Some(numbers) => {
				check(node, numbers)?;
				Ok(Self::Numbers(numbers.to_vec()))
			}
			None => Ok(Self::Words(Rc::new(words))),
		}
	}

	/// How many there are.
	pub fn len(&self) -> usize {
		match self {
			Self::Numbers(numbers) => numbers.len(),
			Self::Words(words) => words.len(),
		}
	}

	/// The label of the class with that index.
	pub fn label(
		&self,
		lowering: &mut Lowering,
		node: &Node,
		index: Variable,
	) -> Result<Variable, ImportError> {
		match self {
			Self::Numbers(numbers) if are_indices(numbers) => {
				Ok(Variable { kind: Kind::Label, ..index })
			}
			Self::Numbers(numbers) => numbered(lowering, node, &index, numbers, INT64),
			Self::Words(words) => Ok(Variable { kind: Kind::Word(words.clone()), ..index }),
		}
	}
}

/// Whether each number is its own place.
fn are_indices(numbers: &[i64]) -> bool {
	numbers.iter().enumerate().all(|(place, number)| place as i64 == *number)
}

/// Whether 32-bit floats have all of them, and what is between any two.
fn fit(numbers: &[i64]) -> bool {
	let (min, max) = (numbers.iter().min(), numbers.iter().max());
	let apart = min.zip(max).map_or(0, |(min, max)| max.abs_diff(*min));
	apart < FAR && numbers.iter().all(|number| number.unsigned_abs() < FAR)
}

/// Refuses numbers of classes that nothing exact can be made of.
fn check(node: &Node, numbers: &[i64]) -> Result<(), ImportError> {
	let got = || format!("{:?}", &numbers[..numbers.len().min(8)]);
	if are_indices(numbers) {
		return Ok(());
	}
	if numbers.len() < 2 {
		return Err(node.error("two classes or more, if they are not numbered from 0", got()));
	}
	if !fit(numbers) {
		let expected = format!("numbers of classes that are less than {FAR} apart, and from 0");
		return Err(node.error(expected, got()));
	}
	let mut different = numbers.to_vec();
	different.sort_unstable();
	match different.windows(2).find(|two| two[0] == two[1]) {
		Some(two) => Err(node.error("different classes", format!("{} twice", two[0]))),
		None => Ok(()),
	}
}

/// The number at a computed index, as an integer of a type with these ends: of numbers at equal distances a
/// multiple of the index, of others an element of a table. The index is that of one of them, and they
/// [`fit`] in floats.
pub fn numbered(
	lowering: &mut Lowering,
	node: &Node,
	index: &Variable,
	numbers: &[i64],
	ends: (i64, i64),
) -> Result<Variable, ImportError> {
	let least = numbers.iter().min().copied().unwrap_or(0);
	let step = numbers.windows(2).next().map_or(0, |two| two[1] - two[0]);
	let even = numbers.windows(2).all(|two| two[1] - two[0] == step);
	let value = if are_indices(numbers) {
		index.value
	} else if even {
		let first = numbers.first().map_or(0.0, |first| *first as f32);
		lowering.affine(node, index.value, step as f32, vec![first])?
	} else {
		let compose = &mut Compose { lowering, node };
		let parts = [(index.value, numbers.len(), 1)];
		let at = picked::places(compose, &parts, vec![0], index.len())?;
		// Below 2^24, as they are no further apart.
		let table = numbers.iter().map(|number| (number - least) as u32).collect();
		let pick = FloatPick { rows: numbers.len(), width: 1, table: FloatTable::Fixed(table) };
		let value = lowering.push(node, &[at], index.len(), FloatOp::Pick(pick))?;
		lowering.affine(node, value, 1.0, vec![least as f32])?
	};
	lowering.numbered.insert(value, (index.value, Rc::new(numbers.to_vec())));
	Ok(Variable { value, dims: index.dims.clone(), kind: Kind::Whole(ends) })
}

/// The index that an integer is made of, and the integer of each: of a label its index itself.
pub fn of(lowering: &Lowering, x: &Variable) -> Option<(Variable, Vec<i64>)> {
	let index = |value| Variable { value, dims: x.dims.clone(), kind: Kind::Label };
	match &x.kind {
		Kind::Label => {
			let ends = lowering.whole(x.value)?;
			let all = ends.min == 0 && ends.max < MOST;
			all.then(|| (index(x.value), (0..=ends.max).collect()))
		}
		Kind::Whole(_) => {
			let (value, numbers) = lowering.numbered.get(&x.value)?;
			Some((index(*value), numbers.to_vec()))
		}
		_ => None,
	}
}

/// What a list of constants has for the class that an index names: a word or an integer, if it has these;
/// nothing of other constants and of indices that are none of a class.
pub fn taken(
	lowering: &mut Lowering,
	node: &Node,
	list: &Tensor,
	index: &Variable,
) -> Result<Option<Variable>, ImportError> {
	let ends = lowering.whole(index.value).filter(|ends| ends.min == 0 && ends.max < MOST);
	let (Kind::Label, Some(ends)) = (&index.kind, ends) else { return Ok(None) };
	let count = ends.max as usize + 1;
	if list.values.len() < count {
		let expected = format!("names of {count} classes");
		return Err(node.error(expected, list.values.len().to_string()));
	}
	Ok(match &list.values {
		Values::Text(words) => {
			let words = Rc::new(words[..count].to_vec());
			Some(Variable { kind: Kind::Word(words), ..index.clone() })
		}
		Values::Int(numbers) if fit(&numbers[..count]) => {
			let type_ends = list.limits.unwrap_or(INT64);
			Some(numbered(lowering, node, index, &numbers[..count], type_ends)?)
		}
		Values::Int(numbers) => {
			let expected = format!("numbers of classes that are less than {FAR} apart, and from 0");
			return Err(node.error(expected, format!("{:?}", &numbers[..count.min(8)])));
		}
		Values::Float(_) => None,
	})
}

/// The same for each class as one of a list of its own: integers, which fit in floats, or others.
pub fn each(
	lowering: &mut Lowering,
	node: &Node,
	index: &Variable,
	(numbers, whole): (Vec<f32>, bool),
) -> Result<Variable, ImportError> {
	// Whole numbers of this size are no others as integers.
	let integers: Vec<i64> = numbers.iter().map(|number| *number as i64).collect();
	match whole {
		true if fit(&integers) => return numbered(lowering, node, index, &integers, INT64),
		true => {
			let expected = format!("integers that are less than {FAR} apart, and from 0");
			let got = format!("{:?}", &integers[..integers.len().min(8)]);
			return Err(node.error(expected, got));
		}
		false => {}
	}
	let compose = &mut Compose { lowering, node };
	let parts = [(index.value, numbers.len(), 1)];
	let at = picked::places(compose, &parts, vec![0], index.len())?;
	lowering.reserve(node, numbers.len())?;
	let pick = FloatPick { rows: numbers.len(), width: 1, table: FloatTable::Constant(numbers) };
	let value = lowering.push(node, &[at], index.len(), FloatOp::Pick(pick))?;
	Ok(Variable { value, dims: index.dims.clone(), kind: Kind::Number })
}
