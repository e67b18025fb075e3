//! Fused operations against the same written with Burn's own, gradients included, on every backend.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor, TensorData};

use super::*;
use crate::backend::Backend;

/// Every backend that this machine has; the CPU's are always there.
fn devices() -> Vec<Device> {
    let devices = Backend::ALL.into_iter().map(|backend| (backend, backend.device()));
    devices
        .filter_map(|(backend, device)| match device {
            Ok(device) => Some(device),
            Err(error) => {
                assert!(backend == Backend::Wgpu && std::env::var_os("GTZAN_REQUIRE_WGPU").is_none(), "{error}");
                eprintln!("skipped on {backend}: {error}");
                None
            }
        })
        .collect()
}

fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37 + seed * 53 + 11) % 101) as f32 / 50.0 - 1.0).collect()
}

fn matrix(rows: usize, columns: usize, seed: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values(rows * columns, seed), [rows, columns]), device)
}

fn vector(length: usize, seed: usize, device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values(length, seed), [length]), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= 1e-4 + 1e-4 * expected.abs(), "{what}[{at}]: {got} {expected}");
    }
}

/// What a layer gives, and the gradients of its inputs, weights and bias.
fn layer(device: &Device, masked: bool, hidden: bool, own: bool) -> [Vec<f32>; 4] {
    let graph = device.clone().autodiff();
    let (inputs, weights) = (matrix(9, 30, 1, &graph).require_grad(), matrix(30, 17, 2, &graph).require_grad());
    let bias = vector(17, 3, &graph).require_grad();
    let mask = masked.then(|| matrix(9, 17, 4, device).greater_elem(-0.4).float() * 1.5);
    let outputs = if own {
        dense(inputs.clone(), weights.clone(), bias.clone(), mask, hidden)
    } else {
        let sums = inputs.clone().matmul(weights.clone()) + bias.clone().unsqueeze();
        match (hidden, mask) {
            (false, _) => sums,
            (true, None) => relu(sums),
            (true, Some(mask)) => relu(sums) * Tensor::from_inner(mask),
        }
    };
    let loss = (outputs.clone() * matrix(9, 17, 5, &graph)).sum();
    let gradients = loss.backward();
    [
        numbers(outputs.inner()),
        numbers(inputs.grad(&gradients).unwrap()),
        numbers(weights.grad(&gradients).unwrap()),
        numbers(bias.grad(&gradients).unwrap()),
    ]
}

#[test]
fn layers_and_their_gradients_are_those_of_primitives() {
    for device in devices() {
        for (masked, hidden) in [(false, false), (false, true), (true, true)] {
            let (own, plain) = (layer(&device, masked, hidden, true), layer(&device, masked, hidden, false));
            for (what, (own, plain)) in ["outputs", "inputs", "weights", "bias"].iter().zip(own.iter().zip(&plain)) {
                close(&format!("{device:?} {masked} {hidden} {what}"), own, plain);
            }
        }
    }
}

#[test]
fn rows_that_are_not_learnt_get_no_gradient() {
    for device in devices() {
        let graph = device.clone().autodiff();
        let (weights, bias) = (matrix(30, 17, 2, &graph).require_grad(), vector(17, 3, &graph).require_grad());
        let inputs = matrix(9, 30, 1, &device);
        let gradients = dense(inputs, weights.clone(), bias, None, true).sum().backward();
        assert_eq!(weights.grad(&gradients).unwrap().dims(), [30, 17]);
    }
}

#[test]
fn the_cross_entropy_and_its_gradient_are_those_of_primitives() {
    for device in devices() {
        let graph = device.clone().autodiff();
        let targets = || {
            let raw = matrix(9, 5, 7, &device) + 1.5;
            raw.clone() / raw.sum_dim(1)
        };
        let outcome = |own: bool| {
            let logits = (matrix(9, 5, 6, &graph) * 20.0).require_grad();
            let (loss, logarithms) = if own {
                cross_entropy(logits.clone(), targets())
            } else {
                let logarithms = log_softmax(logits.clone(), 1);
                (-(logarithms.clone() * Tensor::from_inner(targets())).sum_dim(1).mean(), logarithms)
            };
            let gradients = (loss.clone() * 3.0).backward();
            [numbers(loss.inner()), numbers(logarithms.inner()), numbers(logits.grad(&gradients).unwrap())]
        };
        for (what, (own, plain)) in
            ["loss", "logarithms", "logits"].iter().zip(outcome(true).iter().zip(&outcome(false)))
        {
            close(&format!("{device:?} {what}"), own, plain);
        }
    }
}

/// Weights after some steps of ours, and by the papers' formulas in double precision. `rows` decides whether all cores are worth
/// it.
fn adam_and_the_papers(device: &Device, rows: usize, decoupled: bool) -> [Vec<f32>; 2] {
    let (rate, decay, width, steps) = (0.01, 0.3, 40, 4);
    let (beta_1, beta_2, epsilon) = (0.9, 0.999, 1e-7);
    let gradient = |step: usize| values(rows * width, 20 + step).into_iter().map(|g| g * 0.1).collect::<Vec<f32>>();

    let mut ours = matrix(rows, width, 9, device);
    let mut moments = [ours.zeros_like(), ours.zeros_like()];
    for step in 1..=steps {
        let bias = |beta: f64| 1.0 - beta.powi(step as i32);
        let numbers = AdamStep {
            rate: (rate / bias(beta_1)) as f32,
            beta_1: beta_1 as f32,
            beta_2: beta_2 as f32,
            correction_2: (1.0 / bias(beta_2)) as f32,
            epsilon: epsilon as f32,
            keep: if decoupled { 1.0 - rate * decay } else { 1.0 } as f32,
            penalty: if decoupled { 0.0 } else { decay as f32 },
        };
        let gradient = Tensor::from_data(TensorData::new(gradient(step), [rows, width]), device);
        (ours, moments) = adam(ours, moments, gradient, numbers);
    }

    let mut theirs: Vec<f64> = values(rows * width, 9).into_iter().map(f64::from).collect();
    let mut means = vec![(0.0f64, 0.0f64); theirs.len()];
    for step in 1..=steps {
        for ((w, (m, v)), g) in theirs.iter_mut().zip(&mut means).zip(gradient(step)) {
            let g = f64::from(g) + if decoupled { 0.0 } else { decay * *w };
            *m = beta_1 * *m + (1.0 - beta_1) * g;
            *v = beta_2 * *v + (1.0 - beta_2) * g * g;
            let (m, v) = (*m / (1.0 - beta_1.powi(step as i32)), *v / (1.0 - beta_2.powi(step as i32)));
            let pull = if decoupled { rate * decay * *w } else { 0.0 };
            *w -= rate * m / (v.sqrt() + epsilon) + pull;
        }
    }
    [numbers(ours), theirs.into_iter().map(|w| w as f32).collect()]
}

#[test]
fn adam_is_that_of_the_papers_with_either_decay() {
    for device in devices() {
        for (rows, decoupled) in [(7, true), (7, false), (2_000, true)] {
            let [ours, theirs] = adam_and_the_papers(&device, rows, decoupled);
            close(&format!("{device:?} {rows} {decoupled}"), &ours, &theirs);
        }
    }
}

#[test]
fn what_is_no_number_is_not_hidden() {
    for device in devices() {
        let inputs = matrix(3, 4, 1, &device) * f32::NAN;
        let outputs = dense(inputs, matrix(4, 5, 2, &device), vector(5, 3, &device), None, true);
        // Some GPUs' maximum drops what is no number.
        if !format!("{device:?}").contains("Wgpu") {
            assert!(numbers(outputs).iter().all(|value| value.is_nan()), "{device:?}");
        }
    }
}
