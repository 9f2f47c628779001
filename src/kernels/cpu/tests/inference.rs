//! A whole block against its two layers in double precision.

use super::{
    super::separable::{self, Folded},
    *,
};

fn affine(seed: u64, channels: usize) -> Affine {
    let variance: Vec<f32> = numbers(seed + 3, channels).iter().map(|v| v.abs() + 0.1).collect();
    let [gamma, beta, mean] = [seed, seed + 1, seed + 2].map(|seed| numbers(seed, channels));
    Affine::new(&gamma, &beta, [&mean, &variance], 1e-5)
}

/// `max(0, y·scale + shift)`.
fn rectified(y: Vec<f64>, affine: &Affine) -> Vec<f64> {
    let value = |(at, y): (usize, f64)| {
        let c = at % affine.channels;
        (y * f64::from(affine.scale[c]) + f64::from(affine.shift[c])).max(0.0)
    };
    y.into_iter().enumerate().map(value).collect()
}

#[test]
fn a_block_in_one_pass_is_its_two_layers() {
    for (batch, height, width, channels) in ODD {
        for (stride, outputs) in [(1, 8), (2, 8), (1, 40), (2, 1)] {
            let shape = Shape { batch, height, width, channels, stride };
            let case = Case::new(shape, None, 11);
            let weight = numbers(12, outputs * channels);
            let norms = [affine(20, channels), affine(30, outputs)];
            let pixels = batch * shape.out_height() * shape.out_width();
            let mut filtered = vec![0.0; pixels * channels];
            case.products(|x, y, w| {
                filtered[y] += f64::from(case.x[x]) * f64::from(case.weight[w]);
            });
            let filtered = rectified(filtered, &norms[0]);
            let mut expected = vec![0.0; pixels * outputs];
            for (at, sum) in expected.iter_mut().enumerate() {
                let (pixel, output) = (at / outputs, at % outputs);
                for c in 0..channels {
                    let w = f64::from(weight[output * channels + c]);
                    *sum += filtered[pixel * channels + c] * w;
                }
            }
            let expected = rectified(expected, &norms[1]);
            for &on in machines() {
                let depthwise = Folded { weight: &case.weight, affine: &norms[0] };
                let pointwise = Folded { weight: &weight, affine: &norms[1] };
                let found = separable::infer(on, &case.x, depthwise, pointwise, shape);
                assert_close("block", &found, &expected);
            }
        }
    }
}
