//! What signals ask of a program that trains or shows a run.

use std::{io, sync::Arc};

use crossbeam_channel::Sender;

use crate::{
    domain::{events::Command, stops::Stops},
    tui::Wish,
};

/// What is done when the terminal is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHangup {
    SaveAndEnd,
    /// Train on without a screen.
    Detach,
}

/// Whom a signal concerns.
pub struct Concerned {
    pub trainer: Option<Sender<Command>>,
    pub dashboard: Option<Sender<Wish>>,
    pub on_hangup: OnHangup,
    /// Where a program without a dashboard notes that it was stopped.
    pub stops: Arc<Stops>,
}

#[cfg(unix)]
pub use unix::Listener;

#[cfg(unix)]
mod unix {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        thread::{self, JoinHandle},
        time::{Duration, Instant},
    };

    use signal_hook::{
        consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP},
        iterator::{Handle, Signals},
        low_level::emulate_default_handler,
    };

    use super::{Command, Concerned, OnHangup, Wish, io};
    use crate::{cli::job, tui};

    /// A terminal that closes sends SIGHUP, so does its shell, and whoever ends the session sends
    /// SIGTERM as well: signals that follow a SIGHUP so soon are no wish to end at once.
    const BURST: Duration = Duration::from_secs(2);

    /// Hears signals until dropped.
    ///
    /// The first that asks for the end stops the training after the batch, with a checkpoint; the
    /// process does not die of it. The second ends the process at once, with the terminal given
    /// back.
    pub struct Listener {
        asked: Arc<AtomicBool>,
        handle: Handle,
        thread: Option<JoinHandle<()>>,
    }

    impl Listener {
        /// # Errors
        /// The system refuses to hand signals over, or gives no thread.
        pub fn start(concerned: Concerned) -> io::Result<Self> {
            let mut signals = Signals::new([SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGCONT])?;
            if !job::ignores_hangup() {
                signals.add_signal(SIGHUP)?;
            }
            let (handle, asked) = (signals.handle(), Arc::new(AtomicBool::new(false)));
            let mut ear = Ear { concerned, asked: Arc::clone(&asked), hung_up: None };
            let thread = thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || signals.forever().for_each(|signal| ear.hear(signal)))?;
            Ok(Self { asked, handle, thread: Some(thread) })
        }

        /// Somebody else has stopped the training: the next signal is the second wish to end.
        pub fn stop_is_under_way(&self) {
            self.asked.store(true, Ordering::Relaxed);
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            self.handle.close();
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }

    struct Ear {
        concerned: Concerned,
        /// Whether the end has been asked for.
        asked: Arc<AtomicBool>,
        /// When the newest SIGHUP came, if nothing has come after it.
        hung_up: Option<Instant>,
    }

    impl Ear {
        fn hear(&mut self, signal: i32) {
            match signal {
                SIGTSTP => self.suspend(),
                SIGCONT => _ = self.tell(Wish::Continue),
                SIGHUP if self.concerned.on_hangup == OnHangup::Detach => {
                    self.tell(Wish::HangUp);
                }
                _ => self.end(signal),
            }
        }

        fn suspend(&self) {
            // A dashboard gives the terminal back before.
            if !self.tell(Wish::Suspend) && !job::is_without_shell() {
                job::stand_still(&self.concerned.stops);
            }
        }

        fn end(&mut self, signal: i32) {
            let asked = self.asked.swap(true, Ordering::Relaxed);
            let hung_up = self.hung_up.map(|since| since.elapsed() < BURST);
            self.hung_up = (signal == SIGHUP).then(Instant::now);
            let insists = match (signal, hung_up) {
                (_, Some(in_burst)) => !in_burst,
                // Who closes the terminal after a stop does not mean to lose the checkpoint.
                (SIGHUP, None) => false,
                (_, None) => asked,
            };
            if insists {
                tui::give_back_for_good();
                let _ = emulate_default_handler(signal); // does not return
            }
            // A trainer that has ended needs no stopping, and one whose queue is full is told by
            // whoever filled it. Told here, it stops whatever keeps the dashboard.
            if let Some(trainer) = &self.concerned.trainer {
                let _ = trainer.try_send(Command::Stop);
            }
            self.tell(if signal == SIGHUP { Wish::HangUp } else { Wish::Stop });
        }

        /// Whether there is a dashboard that hears it.
        fn tell(&self, wish: Wish) -> bool {
            self.concerned.dashboard.as_ref().is_some_and(|it| it.send(wish).is_ok())
        }
    }
}

/// Hears nothing: where there are no such signals, keys are all there is.
#[cfg(not(unix))]
pub struct Listener;

#[cfg(not(unix))]
impl Listener {
    pub fn start(_: Concerned) -> io::Result<Self> {
        Ok(Self)
    }

    pub fn stop_is_under_way(&self) {}
}
