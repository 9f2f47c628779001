//! The terminal while the dashboard has it: raw, on the alternate screen, given back on drop.

use std::{
    fs::File,
    io::{self, Write},
    panic,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

use ratatui::crossterm::{
    cursor::{Hide, Show},
    execute,
    style::ResetColor,
    terminal::{self, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen},
};
use ratatui::{Terminal, backend::CrosstermBackend};

use super::{app::App, draw::draw};

/// Gathers a frame and writes it at once, so that no half of it is ever seen.
#[derive(Debug)]
struct FrameWriter {
    screen: File,
    frame: Vec<u8>,
    /// Set once the terminal is given back: ratatui's last word would fail, and panic, where the
    /// terminal is gone.
    closed: Arc<AtomicBool>,
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut self.frame);
        if self.closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let written = self.screen.write_all(&frame);
        self.frame = frame; // keeps its room for the next one
        self.frame.clear();
        written
    }
}

/// The terminal, ours until this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<FrameWriter>>,
    screen: File,
    closed: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be written to.
    pub fn enter(screen: &File) -> io::Result<Self> {
        let (mut own, for_panic) = (screen.try_clone()?, screen.try_clone()?);
        restore_when_this_thread_panics(for_panic);
        terminal::enable_raw_mode()?;
        if let Err(error) = execute!(own, EnterAlternateScreen, DisableLineWrap, Hide) {
            let _ = terminal::disable_raw_mode();
            return Err(error);
        }
        let closed = Arc::new(AtomicBool::new(false));
        let entered = screen.try_clone().and_then(|screen| {
            let writer = FrameWriter { screen, frame: Vec::new(), closed: Arc::clone(&closed) };
            Terminal::new(CrosstermBackend::new(writer))
        });
        match entered {
            Ok(terminal) => Ok(Self { terminal, screen: own, closed }),
            Err(error) => {
                restore(&mut own);
                Err(error)
            }
        }
    }

    /// Draws the state; only cells that changed are written.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, app)).map(|_| ())
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Lets the next drawing write every cell.
    pub fn clear(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal for its cursor and wait for the answer.
        let size = self.terminal.size()?;
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, size.width, size.height))
    }

    /// Writes bytes that are no drawing: OSC 52.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.screen.write_all(bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = None;
        restore(&mut self.screen);
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// Gives the terminal back as it was. What fails is left: there is nobody to tell.
fn restore(screen: &mut File) {
    let _ = execute!(screen, ResetColor, EnableLineWrap, LeaveAlternateScreen, Show);
    let _ = terminal::disable_raw_mode();
}

/// The thread that has the terminal, and a handle to give it back with.
static OWNER: Mutex<Option<(ThreadId, File)>> = Mutex::new(None);

/// A panic of the thread that draws gives the terminal back, so that its message can be read; a
/// panic elsewhere (the trainer's) is an outcome that the screen shows.
fn restore_when_this_thread_panics(screen: File) {
    static INSTALL: Once = Once::new();
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some((thread::current().id(), screen));
    INSTALL.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Ok(mut owner) = OWNER.try_lock()
                && let Some((_, mut screen)) = owner.take_if(|o| o.0 == thread::current().id())
            {
                restore(&mut screen);
            }
            previous(info);
        }));
    });
}
