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

    /// Halves or doubles the steps shown, around `centre` if there is one.
    pub fn zoom(&mut self, inwards: bool, centre: Option<u64>, (first, last): (u64, u64)) {
        let (from, to) = self.steps(first, last);
        let now = to - from + 1;
        let span = if inwards { (now / 2).max(NARROWEST) } else { now.saturating_mul(2) };
        if span > last - first {
            *self = Self::default();
            return;
        }
        self.span = Some(span);
        self.end = centre.map(|centre| centre + span / 2).filter(|end| *end < last).or(self.end);
    }

    /// Moves by `steps`; at the newest step the window follows again.
    pub fn pan(&mut self, steps: i64, (first, last): (u64, u64)) {
        let Some(span) = self.span else { return };
        let end = self.steps(first, last).1.saturating_add_signed(steps);
        self.end = (end < last).then_some(end.max(first + span - 1));
    }

    /// Moves so that `step` is shown.
    pub fn show(&mut self, step: u64, run: (u64, u64)) {
        let (from, to) = self.steps(run.0, run.1);
        let beyond = step as i64 - step.clamp(from, to) as i64;
        self.pan(beyond, run);
    }

    pub fn follows(&self) -> bool {
        self.end.is_none()
    }

    pub fn is_whole(&self) -> bool {
        self.span.is_none()
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
    fn zooming_around_the_crosshair_keeps_it_in_the_middle() {
        let mut window = Window::default();
        window.zoom(true, Some(300), (1, 1000));
        assert_eq!(window.steps(1, 1000), (51, 550));
    }
}
