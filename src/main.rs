//! Configuration → state → serve, or a command.

/// A call makes some dozens of small allocations; this allocator takes half the time of the
/// system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tollgate::cli::main()
}
