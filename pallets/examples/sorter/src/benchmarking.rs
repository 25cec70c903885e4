//! Costs of pinning a model, of counting a label and of forgetting its inputs.

use alloc::vec;

use frame_benchmarking::v2::*;
use frame_support::traits::Consideration;
use frame_system::RawOrigin;
use pallet_inference::OnVerified;
use zkml_primitives::{
	Action, CircuitHash, ModelId, ParamsRange, Place, Record, Scalar, SetupClaim, SetupLevel,
	StatementId, TensorData, Tensors, Visibility, MAX_TENSORS,
};

use crate::*;

const PIN: Pin =
	Pin { model: ModelId([1; 32]), circuit: CircuitHash([2; 32]), params: Scalar::ZERO };

/// The digests of as many inputs as there may be.
fn inputs() -> Tensors<Scalar> {
	Tensors::truncate_from(vec![Scalar([3; 32]); MAX_TENSORS as usize])
}

/// A record whose label is counted, by somebody who can pay for it.
fn record<T: Config>() -> Record<T::AccountId, u32> {
	Pinned::<T>::put(PIN);
	let prover: T::AccountId = account("prover", 0, 0);
	let most = MAX_TENSORS as usize;
	T::Consideration::ensure_successful(&prover, Pallet::<T>::footprint(most));
	let label = TensorData::Public(vec![131].try_into().expect("one byte"));
	Record {
		model: PIN.model,
		version: 1,
		circuit: PIN.circuit,
		params: PIN.params,
		params_range: ParamsRange::Proved,
		description: [4; 32],
		inputs: inputs(),
		input_visibilities: Tensors::truncate_from(vec![Visibility::Public; most]),
		outputs: vec![label].try_into().expect("one output"),
		ctx: Scalar::ZERO,
		action: Action::Submit(1),
		beneficiary: prover.clone(),
		setup: SetupClaim { level: SetupLevel::Ceremony([0; 32]), by: prover.clone() },
		proved: Place { block: 1, extrinsic: 1 },
		asked: Place { block: 1, extrinsic: 0 },
		expiry: 1,
		depositor: prover,
		deposit: 0,
	}
}

fn count<T: Config>(record: &Record<T::AccountId, u32>) {
	<Pallet<T> as OnVerified<_, _>>::on_verified(StatementId([1; 32]), record)
		.expect("a label of the pinned model");
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// With every bin in use.
	#[benchmark]
	fn pin() {
		(0..=u8::MAX).for_each(|label| Bins::<T>::insert(label, 1));
		#[extrinsic_call]
		_(RawOrigin::Root, Some(PIN));
		assert_eq!(Bins::<T>::iter().count(), 0);
	}

	#[benchmark]
	fn on_verified() {
		let record = record::<T>();
		#[block]
		{
			count::<T>(&record);
		}
		assert_eq!(Bins::<T>::get(3), 1);
	}

	#[benchmark]
	fn forget() {
		count::<T>(&record::<T>());
		Shift::<T>::put(1);
		#[extrinsic_call]
		_(RawOrigin::Signed(whitelisted_caller()), 0, inputs());
		assert!(!Counted::<T>::contains_key(0, inputs()));
	}
}
