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
	files::{self, Over},
	hex, keys,
	parse::Amount,
	proof_file::{Digests, Parts, ProofFile, SaturationFile, TensorFile},
	tensors::{self, Opening, Openings},
};
use zkml_primitives::{Context, ModelId, Role, Scalar, TensorData, TensorSpec, ValueInfo};

use super::{
	given::{self, Given},
	node,
};
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

/// Which outputs are hidden.
pub fn hidden_outputs(model: &CompiledModel, hide: &args::OutputOf) -> Result<Vec<bool>, CliError> {
	given::hidden(Role::Output, &model.outputs(), hide.private_output, &hide.hide_output)
}

/// Where the openings of private outputs go: beside the proof, so that the salts of one proof are
/// not lost to the next.
fn output_opening(hide: &args::OutputOf, proof: &Path) -> Option<PathBuf> {
	let beside = || proof.with_extension("output.opening.json");
	let some = hide.private_output || !hide.hide_output.is_empty();
	some.then(|| hide.output_opening.clone().unwrap_or_else(beside))
}

/// Refuses a proof whose files could not all be written, before it is made or paid for.
pub fn check_places(given: &Given, hide: &args::OutputOf, proof: &Path) -> Result<(), CliError> {
	let output = output_opening(hide, proof);
	if output.is_none() && hide.force {
		let words = "--force: expected it with --private-output or --hide-output, got it without";
		return Err(CliError::Usage(words.into()));
	}
	let mut places = vec![(proof, Over::Results)];
	places.extend(output.as_deref().map(|path| (path, Over::Nothing.forced(hide.force))));
	places.extend(given.place());
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
	let hidden = hidden_outputs(model, hide)?;
	let salt = |hidden: &bool| match hidden {
		true => zkml_circuits::random_salt(&mut OsRng),
		false => Scalar::ZERO,
	};
	let salts = Salts { inputs: given.salts(), outputs: hidden.iter().map(salt).collect() };
	let progress = Progress::start("proving");
	let proved = prover.prove(&given.values, salts.clone(), bound.binding(), &mut OsRng)?;
	let took = progress.finish();
	let found = model.saturations(&model.trace(&given.values)?);
	for saturation in &found {
		output::warn(saturation);
	}
	let public = !given.hidden().contains(&true) && !hidden.contains(&true);
	let infos = model.outputs();
	let labelled = tensors::labelled(model.labels(), &infos);
	let results: Vec<Outcome> = infos
		.iter()
		.zip(&proved.outputs)
		.enumerate()
		.map(|(index, (info, values))| {
			let own = labelled == Some(index);
			let labels = if own { model.labels() } else { &[] };
			let label = tensors::label(labels, &info.tensor, values);
			let words = tensors::output_words(&info.tensor, values, label.as_deref());
			let real = tensors::reals(&info.tensor, values);
			let heading = given::heading(Role::Output, &infos, index);
			Outcome { name: info.title(), heading, values: values.clone(), real, words, label }
		})
		.collect();
	// All that may be refused comes before what is written.
	let openings = output_opening(hide, path).map(|path| {
		let all = infos.iter().zip(&proved.outputs).zip(&salts.outputs).zip(&hidden);
		let openings = all
			.filter(|(_, hidden)| **hidden)
			.map(|(((info, values), salt), _)| Opening::new(Role::Output, info, values, *salt));
		(path, Openings::new(Role::Output, openings.collect()))
	});
	if let Some((path, openings)) = &openings {
		openings.text(path)?;
	}
	given.keep(out)?;
	if let Some((path, openings)) = openings {
		given::keep(&openings, &path, Over::Nothing.forced(hide.force))?;
		out.field("private output", format_args!("{} opens it; keep it", path.display()));
	}
	let shown = |infos: &[ValueInfo], all: &[Vec<i32>], hidden: &[bool]| -> Vec<TensorFile> {
		let all = infos.iter().zip(all).zip(hidden);
		all.map(|((info, values), hidden)| TensorFile::new(info, (!hidden).then_some(values)))
			.collect()
	};
	let label = results.iter().find_map(|result| result.label.clone());
	let hides_label = labelled.is_some_and(|index| hidden.get(index) == Some(&true));
	let file = ProofFile::new(Parts {
		circuit: prover.circuit_hash(),
		proof: &proved.proof,
		params_point: prover.params().point(),
		digests: Digests::from(&proved.statement),
		inputs: shown(model.inputs(), &given.values, &given.hidden()),
		outputs: shown(&infos, &proved.outputs, &hidden),
		label: label.clone().filter(|_| !hides_label),
		saturation: SaturationFile::new(&found, public),
		context: bound.context,
	});
	file.save(path)?;
	Ok(Made { file, outputs: results, label, took, prove_ms: proved.prove_ms })
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

/// A proof that was just made, and the outputs it is about.
pub struct Made {
	/// The proof as it is written to `proof.json`.
	pub file: ProofFile,
	/// The outputs, private or not.
	pub outputs: Vec<Outcome>,
	/// Name of the class or largest score of the output that has one.
	pub label: Option<String>,
	/// How long it took.
	pub took: Duration,
	/// The prover's own figure.
	pub prove_ms: u32,
}

/// An output of a proof that was just made.
pub struct Outcome {
	name: String,
	heading: String,
	values: Vec<i32>,
	real: Vec<f64>,
	words: String,
	label: Option<String>,
}

impl Made {
	/// Says what came out and at what cost.
	pub fn report(&self, path: &Path, out: &Output) -> Value {
		for output in &self.outputs {
			out.field(&output.heading, &output.words);
		}
		let bytes = 256 + 64 * self.file.commitments.len();
		out.field("proof", format_args!("{}, {bytes} bytes", path.display()));
		let cost = output::cost(out, self.took);
		let outputs: Vec<Value> = self
			.outputs
			.iter()
			.map(|o| json!({ "name": o.name, "values": o.values, "real": o.real }))
			.collect();
		json!({
			"outputs": outputs,
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

/// Tensors for people and programs, each under what it is called.
pub fn tensors_json(
	role: Role,
	data: &[TensorData],
	infos: &[ValueInfo],
	labels: &[String],
) -> Vec<(String, String, Value)> {
	let labelled = tensors::labelled(labels, infos);
	let one = |(index, data): (usize, &TensorData)| {
		let info = infos.get(index);
		let labels = if labelled == Some(index) { labels } else { &[] };
		let (words, mut value) = tensor_json(data, info.map(|info| &info.tensor), labels);
		value["name"] = json!(info.map(ValueInfo::title));
		(given::heading(role, infos, index), words, value)
	};
	data.iter().enumerate().map(one).collect()
}

/// A tensor for people and programs: its values if they are public and of the declared kind, in real
/// numbers too.
fn tensor_json(data: &TensorData, spec: Option<&TensorSpec>, labels: &[String]) -> (String, Value) {
	use TensorData::{Committed, Public};
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
