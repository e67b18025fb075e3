//! The fitted transform, frozen inside the record.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::transform::{KNOTS, RowTransform, Shape, Transform};
use crate::{Error, Result};

/// A [`RowTransform`] as tensors.
///
/// They are parameters so that they are saved with the weights: one record predicts from raw features. They never ask for
/// gradients, so no optimiser touches them and no weight decay reaches them.
#[derive(Module, Debug)]
pub struct Normalizer {
    /// Mean of each straightened column, `[inputs]`.
    mean: Param<Tensor<1>>,
    /// One over the standard deviation of each straightened column, `[inputs]`; 0 for a column that was constant.
    scale: Param<Tensor<1>>,
    /// Least value of each raw column, `[inputs]`.
    low: Param<Tensor<1>>,
    /// Greatest value of each raw column, `[inputs]`.
    high: Param<Tensor<1>>,
    /// Units of [`Transform::SignedLog`], `[inputs]`.
    unit: Option<Param<Tensor<1>>>,
    /// Knots of [`Transform::Rank`], `[inputs, 64]`.
    knots: Option<Param<Tensor<2>>>,
}

impl Normalizer {
    /// Puts a fitted transform on a device.
    pub fn new(transform: &RowTransform, device: &Device) -> Self {
        let frozen = |values: &[f32]| frozen(values, [values.len()], device);
        let inputs = transform.inputs();
        let (unit, knots) = match &transform.shape {
            Shape::None => (None, None),
            Shape::SignedLog(units) => (Some(frozen(units)), None),
            Shape::Rank(knots) => (None, Some(self::frozen(knots, [inputs, KNOTS], device))),
        };
        Self {
            mean: frozen(&transform.mean),
            scale: frozen(&transform.scale),
            low: frozen(&transform.low),
            high: frozen(&transform.high),
            unit,
            knots,
        }
    }

    /// The transform in host memory.
    ///
    /// # Errors
    ///
    /// A device that fails.
    pub fn transform(&self) -> Result<RowTransform> {
        let shape = match (&self.knots, &self.unit) {
            (Some(knots), _) => Shape::Rank(values(knots)?),
            (None, Some(unit)) => Shape::SignedLog(values(unit)?),
            (None, None) => Shape::None,
        };
        let (mean, scale) = (values(&self.mean)?, values(&self.scale)?);
        Ok(RowTransform { shape, mean, scale, low: values(&self.low)?, high: values(&self.high)? })
    }

    /// Which transform this is.
    pub fn kind(&self) -> Transform {
        match (&self.knots, &self.unit) {
            (Some(_), _) => Transform::Rank,
            (None, Some(_)) => Transform::SignedLog,
            (None, None) => Transform::None,
        }
    }

    /// Number of columns.
    pub fn inputs(&self) -> usize {
        self.mean.lazy_shape().num_elements()
    }
}

fn frozen<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::<Tensor<D>>::from_data(TensorData::new(values.to_vec(), shape), device).set_require_grad(false)
}

fn values<const D: usize>(param: &Param<Tensor<D>>) -> Result<Vec<f32>> {
    let data = param.val().try_into_data().map_err(Error::device)?;
    data.try_to_vec().map_err(|error| Error::device(format!("{error:?}")))
}
