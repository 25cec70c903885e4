//! Asks a model of a development chain and waits for the answer, at //Bob's cost:
//!
//! ```sh
//! cargo run --release --locked -p zkml-client --example ask -- MODEL_ID input.json
//! ```

use std::{env, path::Path, time::Duration};

use tokio::time::sleep;
use zkml_client::{
	chain::{calls::inference, version_of, Chain, ChainError, Fate, DEFAULT_URL},
	keys,
	parse::{self, Amount},
	tensors, Error,
};
use zkml_primitives::{Deadline, RequestId, TensorData, TensorSpec, Terms, Visibility};

/// What an answer is worth.
const PRICE: &str = "1";
/// Blocks within which it is taken.
const WITHIN: u32 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
	let args: Vec<String> = env::args().skip(1).collect();
	let [model, input] = &args[..] else { panic!("expected MODEL_ID and a file, got {args:?}") };
	let (id, key) = (parse::model(model)?, keys::parse("the example", "//Bob")?);

	let chain = Chain::connect(DEFAULT_URL).await?;
	let model = chain.known_model(id).await?;
	let version = version_of(&model, None).ok_or_else(|| ChainError::missing("a version"))?;
	let description = &version.description;

	let values = tensors::quantize(&description.input, &tensors::read_input(Path::new(input))?)?;
	let input = tensors::public("the input", &description.input, &values)?;
	let now = chain.now(&chain.best().await?).await?;
	let Amount(price) = PRICE.parse()?;
	let terms = Terms {
		price,
		max_owner_share: model.owner_share,
		output: Visibility::Public,
		deadline: Deadline { block: now.block.saturating_add(WITHIN), moment: 0 },
	};
	let call = inference::request(id, version.number, &input, &terms);
	let sent = chain.send(chain.prepare(&call, &key, 0).await?, false).await?;
	let number = sent.number("Inference.Requested", "request");
	let request = number.ok_or_else(|| ChainError::missing("the request"))? as RequestId;
	println!("request {request} in block {}", sent.block);
	wait(&chain, request, &description.output).await
}

async fn wait(chain: &Chain, request: RequestId, output: &TensorSpec) -> Result<(), Error> {
	loop {
		match chain.fate(request).await? {
			Fate::Open(_) => sleep(Duration::from_secs(1)).await,
			Fate::Answered(_, record) => {
				let words = match &record.output {
					TensorData::Public(bytes) => match output.decode(bytes) {
						Ok(values) => tensors::words(output, &values),
						Err(error) => format!("bytes that are none of the output's: {error:?}"),
					},
					TensorData::Committed(_) => "hidden".into(),
				};
				println!("{words}, proved by {}", record.beneficiary);
				return Ok(());
			}
			other => {
				println!("no answer: {other:?}");
				return Ok(());
			}
		}
	}
}
