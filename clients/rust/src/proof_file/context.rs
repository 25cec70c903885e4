//! What a proof may be used for, in JSON.

use serde::{Deserialize, Serialize};
use zkml_files::hex;
use zkml_primitives::{Action, Context, ModelId, Shown, Visibility};

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
	/// Whether everybody sees the input.
	pub public_input: bool,
	/// Whether everybody sees the output.
	pub public_output: bool,
}

/// What everybody sees of an inference.
pub fn shown(private_input: bool, private_output: bool) -> Shown {
	let seen = |private| if private { Visibility::Private } else { Visibility::Public };
	Shown { input: seen(private_input), output: seen(private_output) }
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
		Self {
			genesis: context.genesis,
			action: show_action(context.action),
			model: context.model.0,
			version: context.version,
			beneficiary: context.beneficiary.to_string(),
			expiry: context.expiry,
			public_input: context.shown.input == Visibility::Public,
			public_output: context.shown.output == Visibility::Public,
		}
	}
}

impl ContextFile {
	/// The context it stands for.
	///
	/// # Errors
	///
	/// If the action or the account cannot be read.
	pub fn read(&self) -> Result<Context<AccountId>, Error> {
		Ok(Context {
			genesis: self.genesis,
			action: read_action(&self.action)?,
			model: ModelId(self.model),
			version: self.version,
			beneficiary: parse::account(&self.beneficiary)?,
			expiry: self.expiry,
			shown: shown(!self.public_input, !self.public_output),
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
