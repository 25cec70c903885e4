//! What is known of a model's parameters, in words and for programs.

use serde_json::{json, Value};
use zkml_circuits::{CompiledModel, Estimate};
use zkml_client::{files::FileProblem, hex};
use zkml_primitives::{ModelVersion, ParamsCommitment, ParamsKind, ParamsRange, Visibility, G1};

use crate::{error::CliError, output::Output};

/// What it means that nothing proves the ranges of parameters.
pub const UNPROVED: &str = "not proved to be within their widths: all inferences are of the same \
	parameters, but these may be any numbers of the field, and there may be inputs that never get an answer";

/// A kind of commitment to parameters, one word.
pub fn kind(kind: ParamsKind) -> &'static str {
	match kind {
		ParamsKind::Input => "poseidon",
		ParamsKind::Point => "point",
	}
}

/// The same in words for people.
pub fn kind_words(kind: ParamsKind) -> &'static str {
	match kind {
		ParamsKind::Input => "a hash by Poseidon, opened in each inference",
		ParamsKind::Point => "a point, made once for each version",
	}
}

/// A commitment in words: what statements have for it, and what it is.
pub fn words(params: &ParamsCommitment) -> String {
	let shown = hex::show(&params.scalar().0);
	match params {
		ParamsCommitment::Poseidon(_) => shown,
		ParamsCommitment::Point(_) => format!("{shown}, digest of {}", kind_words(params.kind())),
	}
}

/// What a public model's parameters are, which nothing is proved of.
const CONSTANTS: &str = "public: constants of the circuit, of which nothing is to be proved";

/// What there is to say of the ranges of parameters, in words. Those of a public model are constants, which
/// everybody has in its file.
pub fn ranges(public: bool, kind: ParamsKind, range: ParamsRange) -> &'static str {
	match public && kind == ParamsKind::Input {
		true => CONSTANTS,
		false => range_words(range),
	}
}

/// The same of a version on chain.
pub fn ranges_of(version: &ModelVersion, range: ParamsRange) -> &'static str {
	ranges(version.visibility == Visibility::Public, version.params.kind(), range)
}

/// The same, one word for a table.
pub fn short_range(version: &ModelVersion, known: ParamsRange) -> &'static str {
	match ranges_of(version, known) {
		CONSTANTS => "-",
		_ => range(known),
	}
}

/// Whether parameters are within their widths, in words.
pub fn range_words(range: ParamsRange) -> &'static str {
	match range {
		ParamsRange::Proved => "proved to be within their widths",
		ParamsRange::NotProved => UNPROVED,
	}
}

/// The same, one word.
pub fn range(range: ParamsRange) -> &'static str {
	match range {
		ParamsRange::Proved => "proved",
		ParamsRange::NotProved => "not-proved",
	}
}

/// Adds what there is to say of a commitment to a verb's object.
pub fn describe(object: &mut Value, params: &ParamsCommitment) {
	object["params"] = json!(hex::show(&params.scalar().0));
	object["params_kind"] = json!(kind(params.kind()));
	object["params_point"] = json!(params.point().map(|G1(bytes)| hex::show(&bytes)));
}

/// What there is no range key for: parameters that each inference opens, or that everybody knows.
pub fn no_ranges(option: &str, model: &CompiledModel) -> CliError {
	let expected = "parameters that a point commits to";
	let got = match model.visibility() {
		Visibility::Public => "public ones, constants of the circuit, without a range key",
		Visibility::Private => "ones that are hashed by Poseidon, without a range key",
	};
	CliError::mismatch(option, expected, got)
}

/// Says what the proof of ranges takes, which is made once for each version.
pub fn say_once(estimate: &Estimate, out: &Output) {
	out.say("  once for each version, that the parameters are within their widths:");
	for line in estimate.to_string().lines() {
		out.say(format_args!("    {line}"));
	}
}

/// A range key that is not there, and what to do about it.
pub fn missing_key(path: &std::path::Path) -> CliError {
	let expected = "the range key that zkml setup writes beside the proving key";
	let got = "no file: name it by --range-key FILE, or register by --no-range-proof, and readers are told \
		that the parameters are not proved to be within their widths";
	FileProblem::content(path, expected, got).into()
}
