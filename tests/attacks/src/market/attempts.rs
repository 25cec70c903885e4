//! The attacks of T10, one after the other.

mod several;

pub(super) use several::{hidden_one_of_two, swapped_or_left_out};

use super::*;

/// The prover is paid for an output that only it can read, or shows to everybody what was to stay hidden.
pub(super) fn hidden_output<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (key, spec) = (scene.trapdoor.circuit(), scene.ledger.spec());
	let request = scene.ask(scene.terms());
	let commitments = [
		commit::<Direct>(Role::Output, &spec, &[3], Scalar::ZERO),
		public_digest(&key, Role::Output, &spec, &[OUTPUT]),
		Scalar::from_hash([9; 32]),
	];
	let clear = scene.honest(request);
	for commitment in commitments {
		let hidden = scene.prove(request, PROVER, &[TensorData::Committed(commitment)]);
		let mixed = Answer { ctx: clear.ctx, ..hidden.clone() };
		for answer in [hidden, mixed] {
			scene.refused("T10 the output hidden", "OutputVisibility", |scene| {
				scene.ledger.answer(PROVER, answer)
			});
		}
	}
	scene.answered("T10 the output in clear after all", clear);

	let terms = Terms { outputs: seen([Visibility::Private]), ..scene.terms() };
	let request = scene.ask(terms);
	let told = scene.prove(request, PROVER, &[byte(OUTPUT)]);
	let what = "T10 a secret output told";
	scene.refused(what, "OutputVisibility", |scene| scene.ledger.answer(PROVER, told));
	let kept = scene.prove(request, PROVER, &[TensorData::Committed(commitments[0])]);
	scene.answered("T10 a secret output kept", kept);
}

/// The owner raises its share before a request comes, or while it is open.
pub(super) fn raised_share<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, terms) = (scene.model, scene.terms());
	let open = scene.ask(terms.clone());
	scene.market.set_share(OWNER, model, Share(Share::WHOLE));
	for (what, max_owner_share) in [
		("T10 the share raised before", SHARE),
		("T10 a share of one part more", Share(Share::WHOLE - 1)),
	] {
		let terms = Terms { max_owner_share, ..terms.clone() };
		scene.refused(what, "OwnerShare", |scene| {
			scene.market.ask(REQUESTER, model, 1, &[byte(INPUT)], terms)
		});
	}
	let answer = scene.honest(open);
	scene.answered("T10 the share raised while open", answer);
	// Nor does a share that falls take from the owner what was agreed.
	scene.market.set_share(OWNER, model, SHARE);
	let open = scene.ask(terms);
	scene.market.set_share(OWNER, model, Share(0));
	let answer = scene.honest(open);
	scene.answered("T10 the share lowered while open", answer);
}

/// The owner takes the model away from under a request.
pub(super) fn removed_model<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, before) = (scene.model, scene.balances());
	let held = scene.market.held(REQUESTER);
	let kept = scene.ask(scene.terms());
	scene.ledger.deprecate(OWNER, model, 1);
	let what = "T10 a refund while a deprecated version can still answer";
	scene.refused(what, "RequestOpen", |scene| scene.market.refund(REQUESTER, kept));
	// Nor can the owner take the model away while an answer may be in the pool, for all to read.
	let what = "T10 a removal under an open request";
	scene.refused(what, "RemovalTooSoon", |scene| scene.market.remove(OWNER, model));
	let answer = scene.honest(kept);
	// Only root, or a chain with another delay, would.
	scene.market.end_wait(model);
	scene.market.remove(OWNER, model).expect("all versions are deprecated");
	scene.refused("T10 an answer of a model that is gone", "VersionNotFound", |scene| {
		scene.ledger.answer(PROVER, answer)
	});
	// Nobody can answer, so nobody has to wait; and whoever asks, the requester has it all.
	scene.market.refund(THIEF, kept).expect("a model that is gone");
	scene.paid("T10 the model removed", before, [0; 4]);
	assert_eq!(scene.market.held(REQUESTER), held, "everything is free again");
	scene.refused("T10 a second refund", "RequestNotFound", |scene| {
		scene.market.refund(REQUESTER, kept)
	});
}

/// The owner puts another version under the same number: other parameters, or the same with another
/// claim of the setup.
pub(super) fn replaced_version<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let model = scene.model;
	let [asked, other] = [[0x31; 32], [0x32; 32]].map(Scalar::from_hash);
	let single = SetupLevel::SingleParty;
	for (params, setup) in [(other, single), (asked, SetupLevel::Ceremony([7; 32]))] {
		scene.publish_second(asked, single);
		let (before, terms) = (scene.balances(), scene.terms());
		let request = scene
			.market
			.ask(REQUESTER, model, 2, &[byte(INPUT)], terms)
			.expect("an honest request");
		let answer = scene.honest(request);
		scene.begin_anew();
		scene.publish_second(params, setup);
		scene.refused("T10 an answer of another version", "VersionReplaced", |scene| {
			scene.ledger.answer(PROVER, answer)
		});
		scene.market.refund(REQUESTER, request).expect("a version that is gone");
		scene.paid("T10 the version replaced", before, [0; 4]);
		scene.begin_anew();
	}
}

/// The owner publishes other words under the number of a version that was answered by, so that old records
/// would read otherwise: their claim of the setup is in them, and by the hash of their description
/// readers see that labels, ranges and scales are others by now.
pub(super) fn rewritten_words<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, single) = (scene.model, SetupLevel::SingleParty);
	let params = Scalar::from_hash([0x51; 32]);
	scene.publish_second(params, single);
	let terms = scene.terms();
	let request =
		scene.market.ask(REQUESTER, model, 2, &[byte(INPUT)], terms).expect("an honest request");
	let answer = scene.honest(request);
	let statement = scene.answered("T10 an honest answer", answer);
	let words = scene.market.recorded(statement);
	assert_eq!(words, scene.market.published(model, 2), "a record is of its version");
	scene.begin_anew();
	scene.publish_second(params, SetupLevel::Ceremony([7; 32]));
	assert_ne!(words, scene.market.published(model, 2), "T10 other words go unseen");
	assert_eq!(scene.market.recorded(statement), words, "T10 a record takes them over");
	let claim = SetupClaim { level: single, by: scene.ledger.account(OWNER) };
	assert_eq!(scene.market.claim(statement), claim, "T10 a record takes over another claim");
}

/// The requester reads the output of an answer in the pool, and takes its price back before it.
pub(super) fn raced_refund<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let terms = scene.terms();
	let request = scene.ask(terms.clone());
	let answer = scene.honest(request);
	for block in [terms.deadline.block, terms.deadline.block + scene.market.grace()] {
		scene.market.wait_until(block);
		for who in [REQUESTER, THIEF] {
			scene.refused("T10 a refund in the grace period", "RequestOpen", |scene| {
				scene.market.refund(who, request)
			});
		}
	}
	scene.answered("T10 an answer in the grace period", answer);
	scene.refused("T10 a refund of what was answered", "RequestNotFound", |scene| {
		scene.market.refund(REQUESTER, request)
	});
}

/// The prover sits on its answer until nobody needs it.
pub(super) fn expired_request<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (before, terms) = (scene.balances(), scene.terms());
	let request = scene.ask(terms.clone());
	let answer = scene.honest(request);
	scene.market.wait_until(terms.deadline.block + scene.market.grace() + 1);
	scene.refused("T10 an answer that is too late", "RequestClosed", |scene| {
		scene.ledger.answer(PROVER, answer)
	});
	scene.market.refund(THIEF, request).expect("it is over");
	scene.paid("T10 nobody answered", before, [0; 4]);
}

/// The requester locks what it has, so that the escrow could not be paid out.
pub(super) fn frozen_escrow<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let request = scene.ask(scene.terms());
	scene.market.freeze(REQUESTER, true);
	let answer = scene.honest(request);
	scene.answered("T10 the escrow frozen", answer);
	scene.market.freeze(REQUESTER, false);
}

/// The prover takes its deposit back with the record that was paid for.
pub(super) fn pruned_at_once<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let request = scene.ask(scene.terms());
	let answer = scene.honest(request);
	let statement = scene.answered("T10 an honest answer", answer);
	let model = scene.model;
	for who in [PROVER, THIEF] {
		scene.refused("T10 the record pruned at once", "RecordLive", |scene| {
			scene.market.prune(who, statement)
		});
	}
	assert!(scene.ledger.is_recorded(statement, model), "it is still to be read");
}

/// A stranger copies an answer that waits in the pool.
pub(super) fn stolen_from_the_pool<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let request = scene.ask(scene.terms());
	let honest = scene.honest(request);
	let own = scene.prove(request, THIEF, &[byte(OUTPUT)]);
	let copy = Answer { beneficiary: own.beneficiary, ..honest.clone() };
	let with_context = Answer { ctx: own.ctx, ..copy.clone() };
	scene.refused("T10 a copy for the thief", "ContextMismatch", |scene| {
		scene.ledger.answer(THIEF, copy)
	});
	scene.refused("T10 a copy, context too", "ProofInvalid", |scene| {
		scene.ledger.answer(THIEF, with_context)
	});
	// Whoever carries it, whom it names is paid.
	let before = scene.balances();
	scene.ledger.answer(THIEF, honest.clone()).expect("it is an honest answer");
	scene.paid("T10 a copy as it is", before, [1, -5, 4, 0]);
	scene.refused("T10 the same again", "RequestNotFound", |scene| {
		scene.ledger.answer(PROVER, honest)
	});
}

/// The prover answers with what it has a proof of, and not with what was asked.
pub(super) fn answer_of_something_else<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (asked, terms) = (scene.ask(scene.terms()), scene.terms());
	let (model, other) = (scene.model, 7);
	let cheap =
		scene.market.ask(REQUESTER, model, 1, &[byte(other)], terms).expect("an honest request");
	let (honest, of_other) = (scene.honest(asked), scene.honest(cheap));
	let moved = Answer { request: asked, ..of_other.clone() };
	let with_context = Answer { ctx: honest.ctx, ..moved.clone() };
	scene.refused("T10 the answer to another request", "ContextMismatch", |scene| {
		scene.ledger.answer(PROVER, moved)
	});
	scene.refused("T10 the answer to another request, context too", "ProofInvalid", |scene| {
		scene.ledger.answer(PROVER, with_context)
	});
	let wrong = Answer { outputs: list(&[byte(OUTPUT + 1)]), ..honest.clone() };
	scene.refused("T10 another output", "ProofInvalid", |scene| scene.ledger.answer(PROVER, wrong));
	scene.answered("T10 the honest ones", honest);
	scene.answered("T10 the honest ones", of_other);
}

/// The owner of a pinned model says that a key is of a ceremony, publishes on a key that it made itself
/// or with other parameters, and has the same inference counted again.
pub(super) fn forged_claims<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, own) = (scene.model, scene.trapdoor.clone());
	let forger = (scene.kind)(150);
	let (ceremony, single) = (SetupLevel::Ceremony([7; 32]), SetupLevel::SingleParty);
	let [other, retrained, theirs] = [[0x41; 32], [0x42; 32], [0x43; 32]].map(Scalar::from_hash);
	scene.market.pin(model, own.circuit().hash(), own.params_of(PARAMS).scalar());
	let before = scene.balances();
	scene.run(&own, (model, 1, PARAMS), INPUT);
	assert_eq!(scene.market.counted(), 1, "an honest inference counts");
	let describe = |scene: &mut Scene<'_, L, M>, what: &str, owner: u8, version: Described<'_>| {
		let id = scene.market.describe(owner, &version);
		let target = (id, version.number, version.params);
		let statement = scene.run(version.trapdoor, target, INPUT + 1);
		let claim = SetupClaim { level: version.setup, by: scene.ledger.account(owner) };
		assert_eq!(scene.market.claim(statement), claim, "T10 {what}: whose word it is");
		assert_eq!(scene.market.counted(), 1, "T10 {what} is counted as the pinned one");
	};
	let (setup, pinned) = (ceremony, Some(model));
	for (what, model, number, trapdoor, params) in [
		("another key", pinned, 2, &forger, PARAMS),
		("other parameters", pinned, 3, &own, retrained),
		("another model on the pinned key", None, 1, &own, other),
		("another model on another key", None, 1, &forger, other),
	] {
		let version = Described { trapdoor, model, number, params, setup, shape: Shape::SINGLE };
		describe(scene, what, OWNER, version);
	}
	// Who brought a key first has said nothing for those who come after.
	let (trapdoor, params, shape) = (&forger, theirs, Shape::SINGLE);
	let version = Described { trapdoor, model: None, number: 1, params, setup: single, shape };
	describe(scene, "another's model on a key of the owner's", REQUESTER, version);

	scene.run(&own, (model, 1, PARAMS), INPUT);
	scene.paid("T10 submissions", before, [0; 4]);
	let request = scene.ask(scene.terms());
	let answer = scene.honest(request);
	scene.answered("T10 the pinned inference asked for", answer);
	assert_eq!(scene.market.counted(), 1, "T10 one input is counted twice");
	scene.run(&own, (model, 1, PARAMS), INPUT + 1);
	assert_eq!(scene.market.counted(), 2, "another input counts");
}
