//! The terminal while the dashboard has it: raw, on the alternate screen, given back on drop, by
//! a panic, and by [`give_back`].

mod turn;

use std::{
    cell::Cell,
    fs::File,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    thread::{self, ThreadId},
    time::Duration,
};

use ratatui::crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, DisableMouseCapture},
    execute, queue,
    style::ResetColor,
    terminal::{self, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen},
};
use ratatui::{Terminal, backend::CrosstermBackend, layout::Rect};

use super::{
    app::App,
    draw::draw,
    graphics,
    title::{self, Shown},
    tty,
};

/// How long a terminal that is held up may delay each part of giving it back.
const PATIENCE: Duration = Duration::from_millis(200);

/// Ends a sequence of which a held-up terminal has only the beginning.
const CANCEL: u8 = 0x18;

/// Asks for presses, drags with a button held, and the wheel, in the form without a limit to
/// columns. crossterm's command asks for every motion too, which comes in thousands over a slow line.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// Who has the terminal. One of [`FREE`], [`HELD`] and [`CLOSED`]; all that is written to the
/// terminal is written under [`TURN`], so that no frame comes after it was given back.
static STATE: AtomicU8 = AtomicU8::new(FREE);
static TURN: Mutex<()> = Mutex::new(());
/// Whether the terminal keeps the title that it had.
static KEEPS_TITLE: AtomicBool = AtomicBool::new(false);

/// The terminal is as it was found.
const FREE: u8 = 0;
/// The terminal is the dashboard's.
const HELD: u8 = 1;
/// The terminal is as it was found, and stays so: the process is about to end.
const CLOSED: u8 = 2;

/// The thread that draws, and the terminal that it draws on.
static OWNER: OnceLock<(ThreadId, File)> = OnceLock::new();

/// Gathers a frame and writes it at once, so that no half of it is ever seen. What is drawn on a
/// terminal that was given back is lost.
#[derive(Debug)]
struct FrameWriter {
    screen: File,
    frame: Vec<u8>,
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = write_if_held(&self.screen, &self.frame);
        self.frame.clear();
        written
    }
}

fn write_if_held(mut screen: &File, bytes: &[u8]) -> io::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    match STATE.load(Ordering::SeqCst) {
        HELD => screen.write_all(bytes),
        _ => Ok(()),
    }
}

/// What of the terminal is ours beside its screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ours {
    pub mouse: bool,
    pub title: bool,
}

/// The terminal, ours until this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<FrameWriter>>,
    screen: File,
    ours: Ours,
    title: Shown,
    /// Whether the terminal has none of our cells and pictures.
    anew: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be written to.
    pub fn enter(screen: &File, ours: Ours) -> io::Result<Self> {
        let (own, for_frames, for_ends) =
            (screen.try_clone()?, screen.try_clone()?, screen.try_clone()?);
        give_back_when_something_panics(for_ends);
        let entered = take(&own, ours).and_then(|()| {
            let writer = FrameWriter { screen: for_frames, frame: Vec::new() };
            Terminal::new(CrosstermBackend::new(writer))
        });
        match entered {
            Ok(terminal) => {
                Ok(Self { terminal, screen: own, ours, title: Shown::default(), anew: true })
            }
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws the state; only cells that changed are written.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        if std::mem::take(&mut self.anew) {
            app.graphics.forget();
        }
        app.graphics.begin();
        self.terminal.draw(|frame| draw(frame, app)).map(|_| ())
    }

    /// Writes the title, if it is worth it by now.
    pub fn entitle(&mut self, app: &App) -> io::Result<()> {
        match self.title.due(app) {
            Some(title) => self.send(&title.bytes()),
            None => Ok(()),
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        tty::size(&self.screen)
    }

    /// Width and height of a cell in pixels, if the terminal tells.
    pub fn cell(&self) -> Option<(u16, u16)> {
        tty::cell(&self.screen)
    }

    /// Lets the next drawing write every cell.
    pub fn clear(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal for its cursor and wait for the answer.
        self.anew = true;
        let (columns, rows) = self.size()?;
        self.terminal.resize(Rect::new(0, 0, columns, rows))
    }

    /// Takes the terminal again, as it may have been changed behind our back, and lets the next
    /// drawing write every cell.
    pub fn retake(&mut self) -> io::Result<()> {
        take(&self.screen, self.ours)?;
        self.title = Shown::default();
        self.clear()
    }

    /// Whether nobody has given the terminal back meanwhile.
    pub fn is_held(&self) -> bool {
        STATE.load(Ordering::SeqCst) == HELD
    }

    /// Writes bytes that are no drawing: OSC 2, 9, 11, 52, 777.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_if_held(&self.screen, bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(mut screen: &File, ours: Ours) -> io::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = STATE.compare_exchange(FREE, HELD, Ordering::SeqCst, Ordering::SeqCst);
    if before == Err(CLOSED) {
        return Err(io::Error::other("the program is about to end"));
    }
    // What crossterm believes may be out of date: a shell sets the modes when a job is stopped.
    terminal::disable_raw_mode()?;
    terminal::enable_raw_mode()?;
    // Kept once for each time that it is given back, however often the terminal is taken again.
    if ours.title && !KEEPS_TITLE.swap(true, Ordering::SeqCst) {
        screen.write_all(title::KEEP.as_bytes())?;
    }
    execute!(screen, EnterAlternateScreen, DisableLineWrap, Hide)?;
    if ours.mouse { screen.write_all(MOUSE) } else { Ok(()) }
}

/// Gives the terminal back as it was, if the dashboard has it. Any thread may do so.
fn give_back() {
    give_back_as(FREE);
}

/// The same, for good: nothing takes the terminal again before the process ends.
pub fn give_back_for_good() {
    give_back_as(CLOSED);
}

fn give_back_as(state: u8) {
    let _turn = turn::turn_at_last();
    let leave = |before| (before != CLOSED).then_some(state);
    let before = STATE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, leave);
    if before != Ok(HELD) {
        return;
    }
    let Some((_, screen)) = OWNER.get() else { return };
    // One by one, as a terminal that is held up may take only some; they go with this screen.
    let _ = graphics::clearing().all(|it| tty::write_soon(screen, it.as_bytes(), PATIENCE));
    let mut bytes = vec![CANCEL];
    if KEEPS_TITLE.swap(false, Ordering::SeqCst) {
        bytes.extend_from_slice(title::GIVE_BACK.as_bytes());
    }
    let _ = queue!(
        bytes,
        ResetColor,
        DisableMouseCapture,
        DisableBracketedPaste,
        EnableLineWrap,
        LeaveAlternateScreen,
        Show
    );
    tty::write_at_last(screen, &bytes, PATIENCE);
    // A job in the background that changes modes is stopped for it.
    if tty::is_ours() {
        let _ = terminal::disable_raw_mode(); // there is nobody to tell
    }
}

/// A panic of the thread that draws gives the terminal back, so that its message can be read. One
/// elsewhere (the trainer's) is an outcome that the screen shows, unless that thread has panicked
/// before: a panic during a panic ends the process on the spot.
fn give_back_when_something_panics(screen: File) {
    if OWNER.set((thread::current().id(), screen)).is_err() {
        return;
    }
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        thread_local!(static PANICKED: Cell<bool> = const { Cell::new(false) });
        let again = PANICKED.replace(true);
        let draws = OWNER.get().is_some_and(|owner| owner.0 == thread::current().id());
        if draws || again {
            give_back();
        }
        if again {
            last_words(info);
        }
        previous(info);
    }));
}

/// Tells of a panic on the terminal itself, as standard error may lead to the log and nobody is
/// left to tell it later.
fn last_words(info: &PanicHookInfo<'_>) {
    if let Some((_, screen)) = OWNER.get() {
        let text = info.to_string().replace('\n', " ");
        tty::write_at_last(screen, format!("error: {text}\r\n").as_bytes(), PATIENCE);
    }
}
