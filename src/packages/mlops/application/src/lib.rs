//! mlops, application.
