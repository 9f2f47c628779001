//! Launching the kernels of batch normalisation.

use burn_cubecl::tensor::CubeTensor;

use super::{
    batch_norm_kernels::{
        gradient_sums, input_gradient, merge_statistics, merge_sums, normalise_relu,
        partial_statistics,
    },
    launch::{blocks, contiguous, empty, grid, is_software, vector_size},
};

/// Four numbers for each channel: `[channels]` each.
pub struct Channels {
    pub gamma: CubeTensor,
    pub beta: CubeTensor,
    pub mean: CubeTensor,
    pub variance: CubeTensor,
}

impl Channels {
    fn contiguous(self) -> Self {
        Self {
            gamma: contiguous(self.gamma),
            beta: contiguous(self.beta),
            mean: contiguous(self.mean),
            variance: contiguous(self.variance),
        }
    }
}

/// The rows of channels that a tensor `[batch, h, w, channels]` is.
struct Rows {
    count: usize,
    channels: usize,
    /// Channels of one vector.
    vector: usize,
    /// Vectors of one row.
    lanes: usize,
    /// Blocks to reduce the rows in.
    blocks: usize,
    /// Blocks to write the rows in.
    strides: usize,
}

impl Rows {
    fn of(x: &CubeTensor) -> Self {
        let [batch, height, width, channels] = x.meta.shape.dims();
        let (count, vector) = (batch * height * width, vector_size(channels));
        let lanes = channels / vector;
        // What is known of the channels is read once for all rows of a unit.
        let rows_of_a_unit = if is_software(x) { 32 } else { 4 };
        let strides = count.div_ceil(rows_of_a_unit);
        Self { count, channels, vector, lanes, blocks: blocks(x, count, lanes), strides }
    }
}

/// Mean and biased variance of each channel of `x`.
pub fn statistics(x: CubeTensor) -> (CubeTensor, CubeTensor) {
    let x = contiguous(x);
    let client = x.client.clone();
    let rows = Rows::of(&x);
    let [means, squares] = [(); 2].map(|()| empty(&x, [rows.blocks, rows.channels]));
    let [mean, variance] = [(); 2].map(|()| empty(&x, [rows.channels]));
    let units = rows.blocks * rows.lanes;
    let (count, dim) = grid(&client, units);
    // SAFETY: units beyond `units` end at once; a block reads none but the rows there are.
    unsafe {
        partial_statistics::launch_unchecked(
            &client,
            count,
            dim,
            rows.vector,
            x.into_buffer_arg(),
            means.clone().into_buffer_arg(),
            squares.clone().into_buffer_arg(),
            units,
            rows.count,
            rows.lanes,
        );
    }
    let (count, dim) = grid(&client, rows.channels);
    // SAFETY: units beyond the channels end at once; there are as many blocks as were written.
    unsafe {
        merge_statistics::launch_unchecked(
            &client,
            count,
            dim,
            means.into_buffer_arg(),
            squares.into_buffer_arg(),
            mean.clone().into_buffer_arg(),
            variance.clone().into_buffer_arg(),
            rows.channels,
            rows.blocks,
            rows.count,
        );
    }
    (mean, variance)
}

/// `max(0, norm(x)·gamma + beta)`.
pub fn normalise(x: CubeTensor, channels: Channels, epsilon: f64) -> CubeTensor {
    let (x, channels) = (contiguous(x), channels.contiguous());
    let (rows, output, client) = (Rows::of(&x), empty(&x, x.meta.shape.clone()), x.client.clone());
    let units = rows.strides * rows.lanes;
    let (count, dim) = grid(&client, units);
    // SAFETY: units beyond `units` end at once; the rows that a unit takes end with the last one.
    unsafe {
        normalise_relu::launch_unchecked(
            &client,
            count,
            dim,
            rows.vector,
            x.into_buffer_arg(),
            channels.gamma.into_buffer_arg(),
            channels.beta.into_buffer_arg(),
            channels.mean.into_buffer_arg(),
            channels.variance.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            units,
            rows.count,
            epsilon as f32,
            rows.lanes,
        );
    }
    output
}

/// Gradients of `x`, gamma and beta, where mean and variance are those of `x`.
pub fn gradients(
    x: CubeTensor,
    grad: CubeTensor,
    channels: Channels,
    epsilon: f64,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let (x, grad, channels) = (contiguous(x), contiguous(grad), channels.contiguous());
    let (rows, output, client) = (Rows::of(&x), empty(&x, x.meta.shape.clone()), x.client.clone());
    let (gamma, beta) = sums(&rows, &x, &grad, &channels, epsilon as f32);
    let units = rows.strides * rows.lanes;
    let (count, dim) = grid(&client, units);
    // SAFETY: units beyond `units` end at once; the rows that a unit takes end with the last one.
    unsafe {
        input_gradient::launch_unchecked(
            &client,
            count,
            dim,
            rows.vector,
            x.into_buffer_arg(),
            grad.into_buffer_arg(),
            channels.gamma.into_buffer_arg(),
            channels.beta.into_buffer_arg(),
            channels.mean.into_buffer_arg(),
            channels.variance.into_buffer_arg(),
            gamma.clone().into_buffer_arg(),
            beta.clone().into_buffer_arg(),
            output.clone().into_buffer_arg(),
            units,
            rows.count,
            epsilon as f32,
            rows.lanes,
        );
    }
    (output, gamma, beta)
}

/// The gradients of gamma and beta.
fn sums(
    rows: &Rows,
    x: &CubeTensor,
    grad: &CubeTensor,
    channels: &Channels,
    epsilon: f32,
) -> (CubeTensor, CubeTensor) {
    let [scaled, plain] = [(); 2].map(|()| empty(x, [rows.blocks, rows.channels]));
    let [gamma, beta] = [(); 2].map(|()| empty(x, [rows.channels]));
    let (client, units) = (x.client.clone(), rows.blocks * rows.lanes);
    let (count, dim) = grid(&client, units);
    // SAFETY: units beyond `units` end at once; a block reads none but the rows there are.
    unsafe {
        gradient_sums::launch_unchecked(
            &client,
            count,
            dim,
            rows.vector,
            x.clone().into_buffer_arg(),
            grad.clone().into_buffer_arg(),
            channels.gamma.clone().into_buffer_arg(),
            channels.beta.clone().into_buffer_arg(),
            channels.mean.clone().into_buffer_arg(),
            channels.variance.clone().into_buffer_arg(),
            scaled.clone().into_buffer_arg(),
            plain.clone().into_buffer_arg(),
            units,
            rows.count,
            epsilon,
            rows.lanes,
        );
    }
    let (count, dim) = grid(&client, rows.channels);
    // SAFETY: units beyond the channels end at once; there are as many blocks as were written.
    unsafe {
        merge_sums::launch_unchecked(
            &client,
            count,
            dim,
            scaled.into_buffer_arg(),
            plain.into_buffer_arg(),
            gamma.clone().into_buffer_arg(),
            beta.clone().into_buffer_arg(),
            rows.channels,
            rows.blocks,
        );
    }
    (gamma, beta)
}
