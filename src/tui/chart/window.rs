//! Which steps the charts show: the whole run, its newest part, or a part that stays.

/// Fewest steps that a chart is zoomed to.
const NARROWEST: u64 = 10;

/// The zoom of the charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// How many steps; all of them without.
    span: Option<u64>,
    /// Last step shown; the newest without.
    end: Option<u64>,
}

impl Window {
    /// First and last step shown of a run whose steps are `first..=last`.
    pub fn steps(&self, first: u64, last: u64) -> (u64, u64) {
        let Some(span) = self.span else { return (first, last.max(first)) };
        let end = self.end.unwrap_or(last).clamp(first, last.max(first));
        let from = (end + 1).saturating_sub(span).max(first);
        (from, (from + span - 1).min(last).max(end))
    }

    /// Halves or doubles the steps shown. With a step and its place, from 0 at the left to 1 at the
    /// right, that is where the step comes to lie.
    pub fn zoom(&mut self, inwards: bool, anchor: Option<(u64, f64)>, (first, last): (u64, u64)) {
        let (from, to) = self.steps(first, last);
        let now = to - from + 1;
        let span = if inwards { (now / 2).max(NARROWEST) } else { now.saturating_mul(2) };
        if span > last - first {
            *self = Self::default();
            return;
        }
        self.span = Some(span);
        if let Some((step, place)) = anchor {
            let behind = ((span - 1) as f64 * (1.0 - place)).round() as u64;
            self.end_at(step.saturating_add(behind), (first, last));
        }
    }

    /// Shows the steps from one to another.
    pub fn select(&mut self, (from, to): (u64, u64), run: (u64, u64)) {
        let span = (to.saturating_sub(from).saturating_add(1)).max(NARROWEST);
        if span > run.1 - run.0 {
            *self = Self::default();
            return;
        }
        self.span = Some(span);
        self.end_at(to, run);
    }

    /// Moves by `steps`; at the newest step the window follows again.
    pub fn pan(&mut self, steps: i64, (first, last): (u64, u64)) {
        if self.span.is_some() {
            let end = self.steps(first, last).1.saturating_add_signed(steps);
            self.end_at(end, (first, last));
        }
    }

    /// Moves so that `step` is shown.
    pub fn show(&mut self, step: u64, run: (u64, u64)) {
        let (from, to) = self.steps(run.0, run.1);
        let beyond = step as i64 - step.clamp(from, to) as i64;
        if beyond != 0 {
            self.pan(beyond, run);
        }
    }

    pub fn follows(&self) -> bool {
        self.end.is_none()
    }

    pub fn is_whole(&self) -> bool {
        self.span.is_none()
    }

    fn end_at(&mut self, end: u64, (first, last): (u64, u64)) {
        let earliest = first.saturating_add(self.span.unwrap_or(0)).saturating_sub(1);
        self.end = (end < last).then_some(end.max(earliest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_in_keeps_to_the_newest_steps_and_out_again_to_all() {
        let (mut window, run) = (Window::default(), (1, 1000));
        window.zoom(true, None, run);
        assert_eq!((window.steps(1, 1000), window.steps(1, 1100)), ((501, 1000), (601, 1100)));
        window.zoom(false, None, run);
        assert_eq!(window, Window::default());
    }

    #[test]
    fn a_window_moved_away_stays_until_it_is_moved_back() {
        let (mut window, run) = (Window::default(), (1, 1000));
        window.zoom(true, None, run);
        window.pan(-200, run);
        assert_eq!((window.steps(1, 1000), window.steps(1, 2000)), ((301, 800), (301, 800)));
        window.show(900, run);
        assert_eq!(window.steps(1, 1000), (401, 900));
        window.pan(500, run);
        assert!(window.follows());
    }

    #[test]
    fn zooming_keeps_a_step_where_it_is() {
        let mut window = Window::default();
        window.zoom(true, Some((300, 0.5)), (1, 1000));
        assert_eq!(window.steps(1, 1000), (51, 550));
        window.zoom(true, Some((51, 0.0)), (1, 1000));
        assert_eq!(window.steps(1, 1000), (51, 300));
    }

    #[test]
    fn what_is_selected_is_shown_and_stays() {
        let mut window = Window::default();
        window.select((120, 180), (1, 1000));
        assert_eq!((window.steps(1, 1000), window.steps(1, 5000)), ((120, 180), (120, 180)));
        window.select((1, 3), (1, 1000));
        assert_eq!(window.steps(1, 1000), (1, 10));
        window.select((900, 1000), (1, 1000));
        assert!(window.follows());
    }
}
