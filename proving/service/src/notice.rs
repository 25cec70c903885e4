//! What happens while the service runs.

use std::{fmt, path::PathBuf};

use zkml_circuits::guard::Saturation;
use zkml_files::files::default;
use zkml_primitives::RequestId;

use crate::ServiceError;

/// Something to know that stops nothing and answers nobody.
#[derive(Debug)]
pub enum Notice {
	/// There is no model yet.
	NoModels {
		/// Where they are looked for.
		folder: PathBuf,
	},
	/// A folder cannot be loaded. The other models are proved all the same.
	Unusable {
		/// The folder that cannot be loaded.
		folder: PathBuf,
		/// What is wrong with it.
		error: ServiceError,
	},
	/// Integers were clamped on the way to an answer whose inputs and outputs everybody sees.
	Saturated {
		/// The request that the answer is to.
		request: RequestId,
		/// Where and how far.
		saturation: Saturation,
	},
	/// The same where an input or output is hidden: where and how far would tell of it to whoever reads logs.
	SaturatedHidden {
		/// The request that the answer is to.
		request: RequestId,
		/// How many nodes it met.
		nodes: usize,
	},
	/// An answer is proved.
	Proved {
		/// The request that the answer is to.
		request: RequestId,
		/// How long it took, in milliseconds.
		ms: u32,
	},
}

/// The function that each notice is given to.
pub type Tell = fn(Notice);

impl Notice {
	/// What is said of guards that an inference met, if it met any: in which something is hidden, how many.
	pub(crate) fn saturated(request: RequestId, found: Vec<Saturation>, hides: bool) -> Vec<Self> {
		match (hides, found.len()) {
			(true, 0) => Vec::new(),
			(true, nodes) => vec![Self::SaturatedHidden { request, nodes }],
			(false, _) => {
				let one = |saturation| Self::Saturated { request, saturation };
				found.into_iter().map(one).collect()
			}
		}
	}

	/// Whether somebody should do something about it.
	pub fn is_warning(&self) -> bool {
		match self {
			Self::NoModels { .. } | Self::Unusable { .. } => true,
			Self::Saturated { .. } | Self::SaturatedHidden { .. } | Self::Proved { .. } => false,
		}
	}
}

impl fmt::Display for Notice {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::NoModels { folder } => write!(
				f,
				"{}: expected folders with {} and {}, got none yet",
				folder.display(),
				default::MODEL,
				default::PROVING_KEY
			),
			Self::Unusable { folder, error } => write!(f, "{}: {error}", folder.display()),
			Self::Saturated { request, saturation } => write!(f, "request {request}: {saturation}"),
			Self::SaturatedHidden { request, nodes } => write!(
				f,
				"request {request}: at {nodes} nodes values are beyond what their integers can tell, or too \
				 small: the answer is proved, and may be far from the float model's"
			),
			Self::Proved { request, ms } => write!(f, "request {request}: proved in {ms} ms"),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn where_something_is_hidden_no_integer_of_it_is_told() {
		let node = |node: &str| Saturation {
			node: node.into(),
			elements: 3,
			furthest: 4711,
			end: 127,
			small: false,
		};
		let say = |found: &[Saturation], hides| {
			let notices = Notice::saturated(5, found.to_vec(), hides);
			notices.iter().map(Notice::to_string).collect::<Vec<_>>()
		};
		let found = [node("dense"), node("tanh")];
		let open = say(&found, false);
		assert_eq!(open.len(), 2);
		assert!(
			open[0].starts_with("request 5: node dense: 3 values are beyond what its integers"),
			"{open:?}"
		);
		let [hidden] = &say(&found, true)[..] else { panic!("expected one notice") };
		assert!(hidden.starts_with("request 5: at 2 nodes values are beyond what"), "{hidden}");
		assert!(
			!["4711", "127", "dense", "3"].iter().any(|word| hidden.contains(word)),
			"{hidden}"
		);
		assert!(say(&[], true).is_empty() && say(&[], false).is_empty());
	}
}
