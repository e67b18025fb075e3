//! Fuzzes [`fuzz::ogg`].
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::keep_panics(), |bytes: &[u8]| fuzz::run(fuzz::ogg, bytes));
