//! How the pool's tasks are watched.

use std::{future::pending, panic::AssertUnwindSafe};

use futures::{channel::oneshot, future::BoxFuture, FutureExt};
use sc_service::{SpawnEssentialTaskHandle, SpawnTaskHandle};
use sp_core::traits::SpawnEssentialNamed;

/// Runs tasks without which the node stops, where only a panic counts as their failure. One of the pool's
/// blocks its thread until the pool is gone, which at every orderly stop is after the node was told to end:
/// the SDK's own handle would call that a failure, in red, each time.
#[derive(Clone)]
pub struct PoolTasks {
	/// The handle that runs tasks.
	pub spawn: SpawnTaskHandle,
	/// The handle that stops the node when a task of its own ends.
	pub essential: SpawnEssentialTaskHandle,
}

impl PoolTasks {
	/// The task, and one that ends if and only if the first panics.
	fn watched(task: BoxFuture<'static, ()>) -> (BoxFuture<'static, ()>, BoxFuture<'static, ()>) {
		let (sender, panicked) = oneshot::channel();
		let task = async move {
			if AssertUnwindSafe(task).catch_unwind().await.is_err() {
				let _ = sender.send(());
			}
		};
		let watch = async move {
			if panicked.await.is_err() {
				pending::<()>().await;
			}
		};
		(task.boxed(), watch.boxed())
	}
}

impl SpawnEssentialNamed for PoolTasks {
	fn spawn_essential_blocking(
		&self,
		name: &'static str,
		group: Option<&'static str>,
		future: BoxFuture<'static, ()>,
	) {
		let (task, watch) = Self::watched(future);
		self.spawn.spawn_blocking(name, group, task);
		self.essential.spawn(name, group, watch);
	}

	fn spawn_essential(
		&self,
		name: &'static str,
		group: Option<&'static str>,
		future: BoxFuture<'static, ()>,
	) {
		let (task, watch) = Self::watched(future);
		self.spawn.spawn(name, group, task);
		self.essential.spawn(name, group, watch);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Whether the node is told to stop after a task that ends so.
	async fn stops(task: impl std::future::Future<Output = ()> + Send + 'static) -> bool {
		let (task, watch) = PoolTasks::watched(task.boxed());
		task.await;
		watch.now_or_never().is_some()
	}

	#[tokio::test]
	async fn a_panic_stops_the_node_and_an_end_does_not() {
		assert!(!stops(async {}).await);
		assert!(stops(async { panic!("the pool is broken") }).await);
	}
}
