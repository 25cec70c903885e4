//! T10: attacks by those who take part, on whatever takes requests and pays for answers. The prover, the
//! owner and the requester are the attackers; after each attack everybody's balance is looked at.

use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, Action, Answer, CircuitHash, Context, Deadline, ModelId, Request, RequestId, Role,
	Scalar, SetupClaim, SetupLevel, Share, Shown, Statement, StatementId, Tensor, TensorData,
	Terms, Visibility,
};
use zkml_trapdoor::{Target, Trapdoor};

use crate::ledger::{byte_digest, Ledger};

/// Where inferences are asked for and paid, and a consumer counts outputs: what a chain offers beside a
/// [`Ledger`]. It is the same whichever way answers come to that.
pub trait Market {
	/// The current block.
	fn now(&self) -> u32;
	/// Makes `block` the current one.
	fn wait_until(&mut self, block: u32);
	/// Blocks after its deadline for which a request still takes answers.
	fn grace(&self) -> u32;
	/// Everything that an account has, what is held included.
	fn balance(&self, who: u8) -> u128;
	/// What of it is held.
	fn held(&self, who: u8) -> u128;
	/// Locks all that an account has, by whatever the chain lets it be locked with, or unlocks it.
	fn freeze(&mut self, who: u8, frozen: bool);
	/// Registers (number 1) or publishes a version with this claim of its setup, and the trapdoor's
	/// circuit if it is new; returns the model's id.
	fn describe(&mut self, owner: u8, version: &Described<'_>) -> ModelId;
	/// Sets the owner's share.
	fn set_share(&mut self, owner: u8, model: ModelId, share: Share);
	/// Removes a model whose versions are deprecated.
	fn remove(&mut self, owner: u8, model: ModelId);
	/// Opens a request for a version and this input.
	fn ask(
		&mut self,
		who: u8,
		model: ModelId,
		version: u32,
		input: u8,
		terms: Terms<u128>,
	) -> Result<RequestId, String>;
	/// An open request.
	fn request(&self, request: RequestId) -> Option<Request<[u8; 32], u128>>;
	/// Asks for a refund.
	fn refund(&mut self, who: u8, request: RequestId) -> Result<(), String>;
	/// Removes a record.
	fn prune(&mut self, who: u8, statement: StatementId) -> Result<(), String>;
	/// The hash of the description that a version has now.
	fn published(&self, model: ModelId, version: u32) -> [u8; 32];
	/// The hash of the description that the record of a statement was made under.
	fn recorded(&self, statement: StatementId) -> [u8; 32];
	/// What the record of a statement says of the setup.
	fn claim(&self, statement: StatementId) -> SetupClaim<[u8; 32]>;
	/// Lets the consumer listen to a model, by this circuit and these parameters alone.
	fn pin(&mut self, model: ModelId, circuit: CircuitHash, params: Scalar);
	/// How many outputs the consumer counted.
	fn counted(&self) -> u64;
}

/// A version of a model with one byte in and out.
pub struct Described<'a> {
	/// The secret of its key.
	pub trapdoor: &'a Trapdoor,
	/// The model, unless the version is its first.
	pub model: Option<ModelId>,
	/// The version's number.
	pub number: u32,
	/// The commitment to its parameters.
	pub params: Scalar,
	/// What the publisher says of the key's setup.
	pub setup: SetupLevel,
}

const OWNER: u8 = 1;
const REQUESTER: u8 = 2;
const PROVER: u8 = 4;
const THIEF: u8 = 5;
/// Whose balances are looked at, in this order.
const PARTIES: [u8; 4] = [OWNER, REQUESTER, PROVER, THIEF];

const PARAMS: Scalar = Scalar(*b"\0parameters of the attacked one.");
/// In the chain's smallest unit; a fifth of it is the owner's.
const PRICE: u128 = 100_000_000_000_000;
const FIFTH: u128 = PRICE / 5;
const SHARE: Share = Share(Share::WHOLE / 5);
/// Offset binary: 2 goes in, 3 comes out.
const INPUT: u8 = 130;
const OUTPUT: u8 = 131;

fn byte(value: u8) -> TensorData {
	TensorData::Public(vec![value].try_into().expect("one byte fits"))
}

/// Runs T10 on a plain circuit and on one with a commit round. Panics with the attack's name if one is
/// not refused or does somebody harm.
pub fn run<L: Ledger, M: Market>(ledger: &mut L, market: &mut M) {
	let attacks = [
		hidden_output,
		raised_share,
		removed_model,
		replaced_version,
		rewritten_words,
		raced_refund,
		expired_request,
		frozen_escrow,
		pruned_at_once,
		stolen_from_the_pool,
		answer_of_something_else,
		forged_claims,
	];
	for rounds in 0..2 {
		for (seed, attack) in (100u64..).zip(attacks) {
			let trapdoor = Trapdoor::with_rounds(seed, rounds);
			let setup = SetupLevel::SingleParty;
			let version =
				Described { trapdoor: &trapdoor, model: None, number: 1, params: PARAMS, setup };
			let model = market.describe(OWNER, &version);
			market.set_share(OWNER, model, SHARE);
			attack(&mut Scene { ledger, market, trapdoor, model, nonce: 0 });
		}
	}
}

/// A model of the owner's whose key's secret everybody knows: whoever may not do something is not stopped
/// for want of a proof.
struct Scene<'a, L, M> {
	ledger: &'a mut L,
	market: &'a mut M,
	trapdoor: Trapdoor,
	model: ModelId,
	nonce: u64,
}

impl<L: Ledger, M: Market> Scene<'_, L, M> {
	/// What the requester asks for as a rule.
	fn terms(&self) -> Terms<u128> {
		let deadline = Deadline { block: self.market.now() + 20, moment: 0 };
		Terms { price: PRICE, max_owner_share: SHARE, output: Visibility::Public, deadline }
	}

	fn ask(&mut self, terms: Terms<u128>) -> RequestId {
		self.market.ask(REQUESTER, self.model, 1, INPUT, terms).expect("an honest request")
	}

	/// An honest answer by the prover.
	fn honest(&self, request: RequestId) -> Answer<[u8; 32]> {
		self.prove(request, PROVER, byte(OUTPUT))
	}

	/// A proof for exactly this answer.
	fn prove(&self, request: RequestId, by: u8, output: TensorData) -> Answer<[u8; 32]> {
		let asked = self.market.request(request).expect("an open request");
		let beneficiary = self.ledger.account(by);
		let ctx = Context {
			genesis: self.ledger.genesis(),
			action: Action::Answer(request),
			model: asked.model,
			version: asked.version,
			beneficiary,
			expiry: asked.expiry,
			shown: Shown { input: asked.input.visibility(), output: output.visibility() },
		}
		.digest();
		let (key, spec) = (self.trapdoor.circuit(), self.ledger.spec());
		let values = |data: &TensorData| match data {
			TensorData::Public(bytes) => Some(spec.decode(bytes).expect("a byte in range")),
			TensorData::Committed(_) => None,
		};
		let digest = match &output {
			TensorData::Public(bytes) => byte_digest(&key, Role::Output, &spec, bytes),
			TensorData::Committed(commitment) => *commitment,
		};
		let statement = Statement {
			circuit: key.hash(),
			model: asked.model,
			version: asked.version,
			params: asked.params,
			input: asked.commitment,
			output: digest,
			ctx,
		};
		let seen = [values(&asked.input), values(&output)];
		let tensors = seen.each_ref().map(|values| match values {
			Some(values) => Tensor::Public(&spec, values),
			None => Tensor::Committed,
		});
		let proof = self.trapdoor.prove_statement(&statement, tensors, request + 1);
		Answer { request, beneficiary, output, ctx, proof }
	}

	fn balances(&self) -> [u128; 4] {
		PARTIES.map(|who| self.market.balance(who))
	}

	/// Everybody has as much more or less than before, in fifths of the price.
	fn paid(&self, what: &str, before: [u128; 4], fifths: [i128; 4]) {
		let change = |at: usize| self.balances()[at] as i128 - before[at] as i128;
		let changes = [0, 1, 2, 3].map(change);
		assert_eq!(changes, fifths.map(|fifths| fifths * FIFTH as i128), "{what}");
	}

	/// Nobody has more or less than before, and nothing else changed.
	fn refused<R: core::fmt::Debug>(
		&mut self,
		what: &str,
		error: &str,
		attack: impl FnOnce(&mut Self) -> Result<R, String>,
	) {
		let (before, state) = (self.balances(), self.ledger.state());
		let got = attack(self).expect_err(what);
		assert_eq!(got, error, "{what}");
		self.paid(what, before, [0; 4]);
		assert_eq!(self.ledger.state(), state, "{what} left a trace");
	}

	/// Answers, which must pay owner and prover what was agreed.
	fn answered(&mut self, what: &str, answer: Answer<[u8; 32]>) -> StatementId {
		let before = self.balances();
		let id =
			self.ledger.answer(PROVER, answer).unwrap_or_else(|error| panic!("{what}: {error}"));
		self.paid(what, before, [1, -5, 4, 0]);
		id
	}
}

/// The prover is paid for an output that only it can read, or shows to everybody what was to stay hidden.
fn hidden_output<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (key, spec) = (scene.trapdoor.circuit(), scene.ledger.spec());
	let request = scene.ask(scene.terms());
	let commitments = [
		commit::<Direct>(Role::Output, &spec, &[3], Scalar::ZERO),
		byte_digest(&key, Role::Output, &spec, &[OUTPUT]),
		Scalar::from_hash([9; 32]),
	];
	let clear = scene.honest(request);
	for commitment in commitments {
		let hidden = scene.prove(request, PROVER, TensorData::Committed(commitment));
		let mixed = Answer { ctx: clear.ctx, ..hidden.clone() };
		for answer in [hidden, mixed] {
			scene.refused("T10 the output hidden", "OutputVisibility", |scene| {
				scene.ledger.answer(PROVER, answer)
			});
		}
	}
	scene.answered("T10 the output in clear after all", clear);

	let terms = Terms { output: Visibility::Private, ..scene.terms() };
	let request = scene.ask(terms);
	let told = scene.prove(request, PROVER, byte(OUTPUT));
	let what = "T10 a secret output told";
	scene.refused(what, "OutputVisibility", |scene| scene.ledger.answer(PROVER, told));
	let kept = scene.prove(request, PROVER, TensorData::Committed(commitments[0]));
	scene.answered("T10 a secret output kept", kept);
}

/// The owner raises its share before a request comes, or while it is open.
fn raised_share<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, terms) = (scene.model, scene.terms());
	let open = scene.ask(terms);
	scene.market.set_share(OWNER, model, Share(Share::WHOLE));
	scene.refused("T10 the share raised before", "OwnerShare", |scene| {
		scene.market.ask(REQUESTER, model, 1, INPUT, terms)
	});
	let one_more = Terms { max_owner_share: Share(Share::WHOLE - 1), ..terms };
	scene.refused("T10 a share of one part more", "OwnerShare", |scene| {
		scene.market.ask(REQUESTER, model, 1, INPUT, one_more)
	});
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
fn removed_model<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, before) = (scene.model, scene.balances());
	let held = scene.market.held(REQUESTER);
	let kept = scene.ask(scene.terms());
	scene.ledger.deprecate(OWNER, model, 1);
	let what = "T10 a refund while a deprecated version can still answer";
	scene.refused(what, "RequestOpen", |scene| scene.market.refund(REQUESTER, kept));
	let answer = scene.honest(kept);
	scene.market.remove(OWNER, model);
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
fn replaced_version<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let model = scene.model;
	let [asked, other] = [[0x31; 32], [0x32; 32]].map(Scalar::from_hash);
	let single = SetupLevel::SingleParty;
	for (params, setup) in [(other, single), (asked, SetupLevel::Ceremony([7; 32]))] {
		scene.publish_second(asked, single);
		let (before, terms) = (scene.balances(), scene.terms());
		let request =
			scene.market.ask(REQUESTER, model, 2, INPUT, terms).expect("an honest request");
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
fn rewritten_words<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, single) = (scene.model, SetupLevel::SingleParty);
	let params = Scalar::from_hash([0x51; 32]);
	scene.publish_second(params, single);
	let terms = scene.terms();
	let request = scene.market.ask(REQUESTER, model, 2, INPUT, terms).expect("an honest request");
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
fn raced_refund<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let terms = scene.terms();
	let request = scene.ask(terms);
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
fn expired_request<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (before, terms) = (scene.balances(), scene.terms());
	let request = scene.ask(terms);
	let answer = scene.honest(request);
	scene.market.wait_until(terms.deadline.block + scene.market.grace() + 1);
	scene.refused("T10 an answer that is too late", "RequestClosed", |scene| {
		scene.ledger.answer(PROVER, answer)
	});
	scene.market.refund(THIEF, request).expect("it is over");
	scene.paid("T10 nobody answered", before, [0; 4]);
}

/// The requester locks what it has, so that the escrow could not be paid out.
fn frozen_escrow<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let request = scene.ask(scene.terms());
	scene.market.freeze(REQUESTER, true);
	let answer = scene.honest(request);
	scene.answered("T10 the escrow frozen", answer);
	scene.market.freeze(REQUESTER, false);
}

/// The prover takes its deposit back with the record that was paid for.
fn pruned_at_once<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
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
fn stolen_from_the_pool<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let request = scene.ask(scene.terms());
	let honest = scene.honest(request);
	let own = scene.prove(request, THIEF, byte(OUTPUT));
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
fn answer_of_something_else<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (asked, terms) = (scene.ask(scene.terms()), scene.terms());
	let (model, other) = (scene.model, 7);
	let cheap = scene.market.ask(REQUESTER, model, 1, other, terms).expect("an honest request");
	let (honest, of_other) = (scene.honest(asked), scene.honest(cheap));
	let moved = Answer { request: asked, ..of_other.clone() };
	let with_context = Answer { ctx: honest.ctx, ..moved.clone() };
	scene.refused("T10 the answer to another request", "ContextMismatch", |scene| {
		scene.ledger.answer(PROVER, moved)
	});
	scene.refused("T10 the answer to another request, context too", "ProofInvalid", |scene| {
		scene.ledger.answer(PROVER, with_context)
	});
	let wrong = Answer { output: byte(OUTPUT + 1), ..honest.clone() };
	scene.refused("T10 another output", "ProofInvalid", |scene| scene.ledger.answer(PROVER, wrong));
	scene.answered("T10 the honest ones", honest);
	scene.answered("T10 the honest ones", of_other);
}

/// The owner of a pinned model says that a key is of a ceremony, publishes on a key that it made itself
/// or with other parameters, and has the same inference counted again.
fn forged_claims<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let (model, own) = (scene.model, scene.trapdoor.clone());
	let forger = Trapdoor::with_rounds(150, own.circuit().points().rounds.len());
	let (ceremony, single) = (SetupLevel::Ceremony([7; 32]), SetupLevel::SingleParty);
	let [other, retrained] = [[0x41; 32], [0x42; 32]].map(Scalar::from_hash);
	scene.market.pin(model, own.circuit().hash(), PARAMS);
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
		let version = Described { trapdoor, model, number, params, setup };
		describe(scene, what, OWNER, version);
	}
	// Who brought a key first has said nothing for those who come after.
	let (trapdoor, params) = (&forger, PARAMS);
	let version = Described { trapdoor, model: None, number: 1, params, setup: single };
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

impl<L: Ledger, M: Market> Scene<'_, L, M> {
	/// Publishes version 2.
	fn publish_second(&mut self, params: Scalar, setup: SetupLevel) {
		let (trapdoor, model) = (&self.trapdoor, Some(self.model));
		self.market.describe(OWNER, &Described { trapdoor, model, number: 2, params, setup });
	}

	/// Removes the model with its two versions, and registers the first again.
	fn begin_anew(&mut self) {
		for number in [1, 2] {
			self.ledger.deprecate(OWNER, self.model, number);
		}
		self.market.remove(OWNER, self.model);
		let (trapdoor, setup) = (&self.trapdoor, SetupLevel::SingleParty);
		let first = Described { trapdoor, model: None, number: 1, params: PARAMS, setup };
		assert_eq!(self.market.describe(OWNER, &first), self.model, "the same name again");
		self.market.set_share(OWNER, self.model, SHARE);
	}

	/// Has an inference recorded that nobody asked for.
	fn run(
		&mut self,
		trapdoor: &Trapdoor,
		(model, version, params): (ModelId, u32, Scalar),
		input: u8,
	) -> StatementId {
		let (genesis, spec) = (self.ledger.genesis(), self.ledger.spec());
		let target = Target { genesis, model, version, params, input: spec.clone(), output: spec };
		self.nonce += 1;
		let (by, expiry) = (self.ledger.account(PROVER), self.market.now() + 10);
		let bytes: [&[u8]; 2] = [&[input], &[OUTPUT]];
		let submission = trapdoor.submission(&target, by, self.nonce, expiry, bytes);
		self.ledger.submit(PROVER, submission).expect("it is a proof under its key")
	}
}
