//! Weights to burnpack bytes and back, trusting nothing.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::module::Module;
use burn::store::burn_pack::{Reader, Writer};
use burn::store::{ModuleRecord, ModuleSnapshot};
use burn::tensor::{Bytes, DType, Device};

use crate::error::Cause;
use crate::transform::KNOTS;
use crate::{Error, GenreClassifier, HIDDEN, Result, Transform};

/// Room that a record may take beside its numbers: header, names, alignment.
const OVERHEAD: u64 = 64 * 1024;

/// The classifier as burnpack bytes: equal weights give equal bytes, so parameter ids, which are drawn anew in every process,
/// are left out.
pub(crate) fn encode(classifier: &GenreClassifier, metadata: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut tensors = classifier.valid().collect(None, None, false);
    for tensor in &mut tensors {
        tensor.param_id = None;
    }
    let writer = metadata.iter().fold(Writer::new(tensors), |writer, (key, value)| writer.with_metadata(key, value));
    let bytes = writer.into_bytes().map_err(|error| Error::Encode { source: error.into() })?;
    Ok(bytes.to_vec())
}

/// Lengths in bytes that a record for this shape may have, or `None` where they can't be counted.
pub(crate) fn plausible_length(
    transform: Transform,
    inputs: usize,
    classes: usize,
) -> Option<std::ops::RangeInclusive<u64>> {
    let widths = [inputs, HIDDEN[0], HIDDEN[1], HIDDEN[2], classes];
    let frozen = match transform {
        Transform::None => 4,
        Transform::SignedLog => 5,
        Transform::Rank => 4 + KNOTS as u64,
    };
    let mut values = (inputs as u64).checked_mul(frozen)?;
    for pair in widths.windows(2) {
        let [fan_in, fan_out] = [pair[0] as u64, pair[1] as u64];
        values = values.checked_add(fan_in.checked_add(1)?.checked_mul(fan_out)?)?;
    }
    let bytes = values.checked_mul(4)?;
    Some(bytes..=bytes.checked_add(OVERHEAD)?)
}

/// Refuses a record that is too short or too long for this shape.
pub(crate) fn check_length(
    length: usize,
    transform: Transform,
    inputs: usize,
    classes: usize,
) -> std::result::Result<(), Cause> {
    let plausible = plausible_length(transform, inputs, classes).ok_or("the described network is too large")?;
    if plausible.contains(&(length as u64)) {
        return Ok(());
    }
    let low = plausible.start();
    Err(format!(
        "the file has {length} bytes, a network of {inputs} inputs and {classes} genres needs {low} and a little more: truncated, or another model's"
    ).into())
}

/// Reads a classifier of a known shape from burnpack bytes. Should Burn panic on some that are damaged, they are at fault.
pub(crate) fn decode(
    bytes: Vec<u8>,
    transform: Transform,
    inputs: usize,
    classes: usize,
    device: &Device,
) -> std::result::Result<GenreClassifier, Cause> {
    check_length(bytes.len(), transform, inputs, classes)?;
    catch_unwind(AssertUnwindSafe(|| checked(bytes, transform, inputs, classes, device)))
        .unwrap_or_else(|_| Err("they are damaged: reading them crashed".into()))
}

fn checked(
    bytes: Vec<u8>,
    transform: Transform,
    inputs: usize,
    classes: usize,
    device: &Device,
) -> std::result::Result<GenreClassifier, Cause> {
    let blank = GenreClassifier::blank(transform, inputs, classes, device);
    let mut expected: BTreeMap<String, Vec<usize>> =
        blank.collect(None, None, false).into_iter().map(|t| (t.name.clone(), t.shape.to_vec())).collect();

    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.clone()))?;
    for tensor in reader.into_tensors()? {
        let name = tensor.name.clone();
        let shape = expected.remove(&name).ok_or_else(|| format!("`{name}` is no part of this network"))?;
        if tensor.shape.to_vec() != shape {
            return Err(format!("`{name}` has shape {:?}, expected {shape:?}", tensor.shape.to_vec()).into());
        }
        if tensor.dtype != DType::F32 {
            return Err(format!("`{name}` holds {:?}, expected F32", tensor.dtype).into());
        }
        let data = tensor.to_bytes()?;
        let (numbers, rest) = data.as_chunks::<4>();
        if !rest.is_empty() || numbers.len() != shape.iter().product::<usize>() {
            return Err(format!("`{name}` has {} bytes, which is not what shape {shape:?} takes", data.len()).into());
        }
        if numbers.iter().any(|number| !f32::from_le_bytes(*number).is_finite()) {
            return Err(format!("`{name}` holds a value that is not a finite number").into());
        }
    }
    if let Some(name) = expected.keys().next() {
        return Err(format!("`{name}` is missing").into());
    }
    let record = ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes))?;
    Ok(blank.try_load_record(record)?.valid())
}
