//! The whole model as an ONNX graph, from raw rows to probabilities.

use burn::tensor::Tensor;
use prost::Message;
use serde_json::Value;

use super::METADATA_KEY;
use super::description;
use super::messages::{
    ATTRIBUTE_INT, AttributeProto, DimensionLength, DimensionProto, FLOAT, GraphProto, INT64, ModelProto, NodeProto,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};
use crate::transform::{KNOTS, NORMAL_SCORES, Shape};
use crate::{Error, ModelBundle, Result, RowTransform};

/// The file format's version, and the operators': what ONNX 1.13 brought, which runtimes of the last years read.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 18;

/// The graph's input.
const FEATURES: &str = "features";
/// Its outputs.
const PROBABILITIES: &str = "probabilities";
const OUT_OF_RANGE: &str = "out_of_range_share";

/// A file with the bundle's graph and its description.
///
/// # Errors
///
/// Weights that can't be read back from their device; knots farther apart than a 32-bit float can tell.
pub(super) fn encode(bundle: &ModelBundle, description: &str, licence: Option<&str>) -> Result<Vec<u8>> {
    let mut metadata: Vec<_> = description::entries(description, licence)?
        .into_iter()
        .map(|(key, value)| match value {
            Value::String(text) => (key, text),
            other => (key, other.to_string()),
        })
        .collect();
    metadata.push((METADATA_KEY.to_owned(), description.to_owned()));
    let file = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "gtzan".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: "Probabilities of labels from raw rows of features. A row with a NaN in it gets NaN.".to_owned(),
        graph: Some(graph(bundle)?),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: metadata.into_iter().map(|(key, value)| StringStringEntryProto { key, value }).collect(),
    };
    Ok(file.encode_to_vec())
}

fn graph(bundle: &ModelBundle) -> Result<GraphProto> {
    let transform = bundle.transform();
    let mut graph = Graph::default();
    graph.out_of_range(transform);
    graph.transform(transform)?;
    graph.network(bundle)?;
    let (inputs, classes) = (transform.inputs(), bundle.labels().len());
    Ok(GraphProto {
        node: graph.nodes,
        name: "gtzan".to_owned(),
        initializer: graph.constants,
        doc_string: bundle.facts().name.clone(),
        input: vec![value(FEATURES, "Raw rows, their columns in the model's order.", Some(inputs))],
        output: vec![
            value(PROBABILITIES, "Of the labels in order.", Some(classes)),
            value(OUT_OF_RANGE, "Share of a row's columns outside the range of the training rows, 0 to 1.", None),
        ],
    })
}

/// A graph in the making.
#[derive(Default)]
struct Graph {
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
}

impl Graph {
    /// Rows to shares.
    fn out_of_range(&mut self, transform: &RowTransform) {
        let inputs = transform.inputs();
        self.floats("normalizer.low", &[inputs], &transform.low);
        self.floats("normalizer.high", &[inputs], &transform.high);
        // A division of whole numbers: exactly the share, rounded once, so that it compares with a threshold as ours does.
        self.floats("columns", &[], &[inputs as f32]);
        self.integers("across", &[1]);
        self.node("Less", &[FEATURES, "normalizer.low"], "below", &[]);
        self.node("Greater", &[FEATURES, "normalizer.high"], "above", &[]);
        self.node("Or", &["below", "above"], "outside", &[]);
        self.node("Cast", &["outside"], "outside.number", &[("to", i64::from(FLOAT))]);
        self.node("ReduceSum", &["outside.number", "across"], "outside.count", &[("keepdims", 0)]);
        self.node("Div", &["outside.count", "columns"], OUT_OF_RANGE, &[]);
    }

    /// Rows to `standardised`, as [`RowTransform::apply`] does it.
    fn transform(&mut self, transform: &RowTransform) -> Result<()> {
        let inputs = transform.inputs();
        self.floats("normalizer.scale", &[inputs], &transform.scale);
        let centre = |graph: &mut Self, straight| {
            graph.floats("normalizer.mean", &[inputs], &transform.mean);
            graph.node("Sub", &[straight, "normalizer.mean"], "centred", &[]);
        };
        match &transform.shape {
            Shape::None => centre(self, FEATURES),
            Shape::SignedLog(units) => {
                self.floats("normalizer.unit", &[inputs], units);
                self.floats("one", &[], &[1.0]);
                self.node("Abs", &[FEATURES], "magnitude", &[]);
                self.node("Div", &["magnitude", "normalizer.unit"], "magnitude.units", &[]);
                self.node("Add", &["magnitude.units", "one"], "magnitude.more", &[]);
                self.node("Log", &["magnitude.more"], "magnitude.log", &[]);
                self.node("Sign", &[FEATURES], "sign", &[]);
                self.node("Mul", &["magnitude.log", "sign"], "straight", &[]);
                centre(self, "straight");
            }
            Shape::Rank(knots) => self.rank(knots, &transform.mean)?,
        }
        self.node("Mul", &["centred", "normalizer.scale"], "standardised", &[]);
        Ok(())
    }

    /// Rows to `centred`: in a column, each pair of knots is a ramp that a value has climbed by a share of 0 to 1, and the sum of
    /// the scores' steps, each by its ramp's share, leads from the first score to the value's.
    ///
    /// Two equal knots are a stair: below it the share is 0, above it 1 and on it 1/2, so that of any number of equal knots a value
    /// gets the mean of the outer scores. The stair is a ramp as narrow as normal floats can be, half of it on either side.
    ///
    /// Differences are taken first, of numbers as they are given, so columns of any size keep their digits.
    fn rank(&mut self, knots: &[f32], mean: &[f32]) -> Result<()> {
        let (inputs, ramps) = (mean.len(), KNOTS - 1);
        let (mut starts, mut widths, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        for column in knots.chunks(KNOTS) {
            for (below, above) in column.iter().zip(&column[1..]) {
                let width = above - below;
                if width.is_infinite() {
                    return Err(Error::Encode { source: format!("{below} and {above} are too far apart").into() });
                }
                let stair = width == 0.0;
                starts.push(*below);
                widths.push(if stair { f32::MIN_POSITIVE } else { width });
                offsets.push(if stair { 0.5 } else { 0.0 });
            }
        }
        let scores = &*NORMAL_SCORES;
        let steps: Vec<f32> = scores.iter().zip(&scores[1..]).map(|(below, above)| above - below).collect();
        let origin: Vec<f32> = mean.iter().map(|mean| scores[0] - mean).collect();
        self.floats("ramps.start", &[inputs, ramps], &starts);
        self.floats("ramps.width", &[inputs, ramps], &widths);
        self.floats("ramps.offset", &[inputs, ramps], &offsets);
        self.floats("ramps.step", &[ramps], &steps);
        self.floats("ramps.origin", &[inputs], &origin);
        self.floats("zero", &[], &[0.0]);
        self.floats("one", &[], &[1.0]);
        self.integers("behind", &[2]);
        self.node("Unsqueeze", &[FEATURES, "behind"], "ramps.value", &[]);
        self.node("Sub", &["ramps.value", "ramps.start"], "ramps.climbed", &[]);
        self.node("Div", &["ramps.climbed", "ramps.width"], "ramps.part", &[]);
        self.node("Add", &["ramps.part", "ramps.offset"], "ramps.unclipped", &[]);
        self.node("Clip", &["ramps.unclipped", "zero", "one"], "ramps.share", &[]);
        self.node("MatMul", &["ramps.share", "ramps.step"], "ramps.height", &[]);
        self.node("Add", &["ramps.height", "ramps.origin"], "centred", &[]);
        Ok(())
    }

    /// `standardised` to probabilities.
    fn network(&mut self, bundle: &ModelBundle) -> Result<()> {
        let layers = bundle.classifier().layers();
        let names = ["hidden_1", "hidden_2", "hidden_3", "output"];
        let mut from = "standardised".to_owned();
        for (name, (weights, bias)) in names.into_iter().zip(layers) {
            let [weight_name, bias_name] = ["weight", "bias"].map(|part| format!("{name}.{part}"));
            self.floats(&weight_name, &weights.dims(), &numbers(weights)?);
            self.floats(&bias_name, &bias.dims(), &numbers(bias)?);
            self.node("Gemm", &[&from, &weight_name, &bias_name], name, &[]);
            from = name.to_owned();
            if name != "output" {
                from = format!("{name}.relu");
                self.node("Relu", &[name], &from, &[]);
            }
        }
        self.node("Softmax", &[&from], PROBABILITIES, &[("axis", 1)]);
        Ok(())
    }

    /// Adds an operator, called by its result.
    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]) {
        let attribute = |&(name, value): &(&str, i64)| AttributeProto {
            name: name.to_owned(),
            i: Some(value),
            r#type: ATTRIBUTE_INT,
        };
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes.iter().map(attribute).collect(),
        });
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, raw_data);
    }

    fn integers(&mut self, name: &str, values: &[i64]) {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, &[values.len()], INT64, raw_data);
    }

    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, raw_data: Vec<u8>) {
        let dims = shape.iter().map(|&length| length as i64).collect();
        self.constants.push(TensorProto { dims, data_type, name: name.to_owned(), raw_data });
    }
}

/// The values of a tensor on any device.
fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().map_err(Error::device)?;
    data.try_to_vec().map_err(|error| Error::device(format!("{error:?}")))
}

/// An input or output of as many rows as one likes; `[rows, columns]`, or `[rows]` without `columns`.
fn value(name: &str, doc: &str, columns: Option<usize>) -> ValueInfoProto {
    let rows = DimensionLength::Param("rows".to_owned());
    let columns = columns.map(|columns| DimensionLength::Value(columns as i64));
    let dim = std::iter::once(rows).chain(columns).map(|length| DimensionProto { value: Some(length) }).collect();
    let tensor = TensorTypeProto { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) };
    let r#type = Some(TypeProto { tensor_type: Some(tensor) });
    ValueInfoProto { name: name.to_owned(), r#type, doc_string: doc.to_owned() }
}
