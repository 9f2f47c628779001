//! The run as a table for other programs.

use super::{TrainView, charts::Chart};
use crate::domain::{events::Quantity, series::Series, state::RunState};

impl TrainView {
    /// Every step as a line of comma-separated values; validation stands at its step.
    pub fn csv(&self, run: &RunState) -> String {
        let mut text = String::from(
            "step,time_s,loss,loss_ema,accuracy,accuracy_ema,lr,grad_norm,grad_norm_ema,\
             images_per_s,images_per_s_ema,step_ms,step_ms_ema,validation_loss,validation_accuracy\n",
        );
        let averaged = Quantity::ALL.into_iter().filter(|q| Chart::of(*q).averages);
        let averages = |q: Quantity| (q, self.smoothed.of(q).averages(run.series(q)));
        let mut averages: Vec<_> = averaged.map(averages).collect();
        let steps = run.series(Quantity::Loss);
        for (step, _) in (0..steps.len()).filter_map(|index| steps.get(index)) {
            let mut fields = vec![step.to_string(), at(&run.clock, step)];
            for quantity in Quantity::ALL {
                fields.push(at(run.series(quantity), step));
                if let Some((_, averages)) = averages.iter_mut().find(|(of, _)| *of == quantity) {
                    fields.push(averages.next().flatten().map_or(String::new(), number));
                }
            }
            for quantity in [Quantity::Loss, Quantity::Accuracy] {
                fields.push(run.validation(quantity).map_or(String::new(), |s| at(s, step)));
            }
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

/// The value at exactly this step; nothing for what is missing or no number.
fn at(series: &Series, step: u64) -> String {
    let point = series.at(step).filter(|point| point.0 == step && point.1.is_finite());
    point.map_or(String::new(), |point| number(point.1))
}

/// As short as single precision, in which values are kept, allows.
fn number(value: f64) -> String {
    (value as f32).to_string()
}
