//! Inputs of an inference: read from a file, in clear or behind openings, and what they are called.

use std::path::{Path, PathBuf};

use rand::rngs::OsRng;
use zkml_circuits::CompiledModel;
use zkml_client::{
	files::{self, FileProblem, Over, Readers},
	tensors::{self, Opening, Openings},
	text,
};
use zkml_primitives::{Role, Scalar, TensorData, TensorSpec, Tensors, ValueInfo};

use crate::{
	args,
	error::CliError,
	output::{self, Output},
};

/// Reads real numbers as a model's inputs, and says which of them rounding changes much.
pub fn read_inputs(path: &Path, model: &CompiledModel) -> Result<Vec<Vec<i32>>, CliError> {
	read_values(path, model.inputs(), |reals| model.quantize_inputs(reals))
}

/// Reads inputs and makes integers of them. What is wrong with their numbers is wrong with the file,
/// which is named; which of them rounding changes much is said.
pub fn read_values<E>(
	path: &Path,
	infos: &[ValueInfo],
	integers: impl FnOnce(&[Vec<f32>]) -> Result<Vec<Vec<i32>>, E>,
) -> Result<Vec<Vec<i32>>, CliError>
where
	CliError: From<E>,
{
	let names: Vec<String> = infos.iter().map(ValueInfo::title).collect();
	let names: Vec<&str> = names.iter().map(String::as_str).collect();
	let reals = tensors::read_inputs(path, &names)?;
	let values = integers(&reals).map_err(|error| CliError::from(error).in_file(path))?;
	for ((info, reals), values) in infos.iter().zip(&reals).zip(&values) {
		if let Some(words) = tensors::rounding(&info.tensor, reals, values) {
			match infos {
				[_] => output::warn(words),
				_ => output::warn(format_args!("{}: {words}", tensors::title(Role::Input, info))),
			}
		}
	}
	Ok(values)
}

/// What an input or output is called where it is shown: by its name if there are several.
pub fn heading(role: Role, infos: &[ValueInfo], index: usize) -> String {
	match infos {
		[_, _, ..] => infos.get(index).map_or_else(
			|| format!("{} {index}", tensors::name(role)),
			|info| tensors::title(role, info),
		),
		_ => tensors::name(role).into(),
	}
}

/// Which of a model's inputs or outputs are hidden: all, or those that are named.
pub fn hidden(
	role: Role,
	infos: &[ValueInfo],
	all: bool,
	named: &[String],
) -> Result<Vec<bool>, CliError> {
	let names: Vec<String> = infos.iter().map(ValueInfo::title).collect();
	if let Some(other) = named.iter().find(|name| !names.contains(name)) {
		let expected = format!("a name among {}", names.join(", "));
		let what = format!("--hide-{}", tensors::name(role));
		return Err(CliError::mismatch(what, expected, text::quoted(other)));
	}
	Ok(names.iter().map(|name| all || named.contains(name)).collect())
}

/// The values nearest to zero.
pub fn near_zero(spec: &TensorSpec) -> Vec<i32> {
	vec![0.clamp(spec.min, spec.max); spec.len() as usize]
}

/// Inputs: their values and, of those that are private, what opens their commitments.
pub struct Given {
	/// The quantised values of each input, in the model's order.
	pub values: Vec<Vec<i32>>,
	/// The opening of each that is private.
	pub openings: Vec<Option<Opening>>,
	/// The openings' file, until [`Given::keep`] is done with it.
	file: Option<PathBuf>,
	/// Whether the file is still to be written.
	fresh: bool,
}

impl Given {
	/// The salts of their commitments.
	pub fn salts(&self) -> Vec<Scalar> {
		let salt = |opening: &Option<Opening>| {
			opening.as_ref().map_or(Scalar::ZERO, |opening| Scalar(opening.salt))
		};
		self.openings.iter().map(salt).collect()
	}

	/// Whether each tensor is private, in the model's order.
	pub fn hidden(&self) -> Vec<bool> {
		self.openings.iter().map(Option::is_some).collect()
	}

	/// The commitments to those that are private.
	pub fn commitments(&self) -> Vec<Scalar> {
		self.openings.iter().flatten().map(|opening| Scalar(opening.commitment)).collect()
	}

	/// The inputs as the chain takes them.
	pub fn data(&self, infos: &[ValueInfo]) -> Result<Tensors<TensorData>, CliError> {
		let all = infos.iter().zip(&self.values).zip(&self.openings);
		let one = |((info, values), opening): ((&ValueInfo, &Vec<i32>), &Option<Opening>)| {
			match opening {
				Some(opening) => Ok(TensorData::Committed(Scalar(opening.commitment))),
				None => tensors::public(&tensors::title(Role::Input, info), &info.tensor, values),
			}
		};
		let all: Vec<_> = all.map(one).collect::<Result<_, _>>()?;
		// There are as many as infos, of which a model has few enough.
		Ok(Tensors::truncate_from(all))
	}

	/// The openings' file, if there is one, and what it may take the place of: openings of these inputs that
	/// are there already are used, and not written.
	pub fn place(&self) -> Option<(&Path, Over)> {
		let over = if self.fresh { Over::Nothing } else { Over::Anything };
		self.file.as_deref().map(|path| (path, over))
	}

	/// Where openings are still to be written.
	pub fn unwritten(&self) -> Option<&Path> {
		self.file.as_deref().filter(|_| self.fresh)
	}

	/// Writes the openings of private inputs to their file. To be called once nothing can be refused
	/// any more on this machine, and before anybody else sees the commitments.
	pub fn keep(&mut self, out: &Output) -> Result<(), CliError> {
		if let Some(path) = self.file.take() {
			if self.fresh {
				let openings = self.openings.iter().flatten().cloned().collect();
				keep(&Openings::new(Role::Input, openings), &path, Over::Nothing)?;
			}
			out.field("private input", format_args!("{} opens it; keep it", path.display()));
		}
		Ok(())
	}
}

/// Makes `values` the inputs: in clear, or behind the openings in their file. A file with the same
/// values is used again, so that an input announced earlier keeps its commitment; one with other
/// values is left alone, since it may be the only copy of a salt that is still needed.
pub fn give(
	input: &args::Input,
	infos: &[ValueInfo],
	values: Vec<Vec<i32>>,
) -> Result<Given, CliError> {
	let hidden = hidden(Role::Input, infos, input.private_input, &input.hide_input)?;
	if !hidden.contains(&true) {
		let openings = vec![None; infos.len()];
		return Ok(Given { values, openings, file: None, fresh: false });
	}
	let path = &input.input_opening;
	let fresh = !path.exists();
	let given = || infos.iter().zip(&values).zip(&hidden);
	let openings: Vec<Option<Opening>> = if fresh {
		files::check_places(&[(path, Over::Nothing)])?;
		let new = |((info, values), hidden): ((&ValueInfo, &Vec<i32>), &bool)| {
			let salt = zkml_circuits::random_salt(&mut OsRng);
			hidden.then(|| Opening::new(Role::Input, info, values, salt))
		};
		let new: Vec<_> = given().map(new).collect();
		// Refused now if it is too long to be read again, not when it is written, after the proof.
		Openings::new(Role::Input, new.iter().flatten().cloned().collect()).text(path)?;
		new
	} else {
		let there = Openings::load(path, Role::Input, infos)?.tensors;
		let own = |((info, values), hidden): ((&ValueInfo, &Vec<i32>), &bool)| {
			let title = info.title();
			let own = there.iter().find(|opening| opening.name == title);
			let same = own.is_some_and(|opening| opening.values == *values);
			match (same, own.is_some() == *hidden) {
				(true, true) => Ok(own.cloned()),
				(false, true) if !hidden => Ok(None),
				_ => {
					let expected = "the openings of these inputs, or no such file";
					let got = format!("those of others, by input {}", text::quoted(&title));
					Err(FileProblem::content(path, expected, got))
				}
			}
		};
		given().map(own).collect::<Result<_, _>>()?
	};
	Ok(Given { values, openings, file: Some(path.clone()), fresh })
}

/// Writes openings, for their owner alone, unless the file could not be read again.
pub fn keep(openings: &Openings, path: &Path, over: Over) -> Result<(), FileProblem> {
	files::write_over(path, openings.text(path)?.as_bytes(), Readers::Owner, over)
}
