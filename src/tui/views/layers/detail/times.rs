//! What a layer took, over the run.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{
    super::{Row, bars, chart, past, table},
    course, field, room,
};
use crate::{
    domain::{
        events::LayerTime,
        units::{Millis, Percent},
    },
    tui::{app::App, views::parts},
};

pub fn draw(frame: &mut Frame, area: Rect, row: &Row, app: &App) {
    let (theme, name) = (&app.theme, &row.spec.name);
    let Some(time) = row.time else {
        let why = match app.run.layers.last() {
            Some(_) => "this layer has not been timed".to_owned(),
            None => table::waiting_for(app).replace(" (", "\n("),
        };
        return parts::waiting(frame, area, &why, theme);
    };
    let times = past::times(&app.run.layers, name);
    let over = |of: fn(&LayerTime) -> f64| -> Vec<(u64, f64)> {
        times.iter().map(|(step, time)| (*step, of(time))).collect()
    };
    let line = |label: &str, ms: f64, of: fn(&LayerTime) -> f64| {
        course(label, Millis(ms).to_string(), bars::spark(&over(of), room(area)), theme)
    };
    let mut lines = vec![
        line("forward", time.forward_ms, |time| time.forward_ms),
        line("backward", time.backward_ms, |time| time.backward_ms),
        // Without a course: of the steps before only the passes and the update are known.
        field("of the step", Percent(time.share).to_string(), theme),
    ];
    let height = usize::from(area.height).saturating_sub(lines.len());
    if let (true, Some((first, _)), Some((last, _))) =
        (height >= chart::FEWEST, times.first(), times.last())
    {
        let both = over(|time| time.forward_ms + time.backward_ms);
        let course = bars::course(&both, chart::columns(usize::from(area.width)));
        lines.extend(chart::lines(&course, (*first, *last), height, theme));
    }
    frame.render_widget(Paragraph::new(lines), area);
}
