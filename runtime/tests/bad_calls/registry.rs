//! Every error of the registry, and of keys.

use super::*;

#[test]
fn every_error_of_the_registry_and_of_keys_is_reached_and_leaves_no_trace() {
	chain().execute_with(|| {
		let world = World::new();
		let (model, trapdoor) = (world.model, &world.trapdoor);
		let (circuit, unknown) = (trapdoor.circuit().hash(), ModelId([9; 32]));
		let bob = Bob.to_account_id();
		let mut refusals = Refusals::default();
		go_to(5);

		let CircuitKey::Plain(good) = Trapdoor::new(6).circuit() else {
			unreachable!("it is plain")
		};
		let key = |change: &dyn Fn(&mut VerifyingKey)| {
			let mut key = good;
			change(&mut key);
			Own::register_circuit { key: CircuitKey::Plain(key) }
		};
		let CircuitKey::Rounds(with_round) = Trapdoor::with_rounds(6, 1).circuit() else {
			unreachable!("it has a round")
		};
		let rounds = |change: &dyn Fn(&mut RoundsKey)| {
			let mut key = with_round.clone();
			change(&mut key);
			Own::register_circuit { key: CircuitKey::Rounds(key) }
		};
		let outside = hostile::outside_subgroup();
		for (call, error) in [
			(key(&|k| k.alpha.0 = [0xff; 64]), "KeyPointNotCanonical"),
			(key(&|k| k.ic[4].0[63] ^= 1), "KeyPointNotOnCurve"),
			(key(&|k| k.beta = outside), "KeyPointNotInSubgroup"),
			(key(&|k| k.delta.0 = [0; 128]), "KeyPointIsIdentity"),
			(key(&|k| k.delta = good.gamma), "KeyDeltaIsGenerator"),
			(key(&|k| k.gamma = good.delta), "KeyGammaEqualsDelta"),
			(key(&|k| k.beta = good.gamma), "KeyBetaNotItsOwn"),
			(rounds(&|k| k.rounds = vec![k.delta].try_into().unwrap()), "KeyDeltasEqual"),
			(rounds(&|k| k.rounds = Default::default()), "KeyWithoutRounds"),
			(rounds(&|k| k.ic = k.ic[1..].to_vec().try_into().unwrap()), "KeyIcLength"),
			(Own::register_circuit { key: trapdoor.circuit() }, "KeyAlreadyExists"),
		] {
			refusals.add(Bob, call, &format!("Verifier.{error}"));
		}
		let theirs = Own::register_circuit { key: CircuitKey::Plain(good) };
		refusals.poor(theirs, "ModelRegistry.CannotAfford");
		let remove = |circuit| Own::remove_circuit { circuit };
		refusals.add(Bob, remove(CircuitHash([9; 32])), "ModelRegistry.CircuitNotFound");
		refusals.add(Eve, remove(circuit), "ModelRegistry.NotRegistrant");
		refusals.add(Bob, remove(circuit), "ModelRegistry.CircuitInUse");

		// What both ways of adding a version refuse.
		let next = Scalar::from_hash([2; 32]);
		type Change<'a> = &'a dyn Fn(&mut ModelVersion, &mut Possession);
		let register = |who: Key, change: Change<'_>| {
			let id = ModelId::derive(&who.to_account_id(), circuit, next);
			let mut version = version(circuit, next);
			let mut possession = possession(trapdoor, &who.to_account_id(), id, 1, next);
			change(&mut version, &mut possession);
			Own::register { version, owner_share: Share(0), possession, range: None }
		};
		let publish = |who: Key, model, change: Change<'_>| {
			let mut version = version(circuit, next);
			let mut possession = possession(trapdoor, &who.to_account_id(), model, 2, next);
			change(&mut version, &mut possession);
			Own::publish { model, version, possession, range: None }
		};
		let dims = |dims: &[u32]| dims.to_vec().try_into().unwrap();
		let text = <[u8]>::to_vec;
		let changes: [(Change<'_>, &str); 26] = [
			(&|v, _| v.outputs = Default::default(), "ModelRegistry.NoTensors"),
			(&|v, _| v.inputs[0].name = Default::default(), "ModelRegistry.TensorUnnamed"),
			(
				&|v, _| {
					v.inputs = common::list([0; 2].map(|at| common::described("i", 1)[at].clone()))
				},
				"ModelRegistry.TensorNamedTwice",
			),
			(&|v, _| v.outputs = common::described("o", 2), "ModelRegistry.PossessionCount"),
			(&|v, _| v.circuit = CircuitHash([9; 32]), "ModelRegistry.CircuitNotFound"),
			(&|v, _| v.inputs[0].tensor.bits = 0, "ModelRegistry.TensorWidth"),
			(&|v, _| v.outputs[0].tensor.bits = 33, "ModelRegistry.TensorWidth"),
			(&|v, _| v.inputs[0].tensor.dims = dims(&[0]), "ModelRegistry.TensorShape"),
			(
				&|v, _| v.outputs[0].tensor.dims = dims(&[MAX_TENSOR_ELEMENTS + 1]),
				"ModelRegistry.TensorShape",
			),
			(&|v, _| v.outputs[0].tensor.dims = dims(&[u32::MAX; 4]), "ModelRegistry.TensorShape"),
			(&|v, _| v.inputs[0].tensor.max = 128, "ModelRegistry.TensorRange"),
			(&|v, _| v.outputs[0].tensor.min = 101, "ModelRegistry.TensorRange"),
			(&|v, _| v.inputs[0].tensor.scales = per_axis(1, &[3]), "ModelRegistry.TensorAxis"),
			(
				&|v, _| v.outputs[0].tensor.scales = per_axis(0, &[3, 3]),
				"ModelRegistry.TensorScales",
			),
			(&|v, _| v.inputs[0].tensor.scales = per_axis(0, &[0]), "ModelRegistry.TensorMantissa"),
			(
				&|v, _| v.params = ParamsCommitment::Poseidon(ABOVE),
				"ModelRegistry.ParamsNotCanonical",
			),
			(
				&|v, _| v.labels = vec![text(b"7\n").try_into().unwrap()].try_into().unwrap(),
				"ModelRegistry.TextNotPlain",
			),
			(&|v, _| v.accuracy = text(&[0xff]).try_into().unwrap(), "ModelRegistry.TextNotPlain"),
			(
				&|v, _| v.content.uri = text(b"\x1b[2A").try_into().unwrap(),
				"ModelRegistry.TextNotPlain",
			),
			(&|_, p| p.expiry = 4, "ModelRegistry.PossessionExpired"),
			(&|_, p| p.expiry += 1, "Verifier.ProofInvalid"),
			(&|v, _| v.params = ParamsCommitment::Poseidon(PARAMS), "Verifier.ProofInvalid"),
			(&|_, p| p.outputs[0] = ABOVE, "Verifier.InputNotCanonical"),
			(&|_, p| p.inputs[0].0[31] ^= 1, "Verifier.ProofInvalid"),
			(&|_, p| p.proof = trapdoor.prove(&[Scalar::ZERO; 4], 1), "Verifier.ProofInvalid"),
			(
				&|_, p| p.proof.commitments = vec![p.proof.a].try_into().unwrap(),
				"Verifier.ProofCommitmentCount",
			),
		];
		for (change, error) in changes {
			refusals.add(Eve, register(Eve, change), error);
			refusals.add(Bob, publish(Bob, model, change), error);
		}
		let Own::register { possession: honest, .. } = register(Eve, &|_, _| {}) else { panic!() };
		for (proof, error) in bad_points(&honest.proof) {
			let call = register(Eve, &|_, p| p.proof.clone_from(&proof));
			refusals.add(Eve, call, &format!("Verifier.Proof{error}"));
		}
		let call = registration(trapdoor, Share(0));
		refusals.add(Bob, call, "ModelRegistry.ModelAlreadyExists");
		let call = registration(trapdoor, Share(Share::WHOLE + 1));
		refusals.add(Bob, call, "ModelRegistry.ShareTooLarge");
		refusals.poor(register(One, &|_, _| {}), "ModelRegistry.CannotAfford");

		// What only the owner may do, to a model that exists.
		let owners: [fn(ModelId) -> Own<Runtime>; 4] = [
			|model| Own::deprecate { model, version: 1 },
			|model| Own::transfer { model, to: Eve.to_account_id() },
			|model| Own::set_share { model, share: Share(1) },
			|model| Own::remove { model },
		];
		for call in owners {
			refusals.add(Bob, call(unknown), "ModelRegistry.ModelNotFound");
			refusals.add(Eve, call(model), "ModelRegistry.NotOwner");
		}
		refusals.add(Bob, publish(Bob, unknown, &|_, _| {}), "ModelRegistry.ModelNotFound");
		refusals.add(Eve, publish(Eve, model, &|_, _| {}), "ModelRegistry.NotOwner");
		let share = Own::set_share { model, share: Share(Share::WHOLE + 1) };
		refusals.add(Bob, share, "ModelRegistry.ShareTooLarge");
		for number in [0, 2, u32::MAX] {
			let call = Own::deprecate { model, version: number };
			refusals.add(Bob, call, "ModelRegistry.VersionNotFound");
		}
		refusals.add(Bob, Own::remove { model }, "ModelRegistry.VersionActive");
		must(Bob, Own::deprecate { model, version: 1 });
		refusals.add(Bob, Own::remove { model }, "ModelRegistry.RemovalTooSoon");
		refusals.add(Bob, owners[0](model), "ModelRegistry.VersionDeprecated");
		must(Bob, Own::transfer { model, to: One.to_account_id() });
		refusals.poor(publish(One, model, &|_, _| {}), "ModelRegistry.CannotAfford");
		must(One, Own::transfer { model, to: bob });
		on_a_broken_chain(|| {
			pallet_model_registry::Models::<Runtime>::mutate(model, |details| {
				details.as_mut().unwrap().latest = 256;
			});
			refusals.add(Bob, publish(Bob, model, &|_, _| {}), "ModelRegistry.TooManyVersions");

			// A chain that lost a key, or half of it, has other troubles, but verifies nothing.
			pallet_verifier::Keys::<Runtime>::mutate(circuit, |key| {
				key.as_mut().unwrap().alpha_beta.0 = [0xff; 384];
			});
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyCorrupt");
			pallet_verifier::Keys::<Runtime>::remove(circuit);
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyNotFound");
			let program = Trapdoor::with_inputs(6, 4).circuit();
			let prepared = zkml_groth16::prepare(&program).unwrap();
			pallet_verifier::Keys::<Runtime>::insert(circuit, prepared);
			refusals.add(Eve, register(Eve, &|_, _| {}), "Verifier.KeyKind");
			let call = Own::register_circuit { key: program };
			refusals.add(Bob, call, "ModelRegistry.KeyKind");
		});

		params::refused(&mut refusals);

		refusals.cover("ModelRegistry");
		refusals.cover("Verifier");
	});
}
