//! What the training takes of the machine, as short as there is room for.

use ratatui::text::Span;

use crate::{
    domain::machine::Load,
    tui::{app::App, text::width},
};

/// Between two numbers.
const GAP: &str = "  ";

/// Cores kept busy, memory, and load of the GPU, in at most `room` columns: where they are too few,
/// the memory goes first, then the GPU. Nothing where nothing is measured.
pub fn spans(app: &App, room: usize) -> Vec<Span<'static>> {
    let Some(load) = app.load() else { return Vec::new() };
    let mut parts = vec![
        ("cpu ", cpu(load)),
        ("", memory(load.memory / 1_000_000)),
        ("gpu ", load.gpu_percent.map_or(String::new(), |percent| format!("{percent:>3} %"))),
    ];
    parts.retain(|(_, value)| !value.is_empty());
    while columns(&parts) > room {
        parts.remove(1.min(parts.len() - 1));
    }
    let theme = &app.theme;
    let span = |(i, (label, value)): (usize, (&'static str, String))| {
        let gap = Span::raw(if i == 0 { "" } else { GAP });
        [gap, Span::styled(label, theme.dim), Span::styled(value, theme.text)]
    };
    parts.into_iter().enumerate().flat_map(span).collect()
}

fn columns(parts: &[(&str, String)]) -> usize {
    let gaps = GAP.len() * parts.len().saturating_sub(1);
    parts.iter().map(|(label, value)| width(label) + width(value)).sum::<usize>() + gaps
}

/// As wide for one core as for all of them. Where they are many, tenths do not matter.
fn cpu(load: Load) -> String {
    let (cores, busy) = (load.cores.to_string(), f64::from(load.cpu_tenths) / 10.0);
    match load.cores {
        0..100 => format!("{busy:>digits$.1} of {cores}", digits = cores.len() + 2),
        _ => format!("{busy:>digits$.0} of {cores}", digits = cores.len()),
    }
}

/// Always six columns.
fn memory(mb: u64) -> String {
    match mb {
        0..1_000 => format!("{mb:>3} MB"),
        1_000..9_950 => format!("{:.1} GB", mb as f64 / 1e3),
        _ => format!("{:>3.0} GB", mb as f64 / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_change_do_not_move_what_is_beside_them() {
        let on = |cores, busy| cpu(Load { cpu_tenths: busy, cores, memory: 0, gpu_percent: None });
        assert_eq!([0, 159].map(|busy| on(16, busy)), [" 0.0 of 16", "15.9 of 16"]);
        assert_eq!([4, 1_277].map(|busy| on(128, busy)), ["  0 of 128", "128 of 128"]);
        assert_eq!(
            [7, 999, 1_000, 9_949, 9_950, 128_400].map(memory),
            ["  7 MB", "999 MB", "1.0 GB", "9.9 GB", " 10 GB", "128 GB"]
        );
    }
}
