//! Configuration → state → serve, or a command.

fn main() -> std::process::ExitCode {
    tollgate::server::cli::main()
}
