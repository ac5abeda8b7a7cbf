//! Configuration → state → serve, or a command.

/// A call allocates some dozens of small things; this takes half the time of the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tollgate::server::cli::main()
}
