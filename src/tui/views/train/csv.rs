//! The run as a table for other programs.

use super::{TrainView, charts::Chart};
use crate::domain::{events::Quantity, series::Series, state::RunState};

impl TrainView {
    /// Every step as a line of comma-separated values; validation stands at its step.
    pub fn csv(&self, run: &RunState) -> String {
        let mut text = header(run);
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
            let validations = Quantity::ALL.into_iter().filter_map(|q| run.validation(q));
            fields.extend(validations.map(|validation| at(validation, step)));
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }
}

/// A name for each field of a line, in the order in which they follow there.
fn header(run: &RunState) -> String {
    let mut names = vec!["step".to_owned(), "time_s".to_owned()];
    for quantity in Quantity::ALL {
        names.push(quantity.name().to_owned());
        if Chart::of(quantity).averages {
            names.push(format!("{}_ema", quantity.name()));
        }
    }
    let validated = Quantity::ALL.into_iter().filter(|q| run.validation(*q).is_some());
    names.extend(validated.map(|quantity| format!("validation_{}", quantity.name())));
    names.join(",") + "\n"
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

#[cfg(test)]
mod tests {
    use crate::tui::testing::running;

    #[test]
    fn each_field_of_a_line_has_its_name_above_it() {
        let app = running();
        let text = app.views.train.csv(&app.run);
        let head = text.lines().next().unwrap();
        let numbers = "step,time_s,loss,loss_ema,accuracy,accuracy_ema,lr,grad_norm,grad_norm_ema,\
                       images_per_s,images_per_s_ema,step_ms,step_ms_ema,";
        let validations = ",validation_loss,validation_accuracy";
        assert!(head.starts_with(numbers) && head.ends_with(validations), "{head}");
        let fields = |line: &str| line.split(',').count();
        assert!(text.lines().all(|line| fields(line) == fields(head)));
        // The first validation stands where it was made, and nowhere else.
        let validated = text.lines().filter(|line| line.contains(",1.6,"));
        assert!(validated.map(|line| &line[..4]).eq(["200,"]));
    }
}
