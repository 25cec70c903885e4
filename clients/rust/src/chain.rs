//! Speaking to a node: reads by runtime API, calls as signed extrinsics.
//!
//! Nothing is generated from metadata. The types are those of `zkml_primitives` and `zkml_programs`; the live metadata
//! is asked for the indices of calls, for the shape of their arguments, and for the words of errors.

mod call;
pub mod calls;
mod client;
mod error;
mod fate;
mod history;
mod programs;
mod reads;
mod send;

pub use call::Call;
pub use client::{number, At, Chain};
pub use error::ChainError;
pub use fate::Fate;
pub use history::{Called, Extrinsic};
pub use programs::{KeyDetails, ProgramDetails};
pub use reads::{Account, Item, Listed};
pub use send::{Prepared, Sent};

use std::time::Duration;

use zkml_primitives::{Model, VersionInfo};

/// An account of the chain: 32 bytes, in SS58 where people see it.
pub type AccountId = subxt::utils::AccountId32;
/// An amount of the token, in its smallest unit.
pub type Balance = u128;

/// Where a node listens when nothing else is said.
pub const DEFAULT_URL: &str = "ws://127.0.0.1:9944";
/// How long an unanswered node is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A version of a model by number, or the latest.
pub fn version_of(
	model: &Model<AccountId>,
	number: Option<u32>,
) -> Option<&VersionInfo<AccountId>> {
	match number {
		Some(number) => model.versions.iter().find(|version| version.number == number),
		None => model.versions.last(),
	}
}
