//! Inputs in a file: one a line, as a JSON string, or as a JSON array of bytes where they are not UTF-8.

use serde_json::Value;

/// The line for an input, without the end of the line.
pub fn pack(input: &[u8]) -> String {
    match std::str::from_utf8(input) {
        Ok(text) => Value::from(text).to_string(),
        Err(_) => Value::from(input.to_vec()).to_string(),
    }
}

/// The inputs of a packed file. A line that is none is skipped and its number, from 1, returned beside them.
pub fn unpack(file: &str) -> (Vec<Vec<u8>>, Vec<usize>) {
    let mut inputs = Vec::new();
    let mut broken = Vec::new();
    for (index, line) in file.lines().enumerate() {
        match input(line) {
            Some(input) => inputs.push(input),
            None => broken.push(index + 1),
        }
    }
    (inputs, broken)
}

fn input(line: &str) -> Option<Vec<u8>> {
    match serde_json::from_str(line).ok()? {
        Value::String(text) => Some(text.into_bytes()),
        Value::Array(bytes) => {
            bytes.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok())).collect()
        }
        _ => None,
    }
}
