//! What must hold on the chain whatever was done: each pallet's own invariants, and those between them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Panics with what does not hold.
pub fn check() {
	let pallets = [
		Verifier::do_try_state(),
		ModelRegistry::do_try_state(),
		Inference::do_try_state(),
		Programs::do_try_state(),
		Sorter::do_try_state(),
		Equivocations::do_try_state(),
	];
	for done in pallets {
		done.unwrap_or_else(|error| panic!("the state is broken: {error:?}"));
	}
	every_key_has_one_keeper();
	nothing_is_held_for_nothing();
}

/// Each key of the verifier is a circuit's or a program's, and none is both.
fn every_key_has_one_keeper() {
	let keys: BTreeSet<_> = pallet_verifier::Keys::<Runtime>::iter_keys().collect();
	let circuits: BTreeSet<_> = pallet_model_registry::Circuits::<Runtime>::iter_keys().collect();
	let programs: BTreeSet<_> = pallet_programs::Keys::<Runtime>::iter_keys().collect();
	assert!(circuits.is_disjoint(&programs), "a key is a model's and a program's");
	assert_eq!(keys, &circuits | &programs, "a key is kept for nobody");
}

/// The pallets see to it that what is stored is held for. Here the other way: what is held is for
/// something stored.
fn nothing_is_held_for_nothing() {
	type Reason = RuntimeHoldReason;
	use pallet_inference::HoldReason as Ask;
	use pallet_model_registry::HoldReason as Own;
	use pallet_programs::HoldReason as Run;
	let mut held = BTreeMap::<Vec<u8>, Balance>::new();
	for (_, holds) in pallet_balances::Holds::<Runtime>::iter() {
		for hold in holds {
			*held.entry(hold.id.encode()).or_default() += hold.amount;
		}
	}
	let mut is = |reason: Reason, sum: Balance| {
		let amount = held.remove(&reason.encode()).unwrap_or_default();
		assert_eq!(amount, sum, "held for {reason:?}");
	};
	let circuits = pallet_model_registry::Circuits::<Runtime>::iter_values();
	is(Reason::ModelRegistry(Own::Circuit), circuits.map(|item| item.deposit.amount).sum());
	let models = pallet_model_registry::Models::<Runtime>::iter_values();
	is(Reason::ModelRegistry(Own::Model), models.map(|item| item.deposit.amount).sum());
	let versions = pallet_model_registry::Versions::<Runtime>::iter_values();
	is(Reason::ModelRegistry(Own::Version), versions.map(|item| item.deposit.amount).sum());
	let keys = pallet_programs::Keys::<Runtime>::iter_values();
	is(Reason::Programs(Run::Key), keys.map(|item| item.deposit.amount).sum());
	let programs = pallet_programs::Programs::<Runtime>::iter_values();
	is(Reason::Programs(Run::Program), programs.map(|item| item.deposit.amount).sum());
	let records = pallet_programs::Records::<Runtime>::iter_values();
	is(Reason::Programs(Run::Record), records.map(|record| record.deposit).sum());
	let requests = || pallet_inference::Requests::<Runtime>::iter_values();
	is(Reason::Inference(Ask::Escrow), requests().map(|request| request.price).sum());
	is(Reason::Inference(Ask::Request), requests().map(|request| request.deposit).sum());
	let records = pallet_inference::Records::<Runtime>::iter_values();
	is(Reason::Inference(Ask::Record), records.map(|record| record.deposit).sum());
	let inputs = pallet_inference::Inputs::<Runtime>::iter_values();
	is(Reason::Inference(Ask::Input), inputs.sum());
	let counted = pallet_sorter::Counted::<Runtime>::iter_keys().count() as Balance;
	is(Reason::Sorter(pallet_sorter::HoldReason::Counted), counted * label_deposit());
	assert!(held.is_empty(), "something is held for a reason of no pallet: {held:02x?}");
}

/// What is held for a label that the sorter counts.
pub fn label_deposit() -> Balance {
	let bytes = Balance::from(Sorter::footprint().size);
	let base = <Runtime as pallet_inference::Config>::DepositBase::get();
	base + <Runtime as pallet_inference::Config>::DepositPerByte::get() * bytes
}
