//! T10: attacks by those who take part, on whatever takes requests and pays for answers. The prover, the
//! owner and the requester are the attackers; after each attack everybody's balance is looked at.

mod attempts;

use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, visibilities, Action, Answer, CircuitHash, Deadline, ModelId, Request, RequestId, Role,
	Scalar, SetupClaim, SetupLevel, Share, Shown, StatementId, TensorData, Tensors, Terms,
	Visibility,
};
use zkml_trapdoor::{byte, public_digest, Target, Trapdoor};

use crate::{
	ledger::{list, Ledger, Shape},
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
	fn remove(&mut self, owner: u8, model: ModelId) -> Result<(), String>;
	/// Lets the time be over that a model waits for its removal, as if no request were open any more.
	fn end_wait(&mut self, model: ModelId);
	/// Opens a request for a version and these inputs.
	fn ask(
		&mut self,
		who: u8,
		model: ModelId,
		version: u32,
		inputs: &[TensorData],
		terms: Terms<u128>,
	) -> Result<RequestId, String>;
	/// An open request, with its inputs.
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

/// A version of a model whose inputs and outputs are a byte each.
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
	/// How many inputs and outputs it has.
	pub shape: Shape,
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

/// Who is to see each output.
fn seen<const N: usize>(outputs: [Visibility; N]) -> Tensors<Visibility> {
	outputs.to_vec().try_into().expect("no more than a model may have")
}

/// Runs T10 on a plain circuit, on one with a commit round, and on one whose parameters are a point; some of
/// it on a model of three inputs, one of them private, and two outputs. Panics with the attack's name if one is not refused or does somebody harm.
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
	let single = attacks.map(|attack| (Shape::SINGLE, attack));
	let several = [hidden_one_of_two, swapped_or_left_out].map(|attack| (Shape::SEVERAL, attack));
	for kind in KINDS {
		for (seed, (shape, attack)) in (100u64..).zip(single.into_iter().chain(several)) {
			let trapdoor = kind(seed);
			let setup = SetupLevel::SingleParty;
			let (model, number, params) = (None, 1, PARAMS);
			let version = Described { trapdoor: &trapdoor, model, number, params, setup, shape };
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
		let outputs = seen([Visibility::Public]);
		Terms { price: PRICE, max_owner_share: SHARE, outputs, deadline }
	}

	fn ask(&mut self, terms: Terms<u128>) -> RequestId {
		self.ask_about(&[byte(INPUT)], terms)
	}

	fn ask_about(&mut self, inputs: &[TensorData], terms: Terms<u128>) -> RequestId {
		self.market.ask(REQUESTER, self.model, 1, inputs, terms).expect("an honest request")
	}

	/// An honest answer by the prover, of one output.
	fn honest(&self, request: RequestId) -> Answer<[u8; 32]> {
		self.prove(request, PROVER, &[byte(OUTPUT)])
	}

	/// A proof for exactly this answer.
	fn prove(&self, request: RequestId, by: u8, outputs: &[TensorData]) -> Answer<[u8; 32]> {
		let asked = self.market.request(request).expect("an open request");
		let beneficiary = self.ledger.account(by);
		let stands = |params: &&Scalar| self.trapdoor.params_of(**params).scalar() == asked.params;
		let params = *self.known.iter().find(stands).expect("parameters of a version");
		let specs = |count| vec![self.ledger.spec(); count];
		let target = Target {
			genesis: self.ledger.genesis(),
			model: asked.model,
			version: asked.version,
			params,
			inputs: specs(asked.inputs.len()),
			outputs: specs(outputs.len()),
		};
		let outputs = list(outputs);
		let shown = Shown { inputs: visibilities(&asked.inputs), outputs: visibilities(&outputs) };
		let context = target.context(Action::Answer(request), beneficiary, asked.expiry, shown);
		let run = [&asked.inputs[..], &outputs[..]];
		let (ctx, proof) = self.trapdoor.prove_inference(&target, &context, run, request + 1);
		Answer { request, beneficiary, outputs, ctx, proof }
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
		let (trapdoor, model, shape) = (&self.trapdoor, Some(self.model), Shape::SINGLE);
		self.known.push(params);
		let second = Described { trapdoor, model, number: 2, params, setup, shape };
		self.market.describe(OWNER, &second);
	}

	/// Removes the model with its two versions, and registers the first again.
	fn begin_anew(&mut self) {
		for number in [1, 2] {
			self.ledger.deprecate(OWNER, self.model, number);
		}
		self.market.end_wait(self.model);
		self.market.remove(OWNER, self.model).expect("all versions are deprecated");
		let (trapdoor, setup) = (&self.trapdoor, SetupLevel::SingleParty);
		let (model, number, params, shape) = (None, 1, PARAMS, Shape::SINGLE);
		let first = Described { trapdoor, model, number, params, setup, shape };
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
		let (inputs, outputs) = (vec![spec.clone()], vec![spec]);
		let target = Target { genesis, model, version, params, inputs, outputs };
		self.nonce += 1;
		let (by, expiry) = (self.ledger.account(PROVER), self.market.now() + 10);
		let run: [&[_]; 2] = [&[byte(input)], &[byte(OUTPUT)]];
		let submission = trapdoor.submission(&target, by, self.nonce, expiry, run);
		self.ledger.submit(PROVER, submission).expect("it is a proof under its key")
	}
}
