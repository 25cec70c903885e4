//! What a proof may be used for, in JSON.

use serde::{Deserialize, Serialize};
use zkml_files::hex;
use zkml_primitives::{Action, Context, ModelId, Shown, Tensors, Visibility, MAX_TENSORS};

use crate::{
	chain::AccountId,
	parse::{self, ParseError},
	Error,
};

/// A [`Context`] in JSON.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ContextFile {
	/// Hash of the chain's first block.
	#[serde(with = "hex::fixed")]
	pub genesis: [u8; 32],
	/// `register`, `publish`, `answer:REQUEST` or `submit:NONCE`.
	pub action: String,
	/// The id of the model.
	#[serde(with = "hex::fixed")]
	pub model: [u8; 32],
	/// The model's version, from 1.
	pub version: u32,
	/// The account that the proof names, in SS58.
	pub beneficiary: String,
	/// Last block at which the proof is accepted.
	pub expiry: u32,
	/// Whether everybody sees each input.
	pub public_inputs: Vec<bool>,
	/// Whether everybody sees each output.
	pub public_outputs: Vec<bool>,
}

/// Who sees each tensor, by whether it is hidden.
///
/// # Errors
///
/// If there are more than a model can have.
pub fn visibilities(
	what: &str,
	hidden: impl IntoIterator<Item = bool>,
) -> Result<Tensors<Visibility>, Error> {
	let seen = |hidden| if hidden { Visibility::Private } else { Visibility::Public };
	let all: Vec<_> = hidden.into_iter().map(seen).collect();
	all.try_into()
		.map_err(|all: Vec<_>| Error::mismatch(what, format!("at most {MAX_TENSORS}"), all.len()))
}

/// Reads an action as `--action` and `proof.json` have it.
///
/// # Errors
///
/// If the text is no action.
pub fn read_action(text: &str) -> Result<Action, ParseError> {
	let wrong =
		|| ParseError::new("register, publish, answer:REQUEST or submit:NONCE as action", text);
	let number = |digits: &str| digits.parse().map_err(|_| wrong());
	match text.split_once(':') {
		None if text == "register" => Ok(Action::Register),
		None if text == "publish" => Ok(Action::Publish),
		Some(("answer", digits)) => number(digits).map(Action::Answer),
		Some(("submit", digits)) => number(digits).map(Action::Submit),
		_ => Err(wrong()),
	}
}

/// Writes an action as [`read_action`] reads it.
pub fn show_action(action: Action) -> String {
	match action {
		Action::Register => "register".into(),
		Action::Publish => "publish".into(),
		Action::Answer(request) => format!("answer:{request}"),
		Action::Submit(nonce) => format!("submit:{nonce}"),
	}
}

impl From<&Context<AccountId>> for ContextFile {
	fn from(context: &Context<AccountId>) -> Self {
		let clear = |seen: &[Visibility]| {
			seen.iter().map(|seen| *seen == Visibility::Public).collect::<Vec<_>>()
		};
		Self {
			genesis: context.genesis,
			action: show_action(context.action),
			model: context.model.0,
			version: context.version,
			beneficiary: context.beneficiary.to_string(),
			expiry: context.expiry,
			public_inputs: clear(&context.shown.inputs),
			public_outputs: clear(&context.shown.outputs),
		}
	}
}

impl ContextFile {
	/// The context it stands for.
	///
	/// # Errors
	///
	/// If the action or the account cannot be read, or it is of more tensors than a model can have.
	pub fn read(&self) -> Result<Context<AccountId>, Error> {
		let hidden = |what, clear: &[bool]| visibilities(what, clear.iter().map(|clear| !clear));
		Ok(Context {
			genesis: self.genesis,
			action: read_action(&self.action)?,
			model: ModelId(self.model),
			version: self.version,
			beneficiary: parse::account(&self.beneficiary)?,
			expiry: self.expiry,
			shown: Shown {
				inputs: hidden("the context's inputs", &self.public_inputs)?,
				outputs: hidden("the context's outputs", &self.public_outputs)?,
			},
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn actions_are_read_as_they_are_written() {
		for action in
			[Action::Register, Action::Publish, Action::Answer(3), Action::Submit(u64::MAX)]
		{
			assert_eq!(read_action(&show_action(action)), Ok(action));
		}
		for wrong in ["", "answer", "answer:", "submit:-1", "burn", "register:1"] {
			assert!(read_action(wrong).is_err(), "{wrong}");
		}
	}
}
