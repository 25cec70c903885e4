//! A call: names and encoded arguments; the live metadata gives it its indices.

use codec::Encode;
use subxt::{
	client::{ClientAtBlock, OfflineClientAtBlockT},
	config::SubstrateConfig,
	error::ExtrinsicError,
	ext::{
		scale_encode::{EncodeAsFields, Error as EncodeError},
		scale_type_resolver::{FieldIter, TypeResolver},
	},
	tx::Payload,
};

use super::ChainError;

/// One call of the runtime.
#[derive(Clone, Debug)]
pub struct Call {
	pallet: &'static str,
	name: &'static str,
	args: Encoded,
}

/// Arguments that are SCALE already. Their shape is compared with the metadata in [`Call::check`],
/// not here.
#[derive(Clone, Debug)]
pub struct Encoded(Vec<u8>);

impl EncodeAsFields for Encoded {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

impl Payload for Call {
	type CallData = Encoded;

	fn pallet_name(&self) -> &str {
		self.pallet
	}

	fn call_name(&self) -> &str {
		self.name
	}

	fn call_data(&self) -> &Encoded {
		&self.args
	}
}

impl Call {
	/// `args` is the tuple of the arguments; SCALE sets no frame around it.
	pub fn new(pallet: &'static str, name: &'static str, args: &impl Encode) -> Self {
		Self { pallet, name, args: Encoded(args.encode()) }
	}

	/// The pallet's and the call's name with a dot between, for people.
	pub fn title(&self) -> String {
		format!("{}.{}", self.pallet, self.name)
	}

	/// The call's bytes by this runtime, refused if it has no such call, or one whose arguments are
	/// of another shape.
	///
	/// # Errors
	///
	/// If the runtime has no such call, or one whose arguments are of another shape.
	pub fn check<C>(&self, at: &ClientAtBlock<SubstrateConfig, C>) -> Result<Vec<u8>, ChainError>
	where
		C: OfflineClientAtBlockT<SubstrateConfig>,
	{
		let foreign = |what: String| ChainError::Foreign { what };
		let known = at.metadata_ref().pallet_by_name(self.pallet);
		known
			.ok_or_else(|| foreign(format!("the pallet {}", self.pallet)))?
			.call_variant_by_name(self.name)
			.ok_or_else(|| foreign(format!("the call {}", self.title())))?;
		let bytes = at.tx().call_data(self).map_err(ChainError::other)?;
		match at.tx().from_call_data_bytes(&bytes) {
			Ok(_) => Ok(bytes),
			Err(
				ExtrinsicError::CannotDecodeCallDataFields(_)
				| ExtrinsicError::LeftoverBytesDecodingCallData(_),
			) => Err(foreign(format!("the call {} as this zkml writes it", self.title()))),
			Err(error) => Err(ChainError::other(error)),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Compact;
	use scale_info::{meta_type, TypeInfo};
	use std::sync::Arc;
	use subxt::{
		client::{OfflineClient, OfflineClientAtBlockImpl},
		config::substrate::SpecVersionForRange,
		ext::frame_metadata::v16,
		metadata::Metadata,
	};
	use zkml_primitives::{Deadline, ModelId, Share, TensorData, Tensors, Terms, Visibility};

	#[allow(dead_code, non_camel_case_types)]
	#[derive(TypeInfo)]
	enum InferenceCall {
		#[codec(index = 3)]
		request { model: ModelId, version: u32, inputs: Tensors<TensorData>, terms: Terms<u128> },
		#[codec(index = 5)]
		refund { request: u64 },
	}

	/// A runtime with one pallet at index 10.
	fn runtime() -> ClientAtBlock<SubstrateConfig, OfflineClientAtBlockImpl<SubstrateConfig>> {
		let nothing = v16::EnumDeprecationInfo::nothing_deprecated;
		let metadata: Metadata = v16::RuntimeMetadataV16::new(
			vec![v16::PalletMetadata {
				name: "Inference",
				storage: None,
				calls: Some(v16::PalletCallMetadata {
					ty: meta_type::<InferenceCall>(),
					deprecation_info: nothing(),
				}),
				event: None,
				constants: vec![],
				error: None,
				associated_types: vec![],
				view_functions: vec![],
				index: 10,
				docs: vec![],
				deprecation_info: v16::ItemDeprecationInfo::NotDeprecated,
			}],
			v16::ExtrinsicMetadata {
				versions: vec![4],
				address_ty: meta_type::<u8>(),
				call_ty: meta_type::<InferenceCall>(),
				signature_ty: meta_type::<u8>(),
				transaction_extensions_by_version: [(0u8, Vec::<Compact<u32>>::new())]
					.into_iter()
					.collect(),
				transaction_extensions: vec![],
			},
			vec![],
			v16::OuterEnums {
				call_enum_ty: meta_type::<InferenceCall>(),
				event_enum_ty: meta_type::<()>(),
				error_enum_ty: meta_type::<()>(),
			},
			v16::CustomMetadata { map: Default::default() },
		)
		.try_into()
		.unwrap();
		let config = SubstrateConfig::builder()
			.set_metadata_for_spec_versions([(0, Arc::new(metadata))])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version: 0,
				transaction_version: 0,
			}])
			.build();
		OfflineClient::new_with_config(config).at_block(0u64).unwrap()
	}

	#[test]
	fn indices_come_from_the_metadata_and_arguments_from_the_types() {
		let refund = Call::new("Inference", "refund", &7u64);
		assert_eq!(refund.check(&runtime()).unwrap(), [10, 5, 7, 0, 0, 0, 0, 0, 0, 0]);
		let input = TensorData::Public(vec![128, 129].try_into().unwrap());
		let inputs: Tensors<_> = vec![input].try_into().unwrap();
		let terms = Terms {
			price: 5u128,
			max_owner_share: Share(0),
			outputs: vec![Visibility::Public].try_into().unwrap(),
			deadline: Deadline::default(),
		};
		let args = (ModelId([9; 32]), 1u32, inputs, terms);
		let bytes = Call::new("Inference", "request", &args).check(&runtime()).unwrap();
		assert_eq!(bytes[..3], [10, 3, 9]);
		assert_eq!(bytes[34..43], [1, 0, 0, 0, 4, 0, 8, 128, 129]);
	}

	#[test]
	fn unknown_pallets_calls_and_shapes_are_refused_by_name() {
		let refused = |call: Call| call.check(&runtime()).unwrap_err().to_string();
		let error = refused(Call::new("Balances", "burn", &()));
		assert!(error.ends_with("got one without the pallet Balances"), "{error}");
		let error = refused(Call::new("Inference", "burn", &()));
		assert!(error.ends_with("got one without the call Inference.burn"), "{error}");
		for args in [vec![7u8; 7], vec![7u8; 9]] {
			let call = Call { pallet: "Inference", name: "refund", args: Encoded(args) };
			let error = refused(call);
			assert!(error.ends_with("the call Inference.refund as this zkml writes it"), "{error}");
		}
	}
}
