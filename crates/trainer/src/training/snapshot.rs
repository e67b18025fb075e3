//! All that a training depends on between two of its steps.

use std::time::Duration;

use burn::backend::DispatchTensor;
use burn::tensor::{Device, Tensor, TensorData};
use model::GenreClassifier;
use serde::{Deserialize, Serialize};

use super::epochs::{Epochs, Tally};
use super::step::Network;
use super::weights::{numbers, weights_of, with_weights};
use crate::{Error, Result};

/// What a training is at.
pub(super) struct SoFar {
    pub network: Network,
    /// The epochs that are over.
    pub past: Epochs,
    /// Steps of the epoch under way.
    pub batch: usize,
    /// The network after the best epoch, where one is chosen.
    pub best: Option<GenreClassifier>,
    /// Time in the loop.
    pub spent: Duration,
}

/// What a training is at, on disk. What is random in it follows from its place alone, so no generator's state is needed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Snapshot {
    /// The epochs that are over.
    epochs: Epochs,
    /// Steps of the epoch under way.
    batch: usize,
    /// Time in the loop.
    spent: Duration,
    tally: Tally,
    weights: Vec<f32>,
    /// Steps of the optimiser.
    steps: usize,
    /// Shape, means of gradients and of their squares, of each learnt parameter.
    moments: Vec<(Vec<usize>, [Vec<f32>; 2])>,
    /// Weights of the best epoch, where one is chosen.
    best: Option<Vec<f32>>,
}

impl Snapshot {
    /// Of a training whose steps are settled.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn of(so_far: &SoFar) -> Result<Self> {
        let SoFar { network, past, batch, best, spent } = so_far;
        let moments = network.optimizer.moments.iter().flatten().map(|[first, second]| {
            use burn::backend::TensorMetadata;
            let read = |tensor: &DispatchTensor| flat(tensor.clone());
            Ok((first.shape().to_vec(), [read(first)?, read(second)?]))
        });
        Ok(Self {
            epochs: past.clone(),
            batch: *batch,
            spent: *spent,
            tally: network.tally,
            weights: weights_of(&network.classifier)?,
            steps: network.optimizer.steps,
            moments: moments.collect::<Result<_>>()?,
            best: best.as_ref().map(weights_of).transpose()?,
        })
    }

    /// The training as it was. `fresh` is its network before the first step.
    ///
    /// # Errors
    ///
    /// A state of another network.
    pub fn restore(self, fresh: Network) -> Result<SoFar> {
        let foreign = || Error::Training { reason: "the kept state is of another network".to_owned() };
        let best = self.best.as_ref().map(|best| with_weights(fresh.classifier.clone(), best).ok_or_else(foreign));
        let best = best.transpose()?;
        let device = fresh.device().clone();
        let mut network = fresh.map(|classifier| with_weights(classifier, &self.weights)).ok_or_else(foreign)?;
        let moments = self
            .moments
            .iter()
            .map(|(shape, [first, second])| Some([tensor(shape, first, &device)?, tensor(shape, second, &device)?]));
        network.optimizer.moments = moments.map(|pair| pair.map(Some)).collect::<Option<_>>().ok_or_else(foreign)?;
        network.optimizer.steps = self.steps;
        network.tally = self.tally;
        Ok(SoFar { network, past: self.epochs, batch: self.batch, best, spent: self.spent })
    }
}

fn flat(tensor: DispatchTensor) -> Result<Vec<f32>> {
    use burn::backend::TensorMetadata;
    match tensor.rank() {
        1 => numbers(Tensor::<1>::from_dispatch(tensor)),
        _ => numbers(Tensor::<2>::from_dispatch(tensor)),
    }
}

/// A tensor of one or two dimensions; `None` where the numbers don't fill it.
fn tensor(shape: &[usize], numbers: &[f32], device: &Device) -> Option<DispatchTensor> {
    if shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length)) != Some(numbers.len()) {
        return None;
    }
    let data = TensorData::new(numbers.to_vec(), shape.to_vec());
    match shape.len() {
        1 => Some(Tensor::<1>::from_data(data, device).into_dispatch()),
        2 => Some(Tensor::<2>::from_data(data, device).into_dispatch()),
        _ => None,
    }
}
