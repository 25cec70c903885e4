//! What a block holds: calls as they were sent, and events while the node has them.

use codec::{Compact, Decode, Encode};
use scale_info::TypeDef;
use subxt::{
	events::Phase,
	ext::scale_decode::visitor::{decode_with_visitor, IgnoreVisitor},
	metadata::Metadata,
};
use zkml_primitives::Place;

use super::{
	client::{read_at, At, Chain},
	ChainError,
};

/// Calls within calls beyond this are not looked into; the runtime refuses them earlier.
const MAX_DEPTH: u8 = 16;

/// A call, and its arguments in SCALE.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Called {
	/// Pallet and call.
	pub title: String,
	/// The arguments.
	pub args: Vec<u8>,
}

/// An event, and its fields in SCALE.
#[derive(Clone, Debug)]
pub(super) struct Happened {
	/// Pallet and event.
	pub title: String,
	/// The fields.
	pub fields: Vec<u8>,
}

/// An extrinsic of a block.
pub struct Extrinsic {
	/// Hash of the block.
	pub block_hash: [u8; 32],
	/// Whether the block is final.
	pub finalized: bool,
	/// Its call, and those that the call carries.
	pub calls: Vec<Called>,
	/// None if the node has the block's state no more.
	events: Option<Vec<Happened>>,
}

impl Extrinsic {
	/// The arguments of every call of this name that can be read.
	pub fn arguments<T: Decode>(&self, title: &str) -> Vec<T> {
		let named = self.calls.iter().filter(|call| call.title == title);
		named.filter_map(|call| whole(&call.args)).collect()
	}

	/// The fields of every event of this name, from the first on as many as `T` has; nothing if the
	/// node has no events of the block.
	pub fn events<T: Decode>(&self, title: &str) -> Option<Vec<T>> {
		let named = self.events.as_ref()?.iter().filter(|event| event.title == title);
		Some(named.filter_map(|event| T::decode(&mut &event.fields[..]).ok()).collect())
	}
}

/// A value that takes all of the bytes.
fn whole<T: Decode>(mut bytes: &[u8]) -> Option<T> {
	let value = T::decode(&mut bytes).ok()?;
	bytes.is_empty().then_some(value)
}

impl Chain {
	/// The extrinsic at a place. Bodies outlive states on most nodes: without the state its calls are
	/// read by the newest runtime, and its events are gone.
	pub async fn extrinsic(&self, place: Place) -> Result<Extrinsic, ChainError> {
		let Place { block, extrinsic } = place;
		let pruned = || ChainError::Pruned { what: format!("block {block}") };
		let hash = self.rpc.chain_get_block_hash(Some(block.into())).await;
		let hash = hash.map_err(ChainError::other)?.ok_or_else(pruned)?;
		let body = self.rpc.chain_get_block(Some(hash)).await.map_err(ChainError::other)?;
		let body = body.ok_or_else(pruned)?.block.extrinsics;
		let bodies: Vec<Vec<u8>> = body.into_iter().map(|bytes| bytes.0).collect();
		let (count, index) = (bodies.len(), extrinsic as usize);
		let old = self.at(block).await.ok();
		let at = match &old {
			Some(at) => at,
			None => &self.best().await?,
		};
		let extrinsics = at.extrinsics().from_bytes(bodies).await;
		let found = extrinsics.iter().nth(index).ok_or_else(|| {
			ChainError::missing(format!("extrinsic {extrinsic} among {count} of block {block}"))
		})?;
		let found = found.map_err(ChainError::other)?;
		let mut calls = Vec::new();
		descend(&mut found.call_data_bytes(), at.metadata_ref(), 0, &mut calls).ok_or_else(
			|| ChainError::Foreign { what: format!("calls as block {block} has them") },
		)?;
		let events = match &old {
			Some(at) => events(at, extrinsic).await,
			None => None,
		};
		let finalized = self.finalized().await? >= block;
		Ok(Extrinsic { block_hash: hash.0, finalized, calls, events })
	}

	/// Calls a function of the runtime at the newest block or, if that knows nothing that is `wanted`, at
	/// an old one.
	pub async fn read_since<T: Decode>(
		&self,
		block: u32,
		function: &str,
		args: &impl Encode,
		wanted: impl Fn(&T) -> bool,
	) -> Result<Option<T>, ChainError> {
		let now: Option<T> = self.read(function, args).await?;
		if let Some(found) = now.filter(wanted) {
			return Ok(Some(found));
		}
		let pruned = |_| ChainError::Pruned { what: format!("the state of block {block}") };
		let at = self.at(block).await.map_err(pruned)?;
		read_at(&at, function, args).await.map_err(pruned)
	}
}

/// The events of an extrinsic, if the node has them.
async fn events(at: &At, extrinsic: u32) -> Option<Vec<Happened>> {
	let all = happened(at).await?.into_iter();
	let of_it = all.filter(|(phase, _)| *phase == Phase::ApplyExtrinsic(extrinsic));
	Some(of_it.map(|(_, event)| event).collect())
}

/// All events of a block and what they belong to, if the node has them.
pub(super) async fn happened(at: &At) -> Option<Vec<(Phase, Happened)>> {
	let all = at.events().fetch().await.ok()?;
	let mut found = Vec::new();
	for event in all.iter() {
		let event = event.ok()?;
		let title = format!("{}.{}", event.pallet_name(), event.event_name());
		found.push((event.phase(), Happened { title, fields: event.field_bytes().to_vec() }));
	}
	Some(found)
}

/// Takes one call from the front, and with it the calls among its arguments.
fn descend(
	rest: &mut &[u8],
	metadata: &Metadata,
	depth: u8,
	found: &mut Vec<Called>,
) -> Option<()> {
	if depth > MAX_DEPTH {
		return None;
	}
	let (pallet, call) = <(u8, u8)>::decode(rest).ok()?;
	let pallet = metadata.pallet_by_call_index(pallet)?;
	let variant = pallet.call_variant_by_index(call)?;
	let title = format!("{}.{}", pallet.name(), variant.name);
	let at = found.len();
	found.push(Called { title, args: Vec::new() });
	let (start, types) = (*rest, metadata.types());
	let call_type = metadata.outer_enums().call_enum_ty();
	for field in &variant.fields {
		let before = *rest;
		decode_with_visitor(rest, field.ty.id, types, IgnoreVisitor::new()).ok()?;
		let mut bytes = taken(before, rest);
		match types.resolve(field.ty.id).map(|ty| &ty.type_def) {
			_ if field.ty.id == call_type => descend(&mut bytes, metadata, depth + 1, found)?,
			Some(TypeDef::Sequence(list)) if list.type_param.id == call_type => {
				let Compact(count) = Compact::<u32>::decode(&mut bytes).ok()?;
				for _ in 0..count {
					descend(&mut bytes, metadata, depth + 1, found)?;
				}
			}
			_ => {}
		}
	}
	if let Some(called) = found.get_mut(at) {
		called.args = taken(start, rest).to_vec();
	}
	Some(())
}

/// What is gone from the front.
fn taken<'a>(before: &'a [u8], rest: &[u8]) -> &'a [u8] {
	before.get(..before.len().saturating_sub(rest.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;
	use scale_info::{meta_type, MetaType, TypeInfo};
	use subxt::ext::frame_metadata::v16;

	#[allow(dead_code, non_camel_case_types)]
	#[derive(Encode, TypeInfo)]
	enum InferenceCall {
		#[codec(index = 5)]
		refund { request: u64 },
	}

	#[allow(dead_code, non_camel_case_types)]
	#[derive(Encode, TypeInfo)]
	enum UtilityCall {
		#[codec(index = 0)]
		batch { calls: Vec<RuntimeCall>, note: u8 },
		#[codec(index = 1)]
		sudo_as { who: u32, call: Box<RuntimeCall> },
	}

	#[derive(Encode, TypeInfo)]
	enum RuntimeCall {
		#[codec(index = 1)]
		Utility(UtilityCall),
		#[codec(index = 10)]
		Inference(InferenceCall),
	}

	fn refund(request: u64) -> RuntimeCall {
		RuntimeCall::Inference(InferenceCall::refund { request })
	}

	fn pallet(name: &'static str, index: u8, ty: MetaType) -> v16::PalletMetadata {
		let deprecation_info = v16::EnumDeprecationInfo::nothing_deprecated();
		v16::PalletMetadata {
			name,
			storage: None,
			calls: Some(v16::PalletCallMetadata { ty, deprecation_info }),
			event: None,
			constants: vec![],
			error: None,
			associated_types: vec![],
			view_functions: vec![],
			index,
			docs: vec![],
			deprecation_info: v16::ItemDeprecationInfo::NotDeprecated,
		}
	}

	/// A runtime whose calls carry others.
	fn runtime() -> Metadata {
		v16::RuntimeMetadataV16::new(
			vec![
				pallet("Utility", 1, meta_type::<UtilityCall>()),
				pallet("Inference", 10, meta_type::<InferenceCall>()),
			],
			v16::ExtrinsicMetadata {
				versions: vec![4],
				address_ty: meta_type::<u8>(),
				call_ty: meta_type::<RuntimeCall>(),
				signature_ty: meta_type::<u8>(),
				transaction_extensions_by_version: [(0u8, Vec::<Compact<u32>>::new())]
					.into_iter()
					.collect(),
				transaction_extensions: vec![],
			},
			vec![],
			v16::OuterEnums {
				call_enum_ty: meta_type::<RuntimeCall>(),
				event_enum_ty: meta_type::<()>(),
				error_enum_ty: meta_type::<()>(),
			},
			v16::CustomMetadata { map: Default::default() },
		)
		.try_into()
		.unwrap()
	}

	fn calls(call: &RuntimeCall) -> Option<Vec<Called>> {
		let (bytes, mut found) = (call.encode(), Vec::new());
		let mut rest = &bytes[..];
		descend(&mut rest, &runtime(), 0, &mut found)?;
		assert!(rest.is_empty());
		Some(found)
	}

	#[test]
	fn calls_are_found_in_batches_and_in_calls_for_others() {
		let inner = UtilityCall::sudo_as { who: 9, call: Box::new(refund(2)) };
		let batch = vec![refund(1), RuntimeCall::Utility(inner), refund(3)];
		let all = calls(&RuntimeCall::Utility(UtilityCall::batch { calls: batch, note: 7 }));
		let all = all.unwrap();
		let titles: Vec<&str> = all.iter().map(|call| call.title.as_str()).collect();
		let one = "Inference.refund";
		assert_eq!(titles, ["Utility.batch", one, "Utility.sudo_as", one, one]);
		let extrinsic =
			Extrinsic { block_hash: [0; 32], finalized: true, calls: all, events: None };
		assert_eq!(extrinsic.arguments::<u64>(one), [1, 2, 3]);
		assert!(extrinsic.events::<u64>("Inference.Verified").is_none());
	}

	#[test]
	fn a_call_alone_and_one_that_is_none_are_told_apart() {
		assert_eq!(calls(&refund(4)).unwrap()[0].args, 4u64.encode());
		for bytes in [&[][..], &[10], &[10, 5, 0], &[11, 5, 0], &[10, 6]] {
			assert!(
				descend(&mut &bytes[..], &runtime(), 0, &mut Vec::new()).is_none(),
				"{bytes:?}"
			);
		}
	}

	#[test]
	fn calls_within_calls_have_an_end() {
		let nested = |depth: u8| {
			(0..depth).fold(refund(0), |inner, _| {
				RuntimeCall::Utility(UtilityCall::sudo_as { who: 0, call: Box::new(inner) })
			})
		};
		assert!(calls(&nested(MAX_DEPTH)).is_some());
		assert!(calls(&nested(MAX_DEPTH + 1)).is_none());
	}
}
