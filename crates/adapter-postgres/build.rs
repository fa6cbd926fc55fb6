//! A new migration rebuilds the crate, which carries them all inside.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
