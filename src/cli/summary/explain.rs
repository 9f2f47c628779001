//! The article's worked example as a short text: what a separable convolution costs, and why less.

use serde::Serialize;

use crate::domain::{
    explain::{Cost, Example},
    units::Count,
};

/// The example for people.
pub fn text(example: &Example) -> String {
    let Example { in_channels: m, kernel: k, out_channels: n, .. } = *example;
    let out = example.out_side();
    let (standard, separable) = (example.standard(), example.separable());
    let (std_p, std_a) = counts(standard);
    let (sep_p, sep_a) = counts(separable);
    format!(
        "\
Standard against depthwise-separable convolution, by the article's example
(no padding, stride 1; M = {m} channels in, N = {n} out, Dk = {k} kernel side, Df = {out} output side)

{}
{}
Ratio          1/N + 1/Dk² = 1/{n} + 1/{k2} = {ratio:.4}: {sep_a} of {std_a} multiply-adds,
               and likewise {sep_p} of {std_p} parameters.

Parameters are the numbers that are stored and trained; multiply-adds are the work for one image.
The article calls the multiply-adds parameters: its {std_a} and {sep_a} are work, not weights.",
        standard_text(example),
        separable_text(example),
        k2 = k * k,
        ratio = example.ratio(),
    )
}

/// One filter, then all of them.
fn standard_text(example: &Example) -> String {
    let Example { in_side, in_channels: m, kernel: k, out_channels: n } = *example;
    let out = example.out_side();
    let (one_p, one_a) = counts(Example { out_channels: 1, ..*example }.standard());
    let (all_p, all_a) = counts(example.standard());
    format!(
        "\
Standard
  one filter   {in_side}×{in_side}×{m} by {k}×{k}×{m}        to {out}×{out}×1
               parameters     Dk²·M       = {k}·{k}·{m}         = {one_p:>9}
               multiply-adds  Dk²·M·Df²   = {k}·{k}·{m}·{out}·{out}     = {one_a:>9}
  {n} filters  {in_side}×{in_side}×{m} by {n} of {k}×{k}×{m} to {out}×{out}×{n}
               parameters     Dk²·M·N     = {one_p}·{n}        = {all_p:>9}
               multiply-adds  Dk²·M·N·Df² = {one_a}·{n}     = {all_a:>9}
"
    )
}

/// The two halves, then both.
fn separable_text(example: &Example) -> String {
    let Example { in_side, in_channels: m, kernel: k, out_channels: n } = *example;
    let out = example.out_side();
    let (depth_p, depth_a) = counts(example.depthwise());
    let (point_p, point_a) = counts(example.pointwise());
    let (both_p, both_a) = counts(example.separable());
    let (sum_p, sum_a) = (format!("{depth_p} + {point_p}"), format!("{depth_a} + {point_a}"));
    format!(
        "\
Depthwise separable
  depthwise    {in_side}×{in_side}×{m} by {m} of {k}×{k}×1   to {out}×{out}×{m}: one filter for each channel
               parameters     Dk²·M       = {k}·{k}·{m}         = {depth_p:>9}
               multiply-adds  Dk²·M·Df²   = {k}·{k}·{m}·{out}·{out}     = {depth_a:>9}
  pointwise    {out}×{out}×{m} by {n} of 1×1×{m}   to {out}×{out}×{n}: mixes the channels
               parameters     M·N         = {m}·{n}         = {point_p:>9}
               multiply-adds  M·N·Df²     = {m}·{n}·{out}·{out}     = {point_a:>9}
  together     parameters     {sum_p:<28}= {both_p:>9}
               multiply-adds  {sum_a:<28}= {both_a:>9}
"
    )
}

/// The same for programs.
#[derive(Serialize)]
pub struct Explained {
    /// Height, width, channels.
    input: [u64; 3],
    kernel: u64,
    /// Height, width, channels.
    output: [u64; 3],
    standard: Priced,
    depthwise: Priced,
    pointwise: Priced,
    separable: Priced,
    ratio: f64,
}

#[derive(Serialize)]
struct Priced {
    parameters: u64,
    multiply_adds: u64,
}

impl From<Cost> for Priced {
    fn from(Cost { parameters, multiply_adds }: Cost) -> Self {
        Self { parameters, multiply_adds }
    }
}

impl Explained {
    pub fn of(example: &Example) -> Self {
        let (side, out) = (example.in_side, example.out_side());
        Self {
            input: [side, side, example.in_channels],
            kernel: example.kernel,
            output: [out, out, example.out_channels],
            standard: example.standard().into(),
            depthwise: example.depthwise().into(),
            pointwise: example.pointwise().into(),
            separable: example.separable().into(),
            ratio: example.ratio(),
        }
    }
}

/// Parameters and multiply-adds with their thousands set apart.
fn counts(cost: Cost) -> (String, String) {
    (Count(cost.parameters).to_string(), Count(cost.multiply_adds).to_string())
}
