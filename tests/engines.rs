//! Own kernels against burn's operations, on shapes that nobody trains with.
#![cfg(feature = "train")]

use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use mnv1_tui::{
    data::loader::Batch,
    domain::{
        architecture::ArchSpec,
        config::{OptimizerKind, TrainConfig},
    },
    kernels::Engine,
    model::{
        snapshot::weights_of,
        weights::{self, Metadata, SavedNetwork},
    },
    train::{checkpoint, learner::Learner},
};

/// Noise: pictures that are alike leave batch normalisation nothing to divide by.
fn pixels(count: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..count).map(|_| next()).collect()
}

fn batch(count: usize, side: usize) -> Batch {
    let labels = (0..count).map(|i| (i * 3 % 7) as u16).collect();
    let indices = (0..count as u32).collect();
    Batch { epoch: 1, position: 0, images: pixels(count * 3 * side * side), labels, indices }
}

fn learner(spec: ArchSpec, optimizer: OptimizerKind, engine: Engine) -> Learner {
    let config = TrainConfig { alpha: spec.alpha, optimizer, ..TrainConfig::default() };
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 5), metadata: Metadata::default() };
    checkpoint::learner(&config, &network, (&Device::flex(), engine), None).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_into_vec().unwrap()
}

fn assert_near(what: &str, own: &[f32], stock: &[f32], near: f64) {
    let square = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let size = square(&mut stock.iter().map(|v| f64::from(*v)));
    let pairs = own.iter().zip(stock);
    let apart = square(&mut pairs.map(|(own, stock)| f64::from(own - stock)));
    assert!(
        own.len() == stock.len() && apart <= near * size.max(1e-3),
        "{what}: {apart} of {size}"
    );
}

/// Loss, accuracy and gradient norm of a step, the weights after it, and logits.
///
/// Where rounding turns the sign of a value near zero, ReLU lets a gradient pass in one and not in
/// the other; in a channel of a hundred values that is a percent. Logits know nothing of it.
#[test]
fn own_and_stock_operations_agree_on_odd_shapes() {
    for (alpha, resolution, count) in [(0.25, 24, 17), (0.3, 16, 65), (0.75, 40, 9), (1.0, 32, 8)] {
        let spec = ArchSpec { alpha, classes: 7, resolution };
        let outcome = |engine| {
            let mut learner = learner(spec, OptimizerKind::Sgd, engine);
            let numbers = values(learner.step(batch(count, resolution), 1e-3));
            let shape = [count, 3, resolution, resolution];
            let images = TensorData::new(pixels(shape.iter().product()), shape);
            let valid = learner.network().valid();
            let logits = values(valid.forward(Tensor::from_data(images, &Device::flex())));
            (numbers, weights_of(learner.network()), logits)
        };
        let (own, stock) = (outcome(Engine::Own), outcome(Engine::Stock));
        let name = format!("alpha {alpha}, {resolution} pixels, batch {count}");
        assert_near(&format!("{name}: steps"), &own.0, &stock.0, 3e-3);
        for (weight, stock) in &stock.1 {
            let own = &own.1[weight].values;
            assert_near(&format!("{name}: {weight}"), own, &stock.values, 5e-2);
        }
        assert_near(&format!("{name}: logits"), &own.2, &stock.2, 1e-4);
    }
}

/// One value a channel has no variance; nothing may become infinite of it.
#[test]
fn a_batch_of_one_at_the_smallest_resolution_stays_finite() {
    let spec = ArchSpec { alpha: 0.25, classes: 7, resolution: 16 };
    for optimizer in [OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::Sgd] {
        let mut learner = learner(spec, optimizer, Engine::Own);
        for _ in 0..3 {
            let numbers = values(learner.step(batch(1, 16), 1e-3));
            assert!(numbers.iter().all(|number| number.is_finite()), "{numbers:?}");
        }
    }
}
