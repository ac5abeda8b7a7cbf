//! The ranges of numeric formats.

use serde_json::Number;

/// The least and the greatest number of a format (OpenAPI Format Registry). `None` if the format
/// has no range, or that of all numbers in JSON.
pub fn range_of(format: &str) -> Option<(Number, Number)> {
    let whole = |least: i64, most: u64| Some((least.into(), most.into()));
    match format {
        "int8" => whole(i8::MIN.into(), i8::MAX as u64),
        "int16" => whole(i16::MIN.into(), i16::MAX as u64),
        "int32" => whole(i32::MIN.into(), i32::MAX as u64),
        "int64" => whole(i64::MIN, i64::MAX as u64),
        "uint8" => whole(0, u8::MAX.into()),
        "uint16" => whole(0, u16::MAX.into()),
        "uint32" => whole(0, u32::MAX.into()),
        "uint64" => whole(0, u64::MAX),
        "float" => Some((Number::from_f64(f32::MIN.into())?, Number::from_f64(f32::MAX.into())?)),
        _ => None,
    }
}
