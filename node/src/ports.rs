//! Ports that somebody else has.

use std::net::{Ipv4Addr, TcpListener};

use sc_service::config::RpcEndpoint;

/// `wanted` on 127.0.0.1 if nobody listens on it, else one that the system has left.
///
/// # Errors
/// When the system has none.
pub fn free(wanted: u16) -> std::io::Result<u16> {
	TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
		.or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?
		.local_addr()
		.map(|address| address.port())
}

/// Where the port for clients is taken, takes another and says so. The SDK does the one without the
/// other, and clients would go on speaking to whoever was there before.
pub fn move_if_taken(endpoints: &mut [RpcEndpoint]) {
	let Some(wanted) = endpoints.first().map(|endpoint| endpoint.listen_addr.port()) else {
		return;
	};
	let taken = endpoints.iter().filter(|endpoint| endpoint.retry_random_port).any(|endpoint| {
		matches!(
			TcpListener::bind(endpoint.listen_addr),
			Err(error) if error.kind() == std::io::ErrorKind::AddrInUse
		)
	});
	if wanted == 0 || !taken {
		return;
	}
	let Ok(port) = free(0) else { return };
	log::warn!(
		"Port {wanted} is taken, perhaps by another node: clients find this one at port {port}. \
		 Choose a port with --rpc-port."
	);
	for endpoint in endpoints.iter_mut().filter(|one| one.listen_addr.port() == wanted) {
		endpoint.listen_addr.set_port(port);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_taken_port_is_not_given_again() {
		let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
		let port = taken.local_addr().unwrap().port();
		assert_ne!(free(port).unwrap(), port);
		drop(taken);
		assert_eq!(free(port).unwrap(), port);
	}
}
