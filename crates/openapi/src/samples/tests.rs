mod examples;
mod operations;
mod run;
