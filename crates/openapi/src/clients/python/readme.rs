//! The page that explains the package.

/// `first` is a call, such as `get_pet(pet_id="…")`.
pub fn readme(name: &str, module: &str, first: &str) -> String {
    format!(
        "# {name}\n\n```python\nimport os\n\nfrom {module} import ApiError, Client\n\n\
         client = Client(key=os.environ[\"API_KEY\"])\n\
         try:\n    print(client.{first})\nexcept ApiError as error:\n    \
         print(error.status, error.problem, error.request_id)\n    raise\n```\n\n\
         Each operation is a method with keyword arguments. `{module}.types` has the types of their\n\
         values, which are plain dictionaries.\n\n\
         Every response without success raises `ApiError`, with `status`, `problem` and `request_id`. The\n\
         documentation of a method names the type of `problem` for each status.\n\n\
         A method asks for JSON. If an operation also returns other media types, `accept` selects one.\n\n\
         After 429 and 503, a call is repeated up to twice, each time after the delay in `Retry-After`. A\n\
         call that changes something is repeated after 503 only if it has an `idempotency_key`.\n"
    )
}
