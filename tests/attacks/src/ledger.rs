//! Attacks on whatever keeps records.

mod several;

use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, visibilities, Action, Answer, Context, ModelId, Role, Scalar, Shown, StatementId,
	Submission, TensorData, TensorSpec, Tensors, Visibility, MAX_TENSOR_BYTES,
};
use zkml_trapdoor::{byte, public_digest, rerandomise, Target, Trapdoor};

use crate::{
	hostile::{plus, spoilt},
	KINDS,
};

/// How many inputs and outputs a model has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shape {
	/// Inputs.
	pub inputs: usize,
	/// Outputs.
	pub outputs: usize,
}

impl Shape {
	/// One of each.
	pub const SINGLE: Self = Self { inputs: 1, outputs: 1 };
	/// Three inputs and two outputs.
	pub const SEVERAL: Self = Self { inputs: 3, outputs: 2 };
}

/// What goes in and comes out.
pub(crate) type Run = [Vec<TensorData>; 2];

/// A list as the chain takes it.
pub(crate) fn list(data: &[TensorData]) -> Tensors<TensorData> {
	data.to_vec().try_into().expect("as many as a model may have")
}

/// A chain with models on it, and a path by which proofs come to its records. Accounts are small numbers;
/// errors are the names of the variants.
pub trait Ledger {
	/// The hash of block 0.
	fn genesis(&self) -> [u8; 32];
	/// The account of this number, as the chain encodes it.
	fn account(&self, number: u8) -> [u8; 32];
	/// Registers the trapdoor's circuit, unless it is, and a model on it, its inputs and outputs of a byte
	/// each, and the parameters that are its [`Trapdoor::params_of`] `params`; returns the model's id.
	fn register(&mut self, owner: u8, trapdoor: &Trapdoor, params: Scalar, shape: Shape)
		-> ModelId;
	/// Publishes the next version, of one input and one output.
	fn publish(&mut self, owner: u8, trapdoor: &Trapdoor, model: ModelId, params: Scalar);
	/// Deprecates a version.
	fn deprecate(&mut self, owner: u8, model: ModelId, version: u32);
	/// The tensor of one byte that is each input and output of the models.
	fn spec(&self) -> TensorSpec;
	/// Announces the commitment to a private input, unless it is announced.
	fn commit(&mut self, who: u8, commitment: Scalar);
	/// What the proof of a submission under this nonce is for: that submission; or, where all that is
	/// submitted comes as the answer to a request for just that, the answer to the request that the nonce
	/// stands for, which is another one for each model that is registered.
	fn action(&self, nonce: u64) -> Action {
		Action::Submit(nonce)
	}
	/// Submits; the id of the record, or the name of the error.
	fn submit(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String>;
	/// Answers a request; the id of the record, or the name of the error.
	fn answer(&mut self, who: u8, answer: Answer<[u8; 32]>) -> Result<StatementId, String>;
	/// A hash of everything stored, fees left out.
	fn state(&mut self) -> [u8; 32];
	/// Whether a statement is on record for this model.
	fn is_recorded(&self, statement: StatementId, model: ModelId) -> bool;
}

const PARAMS: Scalar = Scalar(*b"\0parameters of the attacked one.");

struct Bench<'a, L> {
	ledger: &'a mut L,
	kind: fn(u64) -> Trapdoor,
	trapdoor: Trapdoor,
	model: ModelId,
	/// What goes in and comes out as a rule.
	run: Run,
}

impl<L: Ledger> Bench<'_, L> {
	/// A submission by account 1 with a proof that is honest for exactly what it says.
	fn honest(&self, nonce: u64) -> Submission<[u8; 32]> {
		self.prove(nonce, 1, self.model, PARAMS, |_| {})
	}

	/// A version, as far as proofs are about it.
	fn target(&self, model: ModelId, version: u32, params: Scalar) -> Target {
		let specs = |count| vec![self.ledger.spec(); count];
		let [inputs, outputs] = self.run.each_ref().map(|tensors| specs(tensors.len()));
		Target { genesis: self.ledger.genesis(), model, version, params, inputs, outputs }
	}

	/// Proves a context that `change` may have altered, and submits it as if it had not: it even
	/// claims the context that the chain expects.
	fn prove(
		&self,
		nonce: u64,
		version: u32,
		model: ModelId,
		params: Scalar,
		change: impl Fn(&mut Context<[u8; 32]>),
	) -> Submission<[u8; 32]> {
		let (beneficiary, expiry) = (self.ledger.account(1), 50);
		let [inputs, outputs] = self.run.each_ref().map(|tensors| list(tensors));
		let shown = Shown { inputs: visibilities(&inputs), outputs: visibilities(&outputs) };
		let target = self.target(model, version, params);
		let action = self.ledger.action(nonce);
		let mut context = target.context(action, beneficiary, expiry, shown);
		let ctx = context.digest();
		change(&mut context);
		let run = [&inputs[..], &outputs[..]];
		let (_, proof) = self.trapdoor.prove_inference(&target, &context, run, nonce);
		Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof }
	}

	/// The context that the chain expects of a submission.
	fn context(&self, given: &Submission<[u8; 32]>) -> Context<[u8; 32]> {
		let shown =
			Shown { inputs: visibilities(&given.inputs), outputs: visibilities(&given.outputs) };
		let target = self.target(given.model, given.version, PARAMS);
		let action = self.ledger.action(given.nonce);
		target.context(action, given.beneficiary, given.expiry, shown)
	}

	/// Whether what is submitted comes as an answer.
	fn answers(&self) -> bool {
		matches!(self.ledger.action(0), Action::Answer(_))
	}

	/// The error for what is on record: a request is gone with its answer, so that nobody comes as far as
	/// the record.
	fn again(&self) -> &'static str {
		match self.answers() {
			true => "RequestNotFound",
			false => "AlreadyRecorded",
		}
	}

	/// The submission must fail with this error and leave no trace.
	fn refused(&mut self, what: &str, error: &str, submission: Submission<[u8; 32]>) {
		let before = self.ledger.state();
		assert_eq!(self.ledger.submit(1, submission), Err(error.to_owned()), "{what}");
		assert_eq!(self.ledger.state(), before, "{what} left a trace");
	}
}

/// Runs T1 to T9 on a plain circuit, on one with a commit round, and on one whose parameters are a point,
/// for a model of one input and one output; and what of T1 to T10 is about several tensors for one of three
/// inputs and two outputs, of which one each is private. Panics with the attack's name if one is not refused.
///
/// Where proofs come as answers, model, version and inputs are the request's. What is wrong with these is
/// refused when it is asked, by the same error, and no answer comes to it: T2 and T7 of inputs, T8, and a wrong
/// number of inputs in T10. A private input need not be announced by who asks, so that attack is left out,
/// and so are inputs that nobody measured in T7. That a version may be deprecated under an open request, and
/// must not be removed or replaced, is T10 in [`crate::market`].
pub fn run(ledger: &mut impl Ledger) {
	for kind in KINDS {
		run_with(ledger, kind);
		several::run(ledger, kind);
	}
}

fn run_with(ledger: &mut impl Ledger, kind: fn(u64) -> Trapdoor) {
	let trapdoor = kind(11);
	let model = ledger.register(1, &trapdoor, PARAMS, Shape::SINGLE);
	let run = [vec![byte(130)], vec![byte(131)]];
	let mut bench = Bench { ledger, kind, trapdoor, model, run };

	t1_flipped_inputs(&mut bench);
	t2_scalars_above_the_order(&mut bench);
	t3_t4_replays(&mut bench);
	t6_elsewhere(&mut bench);
	t7_malformed(&mut bench);
	t7_mixed(&mut bench);
	t9_a_stranger_with_a_trapdoor(&mut bench);
	t5_t8_versions(&mut bench);
}

fn t1_flipped_inputs<L: Ledger>(bench: &mut Bench<'_, L>) {
	let honest = bench.honest(1);
	type Change = fn(&mut Submission<[u8; 32]>);
	for (what, error, change) in [
		("T1 input", "ProofInvalid", (|s| s.inputs[0] = byte(129)) as Change),
		("T1 output", "ProofInvalid", |s| s.outputs[0] = byte(132)),
		("T1 context", "ContextMismatch", |s| s.ctx.0[31] ^= 1),
		("T1 nonce", "ContextMismatch", |s| s.nonce += 1),
		("T1 expiry", "ContextMismatch", |s| s.expiry += 1),
		("T1 beneficiary", "ContextMismatch", |s| s.beneficiary[0] ^= 1),
	] {
		let mut flipped = honest.clone();
		change(&mut flipped);
		bench.refused(what, error, flipped);
	}
	let mut flipped = honest.clone();
	flipped.outputs[0] = TensorData::Committed(Scalar::from_hash([9; 32]));
	bench.refused("T1 output committed to something else", "ContextMismatch", flipped.clone());
	// What a stranger could do with somebody's proof: put it on record without the output. To a plain
	// circuit the commitment of a public output is the same.
	let TensorData::Public(bytes) = &honest.outputs[0] else {
		unreachable!("honest outputs are public")
	};
	let (key, spec) = (bench.trapdoor.circuit(), bench.ledger.spec());
	let commitment = commit::<Direct>(Role::Output, &spec, &[3], Scalar::ZERO);
	for commitment in [commitment, public_digest(&key, Role::Output, &spec, bytes)] {
		let mut copy = honest.clone();
		copy.outputs[0] = TensorData::Committed(commitment);
		bench.refused("T1 output hidden", "ContextMismatch", copy.clone());
		copy.ctx = bench.context(&copy).digest();
		bench.refused("T1 output hidden, context too", "ProofInvalid", copy);
	}
}

fn t2_scalars_above_the_order<L: Ledger>(bench: &mut Bench<'_, L>) {
	let honest = bench.honest(2);
	let TensorData::Public(bytes) = &honest.outputs[0] else {
		unreachable!("honest outputs are public")
	};
	let key = bench.trapdoor.circuit();
	let output = public_digest(&key, Role::Output, &bench.ledger.spec(), bytes);
	for (what, scalar) in [
		("T2 output plus r", plus(&output.0, &Scalar::MODULUS)),
		("T2 output all ones", Some([0xff; 32])),
	] {
		// Some commitments have no second spelling in 32 bytes.
		let Some(scalar) = scalar else { continue };
		let mut alias = honest.clone();
		alias.outputs[0] = TensorData::Committed(Scalar(scalar));
		bench.refused(what, "OutputNotCanonical", alias);
	}
	let mut alias = honest;
	alias.inputs[0] = TensorData::Committed(Scalar([0xff; 32]));
	bench.refused("T2 input all ones", "InputNotCanonical", alias);
}

fn t3_t4_replays<L: Ledger>(bench: &mut Bench<'_, L>) {
	let honest = bench.honest(3);
	let id = bench.ledger.submit(1, honest.clone()).expect("an honest submission");
	assert!(bench.ledger.is_recorded(id, bench.model));
	let again = bench.again();
	bench.refused("T3 the same again", again, honest.clone());
	let copy = Submission { proof: rerandomise(&honest.proof, 77), ..honest };
	bench.refused("T4 the same, re-randomised", again, copy.clone());
	let before = bench.ledger.state();
	assert_eq!(bench.ledger.submit(2, copy.clone()), Err(again.into()), "T4 by a stranger");
	assert_eq!(bench.ledger.state(), before);
	// As another submission of the same inference, or as the answer when it is asked for once more.
	let mut moved = Submission { nonce: 4, ..copy };
	bench.refused("T4 the same under another nonce", "ContextMismatch", moved.clone());
	moved.ctx = bench.context(&moved).digest();
	bench.refused("T4 the same under another nonce, context too", "ProofInvalid", moved);
}

/// This number by the other path, and the next one by the same.
fn others(action: Action) -> [Action; 2] {
	match action {
		Action::Submit(number) => [Action::Answer(number), Action::Submit(number + 1)],
		Action::Answer(number) => [Action::Submit(number), Action::Answer(number + 1)],
		Action::Register | Action::Publish => unreachable!("no inference comes by these"),
	}
}

fn t6_elsewhere<L: Ledger>(bench: &mut Bench<'_, L>) {
	let model = bench.model;
	for (what, change) in [
		("T6 another chain", (|c| c.genesis[0] ^= 1) as fn(&mut Context<[u8; 32]>)),
		("T6 another action", |c| c.action = others(c.action)[0]),
		("T6 registration", |c| c.action = Action::Register),
		("T6 another nonce or request", |c| c.action = others(c.action)[1]),
		("T6 another beneficiary", |c| c.beneficiary = [9; 32]),
		("T6 another model", |c| c.model = ModelId([9; 32])),
		("T6 another expiry", |c| c.expiry += 1),
	] {
		let submission = bench.prove(4, 1, model, PARAMS, change);
		bench.refused(what, "ProofInvalid", submission);
	}
}

fn t7_malformed<L: Ledger>(bench: &mut Bench<'_, L>) {
	let honest = bench.honest(6);
	for (what, proof) in spoilt(&honest.proof) {
		let before = bench.ledger.state();
		let answer = bench.ledger.submit(1, Submission { proof, ..honest.clone() });
		assert!(answer.is_err(), "T7 {what} was taken");
		assert_eq!(bench.ledger.state(), before, "T7 {what} left a trace");
	}
	let bytes = |n: usize| TensorData::Public(vec![128; n].try_into().expect("256 KiB at most"));
	for n in [0, 2, MAX_TENSOR_BYTES as usize] {
		let mut wrong = honest.clone();
		wrong.inputs[0] = bytes(n);
		bench.refused("T7 input of the wrong length", "InputLength", wrong);
		let mut wrong = honest.clone();
		wrong.outputs[0] = bytes(n);
		bench.refused("T7 output of the wrong length", "OutputLength", wrong);
	}
	let mut wrong = honest;
	wrong.inputs[0] = byte(255);
	bench.refused("T7 input out of range", "InputOutOfRange", wrong);
}

/// Parts of two good proofs in one, and commitments that the rest was not made for. A wrong number of
/// them, by which the call was weighed, is refused before the tensors are so much as measured.
fn t7_mixed<L: Ledger>(bench: &mut Bench<'_, L>) {
	let (one, other) = (bench.honest(30), bench.honest(31));
	let answers = bench.answers();
	let unmeasured = |s: &mut Submission<[u8; 32]>| {
		s.outputs[0] = TensorData::Public(Default::default());
		// The inputs of an answer were measured when it was asked.
		if !answers {
			s.inputs[0] = TensorData::Public(Default::default());
		}
	};
	let mut refused = |what: &str, error: &str, change: &dyn Fn(&mut Submission<[u8; 32]>)| {
		let mut mixed = one.clone();
		change(&mut mixed);
		bench.refused(what, error, mixed);
	};
	refused("T7 A of another proof", "ProofInvalid", &|s| s.proof.a = other.proof.a);
	refused("T7 B of another proof", "ProofInvalid", &|s| s.proof.b = other.proof.b);
	refused("T7 C of another proof", "ProofInvalid", &|s| s.proof.c = other.proof.c);
	if one.proof.commitments.is_empty() {
		refused("T7 a commitment too many", "ProofCommitmentCount", &|s| {
			s.proof.commitments = vec![one.proof.a].try_into().expect("room for one");
			unmeasured(s);
		});
		return;
	}
	let commitments = &other.proof.commitments;
	refused("T7 commitments of another proof", "ProofInvalid", &|s| {
		s.proof.commitments = commitments.clone();
	});
	refused("T7 everything but the commitments of another proof", "ProofInvalid", &|s| {
		let own = s.proof.commitments.clone();
		s.proof = other.proof.clone();
		s.proof.commitments = own;
	});
	refused("T7 no commitment", "ProofCommitmentCount", &|s| {
		s.proof.commitments = Default::default();
		unmeasured(s);
	});
}

fn t9_a_stranger_with_a_trapdoor<L: Ledger>(bench: &mut Bench<'_, L>) {
	// Account 2 knows the secret of its own key and registers a model with the victim's parameters.
	let stranger = (bench.kind)(12);
	let theirs = bench.ledger.register(2, &stranger, PARAMS, Shape::SINGLE);
	assert_ne!(theirs, bench.model, "T9 a copy is another model");
	// Its proofs are worth nothing for the victim's model, whatever they claim.
	let victim = std::mem::replace(&mut bench.trapdoor, stranger);
	let forged = bench.honest(7);
	bench.refused("T9 a forged proof for the victim's model", "ProofInvalid", forged);
	bench.trapdoor = victim;
	// Nor does what it records for its own model count as the victim's.
	let honest = bench.prove(8, 1, theirs, PARAMS, |_| {});
	bench.refused("T9 the victim's proof for the copy", "ProofInvalid", honest);
}

fn t5_t8_versions<L: Ledger>(bench: &mut Bench<'_, L>) {
	let unknown = bench.prove(9, 1, ModelId([0x55; 32]), PARAMS, |_| {});
	bench.refused("T8 an unknown model", "VersionNotFound", unknown);
	let unknown = bench.prove(9, 2, bench.model, PARAMS, |_| {});
	bench.refused("T8 an unknown version", "VersionNotFound", unknown);

	let next = Scalar::from_hash([0x33; 32]);
	bench.ledger.publish(1, &bench.trapdoor, bench.model, next);
	let first = bench.honest(10);
	let second = bench.prove(10, 2, bench.model, next, |_| {});
	// As it is, and with the context that the chain expects of the other version.
	let as_second = Submission { version: 2, ..first.clone() };
	let as_first = Submission { version: 1, ..second.clone() };
	bench.refused("T5 version 1 as 2", "ContextMismatch", as_second.clone());
	bench.refused("T5 version 2 as 1", "ContextMismatch", as_first.clone());
	let as_second = Submission { ctx: second.ctx, ..as_second };
	let as_first = Submission { ctx: first.ctx, ..as_first };
	bench.refused("T5 version 1 as 2, context too", "ProofInvalid", as_second);
	bench.refused("T5 version 2 as 1, context too", "ProofInvalid", as_first);

	bench.ledger.deprecate(1, bench.model, 1);
	bench.refused("T8 a deprecated version", "VersionDeprecated", first);
	bench.ledger.submit(1, second).expect("the next version is alive");
}
