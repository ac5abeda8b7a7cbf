//! The page that explains the package.

/// `first` is a call, such as `getPet({ petId: … })`; `error` are a method and a status whose body
/// is described, as arguments.
pub fn readme(name: &str, first: &str, error: Option<&str>) -> String {
    let (import, typed) = match error {
        Some(error) => (
            "import { Client, ApiError, isError }",
            format!(
                "`isError(error, {error})` also gives `error.problem` the type that the document \
                 declares.\n"
            ),
        ),
        None => ("import { Client, ApiError }", String::new()),
    };
    format!(
        "# {name}\n\n```ts\n{import} from \"{name}\";\n\n\
         const client = new Client({{ key: process.env.API_KEY }});\n\
         try {{\n  console.log(await client.{first});\n}} catch (error) {{\n  \
         if (error instanceof ApiError) console.error(error.status, error.problem, error.requestId);\n  \
         else throw error;\n}}\n```\n\n\
         Each operation is a method. Path parameters are arguments by name; `query`, `headers` and `body` are\n\
         further arguments. A second argument has options such as `timeout`, `signal` and `idempotencyKey`.\n\n\
         Every response without success throws `ApiError`, with `status`, `problem` and `requestId`.\n{typed}\n\
         A method asks for JSON. If an operation also returns other media types, the option `accept` selects\n\
         one.\n\n\
         After 429 and 503, a call is repeated up to twice, each time after the delay in `Retry-After`. A\n\
         call that changes something is repeated after 503 only if it has an `idempotencyKey`.\n"
    )
}
