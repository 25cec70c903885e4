//! The checks, on data alone.

use zkml_client::{
	chain::{AccountId, Balance},
	hex, tensors,
};
use zkml_groth16::PreparedKey;
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, visibilities, CircuitKey, Context, ModelVersion, ParamsRange, Proof, Record,
	Role, Scalar, Shown, Statement, StatementId, Tensor, TensorData, Tensors, ValueInfo,
	Visibility,
};

use crate::{
	error::CliError,
	verbs::{params, requests},
};

/// What the chain has.
pub struct Evidence<'a> {
	/// The id that the record is kept under.
	pub statement: StatementId,
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// The record as the chain has it.
	pub record: &'a Record<AccountId, Balance>,
	/// The version that was run.
	pub description: &'a ModelVersion,
	/// Whether its parameters are known to be within their widths, as the chain says: the proof of that came
	/// with the call that published it.
	pub params_range: ParamsRange,
	/// The verifying key of the circuit that the version names.
	pub key: &'a CircuitKey,
	/// The inferences that could be the record's.
	pub carried: Vec<Carried>,
}

/// An inference as a call has it.
#[derive(Clone)]
pub struct Carried {
	/// Who is named as the prover.
	pub beneficiary: AccountId,
	/// The inference's inputs, or the commitments to them.
	pub inputs: Tensors<TensorData>,
	/// The inference's outputs, or the commitments to them.
	pub outputs: Tensors<TensorData>,
	/// What the proof is bound to.
	pub ctx: Scalar,
	/// The proof that the call carried.
	pub proof: Proof,
}

/// What the checks brought to light.
#[derive(Debug)]
pub struct Found {
	/// The inputs that the proof is about.
	pub inputs: Tensors<TensorData>,
	/// Each check that passed, in words, in the order of checking.
	pub checks: Vec<&'static str>,
}

/// Tensors: what stands for each in the statement, and the values of those that are in clear.
struct ReadTensors {
	digests: Tensors<Scalar>,
	values: Vec<Option<Vec<i32>>>,
}

impl ReadTensors {
	fn tensors<'a>(&'a self, infos: &'a [ValueInfo]) -> Vec<Tensor<'a>> {
		let one = |(info, values): (&'a ValueInfo, &'a Option<Vec<i32>>)| match values {
			Some(values) => Tensor::Public(&info.tensor, values),
			None => Tensor::Committed,
		};
		infos.iter().zip(&self.values).map(one).collect()
	}
}

/// Computes every hash of a record anew and verifies its proof.
pub fn check(evidence: &Evidence<'_>) -> Result<Found, CliError> {
	let Evidence { statement: id, genesis, record, description, key, carried, .. } = evidence;
	let hash = key.hash();
	same("the record's circuit, by its key", &hash.0, &record.circuit.0)?;
	same("the version's circuit", &record.circuit.0, &description.circuit.0)?;
	let commitment = description.params.scalar();
	same("the record's parameters, by the model's version", &commitment.0, &record.params.0)?;
	same(
		"the record's description, by the model's version",
		&description.hash(),
		&record.description,
	)?;
	let known = &evidence.params_range;
	if *known != record.params_range {
		let what = "the ranges of the record's parameters, by the model's version";
		let words = params::range_words;
		return Err(CliError::mismatch(what, words(*known), words(record.params_range)));
	}
	let prepared = with_params(zkml_groth16::prepare(key)?, description)?;
	let outputs = read_tensors(key, Role::Output, &description.outputs, &record.outputs)?;

	let mut refused = None;
	for one in carried {
		let inputs = read_tensors(key, Role::Input, &description.inputs, &one.inputs)?;
		if inputs.digests != record.inputs || one.outputs != record.outputs {
			continue;
		}
		let seen = visibilities(&one.inputs);
		if seen != record.input_visibilities {
			let what = "who sees the record's inputs, by the call that carries them";
			let words = |all: &[Visibility]| requests::names(all).join(", ");
			return Err(CliError::mismatch(what, words(&seen), words(&record.input_visibilities)));
		}
		let shown = Shown { inputs: seen, outputs: visibilities(&record.outputs) };
		let context = Context {
			genesis: *genesis,
			action: record.action,
			model: record.model,
			version: record.version,
			beneficiary: record.beneficiary,
			expiry: record.expiry,
			shown,
		};
		let ctx = context.digest();
		same("the record's context, as recomputed", &ctx.0, &record.ctx.0)?;
		same("the context in the proof's call", &ctx.0, &one.ctx.0)?;
		if one.beneficiary != record.beneficiary {
			let what = "the record's prover, by the proof's call";
			return Err(CliError::mismatch(what, one.beneficiary, record.beneficiary));
		}
		let statement = Statement {
			circuit: hash,
			model: record.model,
			version: record.version,
			params: commitment,
			inputs: inputs.digests.clone(),
			outputs: outputs.digests.clone(),
			ctx,
		};
		same("the statement's id, as recomputed", &statement.id().0, &id.0)?;
		let public = match key {
			CircuitKey::Plain(_) => statement.public_inputs::<Direct>().to_vec(),
			// Keys of programs were refused with the tensors.
			CircuitKey::Rounds(_) | CircuitKey::Committed(_) | CircuitKey::Program(_) => statement
				.round_inputs::<Direct>(
				key.params(),
				&inputs.tensors(&description.inputs),
				&outputs.tensors(&description.outputs),
				&one.proof.commitments,
			),
		};
		match zkml_groth16::verify(&prepared, &public, &one.proof) {
			Ok(()) => {
				let checks = vec![
					"circuit",
					"parameters",
					"description",
					"inputs",
					"outputs",
					"context",
					"prover",
					"statement",
					"proof",
				];
				return Ok(Found { inputs: one.inputs.clone(), checks });
			}
			Err(error) => refused = Some(error),
		}
	}
	match refused {
		Some(error) => Err(error.into()),
		None => {
			let expected = "an inference in its extrinsic with the record's inputs and outputs";
			let got = format!("none among {} that could be", carried.len());
			Err(CliError::mismatch("the record", expected, got))
		}
	}
}

/// A key with the version's parameters, if a point commits to them.
fn with_params(key: PreparedKey, version: &ModelVersion) -> Result<PreparedKey, CliError> {
	let (expected, got) = (key.key.params(), version.params.kind());
	if expected != got {
		let what = "the commitment to the version's parameters, by its key";
		let words = params::kind_words;
		return Err(CliError::mismatch(what, words(expected), words(got)));
	}
	match version.params.point() {
		None => Ok(key),
		Some(point) => {
			let params = zkml_groth16::prepare_params(&key, &point)?;
			Ok(key.with_params(params))
		}
	}
}

/// Reads tensors as the chain saw them.
fn read_tensors(
	key: &CircuitKey,
	role: Role,
	infos: &[ValueInfo],
	data: &[TensorData],
) -> Result<ReadTensors, CliError> {
	tensors::check_tensors(role, infos, data.len())?;
	let (mut digests, mut values) = (Vec::new(), Vec::new());
	for (info, data) in infos.iter().zip(data) {
		let (digest, own) = read_tensor(key, role, info, data)?;
		digests.push(digest);
		values.push(own);
	}
	// There are as many as the version has.
	Ok(ReadTensors { digests: Tensors::truncate_from(digests), values })
}

/// What stands for a tensor in the statement, and its values if it is in clear.
fn read_tensor(
	key: &CircuitKey,
	role: Role,
	info: &ValueInfo,
	data: &TensorData,
) -> Result<(Scalar, Option<Vec<i32>>), CliError> {
	let (spec, bytes) = match data {
		TensorData::Committed(commitment) => return Ok((*commitment, None)),
		TensorData::Public(bytes) => (&info.tensor, bytes),
	};
	let values = spec.decode(bytes).map_err(|error| {
		let what = format!("{} on chain", tensors::title(role, info));
		let got = format!("bytes of no such tensor: {error}");
		CliError::mismatch(what, tensors::describe(spec), got)
	})?;
	let digest = match key {
		CircuitKey::Plain(_) => commit::<Direct>(role, spec, &values, Scalar::ZERO),
		CircuitKey::Rounds(_) | CircuitKey::Committed(_) => digest(role, spec, bytes),
		CircuitKey::Program(_) => {
			let got = "one of another tool's program";
			return Err(CliError::mismatch("the record's key", "one of a model", got));
		}
	};
	Ok((digest, Some(values)))
}

fn same(what: &str, expected: &[u8; 32], got: &[u8; 32]) -> Result<(), CliError> {
	if expected == got {
		return Ok(());
	}
	Err(CliError::mismatch(what, hex::show(expected), hex::show(got)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_primitives::{
		Action, CircuitHash, Content, ModelId, ParamsCommitment, Place, Scales, SetupClaim,
		SetupLevel, Submission, TensorSpec,
	};
	use zkml_trapdoor::{Target, Trapdoor};

	struct Case {
		statement: StatementId,
		record: Record<AccountId, Balance>,
		description: ModelVersion,
		params_range: ParamsRange,
		key: CircuitKey,
		carried: Vec<Carried>,
	}

	fn spec() -> TensorSpec {
		let dims = vec![1].try_into().unwrap();
		TensorSpec { dims, bits: 8, min: 0, max: 9, scales: Scales::ONE }
	}

	fn value(name: &str) -> ValueInfo {
		ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor: spec() }
	}

	impl Case {
		/// A record as the chain would keep it, and what it rests on.
		fn new(trapdoor: &Trapdoor) -> Self {
			let spec = spec();
			let target = Target {
				genesis: [1; 32],
				model: ModelId([2; 32]),
				version: 3,
				params: Scalar([4; 32]),
				inputs: vec![spec.clone(), spec.clone()],
				outputs: vec![spec.clone()],
			};
			let prover = AccountId::from([5; 32]);
			let public = |value: u8| TensorData::Public(vec![value].try_into().unwrap());
			let hidden = TensorData::Committed(Scalar::from_hash([8; 32]));
			let data = [&[public(129), hidden][..], &[public(135)]];
			let one = trapdoor.submission(&target, prover, 6, 100, data);
			let key = trapdoor.circuit();
			let circuit = key.hash();
			let description = ModelVersion {
				circuit,
				setup: SetupLevel::SingleParty,
				params: trapdoor.params_of(target.params),
				visibility: Visibility::Public,
				inputs: vec![value("x"), value("rate")].try_into().unwrap(),
				outputs: vec![value("y")].try_into().unwrap(),
				labels: Default::default(),
				accuracy: Default::default(),
				content: Content { model: [0; 32], proving_key: [0; 32], uri: Default::default() },
			};
			let [inputs, outputs] = [
				(Role::Input, &description.inputs, &one.inputs),
				(Role::Output, &description.outputs, &one.outputs),
			]
			.map(|(role, infos, data)| read_tensors(&key, role, infos, data).unwrap().digests);
			let (model, version, ctx) = (one.model, one.version, one.ctx);
			let params = description.params.scalar();
			let ins = inputs.clone();
			let statement =
				Statement { circuit, model, version, params, inputs, outputs, ctx }.id();
			let record = Record {
				model,
				version,
				circuit,
				params,
				params_range: ParamsRange::Proved,
				description: description.hash(),
				inputs: ins,
				input_visibilities: visibilities(&one.inputs),
				outputs: one.outputs.clone(),
				ctx,
				action: Action::Submit(6),
				beneficiary: prover,
				setup: SetupClaim { level: SetupLevel::SingleParty, by: prover },
				proved: Place { block: 7, extrinsic: 1 },
				asked: Place { block: 7, extrinsic: 1 },
				expiry: 100,
				depositor: prover,
				deposit: 0,
			};
			let Submission { beneficiary, inputs, outputs, ctx, proof, .. } = one;
			let carried = vec![Carried { beneficiary, inputs, outputs, ctx, proof }];
			let params_range = ParamsRange::Proved;
			Self { statement, record, description, params_range, key, carried }
		}

		fn check(&self) -> Result<Found, CliError> {
			check(&Evidence {
				statement: self.statement,
				genesis: [1; 32],
				record: &self.record,
				description: &self.description,
				params_range: self.params_range,
				key: &self.key,
				carried: self.carried.clone(),
			})
		}
	}

	fn all() -> [Case; 3] {
		[Trapdoor::new(1), Trapdoor::with_rounds(1, 1), Trapdoor::committed(1)]
			.map(|trapdoor| Case::new(&trapdoor))
	}

	#[test]
	fn a_record_that_is_as_it_was_made_holds_for_each_kind() {
		for case in all() {
			let found = case.check().unwrap();
			assert_eq!(found.inputs, case.carried[0].inputs);
			assert!(found.checks.contains(&"proof"));
		}
	}

	#[test]
	fn whatever_is_changed_of_a_record_is_named() {
		type Change = fn(&mut Case);
		let public = |value: u8| {
			Tensors::truncate_from(vec![TensorData::Public(vec![value].try_into().unwrap())])
		};
		let changes: [(&str, Change); 21] = [
			("the record's circuit, by its key: expected 0x", |c| c.record.circuit.0[0] ^= 1),
			("the version's circuit: expected 0x", |c| {
				c.description.circuit = CircuitHash([0; 32])
			}),
			("the record's parameters, by the model's version", |c| c.record.params.0[9] ^= 1),
			// What an owner could say anew of a number that is published again.
			("the record's description, by the model's version", |c| {
				let label = vec![b'7'].try_into().unwrap();
				c.description.labels = vec![label].try_into().unwrap();
			}),
			("the record's description, by the model's version", |c| {
				c.description.inputs[1].tensor.max = 8
			}),
			("the record's description, by the model's version", |c| {
				c.description.setup = SetupLevel::Ceremony([7; 32]);
			}),
			("an inference in its extrinsic with the record's inputs", |c| {
				c.record.inputs[0].0[9] ^= 1
			}),
			("an inference in its extrinsic with the record's inputs", |c| {
				c.record.inputs.pop();
			}),
			("who sees the record's inputs", |c| {
				c.record.input_visibilities[1] = Visibility::Public;
			}),
			("the record's context, as recomputed", |c| c.record.ctx.0[9] ^= 1),
			("the record's context, as recomputed", |c| c.record.expiry += 1),
			("the record's context, as recomputed", |c| c.record.beneficiary.0[0] ^= 1),
			("the record's context, as recomputed", |c| c.record.action = Action::Submit(9)),
			("the record's context, as recomputed", |c| c.record.version += 1),
			("the context in the proof's call", |c| c.carried[0].ctx.0[9] ^= 1),
			("the record's prover, by the proof's call", |c| c.carried[0].beneficiary.0[0] ^= 1),
			("the statement's id, as recomputed", |c| c.statement.0[0] ^= 1),
			("proof: expected one that verifies", |c| {
				c.carried[0].proof.a = c.carried[0].proof.c;
			}),
			("none among 0 that could be", |c| c.carried.clear()),
			("the ranges of the record's parameters, by the model's version", |c| {
				c.params_range = ParamsRange::NotProved;
			}),
			("the commitment to the version's parameters, by its key", |c| {
				// What stands for them is the same, and what it is of is not.
				c.description.params = match c.description.params {
					ParamsCommitment::Point(_) => ParamsCommitment::Poseidon(c.record.params),
					ParamsCommitment::Poseidon(_) => {
						let point = Trapdoor::committed(2).params_point();
						ParamsCommitment::Point(point)
					}
				};
				c.record.params = c.description.params.scalar();
				c.record.description = c.description.hash();
			}),
		];
		for (words, change) in changes {
			for mut case in all() {
				change(&mut case);
				let error = case.check().unwrap_err().to_string();
				assert!(error.contains(words), "{words}: {error}");
			}
		}
		for mut case in all() {
			// An output that the call does not have, and one that both have but no proof is of.
			case.record.outputs = public(136);
			let error = case.check().unwrap_err().to_string();
			assert!(error.contains("with the record's inputs and outputs"), "{error}");
			case.carried[0].outputs = public(136);
			let error = case.check().unwrap_err().to_string();
			assert!(error.contains("the statement's id, as recomputed"), "{error}");
			case.record.outputs = public(127);
			let error = case.check().unwrap_err().to_string();
			assert!(error.starts_with("output y on chain: expected"), "{error}");
		}
	}

	#[test]
	fn a_record_holds_under_its_versions_point_alone() {
		let mut case = Case::new(&Trapdoor::committed(1));
		let other = Trapdoor::committed(1).with_params_of(Scalar([9; 32])).params_point();
		case.description.params = ParamsCommitment::Point(other);
		let error = case.check().unwrap_err().to_string();
		assert!(error.contains("the record's parameters, by the model's version"), "{error}");
		case.record.params = case.description.params.scalar();
		case.record.description = case.description.hash();
		let error = case.check().unwrap_err().to_string();
		assert!(error.contains("the statement's id, as recomputed"), "{error}");
		// Nobody who can prove for one point can for another, whatever the record says.
		let (record, one) = (&case.record, &case.carried[0]);
		let digests = |data: &[TensorData], role, infos| {
			read_tensors(&case.key, role, infos, data).unwrap().digests
		};
		let statement = Statement {
			circuit: record.circuit,
			model: record.model,
			version: record.version,
			params: record.params,
			inputs: digests(&one.inputs, Role::Input, &case.description.inputs),
			outputs: digests(&one.outputs, Role::Output, &case.description.outputs),
			ctx: record.ctx,
		};
		case.statement = statement.id();
		let error = case.check().unwrap_err().to_string();
		assert!(error.contains("proof: expected one that verifies"), "{error}");
	}

	#[test]
	fn the_right_inference_is_found_among_those_of_a_batch() {
		for mut case in all() {
			let mut other = case.carried[0].clone();
			other.proof.a = other.proof.c;
			case.carried.insert(0, other);
			case.check().unwrap();
		}
	}
}
