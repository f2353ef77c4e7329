//! What is printed is read back with another library than the one that wrote it (`pdf-extract` for the text, `lopdf`
//! for the structure).

mod bevis;
mod innhold;
mod minne;
mod skrifttegn;
mod standard;
mod support;
