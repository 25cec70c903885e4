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
		/// Which.
		folder: PathBuf,
		/// Why.
		error: ServiceError,
	},
	/// Integers were clamped on the way to an answer.
	Saturated {
		/// To which request.
		request: RequestId,
		/// Where and how far.
		saturation: Saturation,
	},
	/// An answer is proved.
	Proved {
		/// To which request.
		request: RequestId,
		/// How long it took, in milliseconds.
		ms: u32,
	},
}

/// Where notices go.
pub type Tell = fn(Notice);

impl Notice {
	/// Whether somebody should do something about it.
	pub fn is_warning(&self) -> bool {
		match self {
			Self::NoModels { .. } | Self::Unusable { .. } => true,
			Self::Saturated { .. } | Self::Proved { .. } => false,
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
			Self::Proved { request, ms } => write!(f, "request {request}: proved in {ms} ms"),
		}
	}
}
