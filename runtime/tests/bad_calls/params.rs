//! Every error of parameters that are a point.

use super::*;

/// Reaches them, on a circuit of Bob's.
pub(crate) fn refused(refusals: &mut Refusals) {
	let (bob, trapdoor) = (Bob.to_account_id(), Trapdoor::committed(7));
	let own = common::register(&bob, &trapdoor, PARAMS, Share(0)).unwrap();
	let next = Scalar::from_hash([2; 32]);
	type Change<'a> = &'a dyn Fn(&mut ModelVersion, &mut Option<RangeProof>);
	let publish = |key: &Trapdoor, model, params, change: Change<'_>| {
		let mut version = common::version_on(key, params);
		let possession = possession(key, &bob, model, 2, params);
		let mut range = None;
		change(&mut version, &mut range);
		Own::publish { model, version, possession, range }
	};
	let point = |bytes| ParamsCommitment::Point(G1(bytes));
	let others = trapdoor.prove_range(1);
	let changes: [(Change<'_>, &str); 6] = [
		(&|v, _| v.params = ParamsCommitment::Poseidon(next), "ModelRegistry.ParamsKind"),
		(&|v, _| v.visibility = Visibility::Public, "ModelRegistry.ParamsNotPrivate"),
		(&|v, _| v.params = point([0xff; 64]), "Verifier.ParamsNotCanonical"),
		(&|v, _| v.params = point([1; 64]), "Verifier.ParamsNotOnCurve"),
		(&|v, _| v.params = point([0; 64]), "Verifier.ParamsAreIdentity"),
		(&|_, range| *range = Some(others.clone()), "Verifier.RangeInvalid"),
	];
	for (change, error) in changes {
		refusals.add(Bob, publish(&trapdoor, own, next, change), error);
	}
	let again = publish(&trapdoor, own, PARAMS, &|_, _| {});
	refusals.add(Bob, again, "Verifier.ParamsAlreadyExist");
	let honest = trapdoor.clone().with_params_of(next);
	let range = honest.prove_range(1);
	for (proof, error) in bad_points(&range.proof) {
		let bad = RangeProof { proof, ..range.clone() };
		let call = publish(&trapdoor, own, next, &|_, range| *range = Some(bad.clone()));
		let error = match error {
			"Invalid" => "Verifier.RangeInvalid".to_owned(),
			of_point => format!("Verifier.Proof{of_point}"),
		};
		refusals.add(Bob, call, &error);
	}
	let plain = Trapdoor::new(8);
	let of_plain = common::register(&bob, &plain, PARAMS, Share(0)).unwrap();
	let call = publish(&plain, of_plain, next, &|_, given| *given = Some(range.clone()));
	refusals.add(Bob, call, "ModelRegistry.RangeNotTaken");
	let call = publish(&plain, of_plain, next, &|v, _| v.params = trapdoor.params_of(next));
	refusals.add(Bob, call, "ModelRegistry.ParamsKind");

	// A chain that lost what it kept of them verifies nothing.
	on_a_broken_chain(|| {
		let circuit = trapdoor.circuit().hash();
		let params = trapdoor.params_of(PARAMS).scalar();
		pallet_verifier::Params::<Runtime>::mutate(circuit, params, |kept| {
			kept.as_mut().unwrap().target.0 = [0xff; 384];
		});
		let submission = || {
			let target = common::target(own, 1, PARAMS);
			let expiry = System::block_number() + 5;
			trapdoor.submission(
				&target,
				Dave.to_account_id(),
				1,
				expiry,
				[&[byte(130)], &[byte(131)]],
			)
		};
		let submit = Ask::submit { submission: submission() };
		refusals.add(Dave, submit, "Verifier.KeyCorrupt");
		pallet_verifier::Params::<Runtime>::remove(circuit, params);
		let submit = Ask::submit { submission: submission() };
		refusals.add(Dave, submit, "Verifier.ParamsNotFound");
		must(Bob, Own::deprecate { model: own, version: 1 });
		common::end_wait(own);
		refusals.add(Bob, Own::remove { model: own }, "Verifier.ParamsNotFound");
	});
}
