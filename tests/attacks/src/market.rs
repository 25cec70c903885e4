//! T10: attacks by those who take part, on whatever takes requests and pays for answers. The prover, the
//! owner and the requester are the attackers; after each attack everybody's balance is looked at.

mod attempts;

use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, Action, Answer, CircuitHash, Context, Deadline, ModelId, Request, RequestId, Role,
	Scalar, SetupClaim, SetupLevel, Share, Shown, Statement, StatementId, Tensor, TensorData,
	Terms, Visibility,
};
use zkml_trapdoor::{Target, Trapdoor};

use crate::{
	ledger::{byte_digest, Ledger},
	KINDS,
};

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
	/// Lets the consumer listen to a model, by this circuit and parameters that this stands for alone.
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
	/// What its parameters are [`Trapdoor::params_of`].
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

/// Runs T10 on a plain circuit, on one with a commit round, and on one whose parameters are a point. Panics
/// with the attack's name if one is not refused or does somebody harm.
pub fn run<L: Ledger, M: Market>(ledger: &mut L, market: &mut M) {
	use attempts::*;
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
	for kind in KINDS {
		for (seed, attack) in (100u64..).zip(attacks) {
			let trapdoor = kind(seed);
			let setup = SetupLevel::SingleParty;
			let version =
				Described { trapdoor: &trapdoor, model: None, number: 1, params: PARAMS, setup };
			let model = market.describe(OWNER, &version);
			market.set_share(OWNER, model, SHARE);
			let known = vec![PARAMS];
			attack(&mut Scene { ledger, market, kind, trapdoor, model, known, nonce: 0 });
		}
	}
}

/// A model of the owner's whose key's secret everybody knows: whoever may not do something is not stopped
/// for want of a proof.
struct Scene<'a, L, M> {
	ledger: &'a mut L,
	market: &'a mut M,
	kind: fn(u64) -> Trapdoor,
	trapdoor: Trapdoor,
	model: ModelId,
	/// What the versions' parameters are [`Trapdoor::params_of`].
	known: Vec<Scalar>,
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
		let stands = |params: &&Scalar| self.trapdoor.params_of(**params).scalar() == asked.params;
		let params = self.known.iter().find(stands).expect("parameters of a version");
		let trapdoor = self.trapdoor.clone().with_params_of(*params);
		let proof = trapdoor.prove_statement(&statement, tensors, request + 1);
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

impl<L: Ledger, M: Market> Scene<'_, L, M> {
	/// Publishes version 2.
	fn publish_second(&mut self, params: Scalar, setup: SetupLevel) {
		let (trapdoor, model) = (&self.trapdoor, Some(self.model));
		self.known.push(params);
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
