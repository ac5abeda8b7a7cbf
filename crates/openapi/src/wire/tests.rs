mod bodies;
mod parameters;
mod round_trip;
