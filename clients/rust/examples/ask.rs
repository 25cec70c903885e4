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
	proof_file::visibilities,
	tensors, Error,
};
use zkml_primitives::{Deadline, RequestId, Role, TensorData, Tensors, Terms, ValueInfo};

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

	let names: Vec<String> = description.inputs.iter().map(ValueInfo::title).collect();
	let names: Vec<&str> = names.iter().map(String::as_str).collect();
	let reals = tensors::read_inputs(Path::new(input), &names)?;
	let values = tensors::quantize_all(&description.inputs, &reals)?;
	let public = |(info, values): (&ValueInfo, &Vec<i32>)| {
		tensors::public(&tensors::title(Role::Input, info), &info.tensor, values)
	};
	let all = description.inputs.iter().zip(&values).map(public).collect::<Result<_, _>>()?;
	let now = chain.now(&chain.best().await?).await?;
	let Amount(price) = PRICE.parse()?;
	let terms = Terms {
		price,
		max_owner_share: model.owner_share,
		outputs: visibilities("the outputs", description.outputs.iter().map(|_| false))?,
		deadline: Deadline { block: now.block.saturating_add(WITHIN), moment: 0 },
	};
	let call = inference::request(id, version.number, &Tensors::truncate_from(all), &terms);
	let sent = chain.send(chain.prepare(&call, &key, 0).await?, false).await?;
	let number = sent.number("Inference.Requested", "request");
	let request = number.ok_or_else(|| ChainError::missing("the request"))? as RequestId;
	println!("request {request} in block {}", sent.block);
	wait(&chain, request, &description.outputs).await
}

async fn wait(chain: &Chain, request: RequestId, outputs: &[ValueInfo]) -> Result<(), Error> {
	loop {
		match chain.fate(request).await? {
			Fate::Open(_) => sleep(Duration::from_secs(1)).await,
			Fate::Answered(_, record) => {
				for (info, output) in outputs.iter().zip(&record.outputs) {
					let words = match output {
						TensorData::Public(bytes) => match info.tensor.decode(bytes) {
							Ok(values) => tensors::words(&info.tensor, &values),
							Err(error) => format!("bytes that are none of the output's: {error}"),
						},
						TensorData::Committed(_) => "hidden".into(),
					};
					println!("{}: {words}", tensors::title(Role::Output, info));
				}
				println!("proved by {}", record.beneficiary);
				return Ok(());
			}
			other => {
				println!("no answer: {other:?}");
				return Ok(());
			}
		}
	}
}
