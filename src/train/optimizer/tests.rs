//! The rules against PyTorch's, and whether state can change hands.

use std::path::Path;

use super::*;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/golden.safetensors");

fn tensor(values: &[f32]) -> Tensor<1> {
    Tensor::from_floats(values, &Device::flex())
}

fn settings(kind: OptimizerKind, weight_decay: f64, nesterov: bool) -> Settings {
    Settings { kind, weight_decay, nesterov }
}

fn step(updater: &mut Updater, weight: Tensor<1>, grad: Tensor<1>, lr: f64) -> Tensor<1> {
    match updater {
        Updater::Fused(fused) => fused.step("w", weight, grad, lr),
        Updater::Stock(stock) => stock.step("w", weight, grad, lr),
    }
}

fn both(settings: &Settings) -> [Updater; 2] {
    [Updater::Fused(Fused::new(settings)), Updater::Stock(Stock::new(settings))]
}

/// Five steps of PyTorch's optimizers in float64 on 16 numbers; float32 is within 1e-6 of it.
#[test]
fn five_steps_of_each_rule_are_pytorchs() {
    let golden = StateFile::read(Path::new(GOLDEN)).unwrap().tensors;
    let rules = [
        ("sgd", 0.1, settings(OptimizerKind::Sgd, 5e-4, false)),
        ("sgd_nesterov", 0.1, settings(OptimizerKind::Sgd, 5e-4, true)),
        ("adam", 1e-3, settings(OptimizerKind::Adam, 0.0, true)),
        ("adam_wd", 1e-3, settings(OptimizerKind::Adam, 0.1, true)),
        ("adamw", 1e-3, settings(OptimizerKind::AdamW, 0.1, true)),
    ];
    for (name, lr, settings) in rules {
        for mut updater in both(&settings) {
            let mut value = tensor(&golden["opt.start"].values);
            let expected = golden[&format!("opt.{name}")].values.chunks_exact(16);
            for (grad, expected) in golden["opt.grads"].values.chunks_exact(16).zip(expected) {
                value = step(&mut updater, value, tensor(grad), lr);
                let found: Vec<f32> = value.to_data().try_into_vec().unwrap();
                for (found, expected) in found.iter().zip(expected) {
                    let error = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(error < 1e-6, "{name}: {found} is not {expected}");
                }
            }
        }
    }
}

/// As it would be with a file of another network that has as many tensors.
#[test]
fn state_of_another_shape_is_refused() {
    let (device, parameters) = (Device::flex(), [("w".to_owned(), vec![2])]);
    for kind in [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::Sgd] {
        for mut updater in both(&settings(kind, 0.0, true)) {
            step(&mut updater, tensor(&[1.0, -2.0, 3.0]), tensor(&[0.1, -0.2, 0.3]), 1e-2);
            let refused = match &mut updater {
                Updater::Fused(fused) => fused.restore(fused.state(), &parameters, &device),
                Updater::Stock(stock) => stock.restore(stock.state(), &parameters, &device),
            };
            let said = refused.unwrap_err().to_string();
            assert!(said.contains("'w' has another shape"), "{kind:?}: {said}");
        }
    }
}

/// State that one engine saved is taken up by the other, which goes on to the same numbers.
#[test]
fn state_goes_from_engine_to_engine() {
    let device = Device::flex();
    let parameters = [("w".to_owned(), vec![3])];
    for kind in [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::Sgd] {
        let settings = settings(kind, 0.01, true);
        for from in 0..2 {
            let mut first = both(&settings).into_iter().nth(from).unwrap();
            let mut value = tensor(&[1.0, -2.0, 3.0]);
            for _ in 0..3 {
                value = step(&mut first, value, tensor(&[0.1, -0.2, 0.3]), 1e-2);
            }
            let file = match &first {
                Updater::Fused(fused) => fused.state(),
                Updater::Stock(stock) => stock.state(),
            };
            let mut second = both(&settings).into_iter().nth(1 - from).unwrap();
            match &mut second {
                Updater::Fused(fused) => fused.restore(file, &parameters, &device).unwrap(),
                Updater::Stock(stock) => stock.restore(file, &parameters, &device).unwrap(),
            }
            let grad = || tensor(&[0.3, 0.2, -0.1]);
            let on: Vec<f32> =
                step(&mut first, value.clone(), grad(), 1e-2).into_data().try_into_vec().unwrap();
            let over: Vec<f32> =
                step(&mut second, value, grad(), 1e-2).into_data().try_into_vec().unwrap();
            for (on, over) in on.iter().zip(&over) {
                assert!((on - over).abs() < 1e-6, "{kind:?}: {on} is not {over}");
            }
        }
    }
}
