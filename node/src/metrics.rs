//! What Prometheus is told about inferences and proofs.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sp_api::ProvideRuntimeApi;
use substrate_prometheus_endpoint::{
	register, Counter, Gauge, PrometheusError, Registry, F64, U64,
};
use tokio::{sync::watch, time::MissedTickBehavior};
use zkml_runtime_api::InferenceApi;

use crate::{
	prover::{status, Endpoint, Status},
	service::FullClient,
};

/// How often the prover is asked.
const POLL: Duration = Duration::from_secs(5);

/// The numbers that Prometheus sees beside those of the SDK.
#[derive(Clone)]
pub struct Metrics {
	verified: Counter<U64>,
	refused: Counter<U64>,
	open: Gauge<U64>,
	proving_seconds: Counter<F64>,
	proofs: Counter<U64>,
}

impl Metrics {
	/// Makes them known, all zero.
	///
	/// # Errors
	/// When the registry has one of them already.
	pub fn register(registry: &Registry) -> Result<Self, PrometheusError> {
		Ok(Self {
			verified: register(
				Counter::new(
					"zkml_inferences_verified_total",
					"Inferences verified in the best blocks this node imported",
				)?,
				registry,
			)?,
			refused: register(
				Counter::new(
					"zkml_inferences_refused_total",
					"Inferences refused in the best blocks this node imported",
				)?,
				registry,
			)?,
			open: register(
				Gauge::new("zkml_requests_open", "Requests open at the best block")?,
				registry,
			)?,
			proving_seconds: register(
				Counter::new(
					"zkml_proving_seconds_total",
					"Seconds the prover of this node spent proving",
				)?,
				registry,
			)?,
			proofs: register(
				Counter::new("zkml_proofs_made_total", "Proofs the prover of this node made")?,
				registry,
			)?,
		})
	}

	/// Counts what each new best block did.
	pub async fn follow_chain(self, client: Arc<FullClient>) {
		let mut blocks = client.import_notification_stream();
		while let Some(block) = blocks.next().await {
			if !block.is_new_best {
				continue;
			}
			match client.runtime_api().activity(block.hash) {
				Ok(activity) => {
					self.verified.inc_by(activity.verified.into());
					self.refused.inc_by(activity.refused.into());
					self.open.set(activity.open.into());
				}
				Err(error) => log::debug!("Block {:?} was not counted: {error}", block.hash),
			}
		}
	}

	/// Counts what the prover did, as it tells.
	pub async fn follow_prover(self, endpoint: watch::Receiver<Option<Endpoint>>) {
		let mut clock = tokio::time::interval(POLL);
		clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
		let mut last = Status::default();
		loop {
			clock.tick().await;
			let current = endpoint.borrow().clone();
			let Some(current) = current else { continue };
			match status::fetch(&current).await {
				Ok(now) => {
					self.add(&last, &now);
					last = now;
				}
				Err(error) => log::debug!("The prover was not counted: {error}"),
			}
		}
	}

	/// Adds what happened between two answers of the prover. A prover that was started again
	/// counts from zero.
	fn add(&self, last: &Status, now: &Status) {
		let restarted = now.proved < last.proved || now.prove_seconds < last.prove_seconds;
		let (proved, seconds) =
			if restarted { (0, 0.0) } else { (last.proved, last.prove_seconds) };
		self.proofs.inc_by(now.proved.saturating_sub(proved));
		self.proving_seconds.inc_by((now.prove_seconds - seconds).max(0.0));
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn status(proved: u64, prove_seconds: f64) -> Status {
		Status { proved, prove_seconds, models: 1 }
	}

	#[test]
	fn a_prover_that_was_started_again_keeps_the_totals_growing() {
		let metrics = Metrics::register(&Registry::new()).unwrap();
		let answers = [status(0, 0.0), status(3, 1.5), status(5, 2.5), status(1, 0.5)];
		for pair in answers.windows(2) {
			metrics.add(&pair[0], &pair[1]);
		}
		assert_eq!(metrics.proofs.get(), 6);
		assert!((metrics.proving_seconds.get() - 3.0).abs() < 1e-9);
	}

	#[test]
	fn all_numbers_are_there_before_anything_happens() {
		let registry = Registry::new();
		Metrics::register(&registry).unwrap();
		let names: Vec<_> =
			registry.gather().iter().map(|family| family.get_name().to_owned()).collect();
		assert_eq!(
			names,
			[
				"zkml_inferences_refused_total",
				"zkml_inferences_verified_total",
				"zkml_proofs_made_total",
				"zkml_proving_seconds_total",
				"zkml_requests_open",
			]
		);
	}
}
