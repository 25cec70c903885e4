//! Hidden outputs of a record, for whoever has what opens them: files, or the prover that answered.

use zkml_client::{
	chain::{AccountId, Balance},
	files::{self, FileProblem, Over},
	hex,
	tensors::{self, Opening, Openings},
};
use zkml_primitives::{Record, Role, Scalar, TensorData, ValueInfo};
use zkml_prover_service::{fetch_opening, Token};

use super::given;
use crate::{args::ResultOf, error::CliError, output::Output};

/// What opens each output, for those that are hidden and opened; each is checked against the record. What
/// the prover gives is written to the one file that is named, unless that is there already.
pub fn openings(
	args: &ResultOf,
	record: &Record<AccountId, Balance>,
	infos: &[ValueInfo],
	out: &Output,
) -> Result<Vec<Option<Opening>>, CliError> {
	let mut found = vec![None; record.outputs.len()];
	if args.output_opening.is_empty() {
		return Ok(found);
	}
	if infos.len() != record.outputs.len() {
		let expected = "one that is on chain still, which says what the outputs are";
		return Err(CliError::mismatch("the version of the record", expected, "none"));
	}
	let all = infos.iter().zip(&record.outputs).enumerate();
	let hidden: Vec<(usize, &ValueInfo, Scalar)> = all
		.filter_map(|(index, (info, output))| match output {
			TensorData::Committed(commitment) => Some((index, info, *commitment)),
			TensorData::Public(_) => None,
		})
		.collect();
	if hidden.is_empty() {
		let what = "the record's outputs";
		return Err(CliError::mismatch(what, "one that is hidden", "all in clear"));
	}
	if let (Some(url), [path]) = (&args.prover, &args.output_opening[..]) {
		if !path.exists() {
			files::check_places(&[(path, Over::Nothing)])?;
			let token = Token::known(args.token_file.as_deref())?;
			let fetch = |(_, info, commitment): &(usize, &ValueInfo, Scalar)| {
				fetch_opening(url, &token, *commitment, &info.tensor)
			};
			// What it is called is the prover's word; the chain has another.
			let named = |(opening, (_, info, _)): (Opening, &(usize, &ValueInfo, Scalar))| {
				Opening { name: info.title(), ..opening }
			};
			let fetched = hidden.iter().map(fetch).collect::<Result<Vec<_>, _>>()?;
			let fetched = fetched.into_iter().zip(&hidden).map(named).collect();
			given::keep(&Openings::new(Role::Output, fetched), path, Over::Nothing)?;
			out.field("private output", format_args!("{} opens it; keep it", path.display()));
		}
	}
	for path in &args.output_opening {
		let openings = Openings::read(path, Role::Output)?;
		let mut some = false;
		for (index, info, commitment) in &hidden {
			if openings.tensors.iter().any(|opening| opening.commitment == commitment.0) {
				let opening =
					openings.clone().opening(path, Role::Output, *commitment, &info.tensor)?;
				found[*index] = Some(opening);
				some = true;
			}
		}
		if !some {
			let wanted: Vec<_> =
				hidden.iter().map(|(.., commitment)| hex::show(&commitment.0)).collect();
			let expected = format!("an opening of {}", wanted.join(" or "));
			let has: Vec<_> =
				openings.tensors.iter().map(|opening| hex::show(&opening.commitment)).collect();
			let got = match has.is_empty() {
				true => "none".into(),
				false => format!("one of {}", has.join(" and ")),
			};
			return Err(FileProblem::content(path, expected, got).into());
		}
	}
	Ok(found)
}

/// An output that was opened, for people and programs.
pub fn words(
	opening: &Opening,
	info: &ValueInfo,
	labels: &[String],
) -> (String, serde_json::Value) {
	let label = tensors::label(labels, &info.tensor, &opening.values);
	let words = tensors::output_words(&info.tensor, &opening.values, label.as_deref());
	let real = tensors::reals(&info.tensor, &opening.values);
	(words, serde_json::json!({ "values": opening.values, "real": real, "label": label }))
}
