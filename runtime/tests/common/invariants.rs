//! What must hold on the chain whatever was done: each pallet's own invariants, and those between them.

use std::collections::{BTreeMap, BTreeSet};

use codec::DecodeAll;
use frame_support::traits::PalletInfoAccess;

use super::*;

/// Panics with what does not hold.
pub fn check() {
	let pallets = BTreeMap::from([
		(Verifier::name(), Verifier::do_try_state()),
		(ModelRegistry::name(), ModelRegistry::do_try_state()),
		(Inference::name(), Inference::do_try_state()),
		(Programs::name(), Programs::do_try_state()),
		(Sorter::name(), Sorter::do_try_state()),
		(Equivocations::name(), Equivocations::do_try_state()),
	]);
	assert!(pallets.keys().copied().eq(ours()), "a pallet's state is not looked at: {pallets:?}");
	for (name, done) in pallets {
		done.unwrap_or_else(|error| panic!("the state of {name} is broken: {error:?}"));
	}
	every_key_has_one_keeper();
	every_point_is_of_one_version();
	what_is_held_is_for_something_stored();
}

/// Each key of the verifier is a circuit's or a program's, and none is both.
fn every_key_has_one_keeper() {
	let keys: BTreeSet<_> = pallet_verifier::Keys::<Runtime>::iter_keys().collect();
	let circuits: BTreeSet<_> = pallet_model_registry::Circuits::<Runtime>::iter_keys().collect();
	let programs: BTreeSet<_> = pallet_programs::Keys::<Runtime>::iter_keys().collect();
	assert!(circuits.is_disjoint(&programs), "a key is a model's and a program's");
	assert_eq!(keys, &circuits | &programs, "a key is kept for nobody");
}

/// Each commitment to parameters of the verifier is of one version, whose circuit it is kept for.
fn every_point_is_of_one_version() {
	let mut points = Vec::new();
	for version in pallet_model_registry::Versions::<Runtime>::iter_values() {
		let ModelVersion { circuit, params, .. } = version.description;
		points.extend(params.point().map(|_| (circuit, params.scalar())));
	}
	points.sort();
	let kept: BTreeSet<_> = pallet_verifier::Params::<Runtime>::iter_keys().collect();
	assert!(kept.into_iter().eq(points), "parameters are kept for nobody, or for two");
}

/// What is held of each account for each reason, in SCALE, is what is stored for it: not less, and
/// nothing for nothing.
fn what_is_held_is_for_something_stored() {
	type Reason = RuntimeHoldReason;
	use pallet_inference::HoldReason as Ask;
	use pallet_model_registry::HoldReason as Own;
	use pallet_programs::HoldReason as Run;
	let mut owed = BTreeMap::<(Vec<u8>, AccountId), Balance>::new();
	let mut owe = |reason: Reason, who: AccountId, amount: Balance| {
		*owed.entry((reason.encode(), who)).or_default() += amount;
	};
	for item in pallet_model_registry::Circuits::<Runtime>::iter_values() {
		owe(Reason::ModelRegistry(Own::Circuit), item.registrant, amount(&item.deposit));
	}
	for item in pallet_model_registry::Models::<Runtime>::iter_values() {
		owe(Reason::ModelRegistry(Own::Model), item.registrant, amount(&item.deposit));
	}
	for item in pallet_model_registry::Versions::<Runtime>::iter_values() {
		owe(Reason::ModelRegistry(Own::Version), item.publisher, amount(&item.deposit));
	}
	for item in pallet_programs::Keys::<Runtime>::iter_values() {
		owe(Reason::Programs(Run::Key), item.registrant, amount(&item.deposit));
	}
	for item in pallet_programs::Programs::<Runtime>::iter_values() {
		owe(Reason::Programs(Run::Program), item.registrant, amount(&item.deposit));
	}
	for record in pallet_programs::Records::<Runtime>::iter_values() {
		owe(Reason::Programs(Run::Record), record.depositor, amount(&record.deposit));
	}
	for request in pallet_inference::Requests::<Runtime>::iter_values() {
		owe(Reason::Inference(Ask::Escrow), request.requester.clone(), request.price);
		owe(Reason::Inference(Ask::Request), request.requester, amount(&request.deposit));
	}
	for record in pallet_inference::Records::<Runtime>::iter_values() {
		owe(Reason::Inference(Ask::Record), record.depositor, amount(&record.deposit));
	}
	for (who, _, deposit) in pallet_inference::Inputs::<Runtime>::iter() {
		owe(Reason::Inference(Ask::Input), who, amount(&deposit));
	}
	for (who, deposit) in pallet_sorter::Counted::<Runtime>::iter_values() {
		owe(Reason::Sorter(pallet_sorter::HoldReason::Counted), who, amount(&deposit));
	}
	owed.retain(|_, amount| *amount > 0);
	let mut held = BTreeMap::<(Vec<u8>, AccountId), Balance>::new();
	for (who, holds) in pallet_balances::Holds::<Runtime>::iter() {
		for hold in holds {
			*held.entry((hold.id.encode(), who.clone())).or_default() += hold.amount;
		}
	}
	assert_eq!(held, owed, "what is held, and what is stored for it");
}

/// A deposit that is stored is its amount, in SCALE.
pub fn amount(deposit: &impl Encode) -> Balance {
	Balance::decode_all(&mut &deposit.encode()[..]).expect("a deposit is a balance")
}

/// What is held for a label of one input that the sorter counts.
pub fn label_deposit() -> Balance {
	let bytes = Balance::from(Sorter::footprint(1).size);
	let base = <Runtime as pallet_inference::Config>::DepositBase::get();
	base + <Runtime as pallet_inference::Config>::DepositPerByte::get() * bytes
}
