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

use super::{Host, Input, Options, action::Effect, app::App, draw::draw, theme::ColourDepth};

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
    /// A dashboard on a screen of so many columns and rows, in all colours.
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
        let began = Instant::now();
        self.terminal.draw(|frame| draw(frame, &self.app))?;
        self.app.draw_ms = began.elapsed().as_secs_f64() * 1e3;
        Ok(self.written.0.take())
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Load(evaluation) => {
                let samples = self.host.samples(&evaluation);
                self.app.views.loaded(&evaluation, samples);
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
