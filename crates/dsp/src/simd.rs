//! Loops compiled twice: for the processor at hand and for every processor.
//!
//! `RUSTFLAGS="--cfg dsp_portable"` leaves out what only x86-64 has, here and in [`crate::median`], so that the code of other
//! processors is built and tested on this one.

/// Defines a function whose body is also compiled for AVX2, which x86-64 processors have had since 2013 and compilers
/// may not assume. The better version is chosen at run time. Both compute the same operations in the same order without
/// contraction, so their results are equal to the last bit.
macro_rules! multiversion {
    ($(#[$doc:meta])* fn $name:ident $(<const $size:ident: usize>)? ($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        fn $name $(<const $size: usize>)? ($($arg: $type),*) {
            #[inline(always)]
            fn portable $(<const $size: usize>)? ($($arg: $type),*) $body

            #[cfg(all(target_arch = "x86_64", not(dsp_portable)))]
            {
                #[target_feature(enable = "avx2")]
                fn avx2 $(<const $size: usize>)? ($($arg: $type),*) {
                    portable $(::<$size>)? ($($arg),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has AVX2, which is all that the function needs beyond the baseline.
                    return unsafe { avx2 $(::<$size>)? ($($arg),*) };
                }
            }
            portable $(::<$size>)? ($($arg),*)
        }
    };
}

pub(crate) use multiversion;
