//! What people read of errors, whoever carries them.

use zkml_primitives::{NotCanonical, Refusal, SpecError, TensorError, MAX_TENSOR_BYTES};

#[test]
fn each_error_can_be_carried_as_any_error_is_and_is_shown_in_words() {
	let long = TensorError::TooLong { got: MAX_TENSOR_BYTES + 1 };
	let short = TensorError::Length { expected: 4, got: 3 };
	let low = TensorError::OutOfRange { index: 1, got: -1 };
	let refusal = Refusal { pallet: 12, error: 3 };
	let errors: [(&dyn core::error::Error, &str); 6] = [
		(&long, "expected a tensor of at most 262144 bytes, got one of 262145"),
		(&short, "expected 4 bytes, got 3"),
		(&low, "expected element 1 within the declared range, got -1"),
		(&NotCanonical, "expected a number below the group order, got one at or above it"),
		(&refusal, "expected a call that the chain takes, got error 3 of pallet 12"),
		// After words that say of what.
		(&SpecError::Mantissa, "a scale of zero"),
	];
	for (error, words) in errors {
		assert_eq!(error.to_string(), words);
	}
}
