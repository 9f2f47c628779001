//! The run as a table for other programs.

use super::{TrainView, charts::Chart};
use crate::{
    domain::{events::Quantity, series::Series, state::RunState},
    tui::chart::smooth::{STRENGTHS, Smoothed},
};

/// The curves as they are at one moment: to write a million steps down takes seconds, during which
/// the run goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    clock: Series,
    /// In the order of [`Quantity::ALL`].
    columns: Vec<Column>,
    /// Validations, with the names of their columns.
    validations: Vec<(String, Series)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Column {
    quantity: Quantity,
    values: Series,
    average: Option<Smoothed>,
}

impl Column {
    fn averages(&self) -> Option<impl Iterator<Item = Option<f64>>> {
        Some(self.average.as_ref()?.averages(&self.values))
    }
}

impl TrainView {
    pub fn table(&self, run: &RunState) -> Table {
        let strength = STRENGTHS[self.smoothed.strength()];
        let averaged = |q: Quantity| Chart::of(q).averages;
        let column = |quantity: Quantity| Column {
            quantity,
            values: run.series(quantity).clone(),
            average: averaged(quantity).then(|| Smoothed::with_strength(strength)),
        };
        let validation = |quantity: Quantity| {
            let values = run.validation(quantity)?.clone();
            Some((format!("validation_{}", quantity.name()), values))
        };
        Table {
            clock: run.clock.clone(),
            columns: Quantity::ALL.map(column).into(),
            validations: Quantity::ALL.into_iter().filter_map(validation).collect(),
        }
    }
}

impl Table {
    /// Every step as a line of comma-separated values; validation stands at its step.
    pub fn csv(&self) -> String {
        let mut text = self.header();
        let mut averages: Vec<_> = self.columns.iter().map(Column::averages).collect();
        let steps = &self.columns[Quantity::Loss as usize].values;
        for (step, _) in (0..steps.len()).filter_map(|index| steps.get(index)) {
            text.push_str(&step.to_string());
            field(&mut text, at(&self.clock, step));
            for (column, averages) in self.columns.iter().zip(&mut averages) {
                field(&mut text, at(&column.values, step));
                if let Some(averages) = averages {
                    field(&mut text, averages.next().flatten());
                }
            }
            self.validations.iter().for_each(|(_, values)| field(&mut text, at(values, step)));
            text.push('\n');
        }
        text
    }

    /// A name for each field of a line, in the order in which they follow there.
    fn header(&self) -> String {
        let mut names = vec!["step".to_owned(), "time_s".to_owned()];
        for Column { quantity, average, .. } in &self.columns {
            names.push(quantity.name().to_owned());
            if average.is_some() {
                names.push(format!("{}_ema", quantity.name()));
            }
        }
        names.extend(self.validations.iter().map(|(name, _)| name.clone()));
        names.join(",") + "\n"
    }
}

/// The value at exactly this step; nothing for what is missing or no number.
fn at(series: &Series, step: u64) -> Option<f64> {
    series.at(step).filter(|point| point.0 == step && point.1.is_finite()).map(|point| point.1)
}

/// Adds a value, as short as single precision, in which values are kept, allows.
fn field(text: &mut String, value: Option<f64>) {
    text.push(',');
    if let Some(value) = value {
        text.push_str(&(value as f32).to_string());
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::running;

    #[test]
    fn each_field_of_a_line_has_its_name_above_it() {
        let app = running();
        let text = app.views.train.table(&app.run).csv();
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
