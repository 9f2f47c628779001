//! The dashboard without a terminal: for measuring what a frame costs.

use std::{
    cell::Cell,
    fmt,
    io::{self, Write},
    rc::Rc,
    time::Instant,
};

use ratatui::{
    Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, crossterm::event::KeyEvent,
    layout::Rect,
};

use super::{
    Host, Input, Options, action::Effect, app::App, draw::draw, graphics::Graphics,
    theme::ColourDepth,
};

/// A dashboard that writes to memory what it would write to a terminal.
pub struct Offscreen<'a> {
    app: App,
    terminal: Terminal<CrosstermBackend<Bytes>>,
    written: Bytes,
    host: &'a mut dyn Host,
}

/// How many bytes have been written since it was last asked for.
#[derive(Debug, Clone, Default)]
struct Bytes(Rc<Cell<usize>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Offscreen<'a> {
    /// A dashboard on a screen of so many columns and rows, in all colours. Pictures are those that
    /// the preferences name; else they are made of characters.
    ///
    /// # Errors
    /// None that are known: memory takes everything.
    pub fn new(
        options: &Options,
        (columns, rows): (u16, u16),
        host: &'a mut dyn Host,
    ) -> io::Result<Self> {
        let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
        let written = Bytes::default();
        let backend = CrosstermBackend::new(written.clone());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })?;
        let mut app = App::new(options, ColourDepth::TrueColor);
        app.size = (columns, rows);
        app.graphics = Graphics::new(options.preferences.graphics.settled(|_| None), false);
        Ok(Self { app, terminal, written, host })
    }

    /// Takes in what has happened.
    pub fn receive(&mut self, input: Input) {
        self.app.receive(input);
    }

    /// Lets time pass: ms since the start, and Unix time in ms.
    pub fn pass_time(&mut self, now: u64, wall: u64) {
        self.app.tick(now, wall);
    }

    /// Does what the key means. Of its effects only those on the host are seen to.
    pub fn press(&mut self, key: &KeyEvent) {
        if let Some(effect) = self.app.meaning(key).and_then(|action| self.app.update(action)) {
            self.carry_out(effect);
        }
    }

    /// Draws as the event loop does; returns how many bytes a terminal would be sent.
    ///
    /// # Errors
    /// None that are known: memory takes everything.
    pub fn draw(&mut self) -> io::Result<usize> {
        if let Some(effect) = self.app.wanted() {
            self.carry_out(effect);
        }
        self.app.graphics.begin();
        let began = Instant::now();
        self.terminal.draw(|frame| draw(frame, &self.app))?;
        self.app.draw_ms = began.elapsed().as_secs_f64() * 1e3;
        Ok(self.written.0.take())
    }

    /// Whether the last drawing lacked pictures that the next one will have.
    pub fn waits(&self) -> bool {
        self.app.graphics.waits()
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Load(evaluation) => {
                let samples = self.host.samples(&evaluation).recv();
                let samples = samples.unwrap_or_else(|error| Err(error.to_string()));
                self.app.loaded(&evaluation, samples);
            }
            Effect::Send(command) => {
                if let Err(why) = self.host.command(command) {
                    self.app.refused(command, &why);
                }
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Offscreen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offscreen").field("app", &self.app).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crossbeam_channel::{Receiver, bounded};
    use ratatui::crossterm::event::KeyCode;

    use super::*;
    use crate::{
        domain::{
            events::{Command, Evaluation, Record, Split},
            images::Samples,
        },
        tui::{Source, testing},
    };

    /// Has pictures for every evaluation.
    struct Pictures;

    impl Host for Pictures {
        fn command(&mut self, _command: Command) -> Result<(), String> {
            Ok(())
        }

        fn samples(&mut self, evaluation: &Evaluation) -> Receiver<Result<Samples, String>> {
            let (told, samples) = bounded(1);
            told.send(Ok(testing::samples(evaluation))).unwrap();
            samples
        }

        fn put_aside(&mut self) -> Result<(), String> {
            Ok(())
        }

        fn suspend(&mut self) -> Duration {
            Duration::ZERO
        }
    }

    #[test]
    fn a_frame_in_which_nothing_changed_sends_no_picture_again() {
        for protocol in ["kitty", "sixel", "iterm2"] {
            let mut options = testing::options(Source::Live);
            options.preferences.graphics = protocol.parse().unwrap();
            let mut host = Pictures;
            let mut screen = Offscreen::new(&options, (80, 24), &mut host).unwrap();
            for event in [testing::started(), testing::evaluated(1, Split::Validation)] {
                screen.receive(Input::Record(Record { time: testing::START, event }));
            }
            screen.press(&KeyCode::Char('4').into());
            screen.pass_time(2_000, testing::START); // it was no count
            let mut sent = screen.draw().unwrap();
            while screen.waits() {
                sent += screen.draw().unwrap();
            }
            assert!(sent > 10_000, "{protocol}: {sent} bytes are no pictures");
            screen.draw().unwrap(); // kitty: where the data stood there are characters only
            let still = screen.draw().unwrap();
            assert!(still < 100, "{protocol}: {still} bytes for nothing");
            screen.press(&KeyCode::PageDown.into());
            assert!(screen.draw().unwrap() > 1_000, "{protocol}: no new pictures");
        }
    }
}
