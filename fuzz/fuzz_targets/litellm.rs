#![no_main]

libfuzzer_sys::fuzz_target!(init: trueup_fuzz::prepare(), |bytes: &[u8]| trueup_fuzz::run("litellm", bytes));
