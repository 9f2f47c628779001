//! Waits for keys, events and time; lets the state change; draws what has changed.

mod arrivals;
mod aside;
mod effects;
mod pace;
mod saves;

use std::{
    io,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, never, select};
use ratatui::crossterm::event::{Event, KeyEventKind};

pub use self::aside::Manners;
use self::{aside::wall, pace::Pace, saves::Saves};
use super::{
    Exit, Host, Input, Options, Reading, Wish,
    app::App,
    keyboard::{self, Keyboard, Typed},
    mouse::Mouse,
    screen::{Ours, Screen},
    theme::Ground,
    tty,
};
use crate::domain::{events::Evaluation, fault, images::Samples, runs::Overview, units::Clock};

/// How long the first drawing waits for the colour of the terminal's background.
const ANSWER: Duration = Duration::from_millis(15);
/// How often the terminal is looked at: its size, and whether it is there and ours.
const GLANCE: Duration = Duration::from_millis(200);

/// The dashboard at work.
pub struct EventLoop<'a> {
    app: App,
    options: &'a Options,
    /// `None` while the terminal is the shell's.
    held: Option<Held>,
    host: &'a mut dyn Host,
    inputs: Receiver<Input>,
    wishes: Receiver<Wish>,
    began: Instant,
    pace: Pace,
    manners: Manners,
    /// The run to compare with from the beginning, until it is read.
    to_compare: Option<String>,
    /// What is read of it, or of another.
    other: Receiver<Reading>,
    /// What is read of the folder for the list of runs.
    runs: Receiver<Overview>,
    loading: Option<Loading>,
    saves: Saves,
}

/// An evaluation that is being read.
struct Loading {
    evaluation: Box<Evaluation>,
    samples: Receiver<Result<Samples, String>>,
}

/// The terminal and its keys. Dropped in this order: what is typed once the terminal is given back
/// is meant for the shell.
struct Held {
    keyboard: Keyboard,
    screen: Screen,
}

/// Runs until the person leaves or the terminal does.
///
/// # Errors
/// The terminal cannot be drawn on, though it is there.
pub fn run(
    app: App,
    options: &Options,
    inputs: Receiver<Input>,
    host: &mut dyn Host,
    manners: Manners,
) -> io::Result<Exit> {
    tty::become_stdin()?;
    let mut event_loop = EventLoop {
        app,
        options,
        held: None,
        host,
        inputs,
        wishes: options.wishes.clone(),
        began: Instant::now(),
        pace: Pace::new(),
        manners,
        to_compare: options.compare.clone(),
        other: never(),
        runs: never(),
        loading: None,
        saves: Saves::new(),
    };
    event_loop.app.news.begin(wall());
    let _fault = fault::WhenDropped("drop");
    let left = event_loop.until_exit();
    event_loop.saves.finish();
    match (left, tty::is_gone()) {
        (_, true) => {
            tty::silence_stdin();
            Ok(Exit::HungUp)
        }
        (left, false) => left,
    }
}

impl EventLoop<'_> {
    fn until_exit(&mut self) -> io::Result<Exit> {
        if self.options.lists_runs {
            self.carry_out(App::list_runs)?;
        }
        loop {
            self.pass_time();
            self.tell()?;
            if let Some(exit) = self.app.leaves() {
                return Ok(exit);
            }
            self.take_up()?;
            self.resize()?;
            self.carry_out(App::measurement_due)?;
            self.draw_if_due()?;
            self.entitle()?;
            self.begin_to_compare()?;
            if let Some(exit) = self.wait()? {
                return Ok(exit);
            }
        }
    }

    fn pass_time(&mut self) {
        let now = self.began.elapsed().as_millis() as u64;
        let changed = self.app.tick(now, wall());
        self.pace.note(changed);
    }

    /// Takes the terminal as soon as it is ours: a job in the background waits until it is brought
    /// to the foreground.
    fn take_up(&mut self) -> io::Result<()> {
        if tty::is_gone() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        match &mut self.held {
            None if tty::is_ours() => {
                let (mouse, title) = (self.options.preferences.mouse, self.manners.title);
                let mut screen = Screen::enter(&self.options.screen, Ours { mouse, title })?;
                let asks = std::mem::take(&mut self.manners.asks);
                if asks {
                    screen.send(keyboard::QUESTION)?;
                    self.pace.hold(ANSWER);
                }
                self.held = Some(Held { screen, keyboard: Keyboard::start(asks)? });
            }
            // A breakdown of another thread gave it back, and ended nothing.
            Some(held) if !held.screen.is_held() => held.screen.retake()?,
            None | Some(_) => return Ok(()),
        }
        self.pace.answer(true);
        Ok(())
    }

    /// Waits for the next thing to happen and takes in all that has.
    fn wait(&mut self) -> io::Result<Option<Exit>> {
        let (inputs, wishes) = (self.inputs_now(), self.wishes.clone());
        let (features, runs, other) = (self.host.features(), self.runs.clone(), self.other.clone());
        let samples = self.loading.as_ref().map_or_else(never, |it| it.samples.clone());
        let (loads, saved) = (self.host.loads(), self.saves.done().clone());
        let keyboard = self.held.as_ref().map_or_else(never, |held| held.keyboard.events.clone());
        select! {
            recv(inputs) -> input => {
                let gone = input.is_err();
                self.receive(input.unwrap_or(Input::Disconnected(None)));
                if !gone {
                    self.drain();
                }
            }
            recv(features) -> answer => if let Ok(answer) = answer {
                self.app.views.network.answered(answer);
                self.pace.note(true);
            },
            recv(samples) -> samples => self.loaded(samples.ok()),
            recv(runs) -> run => self.listed(run.ok()),
            recv(other) -> reading => self.read_of_other(reading.ok()),
            recv(loads) -> load => self.measured(load.ok()),
            recv(saved) -> saved => if let Ok(saved) = saved {
                self.saved(saved);
            },
            recv(wishes) -> wish => match wish {
                Ok(wish) => return self.grant(wish),
                Err(_) => self.wishes = never(),
            },
            recv(keyboard) -> event => match event {
                Ok(Typed::Event(event)) => return self.key(&event),
                Ok(Typed::Background(colour)) => {
                    let changed = self.app.stand_on(Ground::of(colour));
                    self.pace.note(changed);
                    self.pace.release();
                }
                Err(_) => return Err(io::Error::other("the terminal gives no more keys")),
            },
            default(self.patience()) => self.drain(),
        }
        Ok(None)
    }

    fn grant(&mut self, wish: Wish) -> io::Result<Option<Exit>> {
        self.pace.answer(true);
        match wish {
            Wish::Stop => return self.carry_out(App::stop),
            Wish::HangUp => return Ok(Some(Exit::HungUp)),
            Wish::Suspend => {
                self.held = None;
                let stopped = self.host.suspend();
                self.pass_time();
                self.app.news.begin(wall());
                let time = Clock(stopped.as_secs_f64());
                self.app.say(format!("the program was stopped for {time}, which counts nowhere"));
            }
            Wish::Continue => match &mut self.held {
                Some(held) if tty::is_ours() => held.screen.retake()?,
                _ => self.held = None,
            },
        }
        Ok(None)
    }

    fn key(&mut self, event: &Event) -> io::Result<Option<Exit>> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                let action = self.app.meaning(key);
                self.pace.answer(action.is_some());
                match action {
                    Some(action) => self.carry_out(|app| app.update(action)),
                    None => Ok(None),
                }
            }
            Event::Mouse(event) => match Mouse::of(event) {
                Some(mouse) => {
                    self.pace.answer(true);
                    self.carry_out(|app| app.mouse(mouse))
                }
                None => Ok(None),
            },
            Event::Resize(..) => {
                self.pace.answer(true);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn resize(&mut self) -> io::Result<()> {
        if let Some(held) = &self.held {
            let size = held.screen.size()?;
            self.pace.answer(size != self.app.size);
            self.app.size = size;
            let cell = held.screen.cell();
            self.pace.answer(self.app.graphics.fit(cell));
        }
        Ok(())
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        if self.held.is_none() || self.pace.until_due() != Some(Duration::ZERO) {
            return Ok(());
        }
        self.carry_out(App::wanted)?;
        let began = Instant::now();
        if let Some(held) = &mut self.held {
            held.screen.draw(&self.app)?;
        }
        if self.app.run.last_step.is_some() {
            fault::at("dashboard");
        }
        self.app.draw_ms = began.elapsed().as_secs_f64() * 1e3;
        self.pace.drawn(began);
        // Pictures that had no time in this frame come with the next ones, which somebody waits for.
        self.pace.answer(self.app.graphics.waits());
        Ok(())
    }

    /// How long nothing needs to be done if nothing happens.
    fn patience(&self) -> Duration {
        if let Some(due) = self.pace.until_due().filter(|_| self.held.is_some()) {
            return due;
        }
        // What is due on a screen that is not ours waits until it is.
        let change = self.app.next_change().filter(|_| self.held.is_some());
        let change = change.map(|at| at.saturating_sub(self.app.now));
        GLANCE.min(change.map_or(GLANCE, Duration::from_millis))
    }
}
