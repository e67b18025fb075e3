//! Keeps one line of graphics drivers off the user's terminal.

/// Runs `work` and drops what the drivers that it loads say of `XDG_RUNTIME_DIR`: Mesa's device chooser looks for a Wayland
/// display, and libwayland complains straight to file descriptor 2 where that variable is unset, as in containers and
/// services. It matters to no computation. All else that is written meanwhile comes through afterwards.
#[cfg(unix)]
pub fn without_display_noise<T>(work: impl FnOnce() -> T) -> T {
    use std::fs::File;
    use std::io::{Read, Seek, Write};
    use std::os::fd::{AsFd, OwnedFd};

    struct Captured {
        stderr: OwnedFd,
        file: File,
    }

    // Undone on drop, so that a panic in `work` is not swallowed.
    impl Drop for Captured {
        fn drop(&mut self) {
            // Nothing can be reported from here: stderr is what is being mended.
            let _ = rustix::stdio::dup2_stderr(&self.stderr);
            let mut text = Vec::new();
            let _ = self.file.rewind().and_then(|()| self.file.read_to_end(&mut text));
            let mut err = std::io::stderr().lock();
            for line in text.split_inclusive(|&byte| byte == b'\n') {
                if !line.windows(NOISE.len()).any(|part| part == NOISE) {
                    let _ = err.write_all(line);
                }
            }
        }
    }

    const NOISE: &[u8] = b"XDG_RUNTIME_DIR is invalid or not set";

    let capture = || -> std::io::Result<Captured> {
        let stderr = std::io::stderr().as_fd().try_clone_to_owned()?;
        let file = tempfile::tempfile()?;
        rustix::stdio::dup2_stderr(&file)?;
        Ok(Captured { stderr, file })
    };
    // Where it can't be captured, the line is seen: no reason not to go on.
    let _captured = if std::env::var_os("XDG_RUNTIME_DIR").is_none() { capture().ok() } else { None };
    work()
}

/// Only Unix has Wayland.
#[cfg(not(unix))]
pub fn without_display_noise<T>(work: impl FnOnce() -> T) -> T {
    work()
}
