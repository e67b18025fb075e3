//! Models.

use model::{Error, ErrorKind, METADATA_FILE, ModelBundle, RECORD_FILE};

/// Weights that are whole. What a target is given replaces their beginning, so that inputs stay short.
const RECORD: &[u8] = include_bytes!("../../../artifacts/pretrained/gtzan-features/model.bpk");

/// Says in the length of the description that the weights are as they are given, not the beginning of whole ones.
const CUT: u16 = 1 << 15;

/// What stands before the checksum in a description.
const CHECKSUM: &str = "\"record_blake3\": \"";

/// Two bytes are the length of the description, which follows, then come weights.
pub fn bundle(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return };
    let length = u16::from_le_bytes(*length);
    let (metadata, beginning) = rest.split_at(rest.len().min(usize::from(length & !CUT)));
    let mut record = beginning.to_vec();
    if length & CUT == 0 {
        record.extend(RECORD.get(beginning.len()..).unwrap_or_default());
    }
    let metadata = signed(metadata, &record);
    let read = || ModelBundle::from_bytes("input", &metadata, &record, &model::cpu());
    let bundle = match read() {
        Ok(bundle) => bundle,
        Err(e) => return check_error(&e),
    };
    let row = vec![0.5; bundle.inputs().len()];
    match (bundle.probabilities(&[&row]), read().and_then(|again| again.probabilities(&[&row]))) {
        (Ok(once), Ok(twice)) => {
            assert_eq!(once, twice, "two answers");
            let [shares] = &once[..] else { unreachable!("{} answers to one question", once.len()) };
            assert_eq!(shares.len(), bundle.labels().len());
            let sum: f32 = shares.iter().sum();
            assert!((sum - 1.0).abs() < 1e-3 && shares.iter().all(|share| *share >= 0.0), "{shares:?}");
        }
        // Weights may be finite and give numbers that are not.
        (Err(Error::Extreme { .. }), Err(Error::Extreme { .. })) => {}
        (once, twice) => unreachable!("{once:?}, {twice:?}"),
    }
    assert!(!bundle.card().is_empty());
}

/// The description with the checksum of the record, as a forger would have it.
fn signed(metadata: &[u8], record: &[u8]) -> Vec<u8> {
    let mut metadata = metadata.to_vec();
    let place = metadata.windows(CHECKSUM.len()).position(|window| window == CHECKSUM.as_bytes());
    let place = place.map(|at| at + CHECKSUM.len());
    if let Some(field) = place.and_then(|at| metadata.get_mut(at..at + 64)) {
        field.copy_from_slice(blake3::hash(record).to_hex().as_bytes());
    }
    metadata
}

/// The error blames the model, and names the file.
fn check_error(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    let message = error.to_string();
    assert!([METADATA_FILE, RECORD_FILE].iter().any(|file| message.contains(file)), "{message}");
}
