#![no_main]
#![allow(missing_docs, reason = "a fuzz target is described by the module it calls")]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rollcall_fuzz::cursor::check(data));
