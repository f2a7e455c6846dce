//! Compiles the contract without `protoc` and keeps the descriptor set for reflection.
use std::path::Path;
use std::{env, error::Error, fs};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let mut files = protos(Path::new("almanac"))?;
    // No message of ours has it as a field: errors carry it, and reflection must know it.
    files.push("third_party/google/rpc/error_details.proto".to_owned());
    let descriptors = protox::compile(files, ["third_party", "."])?;
    let out = env::var("OUT_DIR")?;
    fs::write(
        Path::new(&out).join("descriptors.binpb"),
        descriptors.encode_to_vec(),
    )?;
    tonic_prost_build::configure()
        .extern_path(".google.rpc", "::tonic_types")
        .btree_map(".")
        .compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=almanac");
    println!("cargo:rerun-if-changed=third_party");
    Ok(())
}

/// All `.proto` files below `folder`, sorted, so that the build is the same everywhere.
fn protos(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(protos(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "proto") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    Ok(found)
}
