//! News of work that goes track by track.

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Work on so many tracks begins.
    Started {
        /// What is done to them: "extracting".
        what: &'static str,
        /// How many there are.
        tracks: usize,
    },
    /// One more track is done.
    Track {
        /// Seconds of sound worked through; 0 when the track failed.
        audio_seconds: f64,
    },
    /// One more track is done: its result was there already.
    Reused,
    /// All are done.
    Finished,
}
