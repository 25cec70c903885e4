//! What the operators of quantised integers are given.

use zkml_onnx::tensor_proto::DataType;

use super::{
	elementwise, quantized,
	signature::{
		float, free, input, int, needed, optional, word, Attribute, Form, Input, Operator, Output,
		Setting, Version, Y,
	},
	window::CONVOLUTION,
};

/// Domain of onnxruntime's own operators.
const MICROSOFT: &str = "com.microsoft";
const AXIS: Attribute = int("axis", 1);
const BLOCK: Attribute = int("block_size", 0);
const SATURATE: Attribute = int("saturate", 1).idle("it is about floats of 8 bits");
const PRECISION: Attribute =
	int("precision", 0).only(&[Setting::Int(0), Setting::Int(DataType::Float as i64)]);
const NUMBERS: Attribute =
	int("output_dtype", 0).only(&[Setting::Int(0), Setting::Int(DataType::Float as i64)]);
const CHANNELS: Attribute = int("channels_last", 0).only(&[Setting::Int(0)]);
const QUANTIZE: &[Input] = &[input("x"), input("y_scale"), optional("y_zero_point")];
const DEQUANTIZE: &[Input] = &[input("x"), input("x_scale"), optional("x_zero_point")];
const LOWER_Y: &[Output] = &[input("y")];
const CONVOLVED: &[Input] = &[
	input("x"),
	input("x_scale"),
	input("x_zero_point"),
	input("w"),
	input("w_scale"),
	input("w_zero_point"),
	input("y_scale"),
	input("y_zero_point"),
	optional("B"),
];
const MULTIPLIED: &[Input] = &[
	input("a"),
	input("a_scale"),
	input("a_zero_point"),
	input("b"),
	input("b_scale"),
	input("b_zero_point"),
	input("y_scale"),
	input("y_zero_point"),
];
const PAIR: &[Version] = &[Version::new(
	&[1],
	&[],
	&[
		input("A"),
		input("A_scale"),
		optional("A_zero_point"),
		input("B"),
		input("B_scale"),
		optional("B_zero_point"),
		input("C_scale"),
		optional("C_zero_point"),
	],
	elementwise::C,
)];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"DequantizeLinear",
		quantized::dequantize,
		&[
			Version::new(&[10], &[], DEQUANTIZE, LOWER_Y),
			Version::new(&[13, 19], &[AXIS], DEQUANTIZE, LOWER_Y),
			Version::new(&[21], &[AXIS, BLOCK], DEQUANTIZE, LOWER_Y),
			Version::new(&[23, 24, 25, 28], &[AXIS, BLOCK, NUMBERS], DEQUANTIZE, LOWER_Y),
		],
	),
	Operator::new(
		"DequantizeLinear",
		quantized::dequantize,
		&[Version::new(&[1], &[free("axis", Form::Int)], DEQUANTIZE, LOWER_Y)],
	)
	.of(MICROSOFT),
	Operator::new(
		"QGemm",
		quantized::gemm,
		&[Version::new(
			&[1],
			&[float("alpha", 1.0), int("transA", 0), int("transB", 0)],
			&[
				input("A"),
				input("a_scale"),
				input("a_zero_point"),
				input("B"),
				input("b_scale"),
				input("b_zero_point"),
				optional("C"),
				optional("y_scale"),
				optional("y_zero_point"),
			],
			Y,
		)],
	)
	.of(MICROSOFT),
	Operator::new("QLinearAdd", quantized::add, PAIR).of(MICROSOFT),
	Operator::new(
		"QLinearAveragePool",
		quantized::average_pool,
		&[Version::new(
			&[1],
			&[
				word("auto_pad", "NOTSET"),
				int("ceil_mode", 0),
				CHANNELS,
				int("count_include_pad", 0),
				needed("kernel_shape", Form::Ints),
				free("pads", Form::Ints),
				free("strides", Form::Ints),
			],
			&[
				input("X"),
				input("x_scale"),
				optional("x_zero_point"),
				input("y_scale"),
				optional("y_zero_point"),
			],
			Y,
		)],
	)
	.of(MICROSOFT),
	Operator::new(
		"QLinearConv",
		quantized::conv,
		&[Version::new(&[10], CONVOLUTION, CONVOLVED, LOWER_Y)],
	),
	Operator::new(
		"QLinearConv",
		quantized::conv,
		&[Version::new(
			&[1],
			&[
				word("auto_pad", "NOTSET"),
				CHANNELS,
				free("dilations", Form::Ints),
				int("group", 1),
				free("kernel_shape", Form::Ints),
				free("pads", Form::Ints),
				free("strides", Form::Ints),
			],
			CONVOLVED,
			LOWER_Y,
		)],
	)
	.of(MICROSOFT),
	Operator::new(
		"QLinearGlobalAveragePool",
		quantized::global_average_pool,
		&[Version::new(
			&[1],
			&[CHANNELS],
			&[
				input("X"),
				input("x_scale"),
				input("x_zero_point"),
				input("y_scale"),
				input("y_zero_point"),
			],
			Y,
		)],
	)
	.of(MICROSOFT),
	Operator::new(
		"QLinearMatMul",
		quantized::mat_mul,
		&[Version::new(&[10, 21], &[], MULTIPLIED, LOWER_Y)],
	),
	Operator::new("QLinearMul", quantized::mul, PAIR).of(MICROSOFT),
	Operator::new(
		"QuantizeLinear",
		quantized::quantize,
		&[
			Version::new(&[10], &[], QUANTIZE, LOWER_Y),
			Version::new(&[13], &[AXIS], QUANTIZE, LOWER_Y),
			Version::new(&[19], &[AXIS, SATURATE], QUANTIZE, LOWER_Y),
			Version::new(
				&[21],
				&[AXIS, BLOCK, int("output_dtype", 0), SATURATE],
				QUANTIZE,
				LOWER_Y,
			),
			Version::new(
				&[23, 24, 25, 28],
				&[AXIS, BLOCK, int("output_dtype", 0), PRECISION, SATURATE],
				QUANTIZE,
				LOWER_Y,
			),
		],
	)
	.settings(),
	Operator::new(
		"QuantizeLinear",
		quantized::quantize,
		&[Version::new(&[1], &[free("axis", Form::Int)], QUANTIZE, LOWER_Y)],
	)
	.settings()
	.of(MICROSOFT),
];
