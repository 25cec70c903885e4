//! What the calls that bring proofs cost, by what they bring.
//!
//! What does not fit together, as a proof with another number of commitments than its key has rounds, is
//! refused before any of what these weights are for.

use frame_support::weights::Weight;
use zkml_primitives::{CircuitKey, ModelVersion, ParamsKind, Possession, RangeProof};

use crate::{Config, WeightInfo};

type W<T> = <T as Config>::WeightInfo;

/// A circuit, by its key's kind.
pub fn register_circuit<T: Config>(key: &CircuitKey) -> Weight {
	match key.params() {
		ParamsKind::Input => W::<T>::register_circuit(key.points().rounds.len() as u32),
		ParamsKind::Point => W::<T>::register_circuit_committed(),
	}
}

/// A model with its first version.
pub fn register<T: Config>(
	version: &ModelVersion,
	possession: &Possession,
	range: &Option<RangeProof>,
) -> Weight {
	match version.params.kind() {
		ParamsKind::Input => W::<T>::register(possession.proof.commitments.len() as u32),
		ParamsKind::Point => W::<T>::register_point(range.is_some().into()),
	}
}

/// The weight of a further version, by how its parameters are committed to and whether a proof of
/// range comes with it.
pub fn publish<T: Config>(
	version: &ModelVersion,
	possession: &Possession,
	range: &Option<RangeProof>,
) -> Weight {
	match version.params.kind() {
		ParamsKind::Input => W::<T>::publish(possession.proof.commitments.len() as u32),
		ParamsKind::Point => W::<T>::publish_point(range.is_some().into()),
	}
}
