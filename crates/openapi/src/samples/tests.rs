mod operations;
mod run;
