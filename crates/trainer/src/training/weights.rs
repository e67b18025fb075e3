//! A network's numbers, out of it and into it.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use model::GenreClassifier;

use crate::{Error, Result};

/// All numbers of a network, its transform's included, one parameter after the other.
///
/// # Errors
///
/// A device that fails.
pub(super) fn weights_of(classifier: &GenreClassifier) -> Result<Vec<f32>> {
    let mut read = Read { numbers: Vec::new(), failed: None };
    classifier.visit(&mut read);
    match read.failed {
        Some(reason) => Err(Error::Training { reason }),
        None => Ok(read.numbers),
    }
}

struct Read {
    numbers: Vec<f32>,
    failed: Option<String>,
}

impl ModuleVisitor for Read {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        match numbers(param.val()) {
            Ok(numbers) => self.numbers.extend(numbers),
            Err(Error::Training { reason }) => self.failed = Some(reason),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

/// A tensor's numbers.
///
/// # Errors
///
/// A device that fails.
pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    #[cfg(test)]
    READS.with(|reads| reads.set(reads.get() + 1));
    let fail = |reason: String| Error::Training { reason: format!("the device gives nothing back: {reason}") };
    let data = tensor.try_into_data().map_err(|error| fail(error.to_string()))?;
    data.try_to_vec::<f32>().map_err(|error| fail(format!("{error:?}")))
}

#[cfg(test)]
thread_local! {
    /// How often this thread has waited for a device.
    pub(super) static READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A network like `classifier` with other numbers; `None` if it takes more or fewer of them.
pub(super) fn with_weights(classifier: GenreClassifier, weights: &[f32]) -> Option<GenreClassifier> {
    let mut write = Write { left: weights, enough: true };
    let classifier = classifier.map(&mut write);
    (write.enough && write.left.is_empty()).then_some(classifier)
}

struct Write<'a> {
    left: &'a [f32],
    enough: bool,
}

impl ModuleMapper for Write<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let (learnt, device, shape) = (tensor.is_require_grad(), tensor.device(), tensor.dims());
        let Some((numbers, left)) = self.left.split_at_checked(shape.iter().product()) else {
            self.enough = false;
            return Param::from_mapped_value(id, tensor, mapper);
        };
        self.left = left;
        let tensor = Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &device);
        let tensor = if learnt { tensor.require_grad() } else { tensor };
        Param::from_mapped_value(id, tensor, mapper)
    }
}
