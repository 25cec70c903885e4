//! Costs of pinning a model and of counting a label.

use alloc::vec;

use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use pallet_inference::OnVerified;
use zkml_primitives::{
	Action, CircuitHash, ModelId, Place, Record, Scalar, SetupLevel, StatementId, TensorData,
};

use crate::*;

const PIN: Pin = Pin { model: ModelId([1; 32]), ceremony: None };

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn pin() {
		#[extrinsic_call]
		_(RawOrigin::Root, Some(PIN));
	}

	#[benchmark]
	fn on_verified() {
		Pinned::<T>::put(PIN);
		let prover: T::AccountId = account("prover", 0, 0);
		let record = Record {
			model: PIN.model,
			version: 1,
			circuit: CircuitHash([0; 32]),
			params: Scalar::ZERO,
			input: Scalar::ZERO,
			output: TensorData::Public(vec![131].try_into().expect("one byte")),
			ctx: Scalar::ZERO,
			action: Action::Submit(1),
			beneficiary: prover.clone(),
			setup: SetupLevel::Ceremony([0; 32]),
			proved: Place { block: 1, extrinsic: 1 },
			asked: Place { block: 1, extrinsic: 0 },
			expiry: 1,
			depositor: prover,
			deposit: 0u32,
		};
		#[block]
		{
			<Pallet<T> as OnVerified<_, _>>::on_verified(StatementId([1; 32]), &record)
				.expect("a label of the pinned model");
		}
		assert_eq!(Bins::<T>::get(3), 1);
	}
}
