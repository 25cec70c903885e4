//! Deposits: what is quoted is what is held, and that is a base, and a price for each byte that is stored.

use crate::common::{chain, invariants::amount, *};
use codec::Encode;
use pallet_inference::Call as Ask;
use pallet_model_registry::Call as Own;
use pallet_programs::Call as Run;
use zkml_attacks::ledger::Shape;
use zkml_primitives::*;
use zkml_programs::{Bound, Claim, ContextPlace, ProgramId, ProgramItem, ProgramKind};
use zkml_runtime::*;
use zkml_trapdoor::{byte, Trapdoor};

const PARAMS: Scalar = Scalar([0x11; 32]);

/// What is held for an item of this many bytes.
fn price(bytes: usize) -> Balance {
	10 * MILLI + bytes as Balance * UNIT / 100_000
}

#[test]
fn of_the_registry() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), Trapdoor::with_rounds(5, 2));
		let quote = |item: RegistryItem| ModelRegistry::deposit_for(&[item]);
		let (key, circuit) = (trapdoor.circuit(), trapdoor.circuit().hash());
		dispatch(&owner, Own::register_circuit { key: key.clone() }).unwrap();
		let stored = pallet_model_registry::Circuits::<Runtime>::get(circuit).unwrap();
		assert_eq!(amount(&stored.deposit), price(key.encoded_size()));
		assert_eq!(amount(&stored.deposit), quote(RegistryItem::Circuit(key)));

		let model = ModelId::derive(&owner, circuit, PARAMS);
		let mut version = version(circuit, PARAMS);
		version.accuracy = b"four in five".to_vec().try_into().unwrap();
		let possession = possession(&trapdoor, &owner, model, 1, PARAMS);
		let owner_share = Share(0);
		dispatch(
			&owner,
			Own::register { version: version.clone(), owner_share, possession, range: None },
		)
		.unwrap();
		let stored = pallet_model_registry::Models::<Runtime>::get(model).unwrap();
		assert_eq!(amount(&stored.deposit), price((model, &owner, owner_share).encoded_size()));
		assert_eq!(amount(&stored.deposit), quote(RegistryItem::Model));
		let both = ModelRegistry::deposit_for(&[
			RegistryItem::Model,
			RegistryItem::Version(version.clone()),
		]);
		let first = pallet_model_registry::Versions::<Runtime>::get(model, 1).unwrap();
		assert_eq!(amount(&first.deposit), price(version.encoded_size()));
		assert_eq!(both, amount(&stored.deposit) + amount(&first.deposit));
	});
}

#[test]
fn of_inputs_requests_and_records() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let quote = |item: InferenceItem| Inference::deposit_for(&[item]);
		let commitment = Scalar::from_hash([9; 32]);
		dispatch(&user, Ask::commit_input { commitment }).unwrap();
		let held = pallet_inference::Inputs::<Runtime>::get(&user, commitment).unwrap();
		assert_eq!(amount(&held), price((&user, commitment).encoded_size()));
		assert_eq!(amount(&held), quote(InferenceItem::Input));

		let trapdoor = Trapdoor::new(5);
		let circuit = trapdoor.circuit().hash();
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		// A second version, which names a ceremony.
		let ceremony = SetupLevel::Ceremony([7; 32]);
		let described = ModelVersion { setup: ceremony, ..version(circuit, PARAMS) };
		let possession = possession(&trapdoor, &owner, model, 2, PARAMS);
		dispatch(&owner, Own::publish { model, version: described, possession, range: None })
			.unwrap();
		for (version, less) in [(1, price(32) - price(0)), (2, 0)] {
			let request = pallet_inference::NextRequest::<Runtime>::get();
			let (inputs, terms) = (one(7), terms(UNIT, 20));
			let call = Ask::request { model, version, inputs: inputs.clone(), terms };
			dispatch(&user, call).unwrap();
			let stored = pallet_inference::Requests::<Runtime>::get(request).unwrap();
			let kept = pallet_inference::RequestInputs::<Runtime>::get(request).unwrap();
			let bytes = (&stored, kept).encoded_size() + REQUEST_ENTRIES as usize;
			assert_eq!(amount(&stored.deposit), price(bytes));
			let item = InferenceItem::Request { inputs, outputs: 1 };
			assert_eq!(amount(&stored.deposit), quote(item));

			let answer = answer(&trapdoor, request, &prover, 131, 3);
			let outputs = answer.outputs.clone();
			dispatch(&prover, answering(answer)).unwrap();
			let (_, record) = Inference::result(request).unwrap();
			assert_eq!(amount(&record.deposit), price(record.encoded_size()));
			let quoted = quote(InferenceItem::Record { inputs: 1, outputs });
			assert_eq!(amount(&record.deposit), quoted - less, "version {version}");
		}
	});
}

#[test]
fn of_several_inputs_and_outputs() {
	chain().execute_with(|| {
		let (owner, user, prover) = (account(1), account(2), account(3));
		let (trapdoor, shape) = (Trapdoor::new(5), Shape { inputs: 8, outputs: 8 });
		let model = register_of(&owner, &trapdoor, PARAMS, Share(0), shape).unwrap();
		let description = version_of(&trapdoor, PARAMS, shape);
		let first = pallet_model_registry::Versions::<Runtime>::get(model, 1).unwrap();
		assert_eq!(amount(&first.deposit), price(description.encoded_size()));

		let secret = |number| TensorData::Committed(Scalar::from_hash([number; 32]));
		let inputs = list([1, 2, 3, 4, 5, 6, 7, 8].map(secret));
		let outputs =
			list([byte(9), secret(9), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6)]);
		let terms = Terms { outputs: visibilities(&outputs), ..terms(UNIT, 20) };
		let call = Ask::request { model, version: 1, inputs: inputs.clone(), terms };
		dispatch(&user, call).unwrap();
		let stored = pallet_inference::Requests::<Runtime>::get(0).unwrap();
		let kept = pallet_inference::RequestInputs::<Runtime>::get(0).unwrap();
		let bytes = (&stored, kept).encoded_size() + REQUEST_ENTRIES as usize;
		assert_eq!(amount(&stored.deposit), price(bytes));
		let item = InferenceItem::Request { inputs, outputs: 8 };
		assert_eq!(amount(&stored.deposit), Inference::deposit_for(&[item]));

		let answer = answer_with(&trapdoor, 0, &prover, &outputs, 3);
		dispatch(&prover, answering(answer)).unwrap();
		let (_, record) = Inference::result(0).unwrap();
		assert_eq!(amount(&record.deposit), price(record.encoded_size()));
	});
}

#[test]
fn of_programs() {
	chain().execute_with(|| {
		let (owner, prover) = (account(1), account(2));
		let quote = |item: ProgramItem<AccountId>| Programs::deposit_for(&[item]);
		let trapdoor = Trapdoor::with_inputs(5, 3);
		let CircuitKey::Program(key) = trapdoor.circuit() else { panic!("made with inputs") };
		dispatch(&owner, Run::register_key { key: key.clone() }).unwrap();
		let hash = trapdoor.circuit().hash();
		let stored = pallet_programs::Keys::<Runtime>::get(hash).unwrap();
		assert_eq!(amount(&stored.deposit), price(trapdoor.circuit().encoded_size()));
		assert_eq!(amount(&stored.deposit), quote(ProgramItem::Key(key)));

		let kind = ProgramKind::Groth16;
		for (context, setup) in [
			(None, SetupLevel::SingleParty),
			(Some(ContextPlace::Input(1)), SetupLevel::Ceremony([7; 32])),
		] {
			dispatch(&owner, Run::register { key: hash, kind, context, setup }).unwrap();
			let program = ProgramId::derive(&owner, hash, &kind, &context);
			let stored = pallet_programs::Programs::<Runtime>::get(program).unwrap();
			let bytes = (program, hash, kind, context, setup).encoded_size();
			assert_eq!(amount(&stored.deposit), price(bytes));
			assert_eq!(
				amount(&stored.deposit),
				quote(ProgramItem::Program { kind, context, setup })
			);

			let bound =
				context.map(|_| Bound { nonce: 5, beneficiary: prover.clone(), expiry: 30 });
			let mut inputs = vec![Scalar::from_hash([8; 32]); 3];
			if let Some(bound) = &bound {
				inputs[1] = Programs::context(program, bound);
			}
			let proof = trapdoor.prove(&inputs, 1);
			let claim = Claim::Inputs(inputs.try_into().unwrap());
			let submission = zkml_programs::ProgramSubmission {
				program,
				claim: claim.clone(),
				proof,
				bound: bound.clone(),
			};
			dispatch(&prover, Run::submit { submission }).unwrap();
			let record = Programs::record_of(program.statement(&claim)).unwrap();
			let bytes = (program, &claim, &bound).encoded_size();
			assert_eq!(amount(&record.deposit), price(bytes));
			assert_eq!(amount(&record.deposit), quote(ProgramItem::Record { claim, bound }));
		}
	});
}
