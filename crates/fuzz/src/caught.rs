//! Panics under libFuzzer: those that a library catches are no failure, as they are none in the program.

use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

use crate::Target;

/// Where panics were, each with its message.
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The panic of late.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Has panics kept in mind rather than end the program, as libFuzzer's own hook would. Each place is told once.
pub fn keep_panics() {
    set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
            tell(&format!("panic: {info}"));
        }
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
}

/// Runs a target. A panic that nobody catches ends the program, by which libFuzzer knows a crash.
pub fn run(target: Target, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
        tell(&format!("not caught: {}", LAST.lock().unwrap_or_else(PoisonError::into_inner)));
        std::process::abort();
    }
}

/// Where libFuzzer writes, too. Without standard error there is nobody to tell.
fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{}", what.replace('\n', " "));
}
