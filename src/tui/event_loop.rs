//! Waits for keys, events and time; lets the state change; draws what has changed.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::atomic::Ordering,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crossbeam_channel::{Receiver, TryRecvError, never, select};
use ratatui::crossterm::event::{Event, KeyEventKind};

use super::{
    Exit, Host, Input, Options, action::Effect, app::App, clipboard, keyboard::Keyboard, keys,
    screen::Screen,
};
use crate::domain::events::Command;

/// Shortest time between two drawings.
const FRAME: Duration = Duration::from_millis(33);
/// How often the stop flag and the size of the window are looked at.
const GLANCE: Duration = Duration::from_millis(200);
/// Events taken in before the screen is drawn again, so that a long history does not freeze it.
const MOST_AT_ONCE: usize = 20_000;

/// The dashboard at work.
pub struct EventLoop<'a> {
    app: App,
    screen: Screen,
    host: &'a mut dyn Host,
    inputs: Receiver<Input>,
    keyboard: Receiver<Event>,
    began: Instant,
    last_draw: Option<Instant>,
    /// Whether the signal to stop has been taken in.
    stop_heard: bool,
    /// Whether the screen shows something other than the state.
    dirty: bool,
}

/// Runs until the person leaves.
///
/// # Errors
/// The terminal has gone away.
pub fn run(
    app: App,
    options: &Options,
    inputs: Receiver<Input>,
    host: &mut dyn Host,
) -> io::Result<Exit> {
    let screen = Screen::enter(&options.screen)?;
    let keyboard = Keyboard::start()?;
    let mut event_loop = EventLoop {
        app,
        screen,
        host,
        inputs,
        keyboard: keyboard.events.clone(),
        began: Instant::now(),
        last_draw: None,
        stop_heard: false,
        dirty: true,
    };
    event_loop.until_exit(options)
}

impl EventLoop<'_> {
    fn until_exit(&mut self, options: &Options) -> io::Result<Exit> {
        self.resize()?;
        loop {
            self.pass_time();
            if options.stop.load(Ordering::Relaxed) && !self.stop_heard {
                (self.stop_heard, self.dirty) = (true, true);
                if let Some(exit) = self.carry_out(|app| app.stop())? {
                    return Ok(exit);
                }
            }
            if let Some(exit) = self.app.leaves() {
                return Ok(exit);
            }
            self.resize()?;
            self.draw_if_due()?;
            if let Some(exit) = self.wait()? {
                return Ok(exit);
            }
        }
    }

    fn pass_time(&mut self) {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = self.began.elapsed().as_millis() as u64;
        self.dirty |= self.app.tick(now, wall.as_millis() as u64);
    }

    /// Waits for the next thing to happen and takes in all that has.
    fn wait(&mut self) -> io::Result<Option<Exit>> {
        let (inputs, keyboard) = (self.inputs.clone(), self.keyboard.clone());
        select! {
            recv(inputs) -> input => {
                let gone = input.is_err();
                self.receive(input.unwrap_or(Input::Disconnected(None)));
                if !gone {
                    self.drain();
                }
            }
            recv(keyboard) -> event => match event {
                Ok(event) => return self.key(&event),
                // The terminal is gone; drawing would fail, too, but an idle screen does not draw.
                Err(_) => return Err(io::Error::new(
                    io::ErrorKind::BrokenPipe,
                    "the terminal has gone away",
                )),
            },
            default(self.patience()) => {}
        }
        Ok(None)
    }

    fn receive(&mut self, input: Input) {
        if matches!(input, Input::Disconnected(_)) {
            self.inputs = never();
        }
        self.app.receive(input);
        self.dirty = true;
    }

    /// Takes in what waits already, so that many events cost one drawing.
    fn drain(&mut self) {
        for _ in 0..MOST_AT_ONCE {
            match self.inputs.try_recv() {
                Ok(input) => self.receive(input),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    return self.receive(Input::Disconnected(None));
                }
            }
        }
    }

    fn key(&mut self, event: &Event) -> io::Result<Option<Exit>> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let action = if self.app.overlay.is_typing() {
                    keys::action_while_typing(key)
                } else {
                    keys::action_for(key)
                };
                self.dirty |= action.is_some();
                match action {
                    Some(action) => self.carry_out(|app| app.update(action)),
                    None => Ok(None),
                }
            }
            Event::Resize(..) => {
                self.dirty = true;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Lets the state decide and does what it asks for.
    fn carry_out(
        &mut self,
        decide: impl FnOnce(&mut App) -> Option<Effect>,
    ) -> io::Result<Option<Exit>> {
        match decide(&mut self.app) {
            None => {}
            Some(Effect::Send(command)) => self.send(command),
            Some(Effect::Load(evaluation)) => {
                let samples = self.host.samples(&evaluation);
                self.app.views.loaded(&evaluation, samples);
            }
            Some(Effect::Save { name, bytes }) => match save(&name, &bytes) {
                Ok(path) => self.app.say(format!("written to {}", path.display())),
                Err(error) => self.app.say(format!("{name} cannot be written: {error}")),
            },
            Some(Effect::Copy(text)) => {
                self.screen.send(&clipboard::osc_52(&text))?;
                self.app.say("copied (if the terminal allows it)");
            }
            Some(Effect::Redraw) => self.screen.clear()?,
            Some(Effect::Leave(exit)) => return Ok(Some(exit)),
        }
        Ok(None)
    }

    fn send(&mut self, command: Command) {
        if let Err(why) = self.host.command(command) {
            self.app.refused(command, &why);
        }
    }

    fn resize(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        self.dirty |= size != self.app.size;
        self.app.size = size;
        Ok(())
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        let due = self.last_draw.is_none_or(|last| last.elapsed() >= FRAME);
        if !(self.dirty && due) {
            return Ok(());
        }
        self.carry_out(App::wanted)?;
        let began = Instant::now();
        self.screen.draw(&self.app)?;
        self.app.draw_ms = began.elapsed().as_secs_f64() * 1e3;
        (self.last_draw, self.dirty) = (Some(began), false);
        Ok(())
    }

    /// How long nothing needs to be done if nothing happens.
    fn patience(&self) -> Duration {
        if self.dirty {
            let since = self.last_draw.map_or(FRAME, |last| last.elapsed());
            return FRAME.saturating_sub(since);
        }
        let change = self.app.next_change().map(|at| at.saturating_sub(self.app.now));
        GLANCE.min(change.map_or(GLANCE, Duration::from_millis))
    }
}

/// Writes a new file into the current folder; an older one of that name stays.
fn save(name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let folder = std::env::current_dir()?;
    for number in 1..1_000 {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{number}.{ending}"));
        match fs::File::create_new(&path) {
            Ok(mut file) => return file.write_all(bytes).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
