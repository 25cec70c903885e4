//! What the queries of `Attention` see: its mask, constant or computed, and its attributes.

use super::{
	compose::{tensor, Compose},
	hidden::{self, Hiding},
	masks::FAR,
	shape::{broadcast, repeated},
	unseen::{falls, Falls},
	Inputs, Operand, Variable,
};
use crate::import::{node::Node, ImportError};

/// Which positions each query sees, and what is added to its scores; shape `[batch, heads, queries,
/// keys]`.
pub struct Mask {
	/// What constants let be seen.
	pub seen: Vec<bool>,
	/// What constants add.
	pub added: Vec<f32>,
	/// What is added that is computed.
	pub addend: Option<Variable>,
	/// What is seen of what constants let be seen, and what becomes of rows of which nothing is, if that is computed.
	pub hidden: Option<(Variable, Falls)>,
}

impl Mask {
	/// From the node's inputs and attributes, with so many positions before the first query's.
	///
	/// # Errors
	///
	/// If it does not fit the scores, or nobody knows whether it is of truth values or of numbers.
	pub fn read(
		compose: &mut Compose,
		inputs: &Inputs,
		dims: [usize; 4],
		past: usize,
	) -> Result<Self, ImportError> {
		let node = compose.node;
		let len: usize = dims.iter().product();
		let [batch, heads, queries, keys] = dims;
		let (mut seen, mut added) = (vec![true; len], vec![0.0; len]);
		let padded = inputs.has(6).then(|| inputs.integers(node, 6)).transpose()?;
		if let Some(padded) = padded.filter(|padded| padded.len() != batch) {
			return Err(node.error(format!("{batch} lengths"), padded.len().to_string()));
		}
		let mut computed = None;
		if let Some(mask) = inputs.get(3) {
			let places = places(node, mask.dims(), dims)?;
			let (truth, values) = match mask {
				Operand::Constant(mask) => {
					let values = mask.floats().ok_or_else(|| node.error("numbers", "words"))?;
					(mask.integers().is_some(), values)
				}
				Operand::Variable(mask) => {
					computed = Some((mask, places.clone()));
					(false, vec![0.0; mask.len()])
				}
			};
			for (i, place) in places.into_iter().enumerate() {
				// Beyond its end nothing is seen.
				match place.map(|place| values[place]) {
					Some(value) if truth => seen[i] = value != 0.0,
					// To ONNX Runtime the least number that there is hides, too.
					Some(value) if value <= f32::MIN => seen[i] = false,
					Some(value) => added[i] = value,
					None => seen[i] = false,
				}
			}
		}
		// Beside others of a row nothing is left of what is far below 0.
		for (seen, added) in seen.chunks_mut(keys).zip(added.chunks_mut(keys)) {
			if seen.iter().zip(added.iter()).any(|(seen, added)| *seen && *added > FAR) {
				let each = seen.iter_mut().zip(added);
				each.filter(|(_, added)| **added <= FAR).for_each(|(seen, added)| {
					(*seen, *added) = (false, 0.0);
				});
			}
		}
		let bound = |name: &str| match node.version.oldest() {
			25.. => node.int(name, -1),
			_ => -1,
		};
		let (left, right) = (bound("left_window_size"), bound("right_window_size"));
		let causal = node.int("is_causal", 0) != 0;
		for (i, seen) in seen.iter_mut().enumerate() {
			let (key, query) = ((i % keys) as i64, (i / keys % queries) as i64);
			let image = i / keys / queries / heads;
			let offset = match padded {
				Some(padded) => padded[image].saturating_sub(queries as i64),
				None => past as i64,
			};
			let ahead = key.saturating_sub(query.saturating_add(offset));
			*seen &= !causal || ahead <= 0;
			*seen &= left < 0 || -ahead <= left;
			*seen &= right < 0 || ahead <= right;
			*seen &= padded.is_none_or(|padded| key < padded[image]);
		}
		let (mut addend, mut hidden) = (None, None);
		if let Some((mask, places)) = computed {
			let both = places.iter().zip(&seen).map(|(place, seen)| place.filter(|_| *seen));
			let picks = [places.clone(), both.collect()];
			(addend, hidden) = computed_mask(compose, mask, picks, dims)?;
		}
		Ok(Self { seen, added, addend, hidden })
	}
}

/// Where each element of scores has its own in a mask, whose last axis may be shorter.
fn places(node: &Node, own: &[usize], dims: [usize; 4]) -> Result<Vec<Option<usize>>, ImportError> {
	let keys = dims[3];
	let mut shape = own.to_vec();
	let last = shape.last().copied().unwrap_or(0);
	if last > keys || last == 0 {
		return Err(node.error(format!("a mask of {keys} keys"), last.to_string()));
	}
	if let Some(last) = shape.last_mut() {
		*last = keys;
	}
	if broadcast(&shape, &dims).is_none_or(|both| both != dims) {
		return Err(node.error(format!("a mask for {dims:?}"), format!("{shape:?}")));
	}
	let place = |place: usize| {
		let (row, key) = (place / keys, place % keys);
		(key < last).then_some(row * last + key)
	};
	Ok(repeated(&shape, &dims).into_iter().map(place).collect())
}

/// What a computed mask adds, and what it lets be seen, at these places of it: all that it has, and those that are
/// seen as far as constants say.
fn computed_mask(
	compose: &mut Compose,
	mask: &Variable,
	[all, seen]: [Vec<Option<usize>>; 2],
	dims: [usize; 4],
) -> Result<(Option<Variable>, Option<(Variable, Falls)>), ImportError> {
	let node = compose.node;
	let at = |compose: &mut Compose, value: usize, places: &[Option<usize>]| {
		let value = compose.lowering.gather(node, value, places.iter().copied())?;
		Ok::<_, ImportError>(tensor(value, dims.to_vec()))
	};
	let plain = mask.plain();
	if compose.lowering.is_truth(plain.value) {
		let seen = at(compose, plain.value, &seen)?;
		return Ok((None, Some((seen, Falls::zeros()))));
	}
	let part = hidden::part(compose, &Operand::Variable(mask.clone()))?;
	let Some(part) = part else {
		return Err(node.error("a mask of truth values or numbers", mask.kind.describe()));
	};
	if part.seen.is_none() && compose.lowering.is_integral(plain.value) {
		let expected = "a mask of truth values (Cast to BOOL before it) or of numbers to be added";
		return Err(node.error(expected, "integers, or truth values that were made numbers"));
	}
	compose.lowering.limit_to_bits(node, &part.bits);
	let near = match &part.near {
		Operand::Variable(x) => x.clone(),
		Operand::Constant(x) => {
			let values = compose.numbers(x, &mask.dims)?;
			let zeros = compose.lowering.gather(node, 0, vec![None; values.len()])?;
			tensor(compose.lowering.affine(node, zeros, 1.0, values)?, mask.dims.clone())
		}
	};
	let near = compose.spread(&near, &mask.dims)?;
	let addend = at(compose, near.value, &all)?;
	let hidden = match part.value(compose, &mask.dims)? {
		Some(value) => {
			let mut fall = part.fall.clone();
			// It is added to scores, whatever it was made of.
			fall.levels.iter_mut().for_each(|level| level.hiding = Hiding::Added);
			let mut falls = falls(node, &fall, (part.far, Hiding::Added), |far| match far {
				// To ONNX Runtime the least number that there is hides as minus infinity does.
				..=f32::MIN => f32::NEG_INFINITY,
				other => other,
			})?;
			for (own, _) in &mut falls.levels {
				if let Some(value) = own {
					let whole = compose.spread(&tensor(*value, part.shape.clone()), &mask.dims)?;
					*value = at(compose, whole.value, &seen)?.value;
				}
			}
			Some((at(compose, value, &seen)?, falls))
		}
		None => None,
	};
	Ok((Some(addend), hidden))
}
