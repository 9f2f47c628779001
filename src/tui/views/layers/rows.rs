//! The layers with their counts and times, sorted and filtered.

use std::cmp::Ordering;

use super::LayersView;
use crate::{
    domain::{
        architecture::{ArchSpec, LayerSpec},
        events::{LayerTime, LayersSample, StepSample},
        state::RunState,
    },
    tui::views::parts,
};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Column {
    /// The layer's name; sorted in the order of the network.
    #[default]
    Layer,
    Kind,
    Kernel,
    Output,
    Parameters,
    Macs,
    Forward,
    Backward,
    Share,
    Trend,
}

impl Column {
    pub const ALL: [Self; 10] = [
        Self::Layer,
        Self::Kind,
        Self::Kernel,
        Self::Output,
        Self::Parameters,
        Self::Macs,
        Self::Forward,
        Self::Backward,
        Self::Share,
        Self::Trend,
    ];

    /// The columns by which one sorts: what costs most is looked for first.
    const BY_INTEREST: [Self; 9] = [
        Self::Layer,
        Self::Share,
        Self::Forward,
        Self::Backward,
        Self::Macs,
        Self::Parameters,
        Self::Output,
        Self::Kernel,
        Self::Kind,
    ];

    pub fn heading(self) -> &'static str {
        match self {
            Self::Layer => "layer",
            Self::Kind => "kind",
            Self::Kernel => "k/s",
            Self::Output => "output",
            Self::Parameters => "params",
            Self::Macs => "MMACs",
            Self::Forward => "fwd ms",
            Self::Backward => "bwd ms",
            Self::Share => "% step",
            Self::Trend => "trend",
        }
    }

    /// The column by which the next press sorts; the trend is not a number.
    pub fn next(self) -> Self {
        let place = Self::BY_INTEREST.iter().position(|column| *column == self);
        Self::BY_INTEREST[place.map_or(0, |place| (place + 1) % Self::BY_INTEREST.len())]
    }

    /// Whether the order begins with the largest: what costs most is looked for first.
    pub fn largest_first(self) -> bool {
        !matches!(self, Self::Layer | Self::Kind)
    }
}

/// A layer's time in one timed step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time {
    pub forward_ms: f64,
    pub backward_ms: f64,
    /// Share of the step, 0 to 1.
    pub share: f64,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Place in the network, from 0.
    pub index: usize,
    pub spec: LayerSpec,
    pub time: Option<Time>,
}

/// The network of the run; before it has started, the article's.
pub fn arch(run: &RunState) -> ArchSpec {
    run.started.as_ref().map_or_else(
        || ArchSpec::with_classes(10),
        |started| ArchSpec {
            alpha: started.config.alpha,
            classes: started.classes.len(),
            resolution: started.resolution,
        },
    )
}

/// The rows that `view` shows, in its order.
pub fn rows(run: &RunState, view: &LayersView) -> Vec<Row> {
    let newest = Timed::newest(run);
    let specs = arch(run).layers().into_iter().enumerate();
    let rows = specs.map(|(index, spec)| Row {
        index,
        time: newest.and_then(|timed| timed.time_of(&spec.name)),
        spec,
    });
    let is_shown = |row: &Row| {
        parts::matches(&row.spec.name, &view.filter)
            || parts::matches(row.spec.kind.label(), &view.filter)
    };
    let mut rows: Vec<Row> = rows.filter(is_shown).collect();
    let turned = view.sort.largest_first() != view.reversed;
    rows.sort_by(|a, b| {
        let order = compare(a, b, view.sort);
        if turned { order.reverse() } else { order }.then(a.index.cmp(&b.index))
    });
    rows
}

/// A step that was timed by layer, with the time of which the layers have a share.
#[derive(Debug, Clone, Copy)]
pub struct Timed<'a> {
    pub sample: &'a LayersSample,
    /// All of the step; both passes and the update where nothing has told of the rest.
    pub whole_ms: f64,
}

impl<'a> Timed<'a> {
    /// The newest.
    pub fn newest(run: &'a RunState) -> Option<Self> {
        let sample = run.layers.last()?;
        Some(Self::of(sample, run.pace.timed(sample.step)))
    }

    pub fn of(sample: &'a LayersSample, step: Option<&StepSample>) -> Self {
        let layers_ms = sample.forward_ms() + sample.backward_ms();
        let known_ms = sample.forward_backward_ms.max(layers_ms) + sample.optimizer_ms;
        let whole_ms = step.map_or(known_ms, |step| step.step_ms.max(step.data_ms + known_ms));
        Self { sample, whole_ms }
    }

    pub fn time_of(&self, name: &str) -> Option<Time> {
        let layer = self.sample.layers.iter().find(|layer| layer.name == name)?;
        let LayerTime { forward_ms, backward_ms, .. } = *layer;
        Some(Time { forward_ms, backward_ms, share: (forward_ms + backward_ms) / self.whole_ms })
    }
}

fn compare(a: &Row, b: &Row, by: Column) -> Ordering {
    let time = |row: &Row, of: fn(&Time) -> f64| row.time.as_ref().map_or(0.0, of);
    let times = |of: fn(&Time) -> f64| time(a, of).total_cmp(&time(b, of));
    match by {
        Column::Layer | Column::Trend => a.index.cmp(&b.index),
        Column::Kind => a.spec.kind.label().cmp(b.spec.kind.label()),
        Column::Kernel => (a.spec.kernel, a.spec.stride).cmp(&(b.spec.kernel, b.spec.stride)),
        Column::Output => numbers_out(&a.spec).cmp(&numbers_out(&b.spec)),
        Column::Parameters => a.spec.parameters().cmp(&b.spec.parameters()),
        Column::Macs => a.spec.macs().cmp(&b.spec.macs()),
        Column::Forward => times(|time| time.forward_ms),
        Column::Backward => times(|time| time.backward_ms),
        Column::Share => times(|time| time.share),
    }
}

fn numbers_out(spec: &LayerSpec) -> usize {
    spec.out_side * spec.out_side * spec.out_channels
}
