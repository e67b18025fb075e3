//! Ctrl-C: the first asks the work to end where it can go on later, the second ends it at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

/// Whether the work should end.
static WANTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The exit code of a program that was interrupted, as shells have it.
pub const INTERRUPTED: u8 = 130;

/// From now on, listens for Ctrl-C, and for the system's request to end.
///
/// # Errors
/// The system takes no listener.
pub fn listen() -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset and sets it, the second finds it set.
        register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&WANTED))?;
        register(signal, Arc::clone(&WANTED))?;
    }
    Ok(())
}

/// What tells that the work should end, for whom it's handed to.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&WANTED)
}

/// Whether the work should end.
pub fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed)
}
