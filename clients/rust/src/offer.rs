//! What a proof is offered to the chain as: the answer to a request, or an inference that nobody asked
//! for.

use zkml_primitives::{
	public_len, Action, Answer, InferenceItem, Role, Scalar, StatementId, Submission,
};

use crate::{
	chain::{calls::inference::PALLET, AccountId, Call, Chain, ChainError},
	proof_file::{show_action, ProofFile},
	Error,
};

/// What the chain is offered.
#[derive(Clone, Debug)]
pub enum Offer {
	/// The answer to a request.
	Answer {
		/// What is handed in.
		answer: Answer<AccountId>,
		/// How many inputs the request has, for the deposit.
		inputs: u8,
		/// Public bytes of these, for which the call pays.
		input_bytes: u32,
	},
	/// An inference that nobody asked for.
	Submission(Submission<AccountId>),
}

impl Offer {
	/// What a file offers. Another beneficiary may take the place of the one that the proof is bound to;
	/// the chain must then refuse it.
	///
	/// # Errors
	///
	/// If the file holds no proof that is bound to a chain, or one of possession.
	pub fn from_file(file: &ProofFile, beneficiary: Option<AccountId>) -> Result<Self, Error> {
		let context = file.context()?;
		let beneficiary = beneficiary.unwrap_or(context.beneficiary);
		let (outputs, proof) = (file.tensors(Role::Output)?, file.proof()?);
		let ctx = Scalar(file.digests.ctx);
		match context.action {
			Action::Answer(request) => {
				let asked = file.tensors(Role::Input)?;
				let (inputs, input_bytes) = (asked.len() as u8, public_len(&asked));
				let answer = Answer { request, beneficiary, outputs, ctx, proof };
				Ok(Self::Answer { answer, inputs, input_bytes })
			}
			Action::Submit(nonce) => Ok(Self::Submission(Submission {
				model: context.model,
				version: context.version,
				nonce,
				expiry: context.expiry,
				beneficiary,
				inputs: file.tensors(Role::Input)?,
				outputs,
				ctx,
				proof,
			})),
			Action::Register | Action::Publish => Err(Error::mismatch(
				"the proof's action",
				"answer or submit",
				show_action(context.action),
			)),
		}
	}

	/// Whom the record will name.
	pub fn beneficiary(&self) -> AccountId {
		match self {
			Self::Answer { answer, .. } => answer.beneficiary,
			Self::Submission(submission) => submission.beneficiary,
		}
	}

	/// The record that will be kept, for [`Chain::deposit`].
	pub fn record(&self) -> InferenceItem {
		let (inputs, outputs) = match self {
			Self::Answer { answer, inputs, .. } => (*inputs, &answer.outputs),
			// There are at most eight.
			Self::Submission(submission) => (submission.inputs.len() as u8, &submission.outputs),
		};
		InferenceItem::Record { inputs, outputs: outputs.clone() }
	}

	/// The call that brings all of them: one has its own, several of a kind go together. `None` for several
	/// kinds, which no call takes.
	pub fn call(offers: &[Self]) -> Option<Call> {
		let (mut answers, mut submissions) = (Vec::new(), Vec::new());
		let mut bytes = 0u32;
		for offer in offers {
			match offer {
				Self::Answer { answer, input_bytes, .. } => {
					answers.push(answer);
					bytes = bytes.saturating_add(*input_bytes);
				}
				Self::Submission(submission) => submissions.push(submission),
			}
		}
		match (&answers[..], &submissions[..]) {
			([answer], []) => Some(Call::new(PALLET, "answer", &(answer, bytes))),
			([], [submission]) => Some(Call::new(PALLET, "submit", submission)),
			(_, []) => Some(Call::new(PALLET, "answer_batch", &(&answers, bytes))),
			([], _) => Some(Call::new(PALLET, "submit_batch", &submissions)),
			_ => None,
		}
	}
}

impl Chain {
	/// Asks whether an offer by this account would be accepted now, and as what statement.
	///
	/// # Errors
	///
	/// [`ChainError::Refused`] with the pallet's reason if it would not.
	pub async fn check(
		&self,
		submitter: &AccountId,
		offer: &Offer,
	) -> Result<StatementId, ChainError> {
		match offer {
			Offer::Answer { answer, .. } => self.check_answer(answer).await,
			Offer::Submission(submission) => self.check_submission(submitter, submission).await,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_primitives::{ModelId, Proof, TensorData, G1, G2};

	fn answer(request: u64, output: &[u8]) -> Offer {
		let proof = Proof {
			a: G1([0; 64]),
			b: G2([0; 128]),
			c: G1([0; 64]),
			commitments: Default::default(),
		};
		let output = TensorData::Public(output.to_vec().try_into().unwrap());
		let outputs = vec![output].try_into().unwrap();
		let beneficiary = AccountId::from([1; 32]);
		let answer = Answer { request, beneficiary, outputs, ctx: Scalar::ZERO, proof };
		Offer::Answer { answer, inputs: 1, input_bytes: 4 }
	}

	fn submission() -> Offer {
		let Offer::Answer { answer, .. } = answer(0, &[1]) else { panic!() };
		let Answer { beneficiary, outputs, ctx, proof, .. } = answer;
		let (model, input) = (ModelId([2; 32]), TensorData::Committed(Scalar::ZERO));
		let inputs = vec![input].try_into().unwrap();
		let (version, nonce, expiry) = (1, 7, 9);
		let all =
			Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof };
		Offer::Submission(all)
	}

	#[test]
	fn offers_of_a_kind_go_in_one_call() {
		let title = |offers: &[Offer]| Offer::call(offers).map(|call| call.title());
		for (offers, expected) in [
			(vec![answer(1, &[1])], "Inference.answer"),
			(vec![answer(1, &[1]), answer(2, &[1])], "Inference.answer_batch"),
			(vec![submission()], "Inference.submit"),
			(vec![submission(), submission()], "Inference.submit_batch"),
		] {
			assert_eq!(title(&offers).as_deref(), Some(expected));
		}
		assert_eq!(title(&[answer(1, &[1]), submission()]), None);
	}
}
