//! Hidden outputs of a record, for whoever has what opens them: files, or the prover that answered.

use std::net::SocketAddr;

use zkml_client::{
	chain::{AccountId, Balance},
	files::{self, FileProblem, Over},
	hex,
	tensors::{self, Opening, Openings},
};
use zkml_primitives::{Record, Role, Scalar, TensorData, TensorSpec, ValueInfo};
use zkml_prover_service::{fetch_opening, loopback, ServiceError, Token};

use super::given;
use crate::{
	args::ResultOf,
	error::CliError,
	output::{self, Output},
};

/// Where the openings are asked for.
pub struct Source {
	address: SocketAddr,
	token: Token,
}

impl Source {
	/// What `--prover` and `--token-file` name, if that is to be asked; none where the file is there. All that
	/// can be wrong with them on this machine is refused before anybody waits.
	pub fn of(args: &ResultOf) -> Result<Option<Self>, CliError> {
		let Some(url) = &args.prover else { return Ok(None) };
		let [path] = &args.output_opening[..] else {
			let got = args.output_opening.len();
			let words = format!("--prover: expected one --output-opening to write, got {got}");
			return Err(CliError::Usage(words));
		};
		if path.exists() {
			return Ok(None);
		}
		let address = loopback(url).map_err(ServiceError::from)?;
		files::check_places(&[(path, Over::Nothing)])?;
		Ok(Some(Self { address, token: Token::known(args.token_file.as_deref())? }))
	}
}

/// An output that is hidden: its place among the record's, what the chain says of it if it has the version
/// still, and its commitment.
type Hidden<'a> = (usize, Option<&'a ValueInfo>, Scalar);

/// A hidden output and what it is.
#[derive(Clone)]
pub struct Opened {
	/// Its values.
	opening: Opening,
	/// By the chain, or by the file if the chain has the version no more.
	spec: TensorSpec,
	/// Whether the chain says so. The commitment alone binds the integers, not their scales.
	confirmed: bool,
}

/// What opens each output, for those that are hidden and opened; each is checked against the record. What
/// the prover gives is written to the one file that is named, unless that is there already.
pub fn openings(
	args: &ResultOf,
	source: Option<&Source>,
	record: &Record<AccountId, Balance>,
	infos: &[ValueInfo],
	out: &Output,
) -> Result<Vec<Option<Opened>>, CliError> {
	let mut found = vec![None; record.outputs.len()];
	if args.output_opening.is_empty() {
		return Ok(found);
	}
	let hidden: Vec<Hidden<'_>> = record
		.outputs
		.iter()
		.enumerate()
		.filter_map(|(index, output)| match output {
			TensorData::Committed(commitment) => Some((index, infos.get(index), *commitment)),
			TensorData::Public(_) => None,
		})
		.collect();
	if hidden.is_empty() {
		let what = "the record's outputs";
		return Err(CliError::mismatch(what, "one that is hidden", "all in clear"));
	}
	if let (Some(Source { address, token }), [path]) = (source, &args.output_opening[..]) {
		let fetch = |(_, info, commitment): &Hidden<'_>| {
			fetch_opening(*address, token, *commitment, info.map(|info| &info.tensor))
		};
		// What it is called is the prover's word, unless the chain has another.
		let named = |(opening, (_, info, _)): (Opening, &Hidden<'_>)| {
			let name = info.map_or_else(|| opening.name.clone(), ValueInfo::title);
			Opening { name, ..opening }
		};
		let fetched = hidden.iter().map(fetch).collect::<Result<Vec<_>, _>>()?;
		let fetched = fetched.into_iter().zip(&hidden).map(named).collect();
		given::keep(&Openings::new(Role::Output, fetched), path, Over::Nothing)?;
		out.field("private output", format_args!("{} opens it; keep it", path.display()));
	}
	for path in &args.output_opening {
		let openings = Openings::read(path, Role::Output)?;
		let mut some = false;
		for (index, info, commitment) in &hidden {
			if openings.tensors.iter().any(|opening| opening.commitment == commitment.0) {
				let spec = info.map(|info| &info.tensor);
				let opening = openings.clone().opening(path, Role::Output, *commitment, spec)?;
				let (spec, confirmed) = match spec {
					Some(spec) => (spec.clone(), true),
					None => (opening.spec.read()?, false),
				};
				if !confirmed {
					output::warn(format_args!(
						"output {index}: the chain has the record's version no more: the integers are the \
						 record's, their scale is the word of {}",
						path.display()
					));
				}
				found[*index] = Some(Opened { opening, spec, confirmed });
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

/// An output that was opened, for people and programs, which see no warning and so no reals that nothing
/// confirms.
pub fn words(opened: &Opened, labels: &[String]) -> (String, serde_json::Value) {
	let Opened { opening: Opening { values, .. }, spec, confirmed } = opened;
	let label = tensors::label(labels, spec, values);
	let words = tensors::output_words(spec, values, label.as_deref());
	let real = confirmed.then(|| tensors::reals(spec, values));
	(words, serde_json::json!({ "values": values, "real": real, "label": label }))
}
