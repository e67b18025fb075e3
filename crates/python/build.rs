//! macOS's linker has to be told that a module finds the interpreter where it is loaded.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
