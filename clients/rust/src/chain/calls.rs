//! The calls of the chain's own pallets, by pallet. Those of others are made by [`Call::new`].

use super::{AccountId, Balance, Call};

/// Models: their circuits, versions and owners.
pub mod models {
	use super::*;
	use zkml_primitives::{CircuitKey, ModelId, ModelVersion, Possession, RangeProof, Share};

	/// The pallet's name in the runtime.
	pub const PALLET: &str = "ModelRegistry";

	/// Registers a circuit by its verifying key.
	pub fn register_circuit(key: &CircuitKey) -> Call {
		Call::new(PALLET, "register_circuit", key)
	}

	/// Registers a model with its first version, whose owner takes a share of each price. A proof of range is
	/// for parameters that are a point.
	pub fn register(
		version: &ModelVersion,
		share: Share,
		possession: &Possession,
		range: &Option<RangeProof>,
	) -> Call {
		Call::new(PALLET, "register", &(version, share, possession, range))
	}

	/// Publishes the next version of a model of the sender's.
	pub fn publish(
		model: ModelId,
		version: &ModelVersion,
		possession: &Possession,
		range: &Option<RangeProof>,
	) -> Call {
		Call::new(PALLET, "publish", &(model, version, possession, range))
	}

	/// Takes no more requests for a version.
	pub fn deprecate(model: ModelId, version: u32) -> Call {
		Call::new(PALLET, "deprecate", &(model, version))
	}
}

/// Requests, answers and records. [`crate::Offer::call`] brings proofs.
pub mod inference {
	use super::*;
	use zkml_primitives::{ModelId, RequestId, Scalar, TensorData, Tensors, Terms};

	/// The pallet's name in the runtime.
	pub const PALLET: &str = "Inference";

	/// Asks a version of a model, and holds the price for whoever answers.
	pub fn request(
		model: ModelId,
		version: u32,
		inputs: &Tensors<TensorData>,
		terms: &Terms<Balance>,
	) -> Call {
		Call::new(PALLET, "request", &(model, version, inputs, terms))
	}

	/// Gives back the price of a request that nobody answered.
	pub fn refund(request: RequestId) -> Call {
		Call::new(PALLET, "refund", &request)
	}

	/// Announces a private input by its commitment, so that nobody else can submit it.
	pub fn commit_input(commitment: Scalar) -> Call {
		Call::new(PALLET, "commit_input", &commitment)
	}
}

/// Programs of other tools.
pub mod programs {
	use super::*;
	use zkml_primitives::{CircuitHash, ProgramKey, SetupLevel};
	use zkml_programs::{ContextPlace, ProgramKind, ProgramSubmission};

	/// The pallet's name in the runtime.
	pub const PALLET: &str = "Programs";

	/// Registers a verifying key.
	pub fn register_key(key: &ProgramKey) -> Call {
		Call::new(PALLET, "register_key", key)
	}

	/// Registers a program: a key, what is fixed beside it, and where its context is if it has one. `setup`
	/// is what the sender says of the key's.
	pub fn register(
		key: CircuitHash,
		kind: &ProgramKind,
		context: &Option<ContextPlace>,
		setup: &SetupLevel,
	) -> Call {
		Call::new(PALLET, "register", &(key, kind, context, setup))
	}

	/// Puts a claim on record, which its proof shows.
	pub fn submit(submission: &ProgramSubmission<AccountId>) -> Call {
		Call::new(PALLET, "submit", submission)
	}
}
