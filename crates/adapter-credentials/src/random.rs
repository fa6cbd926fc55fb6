//! Bits that nobody can guess, from the operating system.

use rand::Rng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;

/// So many random bytes. Stops the thread with a panic if the system has no randomness to give:
/// there is nothing to hand out then.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}
