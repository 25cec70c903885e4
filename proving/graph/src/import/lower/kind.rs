//! What the elements of a computed tensor stand for.

use std::rc::Rc;

use zkml_onnx::tensor_proto::DataType;

use super::hidden::{Hidden, Hiding};
use crate::import::{ends::advice, source};

/// What the elements of the value stand for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
	/// Themselves.
	Number,
	/// Themselves, of a type of integers of up to 16 bits: sums of these begin again from the other end.
	Integer,
	/// Themselves, of a type of integers of 32 bits or more, whose ends are these.
	Whole((i64, i64)),
	/// 1 or 0: truth values of the input.
	Truth,
	/// Integers `q`; the value holds `scale * (q - zero)`.
	Quantized { scale: f32, zero: i32 },
	/// The index of a class.
	Label,
	/// The same of a class that the file calls by one of these words, which is what the tensor holds there.
	Word(Rc<Vec<String>>),
	/// Of a function that keeps the order of all elements; the value holds its argument, which is all that `ArgMax`
	/// needs. `values` holds its results; without them only the place of the largest can be told.
	Ordered { operator: String, argument: String, values: Option<usize> },
	/// Integers of `DynamicQuantizeLinear` and products of them; the value holds these times the scale.
	Per { of: usize },
	/// The scale of the integers of a value, times constants, as many as it has elements.
	Scale { of: usize, by: Rc<Vec<f32>> },
	/// The zero point of the integers of a value.
	Zero { of: usize },
	/// Scores of which some are not `seen`: they are minus infinity or far below 0, and what the value holds
	/// there means nothing. `values` holds all of them, if they are finite. What hides them is from the least
	/// to the largest of `far`.
	Masked { seen: Rc<Vec<bool>>, values: Option<usize>, far: (f32, f32), hiding: Hiding },
	/// Scores of which something computed hides some: what the value holds there means nothing.
	Hidden(Hidden),
}

impl Kind {
	/// Of a type of integers that stand for themselves.
	pub fn of(kind: DataType) -> Option<Self> {
		let limits = source::whole(kind)?;
		Some(match source::small(kind) {
			Some(_) => Self::Integer,
			None => Self::Whole(limits),
		})
	}

	/// Whether something hides some of its elements.
	pub fn is_hidden(&self) -> bool {
		matches!(self, Self::Masked { .. } | Self::Hidden(_))
	}

	/// In words, and what to do about it.
	pub fn describe(&self) -> String {
		match self {
			Self::Number => "numbers".into(),
			Self::Integer => "integers of up to 16 bits without a Cast to FLOAT".into(),
			Self::Whole(_) => "integers without a Cast to FLOAT".into(),
			Self::Truth => "truth values".into(),
			Self::Quantized { .. } => "integers without DequantizeLinear".into(),
			Self::Per { .. } | Self::Scale { .. } | Self::Zero { .. } => {
				"what DynamicQuantizeLinear gives, without its integers times its scale".into()
			}
			Self::Masked { .. } | Self::Hidden(_) => {
				"scores of which some are minus infinity or far below 0, which are proved only before \
				 Softmax"
					.into()
			}
			Self::Label => "the index of a class".into(),
			Self::Word(_) => "the word for a class, which is proved as its index".into(),
			Self::Ordered { operator, argument, .. } if argument.is_empty() => {
				format!("the result of {operator}, which is proved only before ArgMax")
			}
			Self::Ordered { operator, argument, .. } => format!(
				"the result of {operator}, which is proved only before ArgMax (choose the tensor \
				 before it as the output: {})",
				advice(argument)
			),
		}
	}
}
