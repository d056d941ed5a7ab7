//! System tests: whole commands, the event flow, published contracts and faults. All of it lies in
//! `tests/it`; `golden/` holds one event of every version ever published.
