//! Tables, as extraction and others write them.

use std::sync::Arc;

use dsp::{ClipFeatures, ClipLength, Convention, DecodeReport, Descriptors, FeatureSpec, TrackFeatures};
use extraction::csv::{Record, Records};
use extraction::{Format, Sheet, SheetTrack};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int32Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// With the choice of what is asked for in front.
pub fn csvs() -> Vec<(String, Vec<u8>)> {
    let record = |name: &str, label: &str| Record {
        filename: name.into(),
        length: 661_794,
        values: (0..57).map(|at| f64::from(at) * 0.25).collect(),
        label: label.into(),
    };
    let rows = vec![record("x, y.wav", "rock"), record("z.au", "blues")];
    let mut written = Vec::new();
    extraction::csv::write(&mut written, &Records { descriptors: Descriptors::Classic, rows }).unwrap();
    let mut csvs = vec![
        ("classic".to_owned(), [&[0][..], &written].concat()),
        ("classic-unlabelled".to_owned(), [&[1][..], &written].concat()),
    ];
    for (choice, name, text) in [
        (2, "numbers", "filename,a,b,label\nx,1,2.5,rock\ny,-3e4,.5,\"blues\"\n"),
        (3, "semicolons", "\u{feff}sep=;\r\nb;a\r\n1,5;\"2\"\r\n3;4\r\n"),
        (3, "tabs", "a\tb\n1\t2\n\n1.5\t1e3\n"),
        (4, "named", "b,c,a\n1,x,2\n3,\"y\n\"\"z\",4\n"),
        (4, "bad", "a,b\n1,nan\n1,2,3\n,\n"),
        (3, "between", "filename|length\n1|2\n"),
    ] {
        csvs.push((name.to_owned(), [&[choice], text.as_bytes()].concat()));
    }
    csvs
}

/// Without the magic numbers, and with the choice of what is asked for in front.
pub fn parquets() -> Vec<(String, Vec<u8>)> {
    let mut parquets = vec![("sheet".to_owned(), seed(0, &sheet()))];
    let plain = || WriterProperties::builder().set_created_by("seeds".to_owned());
    for (name, properties) in [
        ("plain", plain().set_dictionary_enabled(false)),
        ("dictionary", plain()),
        ("snappy", plain().set_compression(Compression::SNAPPY)),
        ("zstd", plain().set_compression(Compression::ZSTD(ZstdLevel::default()))),
        ("second", plain().set_writer_version(WriterVersion::PARQUET_2_0)),
        ("second-plain", plain().set_writer_version(WriterVersion::PARQUET_2_0).set_dictionary_enabled(false)),
    ] {
        let table = small(properties.build());
        parquets.extend((2..5).map(|choice| (format!("{name}{choice}"), seed(choice, &table))));
    }
    parquets
}

fn seed(choice: u8, file: &[u8]) -> Vec<u8> {
    [&[choice], &file[4..file.len() - 4]].concat()
}

/// What extraction writes.
fn sheet() -> Vec<u8> {
    let folder = std::env::temp_dir().join(format!("seeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("sheet.parquet");
    let spec = FeatureSpec::features(Convention::default(), ClipLength::TRACK);
    let mut sheet = Sheet::new(path.clone(), Format::Parquet, &spec, false);
    let values: Vec<f64> = (0..57).map(f64::from).collect();
    let clip = ClipFeatures { start_sample: 0, samples: 661_500, silent: false, values };
    let features = TrackFeatures { clips: vec![clip], decoded: DecodeReport::default() };
    for (name, result) in [("a.wav", Ok(features)), ("b.wav", Err("it is empty".to_owned()))] {
        let (path, filename) = (name.to_owned(), name.to_owned());
        sheet.push(&SheetTrack { path, filename, label: "rock".to_owned(), content: None, result }).unwrap();
    }
    sheet.publish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    bytes
}

/// Three rows of five columns in two groups.
fn small(properties: WriterProperties) -> Vec<u8> {
    let schema = "message m { required binary filename (UTF8); required double a; optional float b; \
                  optional int32 c (UINT_8); optional binary label (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for group in 0..2 {
        let mut rows = file.next_row_group().unwrap();
        let name = |row: i32| ByteArray::from(format!("{group}{row}.wav").as_str());
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&[name(0), name(1), name(2)], None, None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[1.0, 1.0, 2.5], None, None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<FloatType>().write_batch(&[1.0, -2.0, 1e9], Some(&[1, 1, 1]), None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&[7, 200, 7], Some(&[1, 1, 1]), None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        let labels = ["rock", "blues"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&labels, Some(&[1, 0, 1]), None).unwrap();
        column.close().unwrap();
        rows.close().unwrap();
    }
    file.into_inner().unwrap()
}
