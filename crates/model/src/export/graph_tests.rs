//! Graphs, read back from their bytes and computed in the plainest way: what they mean is held against the model where there is
//! no other program to ask.

use std::collections::BTreeMap;

use prost::Message;

use super::messages::{DimensionLength, GraphProto, INT64, ModelProto, ValueInfoProto};
use crate::{
    Abstention, ColumnSet, ExportFormat, GenreClassifier, LabelSet, ModelBundle, RowTransform, TrainingFacts, Transform,
};

const TRANSFORMS: [Transform; 3] = [Transform::None, Transform::SignedLog, Transform::Rank];

/// Shape and row-major values, whatever their type is in the file.
#[derive(Clone)]
struct Array(Vec<usize>, Vec<f32>);

impl Array {
    fn map(&self, f: impl Fn(f32) -> f32) -> Self {
        Self(self.0.clone(), self.1.iter().map(|&value| f(value)).collect())
    }

    /// `f` of pairs, with `other`'s dimensions repeated along the leading ones and both along those of length 1.
    fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let rank = self.0.len().max(other.0.len());
        let padded = |shape: &[usize]| [vec![1; rank - shape.len()], shape.to_vec()].concat();
        let (left, right) = (padded(&self.0), padded(&other.0));
        let shape: Vec<usize> = left.iter().zip(&right).map(|(a, b)| *a.max(b)).collect();
        let place = |mut at: usize, of: &[usize]| {
            let (mut place, mut stride) = (0, 1);
            for (length, own) in shape.iter().zip(of).rev() {
                place += if *own == 1 { 0 } else { at % length * stride };
                (at, stride) = (at / length, stride * own);
            }
            place
        };
        let values = 0..shape.iter().product();
        let values = values.map(|at| f(self.1[place(at, &left)], other.1[place(at, &right)])).collect();
        Self(shape, values)
    }

    /// The last dimension times a matrix, or a vector as a matrix of one column.
    fn times(&self, matrix: &Self) -> Vec<f32> {
        let (inner, columns) = (matrix.0[0], matrix.0.get(1).copied().unwrap_or(1));
        let cell = |row: &[f32], column: usize| (0..inner).map(|at| row[at] * matrix.1[at * columns + column]).sum();
        self.1.chunks(inner).flat_map(|row| (0..columns).map(move |column| cell(row, column))).collect()
    }
}

fn compute(graph: &GraphProto, features: Array) -> BTreeMap<String, Array> {
    let mut known = BTreeMap::from([("features".to_owned(), features)]);
    for constant in &graph.initializer {
        let shape = constant.dims.iter().map(|&length| length as usize).collect();
        let values = match constant.data_type {
            INT64 => constant.raw_data.as_chunks().0.iter().map(|&raw| i64::from_le_bytes(raw) as f32).collect(),
            _ => constant.raw_data.as_chunks().0.iter().map(|&raw| f32::from_le_bytes(raw)).collect(),
        };
        known.insert(constant.name.clone(), Array(shape, values));
    }
    for node in &graph.node {
        let of = |at: usize| &known[&node.input[at]];
        let truth = |is: bool| f32::from(u8::from(is));
        let result = match node.op_type.as_str() {
            "Add" => of(0).zip(of(1), |a, b| a + b),
            "Sub" => of(0).zip(of(1), |a, b| a - b),
            "Mul" => of(0).zip(of(1), |a, b| a * b),
            "Div" => of(0).zip(of(1), |a, b| a / b),
            "Less" => of(0).zip(of(1), |a, b| truth(a < b)),
            "Greater" => of(0).zip(of(1), |a, b| truth(a > b)),
            "Or" => of(0).zip(of(1), f32::max),
            "Cast" => of(0).clone(),
            "Abs" => of(0).map(f32::abs),
            "Log" => of(0).map(f32::ln),
            "Sign" => of(0).map(|value| if value == 0.0 { 0.0 } else { value.signum() }),
            "Relu" => of(0).map(|value| value.max(0.0)),
            "Clip" => of(0).map(|value| value.clamp(of(1).1[0], of(2).1[0])),
            "Unsqueeze" => Array([&of(0).0[..], &[1]].concat(), of(0).1.clone()),
            "ReduceSum" => Array(vec![of(0).0[0]], of(0).1.chunks(of(0).0[1]).map(|row| row.iter().sum()).collect()),
            "MatMul" => Array(of(0).0[..2].to_vec(), of(0).times(of(1))),
            "Gemm" => Array(vec![of(0).0[0], of(1).0[1]], of(0).times(of(1))).zip(of(2), |sum, bias| sum + bias),
            "Softmax" => {
                let exp = of(0).map(f32::exp);
                let sums = exp.1.chunks(exp.0[1]).map(|row| row.iter().sum()).collect();
                exp.zip(&Array(vec![exp.0[0], 1], sums), |a, b| a / b)
            }
            other => unreachable!("{other}"),
        };
        known.insert(node.output[0].clone(), result);
    }
    known
}

/// Even values, two values that are negative powers of two, mostly zeros, and a constant.
fn rows() -> Vec<Vec<f32>> {
    (0..90u16)
        .map(|row| {
            let even = f32::from(row * 37 % 90);
            vec![even / 90.0 - 0.5, [-1.0, -0.5][usize::from(row % 2)], if row % 9 == 0 { even } else { 0.0 }, 3.25]
        })
        .collect()
}

fn bundle(transform: Transform) -> ModelBundle {
    let rows = rows();
    let transform = RowTransform::fit(transform, rows.iter().map(Vec::as_slice)).unwrap();
    let device = crate::cpu();
    let mut state = 0.0f64;
    let weyl = || {
        state = (state + 0.618_033_988_749_895).fract();
        state as f32
    };
    let network = GenreClassifier::new(&transform, 3, weyl, &device);
    let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let labels = LabelSet::new(names(&["dub", "ska", "waltz"])).unwrap();
    let columns = ColumnSet::new(names(&["even", "two", "mostly", "constant"])).unwrap();
    // Of another model, whose genres' ranges are not of these columns.
    let facts = TrainingFacts { genre_ranges: None, ..crate::pretrained(&device).unwrap().facts().clone() };
    ModelBundle::new(network, labels, columns, Abstention::OF_VERSION_2, facts).unwrap()
}

fn read(bundle: &ModelBundle) -> ModelProto {
    ModelProto::decode(bundle.export(ExportFormat::Onnx).unwrap().as_slice()).unwrap()
}

#[test]
fn a_graph_says_what_the_model_says() {
    for transform in TRANSFORMS {
        let bundle = bundle(transform);
        let mut asked = rows();
        let neighbour = |value: f32, next: fn(f32) -> f32| if value == 0.0 { f32::MIN_POSITIVE } else { next(value) };
        for next in [f32::next_up, f32::next_down] {
            asked.extend(rows().iter().map(|row| row.iter().map(|&value| neighbour(value, next)).collect()));
        }
        asked.push(vec![9.0, -7.0, -500.0, 0.0]);
        let graph = read(&bundle).graph.unwrap();
        let results = compute(&graph, Array(vec![asked.len(), 4], asked.concat()));
        let expected = bundle.probabilities(&asked).unwrap().concat();
        let (shape, got) = (&results["probabilities"].0, &results["probabilities"].1);
        assert_eq!(*shape, [asked.len(), 3]);
        for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
            assert!((got - expected).abs() < 1e-6, "{transform:?} {:?}: {got} {expected}", asked[at / 3]);
        }
        for (row, share) in asked.iter().zip(&results["out_of_range_share"].1) {
            assert_eq!(*share, bundle.transform().out_of_range_share(row) as f32);
        }
    }
}

/// Name and dimensions.
fn told(value: &ValueInfoProto) -> (String, Vec<String>) {
    let tensor = value.r#type.as_ref().unwrap().tensor_type.as_ref().unwrap();
    let dims = tensor.shape.as_ref().unwrap().dim.iter().map(|dim| match dim.value.as_ref().unwrap() {
        DimensionLength::Value(length) => length.to_string(),
        DimensionLength::Param(name) => name.clone(),
    });
    (value.name.clone(), dims.collect())
}

#[test]
fn a_file_is_of_standard_operators_and_described() {
    for transform in TRANSFORMS {
        let file = read(&bundle(transform));
        let opsets: Vec<_> = file.opset_import.iter().map(|opset| (opset.domain.as_str(), opset.version)).collect();
        assert_eq!((file.ir_version, opsets), (8, vec![("", 18)]));
        let metadata: BTreeMap<&str, &str> =
            file.metadata_props.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
        assert_eq!((metadata["labels"], metadata.get("licence")), (r#"["dub","ska","waltz"]"#, None));
        assert!(metadata["calibration"].contains("temperature") && metadata["bundle"].contains("gtzan-model"));
        let graph = file.graph.unwrap();
        assert_eq!(graph.input.iter().map(told).collect::<Vec<_>>(), [named("features", &["rows", "4"])]);
        let outputs = [named("probabilities", &["rows", "3"]), named("out_of_range_share", &["rows"])];
        assert_eq!(graph.output.iter().map(told).collect::<Vec<_>>(), outputs);
    }
}

fn named(name: &str, dims: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), dims.iter().map(|dim| (*dim).to_owned()).collect())
}
