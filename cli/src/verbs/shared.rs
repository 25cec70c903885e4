//! What several verbs do.

use std::{
	path::{Path, PathBuf},
	time::Duration,
};

use rand::rngs::OsRng;
use serde_json::{json, Value};
use subxt_signer::sr25519::Keypair;
use zkml_circuits::{Binding, CompiledModel, Prover, ProvingKeyFile, Salts};
use zkml_client::{
	chain::{self, AccountId, Balance, Call, Chain, Item, Prepared, Sent},
	files::{self, FileProblem, Over, Readers},
	hex, keys,
	parse::Amount,
	proof_file::{Digests, Parts, ProofFile, SaturationFile, TensorFile},
	tensors::{self, Opening},
};
use zkml_primitives::{Context, ModelId, Role, Scalar, TensorSpec};

use super::node;
use crate::{
	args,
	error::CliError,
	output::{self, Output, Progress},
};

/// Loads model and key, says what they will take, and fits them together.
pub fn prover(bench: &args::Workbench, out: &Output) -> Result<Prover, CliError> {
	let model = CompiledModel::load(&bench.model)?;
	let estimate = model.estimate();
	out.field("constraints", estimate.constraints);
	out.field("proving key", output::bytes(estimate.proving_key_bytes));
	out.field("memory, about", output::bytes(estimate.memory_bytes));
	let progress = Progress::start("loading the proving key");
	let key = ProvingKeyFile::load(&bench.proving_key)?;
	progress.update("fitting model and key", 0, 0);
	Ok(Prover::new(model, key)?)
}

/// Reads real numbers as a model's input, and says which of them rounding changes much.
pub fn read_input(path: &Path, model: &CompiledModel) -> Result<Vec<i32>, CliError> {
	read_values(path, model.input(), |reals| model.quantize_input(reals))
}

/// Reads an input and makes integers of it. What is wrong with its numbers is wrong with the file,
/// which is named; which of them rounding changes much is said.
pub fn read_values<E>(
	path: &Path,
	spec: &TensorSpec,
	integers: impl FnOnce(&[f32]) -> Result<Vec<i32>, E>,
) -> Result<Vec<i32>, CliError>
where
	CliError: From<E>,
{
	let reals = tensors::read_input(path)?;
	let values = integers(&reals).map_err(|error| CliError::from(error).in_file(path))?;
	if let Some(words) = tensors::rounding(spec, &reals, &values) {
		output::warn(words);
	}
	Ok(values)
}

/// An input: its values and, if it is private, what opens its commitment.
pub struct Given {
	/// The quantised values, in the order of the model's input.
	pub values: Vec<i32>,
	/// The opening of a private input.
	pub opening: Option<Opening>,
	/// The opening's file, until [`Given::keep`] is done with it.
	file: Option<PathBuf>,
	/// Whether the file is still to be written.
	fresh: bool,
}

impl Given {
	/// The salt of its commitment.
	pub fn salt(&self) -> Scalar {
		self.opening.as_ref().map_or(Scalar::ZERO, |opening| Scalar(opening.salt))
	}

	/// Where the opening is still to be written.
	pub fn unwritten(&self) -> Option<&Path> {
		self.file.as_deref().filter(|_| self.fresh)
	}

	/// Writes the opening of a private input to its file. To be called once nothing can be refused
	/// any more on this machine, and before anybody else sees the commitment.
	pub fn keep(&mut self, out: &Output) -> Result<(), CliError> {
		if let (Some(opening), Some(path)) = (&self.opening, self.file.take()) {
			if self.fresh {
				keep(opening, &path, Over::Nothing)?;
			}
			out.field("private input", format_args!("{} opens it; keep it", path.display()));
		}
		Ok(())
	}
}

/// Makes `values` the input: in clear, or behind the opening in its file. A file with the same
/// values is used again, so that an input announced earlier keeps its commitment; one with other
/// values is left alone, since it may be the only copy of a salt that is still needed.
pub fn give(input: &args::Input, spec: &TensorSpec, values: Vec<i32>) -> Result<Given, CliError> {
	if !input.private_input {
		return Ok(Given { values, opening: None, file: None, fresh: false });
	}
	let path = &input.input_opening;
	let fresh = !path.exists();
	let opening = if fresh {
		files::check_places(&[(path, Over::Nothing)])?;
		Opening::new(Role::Input, spec, &values, zkml_circuits::random_salt(&mut OsRng))
	} else {
		let opening = Opening::load(path, Role::Input, spec)?;
		if opening.values != values {
			let expected = "the opening of this input, or no such file";
			return Err(FileProblem::content(path, expected, "the opening of another").into());
		}
		opening
	};
	Ok(Given { values, opening: Some(opening), file: Some(path.clone()), fresh })
}

/// Writes an opening, for its owner alone.
fn keep(opening: &Opening, path: &Path, over: Over) -> Result<(), FileProblem> {
	files::write_json(path, opening, Readers::Owner, over)
}

/// Where the opening of a private output goes: beside the proof, so that the salt of one proof is
/// not lost to the next.
fn output_opening(hide: &args::OutputOf, proof: &Path) -> Option<PathBuf> {
	let beside = || proof.with_extension("output.opening.json");
	hide.private_output.then(|| hide.output_opening.clone().unwrap_or_else(beside))
}

/// Refuses a proof whose files could not all be written, before it is made or paid for.
pub fn check_places(given: &Given, hide: &args::OutputOf, proof: &Path) -> Result<(), CliError> {
	let output = output_opening(hide, proof);
	let input = given.file.as_deref();
	// An opening of this input that is there already is used, and not written.
	let announced = if given.fresh { Over::Nothing } else { Over::Anything };
	let mut places = vec![(proof, Over::Results)];
	places.extend(output.as_deref().map(|path| (path, Over::Nothing.forced(hide.force))));
	places.extend(input.map(|path| (path, announced)));
	Ok(files::check_places(&places)?)
}

/// Proves and writes `path`; the openings of private tensors are written before it.
pub fn prove(
	prover: &Prover,
	given: &mut Given,
	hide: &args::OutputOf,
	bound: Bound<'_>,
	path: &Path,
	out: &Output,
) -> Result<Made, CliError> {
	check_places(given, hide, path)?;
	let model = prover.model();
	let output_salt = match hide.private_output {
		true => zkml_circuits::random_salt(&mut OsRng),
		false => Scalar::ZERO,
	};
	let salts = Salts { input: given.salt(), output: output_salt };
	let progress = Progress::start("proving");
	let proved = prover.prove(&given.values, salts, bound.binding(), &mut OsRng)?;
	let took = progress.finish();
	let found = model.saturations(&model.trace(&given.values)?);
	for saturation in &found {
		output::warn(saturation);
	}
	let public = given.opening.is_none() && !hide.private_output;
	let label = tensors::label(model.labels(), model.output(), &proved.output);
	given.keep(out)?;
	if let Some(path) = output_opening(hide, path) {
		let opening = Opening::new(Role::Output, model.output(), &proved.output, output_salt);
		keep(&opening, &path, Over::Nothing.forced(hide.force))?;
		out.field("private output", format_args!("{} opens it; keep it", path.display()));
	}
	let shown = |values: &[i32], private: bool| (!private).then(|| values.to_vec());
	let file = ProofFile::new(Parts {
		circuit: prover.circuit_hash(),
		proof: &proved.proof,
		params_point: prover.params().point(),
		digests: Digests {
			params: proved.statement.params.0,
			input: proved.statement.input.0,
			output: proved.statement.output.0,
			ctx: proved.statement.ctx.0,
		},
		input: TensorFile {
			spec: model.input().into(),
			values: shown(&given.values, given.opening.is_some()),
		},
		output: TensorFile {
			spec: model.output().into(),
			values: shown(&proved.output, hide.private_output),
		},
		label: label.clone().filter(|_| !hide.private_output),
		saturation: SaturationFile::new(&found, public),
		context: bound.context,
	});
	file.save(path)?;
	let words = tensors::output_words(model.output(), &proved.output, label.as_deref());
	let real = tensors::reals(model.output(), &proved.output);
	Ok(Made { file, output: proved.output, real, words, label, took, prove_ms: proved.prove_ms })
}

/// A context's digest from the command line.
pub fn ctx(text: &str) -> Result<Scalar, CliError> {
	let scalar = Scalar(hex::read("--ctx", text)?);
	scalar.check().map_err(|_| {
		CliError::mismatch("--ctx", "a number below the group order", hex::show(&scalar.0))
	})?;
	Ok(scalar)
}

/// What a proof is bound to.
pub struct Bound<'a> {
	/// The digest of the context, a public input of the proof.
	pub ctx: Scalar,
	/// What it is the digest of, if that is known.
	pub context: Option<&'a Context<AccountId>>,
}

impl<'a> Bound<'a> {
	/// To a known context.
	pub fn to(context: &'a Context<AccountId>) -> Self {
		Self { ctx: context.digest(), context: Some(context) }
	}

	/// The same as the prover takes it.
	fn binding(&self) -> Binding {
		match self.context {
			Some(context) => binding(context),
			None => Binding::bare(self.ctx),
		}
	}
}

/// What a context binds a proof to.
pub fn binding(context: &Context<AccountId>) -> Binding {
	Binding { model: context.model, version: context.version, ctx: context.digest() }
}

/// A proof that was just made, and the output it is about.
pub struct Made {
	/// The proof as it is written to `proof.json`.
	pub file: ProofFile,
	/// The output, private or not.
	pub output: Vec<i32>,
	/// The output in real numbers.
	pub real: Vec<f64>,
	/// The output in words, for people.
	pub words: String,
	/// Name of its class or largest score.
	pub label: Option<String>,
	/// How long it took.
	pub took: Duration,
	/// The prover's own figure.
	pub prove_ms: u32,
}

impl Made {
	/// Says what came out and at what cost.
	pub fn report(&self, path: &Path, out: &Output) -> Value {
		out.field("output", &self.words);
		let bytes = 256 + 64 * self.file.commitments.len();
		out.field("proof", format_args!("{}, {bytes} bytes", path.display()));
		let cost = output::cost(out, self.took);
		json!({
			"output": self.output,
			"real": self.real,
			"label": self.label,
			"proof": path.display().to_string(),
			"proof_bytes": bytes,
			"prove_ms": self.prove_ms,
			"cost": cost,
			"digests": self.file.digests,
			"saturation": self.file.saturation,
		})
	}
}

/// A tensor for people and programs: its values if they are public and of the declared kind, in real
/// numbers too.
pub fn tensor_json(
	data: &zkml_primitives::TensorData,
	spec: Option<&TensorSpec>,
	labels: &[String],
) -> (String, Value) {
	use zkml_primitives::TensorData::{Committed, Public};
	match (data, spec) {
		(Committed(scalar), _) => {
			let shown = hex::show(&scalar.0);
			(format!("private, {shown}"), json!({ "visibility": "private", "commitment": shown }))
		}
		(Public(bytes), Some(spec)) => match spec.decode(bytes) {
			Ok(values) => {
				let label = tensors::label(labels, spec, &values);
				let words = tensors::output_words(spec, &values, label.as_deref());
				let real = tensors::reals(spec, &values);
				let tensor = json!({
					"visibility": "public",
					"bytes": hex::show(bytes),
					"values": values,
					"real": real,
					"label": label,
				});
				(words, tensor)
			}
			Err(_) => raw(bytes),
		},
		(Public(bytes), None) => raw(bytes),
	}
}

/// Bytes for people: not more than fit into a line or two.
pub fn bytes(all: &[u8]) -> String {
	const SHOWN: usize = 32;
	match all.get(..SHOWN) {
		Some(first) if all.len() > SHOWN => {
			format!("{} and {} bytes more", hex::show(first), all.len() - SHOWN)
		}
		_ => hex::show(all),
	}
}

fn raw(bytes: &[u8]) -> (String, Value) {
	let shown = hex::show(bytes);
	(shown.clone(), json!({ "visibility": "public", "bytes": shown }))
}

/// A connection to a node with a key to sign by.
pub struct Session {
	/// The node, and what its chain says.
	pub chain: Chain,
	/// The key that signs transactions.
	pub key: Keypair,
	/// The key's account, which pays for them.
	pub account: AccountId,
	finalized: bool,
	yes: bool,
	tip: Balance,
}

impl Session {
	/// Finds the key first: a node is no help without it, nor is a proof that nobody agrees to send.
	pub async fn open(send: &args::Send) -> Result<Self, CliError> {
		Self::of(Self::signer(send)?, send).await
	}

	/// The key, if somebody agrees to what is sent or can be asked.
	pub fn signer(send: &args::Send) -> Result<Keypair, CliError> {
		let key = send.key.load()?;
		if !send.yes {
			output::can_ask()?;
		}
		Ok(key)
	}

	/// With a key that is there already.
	pub async fn of(key: Keypair, send: &args::Send) -> Result<Self, CliError> {
		let chain = node::connect(&send.node.url).await?;
		let account = keys::account(&key);
		let (finalized, yes, tip) = (send.finalized, send.yes, send.tip.0);
		Ok(Self { chain, key, account, finalized, yes, tip })
	}

	/// The deposit for these, with its words.
	pub async fn deposit<I: Item>(&self, items: &[I], until: &str) -> Result<Takes, CliError> {
		let amount = self.chain.deposit(items).await?;
		let words = format!("{}, held until {until}", Amount(amount));
		Ok(Takes { label: "deposit", words, held: amount })
	}

	/// Says what a call costs and what else it takes, asks, sends, waits, and says what became of
	/// it.
	pub async fn act(
		&self,
		call: &Call,
		takes: &[Takes],
		out: &Output,
	) -> Result<(Sent, Value), CliError> {
		let ready = self.prepare(call, takes, out).await?;
		self.confirm(out)?;
		self.send(ready, out).await
	}

	/// Says what a call costs and what else it takes; refuses what the account cannot pay.
	pub async fn prepare(
		&self,
		call: &Call,
		takes: &[Takes],
		out: &Output,
	) -> Result<Ready, CliError> {
		let before = self.chain.account(&self.account).await?;
		let prepared = self.chain.prepare(call, &self.key, self.tip).await?;
		out.say(format_args!("{}", prepared.title));
		out.field("from", self.account);
		out.field("fee, about", Amount(prepared.fee));
		if self.tip > 0 {
			out.field("tip", Amount(self.tip));
		}
		for take in takes {
			out.field(take.label, &take.words);
		}
		out.field("balance", Amount(before.free));
		// The chain would refuse too, but keep the fee.
		let held = takes.iter().map(|take| take.held).fold(0, Balance::saturating_add);
		self.chain.afford(&prepared, held).await?;
		Ok(Ready { prepared, held_before: before.held })
	}

	/// Asks whether to go on.
	pub fn confirm(&self, out: &Output) -> Result<(), CliError> {
		out.confirm("send?", self.yes)
	}

	/// Sends, waits, and says what became of it.
	pub async fn send(&self, ready: Ready, out: &Output) -> Result<(Sent, Value), CliError> {
		let Ready { prepared, held_before } = ready;
		let (title, fee) = (prepared.title.clone(), prepared.fee);
		let progress = Progress::start("waiting for a block");
		let sent = self.chain.send(prepared, self.finalized).await?;
		let took = progress.finish();
		let after = self.chain.account(&self.account).await?;
		let held = after.held.saturating_sub(held_before);
		out.field("in block", format_args!("{}, extrinsic {}", sent.block, sent.extrinsic));
		out.field("paid", format_args!("{} fee, {} held", Amount(sent.fee), Amount(held)));
		out.field("took", output::seconds(took));
		let report = json!({
			"call": title,
			"block": sent.block,
			"block_hash": hex::show(&sent.block_hash),
			"extrinsic": sent.extrinsic,
			"fee": sent.fee.to_string(),
			"fee_estimate": fee.to_string(),
			"tip": self.tip.to_string(),
			"held": held.to_string(),
			"ms": took.as_millis() as u64,
			"events": sent.titles(),
		});
		Ok((sent, report))
	}
}

/// A signed call that its sender can pay.
pub struct Ready {
	prepared: Prepared,
	held_before: Balance,
}

/// Something to know before a call is sent, and what of the balance it holds.
pub struct Takes {
	/// What the line is about, in a word or two.
	pub label: &'static str,
	/// The figures, in words for people.
	pub words: String,
	/// How much is held.
	pub held: Balance,
}

impl Takes {
	/// Something that holds nothing.
	pub fn note(label: &'static str, words: impl Into<String>) -> Self {
		Self { label, words: words.into(), held: 0 }
	}
}

/// A model of the chain that a local prover can prove, and which of its versions.
pub async fn matching_version(
	chain: &Chain,
	id: ModelId,
	number: Option<u32>,
	prover: &Prover,
) -> Result<u32, CliError> {
	let model = chain.known_model(id).await?;
	let version = chain::version_of(&model, number).ok_or_else(|| {
		let got = format!("versions 1 to {}", model.versions.len());
		CliError::mismatch("the model", format!("version {}", number.unwrap_or(1)), got)
	})?;
	let described = &version.description;
	let pairs = [
		("circuit", described.circuit.0, prover.circuit_hash().0),
		("parameters", described.params.scalar().0, prover.params().scalar().0),
	];
	for (what, expected, got) in pairs {
		if expected != got {
			let what = format!("the {what} of version {}", version.number);
			return Err(CliError::mismatch(what, hex::show(&expected), hex::show(&got)));
		}
	}
	Ok(version.number)
}

/// Refuses a proof's file that says something else than the chain would find: a point, digests or values
/// that are not the version's, or not those that the proof is of. The chain has these from elsewhere, and
/// so would take the proof. Of a version that is not on chain the chain itself says what is wrong.
pub async fn check_file(chain: &Chain, file: &ProofFile) -> Result<(), CliError> {
	let context = file.context()?;
	let Some(model) = chain.model(context.model).await? else { return Ok(()) };
	let Some(version) = chain::version_of(&model, Some(context.version)) else { return Ok(()) };
	file.check_version(version.number, &version.description)?;
	Ok(file.check_itself(&chain.verifying_key(version.description.circuit).await?)?)
}
