//! The table for other programs.

use super::{LayersView, Row, rows::rows};
use crate::domain::{
    events::{Distribution, LayerStatistics},
    state::RunState,
};

const HEAD: &str = "layer,kind,kernel,stride,out_side,out_channels,parameters,macs,forward_ms,\
    backward_ms,share,stats_step,weight_mean,weight_deviation,weight_min,weight_max,weight_norm,\
    gradient_norm,activation_mean,activation_deviation,activation_min,activation_max,zero_outputs,\
    dead_channels\n";

impl LayersView {
    /// The table as it is sorted and filtered, with times in ms, and with the newest statistics.
    pub fn csv(&self, run: &RunState) -> String {
        let line = |row: Row| {
            let cells = [counts(&row), times(&row), statistics(&row.spec.name, run)];
            format!("{}\n", cells.concat().join(","))
        };
        rows(run, self).into_iter().map(line).fold(HEAD.to_owned(), |csv, line| csv + &line)
    }
}

fn counts(row: &Row) -> Vec<String> {
    let spec = &row.spec;
    let numbers = [spec.kernel, spec.stride, spec.out_side, spec.out_channels];
    let names = [spec.name.clone(), spec.kind.label().to_owned()].into_iter();
    let costs = [spec.parameters(), spec.macs()].map(|count| count.to_string());
    names.chain(numbers.map(|number| number.to_string())).chain(costs).collect()
}

fn times(row: &Row) -> Vec<String> {
    row.time.map_or(vec![String::new(); 3], |time| {
        [time.forward_ms, time.backward_ms, time.share].map(|number| number.to_string()).into()
    })
}

fn statistics(name: &str, run: &RunState) -> Vec<String> {
    let found = run.stats.last().and_then(|stats| Some((stats.step, stats.of(name)?)));
    let Some((step, layer)) = found else { return vec![String::new(); 13] };
    let LayerStatistics { weights, weight_norm, gradient_norm, activations, dead, .. } = layer;
    let dead = dead.map_or([None; 2], |dead| [Some(dead.outputs), Some(dead.channels)]);
    let of = |values: &Distribution| [values.mean, values.deviation, values.low, values.high];
    let weights = of(weights).into_iter().chain([*weight_norm, *gradient_norm]);
    let numbers = weights.chain(of(activations)).map(Some).chain(dead);
    let texts = numbers.map(|number| number.map(|number| number.to_string()).unwrap_or_default());
    std::iter::once(step.to_string()).chain(texts).collect()
}
