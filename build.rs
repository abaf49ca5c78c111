//! The migrations are part of the binary, and cargo does not see by itself that a directory was added.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
