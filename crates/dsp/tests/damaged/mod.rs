//! Sound files of every format, damage to them, and what is heard all the same.

pub mod built;
pub mod ffmpeg;
pub mod harm;
pub mod heard;
pub mod specimens;
