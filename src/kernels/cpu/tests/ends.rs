//! The two ends of the network: stem and pooling.

use super::{
    super::{head, stem, stem_gradient},
    *,
};

struct Stem {
    shape: stem::Shape,
    images: Vec<f32>,
    weight: Vec<f32>,
}

impl Stem {
    fn new(shape: stem::Shape) -> Self {
        let images = numbers(1, shape.batch * 3 * shape.height * shape.width);
        Self { shape, images, weight: numbers(2, shape.outputs * 27) }
    }

    fn pixels(&self) -> usize {
        let out = |side: usize| side.div_ceil(self.shape.stride);
        self.shape.batch * out(self.shape.height) * out(self.shape.width)
    }

    /// Calls `see(image index, y index, weight index)` for each product.
    fn products(&self, mut see: impl FnMut(usize, usize, usize)) {
        let stem::Shape { batch, height, width, stride, outputs } = self.shape;
        let (oh, ow) = (height.div_ceil(stride), width.div_ceil(stride));
        for (n, oy, ox) in
            (0..batch).flat_map(|n| (0..oh).flat_map(move |y| (0..ow).map(move |x| (n, y, x))))
        {
            for at in 0..27 {
                let (colour, ky, kx) = (at / 9, at / 3 % 3, at % 3);
                let (iy, ix) = (oy * stride + ky, ox * stride + kx);
                if iy == 0 || ix == 0 || iy > height || ix > width {
                    continue;
                }
                let image = ((n * 3 + colour) * height + iy - 1) * width + ix - 1;
                let y = ((n * oh + oy) * ow + ox) * outputs;
                (0..outputs).for_each(|output| see(image, y + output, output * 27 + at));
            }
        }
    }

    fn output(&self) -> Vec<f64> {
        let mut y = vec![0.0; self.pixels() * self.shape.outputs];
        self.products(|image, at, weight| {
            y[at] += f64::from(self.images[image]) * f64::from(self.weight[weight]);
        });
        y
    }
}

#[test]
fn the_stem_is_the_naive_loop() {
    for (batch, height, width, stride, outputs) in
        [(2, 1, 1, 1, 8), (2, 7, 5, 1, 3), (65, 4, 4, 1, 32), (3, 9, 8, 2, 40), (1, 5, 7, 2, 1)]
    {
        let case = Stem::new(stem::Shape { batch, height, width, stride, outputs });
        let expected = case.output();
        let norm = Affine::new(
            &numbers(3, outputs),
            &numbers(4, outputs),
            [&numbers(5, outputs), &vec![0.5; outputs]],
            1e-5,
        );
        let rectified: Vec<f64> = expected
            .iter()
            .enumerate()
            .map(|(at, y)| {
                let c = at % outputs;
                (y * f64::from(norm.scale[c]) + f64::from(norm.shift[c])).max(0.0)
            })
            .collect();
        let outside = Case::new(
            Shape { batch: 1, height: 1, width: case.pixels(), channels: outputs, stride: 1 },
            None,
            9,
        );
        let mut gradient = vec![0.0; case.weight.len()];
        case.products(|image, y, weight| {
            let c = y % outputs;
            let [by_g, by_y, constant] =
                [&outside.rule.gradient, &outside.rule.output, &outside.rule.constant]
                    .map(|values| f64::from(values[c]));
            let dy = by_g * f64::from(outside.g[y]) + by_y * f64::from(outside.y[y]) + constant;
            gradient[weight] += dy * f64::from(case.images[image]);
        });
        for &on in machines() {
            let (y, moments) = stem::forward(on, &case.images, &case.weight, case.shape);
            assert_close("stem", &y, &expected);
            let mean: Vec<f32> = moments.mean.iter().map(|mean| *mean as f32).collect();
            assert_close("mean", &mean, &naive_moments(&y, outputs).mean);
            let inferred = stem::infer(on, &case.images, &case.weight, &norm, case.shape);
            assert_close("inferred stem", &inferred, &rectified);
            let outside = ((&*outside.g, &*outside.y), &outside.rule);
            let found = stem_gradient::backward(on, outside.0, outside.1, &case.images, case.shape);
            assert_close("stem gradient", &found, &gradient);
        }
    }
}

#[test]
fn pooling_is_the_naive_loop() {
    for (batch, height, width, channels) in ODD {
        let shape = Shape { batch, height, width, channels, stride: 1 };
        let case = Case::new(shape, None, 3);
        let (positions, a) = (height * width, case.activation());
        let mut means = vec![0.0; batch * channels];
        for (at, value) in a.iter().enumerate() {
            means[at / (positions * channels) * channels + at % channels] +=
                value / positions as f64;
        }
        let incoming = numbers(4, batch * channels);
        let from = |at: usize| incoming[at / (positions * channels) * channels + at % channels];
        let open =
            |at: usize| if a[at] > 0.0 { f64::from(from(at)) / positions as f64 } else { 0.0 };
        let expected: Vec<f64> = (0..a.len()).map(open).collect();
        for &on in machines() {
            let found = head::forward(on, &case.x, &case.norm.affine, batch);
            assert_close("means", &found, &means);
            let (g, sums) = head::backward(on, &incoming, &case.x, &case.norm);
            assert_close("gradient", &g, &expected);
            let mut plain = vec![0.0; channels];
            expected.iter().enumerate().for_each(|(at, g)| plain[at % channels] += g);
            let found: Vec<f32> = sums.plain.iter().map(|sum| *sum as f32).collect();
            assert_close("sum", &found, &plain);
        }
    }
}
