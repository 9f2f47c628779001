//! The confusion matrix in small: what is taken for what.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    domain::{
        confusion::Confusion,
        events::{Evaluation, Split},
    },
    tui::{
        app::App,
        pane::pane,
        text::{fit, fit_right, short_names, width},
        views::{
            confusion::{NOT_KEPT, Pair},
            parts,
        },
    },
};

/// Columns of a cell.
const CELL: u16 = 4;

pub fn draw(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let newest = app.run.evaluations.last();
    let inside = pane("", focused, &app.theme).inner(area);
    let fits = newest.is_some_and(|newest| fits(&newest.confusion, inside));
    let title = newest.map_or("confusion".to_owned(), |newest| {
        title(newest, fits, usize::from(area.width).saturating_sub(4))
    });
    let block = pane(&title, focused, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(evaluation) = newest else {
        let what = parts::awaited(app, "first validation", "");
        return parts::waiting(frame, inner, &what, &app.theme);
    };
    if evaluation.confusion.is_empty() {
        return parts::waiting(frame, inner, NOT_KEPT, &app.theme);
    }
    let lines = if fits {
        matrix(&evaluation.confusion, app)
    } else {
        pairs(app, usize::from(inner.height))
    };
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Whether the matrix has room; else the worst pairs are told.
fn fits(confusion: &Confusion, room: Rect) -> bool {
    let classes = confusion.classes() as u16;
    (1..room.height).contains(&classes) && classes * CELL + 3 <= room.width
}

/// What is shown, and which way a matrix is to be read.
fn title(evaluation: &Evaluation, is_matrix: bool, room: usize) -> String {
    let split = match evaluation.split {
        Split::Validation => "val",
        Split::Test => "test",
    };
    let title = format!("confusion  {split}, epoch {}", evaluation.epoch);
    let read = format!("{title}  rows = truth");
    if is_matrix && width(&read) <= room { read } else { title }
}

fn matrix(confusion: &Confusion, app: &App) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let short = short_names(app.run.class_names(), 2);
    let two = |class: usize| short.get(class).map_or("?", String::as_str);
    let classes = confusion.classes();
    let head: String = (0..classes).map(|class| fit_right(two(class), usize::from(CELL))).collect();
    let mut lines = vec![Line::styled(format!("   {head}"), theme.dim)];
    for truth in 0..classes {
        let most = confusion.row_total(truth).max(1) as f64;
        let mut spans = vec![Span::styled(fit(two(truth), 3), theme.dim)];
        for prediction in 0..classes {
            let count = confusion.at(truth, prediction);
            let text = if count == 0 { "   ·".to_owned() } else { format!("{count:>4}") };
            let share = count as f64 / most;
            let style = match count {
                0 => theme.dim,
                _ if truth == prediction => theme.heat(share),
                _ => theme.mistake(share),
            };
            spans.push(Span::styled(text, style));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// The most frequent mistakes, where the matrix has no room.
fn pairs(app: &App, most: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let name = |class: usize| app.run.class_names().get(class).cloned().unwrap_or_default();
    let line = |&(truth, prediction, count): &Pair| {
        Line::from(vec![
            Span::styled(format!("{count:>5}  "), theme.accent),
            Span::styled(name(truth), theme.text),
            Span::styled(" taken for ", theme.dim),
            Span::styled(name(prediction), theme.text),
        ])
    };
    app.views.train.ranking.pairs.iter().take(most).map(line).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::{confusion::Confusion, events::TrainEvent},
        tui::{testing::*, views::pictures::hold},
    };

    #[test]
    fn where_the_matrix_has_no_room_the_worst_pairs_of_the_newest_are_told() {
        let mut app = many(100);
        assert!(rendered(&mut app, 120, 40).contains("    2  class-000 taken for class-002"));
        let mut evaluation = app.run.evaluations[0].clone();
        evaluation.confusion = Confusion::new(100);
        (0..33).for_each(|_| evaluation.confusion.add(5, 7));
        tell(&mut app, TrainEvent::Evaluated(evaluation)); // it was made again
        let screen = rendered(&mut app, 120, 40);
        assert!(screen.contains("   33  class-005 taken for class-007"), "{screen}");
        assert!(!screen.contains("    2  class-"), "{screen}");
    }

    #[test]
    fn a_matrix_that_was_not_kept_is_missed() {
        let mut app = running();
        let mut evaluation = app.run.evaluations[1].clone();
        evaluation.confusion = Confusion::new(0);
        tell(&mut app, TrainEvent::Evaluated(evaluation));
        hold("train_matrix_not_kept", &mut app);
        let screen = rendered(&mut app, 120, 40);
        assert!(screen.contains("matrix of this evaluation was not kept"), "{screen}");
    }

    #[test]
    fn no_two_classes_are_called_the_same() {
        let others = ["dog", "deer", "frog", "ship", "plane", "car", "horse", "truck"];
        let mut app = running_with(&[&["cot", "coat"][..], &others].concat());
        let screen = rendered(&mut app, 120, 40);
        assert!(screen.contains("   0   1  do  de  fr  sh  pl  ca  ho  tr"), "{screen}");
    }
}
