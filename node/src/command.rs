//! From the command line to what it asks for.

use std::sync::Arc;

use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{ChainSpec, PartialComponents};
use zkml_runtime::{opaque::Block, Hash};

use crate::{
	chain_spec,
	cli::{Cli, Sealing, Subcommand},
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
		Ok(match id {
			"dev" => Box::new(chain_spec::development()?),
			"" | "local" => Box::new(chain_spec::local()?),
			path => Box::new(chain_spec::ChainSpec::from_json_file(path.into())?),
		})
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
					cmd.run_with_spec::<Hashing, zkml_host::HostFunctions>(Some(config.chain_spec))
				}),
				_ => Err("expected 'benchmark pallet', got another benchmark".into()),
			}
		}
	}
}

fn run_node(cli: &Cli) -> sc_cli::Result<()> {
	let base_path = cli.run.shared_params.base_path.as_deref();
	let prover = Plan::new(&cli.prover, cli.run.shared_params.is_dev(), base_path)
		.map_err(|error| sc_cli::Error::Input(error.to_string()))?;
	let sealing = cli.sealing;
	let runner = cli.create_runner(&cli.run)?;
	if sealing == Sealing::Instant && !runner.config().role.is_authority() {
		return Err(sc_cli::Error::Input(
			"expected an authority for --sealing instant, got a full node: add --validator or --dev"
				.into(),
		));
	}
	runner.run_node_until_exit(|config| async move {
		let settings = Settings { sealing, prover };
		match config.network.network_backend {
			NetworkBackendType::Litep2p => {
				service::new_full::<Litep2pNetworkBackend>(config, settings)
			}
			NetworkBackendType::Libp2p => {
				service::new_full::<NetworkWorker<Block, Hash>>(config, settings)
			}
		}
		.map_err(sc_cli::Error::Service)
	})
}
