//! From the command line to what it asks for.

use std::sync::Arc;

use sc_cli::{NetworkBackendType, SubstrateCli};
use sc_service::{ChainSpec, PartialComponents};
use zkml_runtime::opaque::Block;

use crate::{
	advice::Advice,
	chain_spec,
	cli::{Cli, Sealing, Subcommand},
	ports,
	prover::Plan,
	service::{self, FullBackend, FullClient, Settings},
};

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"zkML Node".into()
	}

	fn impl_version() -> String {
		env!("CARGO_PKG_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the zkML chain's authors".into()
	}

	fn support_url() -> String {
		"README.md of the source tree".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}
}

/// Reads the command line and does what it says.
///
/// # Errors
/// Whatever stopped it, in words.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();
	match &cli.subcommand {
		None => run_node(&cli),
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::CreateChainSpec(cmd)) => cmd.run().map_err(sc_cli::Error::Input),
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } =
				service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, .. } = service::new_partial(&config)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, import_queue, .. } =
				service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::PurgeChain(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
		}
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let PartialComponents { client, task_manager, backend, .. } =
				service::new_partial(&config)?;
			let aux_revert = Box::new(|client: Arc<FullClient>, _: Arc<FullBackend>, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(client, backend, Some(aux_revert)), task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
		}
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(cmd)) => {
			use frame_benchmarking_cli::BenchmarkCmd;
			type Hashing = sp_runtime::traits::HashingFor<Block>;
			match cmd {
				BenchmarkCmd::Pallet(cmd) => cli.create_runner(cmd)?.sync_run(|config| {
					// `scripts/weights.sh` reads how fast the machine was when it measured.
					crate::hardware::report();
					cmd.run_with_spec::<Hashing, zkml_host::HostFunctions>(Some(config.chain_spec))
				}),
				_ => Err("expected 'benchmark pallet', got another benchmark".into()),
			}
		}
	}
}

/// Litep2p speaks the same protocols, and with each network the whole service is compiled once more.
fn refuse_libp2p(cli: &Cli) -> sc_cli::Result<()> {
	match cli.run.network_params.network_backend {
		NetworkBackendType::Libp2p => Err(sc_cli::Error::Input(
			"expected --network-backend litep2p, got libp2p, which this node does not have".into(),
		)),
		NetworkBackendType::Litep2p => Ok(()),
	}
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
	refuse_libp2p(cli)?;
	let advice = Advice::new(cli);
	let base_path = cli.run.shared_params.base_path.as_deref();
	let prover = Plan::new(&cli.prover, cli.run.shared_params.is_dev(), base_path)
		.map_err(|error| sc_cli::Error::Input(error.to_string()))?;
	let sealing = cli.sealing;
	let mut run = cli.run.clone();
	// A temporary node is a new one each time, and nobody could have made its key before.
	run.network_params.node_key_params.unsafe_force_node_key_generation |= run.tmp;
	let mut runner = cli.create_runner(&run).map_err(|error| match error {
		sc_cli::Error::NetworkKeyNotFound(path) => sc_cli::Error::Input(advice.network_key(&path)),
		other => other,
	})?;
	if sealing == Sealing::Instant && !runner.config().role.is_authority() {
		return Err(sc_cli::Error::Input(
			"expected an authority for --sealing instant, got a full node: add --validator or --dev"
				.into(),
		));
	}
	let whole_pool = megabytes_of_pool(run.pool_config.pool_kbytes, run.pool_config.pool_limit);
	let config = runner.config_mut();
	if let Some(endpoints) = &mut config.rpc.addr {
		ports::move_if_taken(endpoints);
		for endpoint in endpoints {
			endpoint.max_payload_out_mb = endpoint.max_payload_out_mb.max(whole_pool);
		}
	}
	let settings =
		Settings { sealing, prover, advice, measure_machine: !cli.no_hardware_benchmarks };
	runner.run_node_until_exit(|config| async move {
		service::new_full(config, settings).map_err(sc_cli::Error::Service)
	})
}

/// How many megabytes `author_pendingExtrinsics` takes for a full pool: two digits a byte, and for
/// each transaction its prefix, quotes and comma. With fewer, two pending transactions of four
/// megabytes would leave nothing readable of the whole pool.
fn megabytes_of_pool(kilobytes: usize, count: usize) -> u32 {
	const ENVELOPE: usize = 1024;
	let digits = kilobytes.saturating_mul(2 * 1024);
	let text = digits.saturating_add(count.saturating_mul(6)).saturating_add(ENVELOPE);
	u32::try_from(text.div_ceil(1 << 20)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
	use clap::Parser;

	// Tests here call nothing that starts a node: their program would hold a second one, compiled by itself.
	use super::*;

	#[test]
	fn an_answer_holds_the_pool_as_it_is_by_default() {
		assert_eq!(megabytes_of_pool(20_480, 8_192), 41);
		assert_eq!(megabytes_of_pool(1, 1), 1);
		assert_eq!(megabytes_of_pool(usize::MAX, usize::MAX), u32::MAX);
	}

	#[test]
	fn a_network_that_the_node_does_not_have_is_refused_by_name() {
		let cli = Cli::parse_from(["zkml-node", "--dev", "--network-backend", "libp2p"]);
		let refused = refuse_libp2p(&cli).unwrap_err().to_string();
		assert!(refused.contains("expected --network-backend litep2p, got libp2p"), "{refused}");
	}
}
