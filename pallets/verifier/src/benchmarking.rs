//! Costs of examining keys, checking proofs and hashing tensors.

use alloc::vec;

use frame_benchmarking::v2::*;
use zkml_primitives::{
	Dims, ModelId, Role, Scalar, Scale, Statement, TensorSpec, MAX_TENSOR_BYTES,
};
use zkml_trapdoor::Trapdoor;

use crate::{Call, Config, Pallet, Verify};

fn statement(trapdoor: &Trapdoor) -> Statement {
	let scalar = |byte| Scalar::from_hash([byte; 32]);
	Statement {
		circuit: trapdoor.circuit().hash(),
		model: ModelId([1; 32]),
		version: 1,
		params: scalar(0xf1),
		input: scalar(0xf2),
		output: scalar(0xf3),
		ctx: scalar(0xf4),
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn insert() {
		let key = Trapdoor::new(1).circuit();
		#[block]
		{
			Pallet::<T>::insert(&key).expect("a good key, not stored before");
		}
	}

	#[benchmark]
	fn remove() {
		let circuit = Pallet::<T>::insert(&Trapdoor::new(1).circuit()).expect("a good key");
		#[block]
		{
			Pallet::<T>::remove(circuit).expect("stored above");
		}
	}

	#[benchmark]
	fn verify() {
		let trapdoor = Trapdoor::new(1);
		Pallet::<T>::insert(&trapdoor.circuit()).expect("a good key");
		let statement = statement(&trapdoor);
		let proof = trapdoor.prove(&statement.public_inputs(), 3);
		#[block]
		{
			<Pallet<T> as Verify>::verify(&statement, &proof)
				.expect("simulated for this statement");
		}
	}

	#[benchmark]
	fn commit(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let dims = Dims::try_from(vec![b]).expect("one dimension");
		let spec = TensorSpec { dims, bits: 8, min: -128, max: 127, scale: Scale::ONE };
		let bytes = vec![0xab; b as usize];
		#[block]
		{
			Pallet::<T>::commit(Role::Input, &spec, &bytes).expect("bytes of the right number");
		}
	}
}
