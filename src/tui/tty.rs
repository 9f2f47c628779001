//! What the system says of the terminal on standard input: there or gone, ours or in use by
//! another job.

#[cfg(not(unix))]
pub use elsewhere::*;
#[cfg(unix)]
pub use unix::*;

/// Whether a terminal with this `TERM` answers questions for its colours, or at least takes them
/// without showing them.
pub fn answers(term: &str, in_tmux: bool) -> bool {
    // The console of Linux shows some sequences that it does not know; GNU screen passes none on.
    let silent = ["linux", "vt", "cons25", "dumb", "eterm"];
    let in_screen = term.starts_with("screen") && !in_tmux;
    !(term.is_empty() || in_screen || silent.iter().any(|name| term.starts_with(name)))
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{File, OpenOptions},
        io::{self, IsTerminal, PipeWriter, Write, stdin},
        os::fd::{AsFd, BorrowedFd},
        sync::OnceLock,
        time::{Duration, Instant},
    };

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
        process::getpgrp,
        stdio::dup2_stdin,
        termios::{
            OptionalActions, QueueSelector, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
        },
    };

    /// Makes the terminal standard input, if that leads elsewhere: crossterm would read the
    /// terminal by a descriptor of its own then, which nobody could take away from it.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn become_stdin() -> io::Result<()> {
        if !stdin().is_terminal() {
            dup2_stdin(OpenOptions::new().read(true).write(true).open("/dev/tty")?)?;
        }
        Ok(())
    }

    /// Waits until there is something to read, or for `limit`.
    ///
    /// crossterm must not do the waiting: once the terminal has hung up, it reads end of file
    /// without end.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn wait_for_input(limit: Duration) -> io::Result<()> {
        let found = wait(stdin().as_fd(), PollFlags::IN, limit)?;
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        match found.intersects(gone) {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    pub fn is_gone() -> bool {
        wait_for_input(Duration::ZERO).is_err()
    }

    /// Lets whoever reads standard input wait for ever.
    ///
    /// crossterm may be in the middle of a key when its terminal hangs up, and tries to read the
    /// rest of it without a pause from then on. A pipe into which nobody writes makes it sleep.
    pub fn silence_stdin() {
        static OPEN: OnceLock<PipeWriter> = OnceLock::new();
        if let Ok((reader, writer)) = io::pipe()
            && OPEN.set(writer).is_ok()
        {
            let _ = dup2_stdin(&reader); // it fails for no pipe that was just opened
        }
    }

    /// Whether this process may use the terminal: a job in the background may not. A terminal
    /// that knows no jobs is anyone's.
    pub fn is_ours() -> bool {
        tcgetpgrp(stdin()).map_or(true, |foreground| foreground == getpgrp())
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal is gone. (crossterm would go on and ask a program, `tput`, each time.)
    pub fn size(screen: &File) -> io::Result<(u16, u16)> {
        let size = tcgetwinsize(screen)?;
        Ok((size.ws_col, size.ws_row))
    }

    /// Width and height of a cell in pixels, if the terminal tells.
    pub fn cell(screen: &File) -> Option<(u16, u16)> {
        let size = tcgetwinsize(screen).ok()?;
        let width = size.ws_xpixel.checked_div(size.ws_col)?;
        let height = size.ws_ypixel.checked_div(size.ws_row)?;
        // Beyond any font there is only a terminal that tells nonsense.
        ((2..=200).contains(&width) && (2..=200).contains(&height)).then_some((width, height))
    }

    /// Writes if that takes no longer than `limit`, and says whether it did: a terminal that is
    /// held up takes nothing.
    pub fn write_soon(mut screen: &File, bytes: &[u8], limit: Duration) -> bool {
        takes_within(screen, limit) && screen.write_all(bytes).is_ok()
    }

    /// The same, but where a terminal is held up, `bytes` take the place of what it was written
    /// before and has not taken: it finds them when it goes on.
    pub fn write_at_last(screen: &File, bytes: &[u8], limit: Duration) -> bool {
        let takes = takes_within(screen, limit) || forget_written(screen);
        takes && write_soon(screen, bytes, limit)
    }

    /// Throws away what the terminal has not taken yet, and says whether that can be done. It
    /// cannot by a job in the background, which would be stopped for it.
    pub fn forget_written(screen: &File) -> bool {
        // Setting the modes, even to what they are, wakes a thread that waits in the middle of
        // writing; emptying the queue alone does not, on Linux.
        is_ours()
            && tcflush(screen, QueueSelector::OFlush).is_ok()
            && tcgetattr(screen)
                .and_then(|modes| tcsetattr(screen, OptionalActions::Now, &modes))
                .is_ok()
    }

    fn takes_within(screen: &File, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            // A signal ends a wait early.
            let left = deadline.saturating_duration_since(Instant::now());
            match wait(screen.as_fd(), PollFlags::OUT, left) {
                Ok(found) if found.is_empty() && !left.is_zero() => {}
                found => return found.is_ok_and(|found| !found.is_empty()),
            }
        }
    }

    fn wait(what: BorrowedFd<'_>, for_what: PollFlags, limit: Duration) -> io::Result<PollFlags> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let mut watched = [PollFd::from_borrowed_fd(what, for_what)];
        match poll(&mut watched, Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => Ok(watched[0].revents()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::{fs::File, io, io::Write, time::Duration};

    use ratatui::crossterm::{event, terminal};

    pub fn become_stdin() -> io::Result<()> {
        Ok(())
    }

    /// Waits until there is something to read, or for `limit`.
    pub fn wait_for_input(limit: Duration) -> io::Result<()> {
        event::poll(limit).map(|_| ())
    }

    pub fn is_gone() -> bool {
        false
    }

    pub fn silence_stdin() {}

    pub fn is_ours() -> bool {
        true
    }

    /// Columns and rows.
    pub fn size(_: &File) -> io::Result<(u16, u16)> {
        terminal::size()
    }

    pub fn cell(_: &File) -> Option<(u16, u16)> {
        None
    }

    pub fn write_soon(mut screen: &File, bytes: &[u8], _: Duration) -> bool {
        screen.write_all(bytes).is_ok()
    }

    pub fn write_at_last(screen: &File, bytes: &[u8], limit: Duration) -> bool {
        write_soon(screen, bytes, limit)
    }

    pub fn forget_written(_: &File) -> bool {
        false
    }
}
