//! C++ bindings of a WIT world: `wit-bindgen cpp DIR -w WORLD --out-dir OUT`, the one command that the SDK's build
//! uses of the tool of that name, over the same libraries.

use anyhow::{bail, Context, Result};
use std::{env, fs, path::Path};
use wit_bindgen_core::{wit_parser::Resolve, Files};

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [command, dir, world_flag, world, out_flag, out] = args.as_slice() else {
        bail!("usage: wit-bindgen cpp DIR -w WORLD --out-dir OUT");
    };
    if command != "cpp" || world_flag != "-w" || out_flag != "--out-dir" {
        bail!("usage: wit-bindgen cpp DIR -w WORLD --out-dir OUT");
    }
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(dir)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let out = Path::new(out);
    let mut files = Files::default();
    wit_bindgen_cpp::Opts::default()
        .build(Some(&out.to_path_buf()))
        .generate(&mut resolve, world, &mut files)?;
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    for (name, contents) in files.iter() {
        let path = out.join(name);
        fs::write(&path, contents).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
