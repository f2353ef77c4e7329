//! JSON that is written as it is read.

use poem::{IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    payload::{Json, Payload as _},
    registry::{MetaResponses, Registry},
    types::{ToJSON, Type},
};
use serde::Serialize;

/// The same as [`Json`], written by serde. `Json` makes a tree of values first, with an allocation for each name and each value; for a
/// page of rows that takes longer than all else that a call does.
///
/// A type then has two descriptions of how it is written. Where debug assertions are on, as they are in every test, each answer is
/// written both ways and compared.
#[derive(Debug)]
pub struct Written<T>(pub T);

impl<T: Serialize + ToJSON> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        debug_assert!(serde_json::to_value(&self.0).ok() == self.0.to_json(), "{} is written in two ways", T::name());
        match serde_json::to_vec(&self.0) {
            Ok(text) => Response::builder().header(header::CONTENT_TYPE, Json::<T>::CONTENT_TYPE).body(text),
            Err(_) => Json(self.0).into_response(),
        }
    }
}

impl<T: Type + ToJSON> ApiResponse for Written<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        <Json<T> as ApiResponse>::register(registry);
    }
}
