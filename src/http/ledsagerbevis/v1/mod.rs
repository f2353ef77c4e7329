//! Version 1, as KS has it. Its operations for case workers lie below `/api/v1`, those for citizens below `/innbygger/api/v1`.

mod tilganger;

pub use tilganger::Tilganger;
