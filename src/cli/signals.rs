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

    use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
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
        /// Nothing is ever sent here: it is dropped when nobody listens any more.
        listens: Option<Sender<()>>,
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
            let (listens, over) = bounded(0);
            let mut ear = Ear::new(concerned, Arc::clone(&asked), over);
            let thread = thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || signals.forever().for_each(|signal| ear.hear(signal)))?;
            Ok(Self { asked, handle, thread: Some(thread), listens: Some(listens) })
        }

        /// Somebody else has stopped the training: the next signal is the second wish to end.
        pub fn stop_is_under_way(&self) {
            self.asked.store(true, Ordering::Relaxed);
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            self.handle.close();
            self.listens = None;
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
        /// Waits for room among the trainer's commands.
        insisting: Option<JoinHandle<()>>,
        over: Receiver<()>,
    }

    impl Drop for Ear {
        fn drop(&mut self) {
            if let Some(thread) = self.insisting.take() {
                let _ = thread.join(); // it has nothing to say
            }
        }
    }

    impl Ear {
        fn new(concerned: Concerned, asked: Arc<AtomicBool>, over: Receiver<()>) -> Self {
            Self { concerned, asked, hung_up: None, insisting: None, over }
        }

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
            // Told here, the trainer stops whatever keeps the dashboard.
            self.stop_the_trainer();
            self.tell(if signal == SIGHUP { Wish::HangUp } else { Wish::Stop });
        }

        /// The trainer hears of it as soon as it has heard what it was asked before. Meanwhile the
        /// next signal must be heard here.
        fn stop_the_trainer(&mut self) {
            let Some(trainer) = self.concerned.trainer.clone() else { return };
            // A trainer that has ended needs no stopping, and to be told once is enough.
            let is_full = matches!(trainer.try_send(Command::Stop), Err(TrySendError::Full(_)));
            if !is_full || self.insisting.is_some() {
                return;
            }
            let over = self.over.clone();
            let insist = move || {
                select! {
                    send(trainer, Command::Stop) -> _ => {}
                    recv(over) -> _ => {}
                }
            };
            let thread = thread::Builder::new().name("stop".to_owned()).spawn(insist.clone());
            match thread {
                Ok(thread) => self.insisting = Some(thread),
                Err(_) => insist(),
            }
        }

        /// Whether there is a dashboard that hears it.
        fn tell(&self, wish: Wish) -> bool {
            self.concerned.dashboard.as_ref().is_some_and(|it| it.send(wish).is_ok())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// Hears the first signal of a trainer for whom as many commands wait as can.
        fn stopped() -> (Ear, Receiver<Command>, Sender<()>) {
            let ((trainer, commands), (listens, over)) = (bounded(64), bounded(0));
            while trainer.try_send(Command::Pause).is_ok() {}
            let concerned = Concerned {
                trainer: Some(trainer),
                dashboard: None,
                on_hangup: OnHangup::SaveAndEnd,
                stops: Arc::default(),
            };
            let mut ear = Ear::new(concerned, Arc::default(), over);
            ear.hear(SIGTERM);
            (ear, commands, listens)
        }

        #[test]
        fn a_stop_is_not_lost_where_many_commands_wait() {
            let (_ear, commands, _listens) = stopped();
            for _ in 0..64 {
                assert_eq!(commands.recv().unwrap(), Command::Pause);
            }
            assert_eq!(commands.recv_timeout(Duration::from_secs(60)), Ok(Command::Stop));
        }

        #[test]
        fn whoever_waits_to_stop_a_trainer_keeps_nobody_who_leaves() {
            let (ear, _commands, listens) = stopped();
            drop(listens);
            let (leaves, left) = bounded(1);
            thread::spawn(move || {
                drop(ear);
                leaves.send(())
            });
            left.recv_timeout(Duration::from_secs(60)).unwrap();
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
